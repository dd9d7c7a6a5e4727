// Calls of the GNU C library that its headers hide from Swift.
#define _GNU_SOURCE
#include "CSuperOS.h"

#include <errno.h>

struct superos_pipe superos_make_pipe(int capacity) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return (struct superos_pipe){-1, -1, errno};
    if (capacity > 0) (void)fcntl(ends[0], F_SETPIPE_SZ, capacity);
    return (struct superos_pipe){ends[0], ends[1], 0};
}

struct superos_result superos_pipe_capacity(int pipe) {
    int bytes = fcntl(pipe, F_GETPIPE_SZ);
    return bytes >= 0 ? (struct superos_result){bytes, 0} : (struct superos_result){-1, errno};
}

struct superos_result superos_accept(int listener, struct sockaddr_storage *peer, socklen_t *length) {
    *length = sizeof *peer;
    int connection = accept4(listener, (struct sockaddr *)peer, length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return connection >= 0 ? (struct superos_result){connection, 0} : (struct superos_result){-1, errno};
}

struct superos_peer superos_peer_credentials(int socket) {
    struct ucred peer;
    socklen_t length = sizeof peer;
    if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &length) != 0) return (struct superos_peer){.error = errno};
    return (struct superos_peer){.sender = {peer.pid, peer.uid, peer.gid}};
}

struct superos_result superos_open_place(const char *path) {
    int place = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    return place >= 0 ? (struct superos_result){place, 0} : (struct superos_result){-1, errno};
}

struct superos_result superos_change_owner(int place, uid_t user, gid_t group) {
    int answer = fchownat(place, "", user, group, AT_EMPTY_PATH);
    return answer == 0 ? (struct superos_result){0, 0} : (struct superos_result){-1, errno};
}
