// Messages with descriptors (SCM_RIGHTS) and senders (SCM_CREDENTIALS): the CMSG macros are not visible from Swift.
#define _GNU_SOURCE
#include "CSuperOS.h"

#include <errno.h>
#include <string.h>

// Room for every descriptor that the kernel can carry and one sender.
enum {
    CONTROL_SIZE = CMSG_SPACE(sizeof(int) * SUPEROS_MESSAGE_DESCRIPTORS) + CMSG_SPACE(sizeof(struct ucred))
};

struct superos_message_result superos_send_message(int socket, struct superos_message message) {
    struct superos_message_result result = {.length = -1};
    if (message.descriptor_count > SUPEROS_MESSAGE_DESCRIPTORS) {
        result.error = EINVAL;
        return result;
    }
    _Alignas(struct cmsghdr) char control[CONTROL_SIZE];
    struct iovec bytes = {message.bytes, message.length};
    struct msghdr header = {.msg_iov = &bytes, .msg_iovlen = 1};
    header.msg_name = (void *)message.address;
    header.msg_namelen = message.address_length;
    if (message.descriptor_count > 0) {
        size_t size = sizeof(int) * message.descriptor_count;
        memset(control, 0, CMSG_SPACE(size));
        header.msg_control = control;
        header.msg_controllen = CMSG_SPACE(size);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(size);
        memcpy(CMSG_DATA(rights), message.descriptors, size);
    }
    result.length = sendmsg(socket, &header, MSG_NOSIGNAL);
    if (result.length < 0) result.error = errno;
    return result;
}

// Moves the descriptors of one control message into the room given for them; what does not fit is closed.
static void take_descriptors(
    struct cmsghdr *rights, struct superos_message room, struct superos_message_result *result) {
    size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int descriptor;
        memcpy(&descriptor, CMSG_DATA(rights) + i * sizeof(int), sizeof(int));
        if (result->descriptor_count < room.descriptor_count) {
            room.descriptors[result->descriptor_count++] = descriptor;
        } else {
            close(descriptor);
            result->has_lost_descriptors = true;
        }
    }
}

struct superos_message_result superos_receive_message(int socket, struct superos_message room) {
    struct superos_message_result result = {.length = -1};
    _Alignas(struct cmsghdr) char control[CONTROL_SIZE];
    struct iovec bytes = {room.bytes, room.length};
    struct msghdr header = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    result.length = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
    if (result.length < 0) {
        result.error = errno;
        return result;
    }
    for (struct cmsghdr *part = CMSG_FIRSTHDR(&header); part != NULL; part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET) continue;
        if (part->cmsg_type == SCM_RIGHTS) take_descriptors(part, room, &result);
        if (part->cmsg_type == SCM_CREDENTIALS) {
            struct ucred sender;
            memcpy(&sender, CMSG_DATA(part), sizeof sender);
            result.sender = (struct superos_sender){sender.pid, sender.uid, sender.gid};
            result.has_sender = true;
        }
    }
    result.is_cut = header.msg_flags & MSG_TRUNC;
    if (header.msg_flags & MSG_CTRUNC) result.has_lost_descriptors = true;
    return result;
}
