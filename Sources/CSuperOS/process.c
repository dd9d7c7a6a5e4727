// Processes and the process itself: calls newer than the C library's wrappers, or hidden from Swift by its headers.
#define _GNU_SOURCE
#include "CSuperOS.h"

#include <errno.h>
#include <sys/syscall.h>

static struct superos_result result_of(long answer) {
    return answer < 0 ? (struct superos_result){-1, errno} : (struct superos_result){answer, 0};
}

struct superos_result superos_open_process(pid_t pid) {
    return result_of(syscall(SYS_pidfd_open, pid, 0));
}

struct superos_result superos_send_signal(int pidfd, int signal) {
    return result_of(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}
