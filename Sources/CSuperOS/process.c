// Processes and the process itself: calls newer than the C library's wrappers, or hidden from Swift by its headers.
#define _GNU_SOURCE
#include "CSuperOS.h"

#include <errno.h>
#include <sched.h>
#include <sys/syscall.h>
#include <syslog.h>

static struct superos_result result_of(long answer) {
    return answer < 0 ? (struct superos_result){-1, errno} : (struct superos_result){answer, 0};
}

struct superos_result superos_open_process(pid_t pid) {
    return result_of(syscall(SYS_pidfd_open, pid, 0));
}

struct superos_result superos_send_signal(int pidfd, int signal) {
    return result_of(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

struct superos_result superos_fork(void) {
    return result_of(fork());
}

struct superos_result superos_set_process_option(int option, unsigned long value) {
    return result_of(prctl(option, value, 0, 0, 0));
}

struct superos_result superos_processor_count(void) {
    // Room for 8192 processors, the most that a kernel is built for: it refuses a set that is too small for it.
    cpu_set_t sets[8];
    if (sched_getaffinity(0, sizeof sets, sets) != 0) return result_of(-1);
    return result_of(CPU_COUNT_S(sizeof sets, sets));
}

struct superos_result superos_make_memory_file(const char *name, int64_t fixed_size) {
    int file = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0 || fixed_size == 0) return result_of(file);
    if (ftruncate(file, fixed_size) == 0 && fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0) {
        return result_of(file);
    }
    int error = errno;
    close(file);
    return (struct superos_result){-1, error};
}

void superos_syslog(int priority, const char *text) {
    syslog(priority, "%s", text);
}
