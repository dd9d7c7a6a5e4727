// Starts a child between clone and exec.
//
// The child shares the parent's memory (CLONE_VM) and the parent's thread stands still until the child executes or
// ends (CLONE_VFORK). So nothing is copied: the time does not grow with the parent. The price is a short list of rules:
//
//   1. The child has a stack of its own, in the frame of the suspended parent.
//   2. The child writes nothing but its stack, `struct job`, the array of descriptors and the texts of its pid.
//   3. No handler of the parent may run in the child: every signal is blocked around the clone, and the child unblocks
//      only after every disposition is back to its default. The C library hides two signals of its own (32 and 33)
//      from sigprocmask and sigaction; the raw calls reach them.
//   4. The identity is changed by raw system calls: the C library's setuid and its like carry the change to all threads
//      that it knows, and in the child it knows the parent's.
//   5. A failure is one struct in the shared memory. The shim reaps the child that failed, so that its end is never
//      taken for the end of a program.
//
// The descriptors, the directory, the umask and the signals are the child's own from the clone on.
#define _GNU_SOURCE
#include "CSuperOS.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>

// 32-bit platforms keep the calls with 16-bit identities under the plain names.
#ifdef SYS_setgroups32
enum { SETGROUPS = SYS_setgroups32, SETRESGID = SYS_setresgid32, SETRESUID = SYS_setresuid32 };
#else
enum { SETGROUPS = SYS_setgroups, SETRESGID = SYS_setresgid, SETRESUID = SYS_setresuid };
#endif

enum {
    // The calls of the child take less than 1 KiB; a sanitizer's interceptors take more.
    STACK_SIZE = 64 << 10,
    LAST_SIGNAL = 64,
};

// The C library's clone under its other name: a thread sanitizer replaces the first with one that keeps books on the
// parent's thread, which the child would write into.
int __clone(int (*function)(void *), void *stack, int flags, void *argument, ...);

// The kernel's set of 64 signals, with its size as the raw calls want it.
typedef uint64_t signal_set;

// What parent and child share.
struct job {
    const struct superos_spawn_request *request;
    pid_t parent;
    enum superos_spawn_stage failed_stage;
    int error;
};

// Ends the child, past the sanitizers, whose _exit would take it for the parent's end.
static _Noreturn void leave(void) {
    for (;;) syscall(SYS_exit_group, 127);
}

// Says why there will be no program, and ends the child.
static _Noreturn void fail(struct job *job, enum superos_spawn_stage stage) {
    job->error = errno;
    job->failed_stage = stage;
    leave();
}

static void reset_signals(void) {
    // The kernel's own struct sigaction is all zero for the default, whatever its layout; this is larger than any.
    const char default_action[64] = {0};
    for (int signal = 1; signal <= LAST_SIGNAL; signal++) {
        syscall(SYS_rt_sigaction, signal, default_action, NULL, sizeof(signal_set));
    }
}

static void enter_group(struct job *job) {
    switch (job->request->grouping) {
    case SUPEROS_GROUP_OF_PARENT: return;
    case SUPEROS_NEW_GROUP:
        if (setpgid(0, 0) != 0) fail(job, SUPEROS_SETTING_PROCESS_GROUP);
        return;
    case SUPEROS_NEW_SESSION:
        if (setsid() < 0) fail(job, SUPEROS_SETTING_PROCESS_GROUP);
        return;
    }
}

// Closes every descriptor from `first` on. On kernels without close_range (before 5.9) those above the limit stay,
// to be closed by the exec.
static void close_from(unsigned first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    for (unsigned number = first; number < limit.rlim_cur; number++) close((int)number);
}

