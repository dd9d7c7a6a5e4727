#define _GNU_SOURCE
#include "CSuperOS.h"

#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <sys/syscall.h>

enum { NANOSECONDS_A_SECOND = 1000000000, NANOSECONDS_A_MILLISECOND = 1000000 };

// The wait of epoll_wait(2) for a number of nanoseconds, never shorter than asked.
static int milliseconds(int64_t nanoseconds) {
    if (nanoseconds < 0) return -1;
    int64_t whole = nanoseconds / NANOSECONDS_A_MILLISECOND + (nanoseconds % NANOSECONDS_A_MILLISECOND > 0);
    return whole > INT_MAX ? INT_MAX : (int)whole;
}

struct superos_result superos_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds) {
#ifdef SYS_epoll_pwait2
    // Set once, when the kernel (or a seccomp filter that answers for it) turns out not to know the call.
    static atomic_bool is_missing;
    if (!atomic_load_explicit(&is_missing, memory_order_relaxed)) {
        struct {
            int64_t seconds, nanoseconds;
        } wait = {nanoseconds / NANOSECONDS_A_SECOND, nanoseconds % NANOSECONDS_A_SECOND};
        long count = syscall(SYS_epoll_pwait2, epoll, events, capacity, nanoseconds < 0 ? NULL : &wait, NULL, 0);
        if (count >= 0) return (struct superos_result){count, 0};
        if (errno != ENOSYS && errno != EPERM) return (struct superos_result){-1, errno};
        atomic_store_explicit(&is_missing, true, memory_order_relaxed);
    }
#endif
    int count = epoll_wait(epoll, events, capacity, milliseconds(nanoseconds));
    return count >= 0 ? (struct superos_result){count, 0} : (struct superos_result){-1, errno};
}
