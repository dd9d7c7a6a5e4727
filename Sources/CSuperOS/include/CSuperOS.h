// What Swift cannot do or see: starting a child between clone and exec, ancillary data of messages, macros,
// variadic calls, and system calls newer than the oldest C library we link with (those go through syscall(2)).
//
// Functions take their request and return a result by value; none leaves its outcome in errno.
#ifndef CSUPEROS_H
#define CSUPEROS_H

#include <dirent.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <linux/memfd.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// The outcome of a call: `value` where `error` is 0, otherwise `error` is an errno and `value` is -1.
struct superos_result {
    int64_t value;
    int error;
};

// epoll_wait with a wait in nanoseconds (negative: without end); in whole milliseconds, rounded up, on kernels
// before 5.11.
struct superos_result superos_epoll_wait(int epoll, struct epoll_event *events, int capacity, int64_t nanoseconds);

// Who is at the other end of a Unix socket, as the kernel vouches for it.
struct superos_sender {
    pid_t pid;
    uid_t user;
    gid_t group;
};

// Both ends of a pipe, or an error.
struct superos_pipe {
    int read_end;
    int write_end;
    int error;
};

// Makes a close-on-exec pipe of `capacity` bytes where that is positive and the kernel grants it, of its usual size
// otherwise.
struct superos_pipe superos_make_pipe(int capacity);

// The bytes that a pipe holds.
struct superos_result superos_pipe_capacity(int pipe);

// Accepts a connection, non-blocking and close-on-exec from birth, with the address of the peer.
struct superos_result superos_accept(int listener, struct sockaddr_storage *peer, socklen_t *length);

// A descriptor for whatever is at a path (O_PATH), a link itself included; it stays the same file when another takes the path.
struct superos_result superos_open_place(const char *path);

// Changes the owner of the file of such a descriptor; -1 leaves a part as it is.
struct superos_result superos_change_owner(int place, uid_t user, gid_t group);

// The process at the other end of a Unix stream.
struct superos_peer {
    struct superos_sender sender;
    int error;
};
struct superos_peer superos_peer_credentials(int socket);

// Bytes and descriptors of one message. To send, the arrays hold what to send; to receive, they are the room there is.
struct superos_message {
    void *bytes;
    size_t length;
    int *descriptors;
    size_t descriptor_count;
    // To send a datagram to a place, that place; otherwise null.
    const struct sockaddr *address;
    socklen_t address_length;
};

// What came of sending or receiving one message.
struct superos_message_result {
    ssize_t length;
    size_t descriptor_count;
    // More bytes than room: the rest is gone.
    bool is_cut;
    // Descriptors that did not come through: no free numbers here, or no room in the array.
    bool has_lost_descriptors;
    // Whether the kernel named the sender (SO_PASSCRED on the socket).
    bool has_sender;
    struct superos_sender sender;
    int error;
};

// The most descriptors that the kernel carries in one message (SCM_MAX_FD).
enum { SUPEROS_MESSAGE_DESCRIPTORS = 253 };

// Sends one message without blocking for longer than the socket does, and never raises SIGPIPE.
struct superos_message_result superos_send_message(int socket, struct superos_message message);

// Receives one message; its descriptors are close-on-exec from birth.
struct superos_message_result superos_receive_message(int socket, struct superos_message room);

// The steps of starting a child, in the order in which they are taken. Keeper and brain of different versions exchange
// these numbers: they never change.
enum superos_spawn_stage {
    SUPEROS_SPAWNED = 0,
    SUPEROS_FORKING = 1,
    SUPEROS_SETTING_PROCESS_GROUP = 2,
    SUPEROS_INSTALLING_DESCRIPTORS = 3,
    SUPEROS_SETTING_LIMITS = 4,
    SUPEROS_SETTING_GROUPS = 5,
    SUPEROS_SETTING_GROUP = 6,
    SUPEROS_SETTING_USER = 7,
    SUPEROS_SETTING_DEATH_SIGNAL = 8,
    SUPEROS_CHANGING_DIRECTORY = 9,
    SUPEROS_EXECUTING = 10,
    // 11 is the keeper's: a socket for the child is not open.
};

// Which process group and session a child belongs to.
enum superos_spawn_grouping {
    SUPEROS_GROUP_OF_PARENT,
    SUPEROS_NEW_GROUP,
    SUPEROS_NEW_SESSION,
};

// A child to start. Nothing in it is kept after the call.
struct superos_spawn_request {
    // Relative to `directory` if it is relative; never searched for in PATH.
    const char *executable;
    char *const *arguments;
    char *const *environment;
    // Null keeps the parent's.
    const char *directory;
    // -1 keeps the parent's.
    int umask;
    bool has_identity;
    uid_t user;
    gid_t group;
    const gid_t *groups;
    size_t group_count;
    // descriptors[i] becomes number i of the child, which has no number i where it is -1; every other descriptor is
    // closed. The array is overwritten.
    int *descriptors;
    size_t descriptor_count;
    enum superos_spawn_grouping grouping;
    bool has_descriptor_limit;
    struct rlimit descriptor_limit;
    // The signal that the child gets when the thread that started it ends; 0 for none.
    int death_signal;
    // Where in `environment` the child writes its pid in digits, 11 bytes of room each.
    char *const *pid_texts;
    size_t pid_text_count;
};

// The pid of the child, or the stage that failed and its errno; then there is no child, not even one to reap.
struct superos_spawn_result {
    pid_t pid;
    enum superos_spawn_stage stage;
    int error;
};

// Starts a child; returns once it executes its program or has failed to.
struct superos_spawn_result superos_spawn(const struct superos_spawn_request *request);

// A descriptor for a process (pidfd_open), close-on-exec.
struct superos_result superos_open_process(pid_t pid);

// A signal for the process of such a descriptor.
struct superos_result superos_send_signal(int pidfd, int signal);

// fork(2), which Swift refuses to call: 0 in the child, its pid in the parent. Only for a process of one thread.
struct superos_result superos_fork(void);

// prctl(2) with one value.
struct superos_result superos_set_process_option(int option, unsigned long value);

// How many processors this process may run on.
struct superos_result superos_processor_count(void);

// A file in memory, close-on-exec. With a size it keeps that size for ever: whoever maps it cannot be cut off.
struct superos_result superos_make_memory_file(const char *name, int64_t fixed_size);

// One line to syslog(3), which formats what it is given.
void superos_syslog(int priority, const char *text);

#endif