// A source that lies among the targets is first moved above them, so that no target can be written over before it has
// been read. After that each source either is its own target or lies above all targets, or there is none.
static void install_descriptors(struct job *job) {
    int *sources = job->request->descriptors;
    int count = (int)job->request->descriptor_count;
    for (int target = 0; target < count; target++) {
        if (sources[target] < 0 || sources[target] >= count || sources[target] == target) continue;
        sources[target] = fcntl(sources[target], F_DUPFD_CLOEXEC, count);
        if (sources[target] < 0) fail(job, SUPEROS_INSTALLING_DESCRIPTORS);
    }
    for (int target = 0; target < count; target++) {
        if (sources[target] < 0) {
            close(target);
            continue;
        }
        // dup2 onto itself would leave close-on-exec set.
        int answer = sources[target] == target ? fcntl(target, F_SETFD, 0) : dup2(sources[target], target);
        if (answer < 0) fail(job, SUPEROS_INSTALLING_DESCRIPTORS);
    }
    close_from((unsigned)count);
}

// Changes all three ids at once. The number -1 would mean "no change" to the kernel, and leave the child its rights.
static long set_ids(long call, unsigned id) {
    if (id != (unsigned)-1) return syscall(call, id, id, id);
    errno = EINVAL;
    return -1;
}

static void become_user(struct job *job) {
    const struct superos_spawn_request *request = job->request;
    if (!request->has_identity) return;
    if (syscall(SETGROUPS, request->group_count, request->groups) != 0) fail(job, SUPEROS_SETTING_GROUPS);
    if (set_ids(SETRESGID, request->group) != 0) fail(job, SUPEROS_SETTING_GROUP);
    if (set_ids(SETRESUID, request->user) != 0) fail(job, SUPEROS_SETTING_USER);
}

// After the change of user, which clears it. A parent that ended before is not told of: the child ends here.
static void follow_parent(struct job *job) {
    if (job->request->death_signal == 0) return;
    if (prctl(PR_SET_PDEATHSIG, job->request->death_signal) != 0) fail(job, SUPEROS_SETTING_DEATH_SIGNAL);
    if (syscall(SYS_getppid) != job->parent) leave();
}

static void write_pid(char *text) {
    char digits[11];
    int count = 0;
    for (long pid = syscall(SYS_getpid); pid > 0; pid /= 10) digits[count++] = (char)('0' + pid % 10);
    while (count > 0) *text++ = digits[--count];
    *text = '\0';
}

static int run_child(void *argument) {
    struct job *job = argument;
    const struct superos_spawn_request *request = job->request;
    reset_signals();
    enter_group(job);
    install_descriptors(job);
    if (request->has_descriptor_limit && setrlimit(RLIMIT_NOFILE, &request->descriptor_limit) != 0) {
        fail(job, SUPEROS_SETTING_LIMITS);
    }
    become_user(job);
    follow_parent(job);
    if (request->directory != NULL && chdir(request->directory) != 0) fail(job, SUPEROS_CHANGING_DIRECTORY);
    if (request->umask >= 0) umask((mode_t)request->umask);
    for (size_t i = 0; i < request->pid_text_count; i++) write_pid(request->pid_texts[i]);
    const signal_set none = 0;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, sizeof none);
    execve(request->executable, request->arguments, request->environment);
    fail(job, SUPEROS_EXECUTING);
}

struct superos_spawn_result superos_spawn(const struct superos_spawn_request *request) {
    struct job job = {.request = request, .parent = getpid(), .failed_stage = SUPEROS_SPAWNED};
    _Alignas(16) char stack[STACK_SIZE];
    const signal_set all = ~(signal_set)0;
    signal_set before;
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
    // Stacks grow downwards on every platform that superd runs on.
    pid_t pid = __clone(run_child, stack + STACK_SIZE, CLONE_VM | CLONE_VFORK | SIGCHLD, &job);
    int clone_error = errno;
    if (pid > 0 && job.failed_stage != SUPEROS_SPAWNED) waitpid(pid, NULL, 0);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof before);

    if (pid < 0) return (struct superos_spawn_result){-1, SUPEROS_FORKING, clone_error};
    if (job.failed_stage != SUPEROS_SPAWNED) return (struct superos_spawn_result){-1, job.failed_stage, job.error};
    return (struct superos_spawn_result){pid, SUPEROS_SPAWNED, 0};
}
