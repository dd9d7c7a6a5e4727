/* A constant HTTP load that counts what goes wrong, and how.
 *
 *     benchload PORT PATH CONNECTIONS keep|close PAUSE
 *
 * Each connection asks for PATH at 127.0.0.1, takes the whole answer, pauses for about PAUSE milliseconds, and asks again: on the same
 * connection (keep) or on a new one (close). It goes on until its standard input ends, lets the open requests finish, and prints one
 * line of JSON. Nothing is tried again: a request that is not answered with 200 and a whole body has failed. A server may close a
 * kept connection between two requests; that is no failure where it is seen before the next request is sent.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { most_connections = 256, head_size = 4096, milliseconds = 1000000 };

/* A request that takes longer has failed. */
static const int64_t patience = 10ll * 1000 * milliseconds;
/* After a failure a client waits so long, so that a server that is down does not keep the machine busy. */
static const int64_t breath = 2 * milliseconds;

enum state { pausing, connecting, waiting };

struct connection {
    int socket; /* -1 where there is none */
    enum state state;
    bool is_kept;        /* it has served a request before */
    int64_t asked;       /* when the request began */
    int64_t wake;        /* pausing: until when */
    size_t received;     /* bytes of the answer */
    char head[head_size];
    size_t head_length;  /* 0 until the head is complete */
    size_t whole;        /* bytes of the whole answer, once the head is complete */
    int status;
    bool closes; /* the server said that it closes the connection */
};

/* Why a request failed, in the words of the output. */
enum failure { refused, dropped, dropped_kept, cut, late, bad_status, other, failure_count };
static const char *const failure_names[] = {"refused", "dropped_new", "dropped_kept", "cut", "late", "bad_status", "other"};

static struct connection connections[most_connections];
static struct sockaddr_in server;
static char request[512];
static size_t request_length;
static bool keeps;
static int64_t pause_time;
static int poller;

static long answers, failures[failure_count];
static int64_t last_answer, longest_gap, slowest;

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

/* Pauses for half to one and a half times as long, by chance, so that the connections do not ask all at one moment. */
static void rest(struct connection *it, int64_t duration) {
    static uint64_t chance = 1;
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    it->state = pausing;
    it->wake = now() + duration / 2 + (int64_t)((chance >> 33) % (uint64_t)(duration + 1));
}

static void hang_up(struct connection *it) {
    if (it->socket >= 0) close(it->socket);
    it->socket = -1;
    it->is_kept = false;
}

static void fail(struct connection *it, enum failure why) {
    failures[why]++;
    hang_up(it);
    rest(it, breath);
}

/* The connection ended while an answer was awaited. */
static void fail_by_end(struct connection *it) { fail(it, it->received > 0 ? cut : it->is_kept ? dropped_kept : dropped); }

static void send_request(struct connection *it) {
    it->state = waiting;
    it->received = it->head_length = it->whole = 0;
    it->closes = false;
    ssize_t sent = send(it->socket, request, request_length, MSG_NOSIGNAL);
    if (sent < 0) return fail(it, it->is_kept ? dropped_kept : dropped);
    if ((size_t)sent != request_length) fail(it, other);
}

/* Whether the server has closed a connection that nobody was using. */
static bool is_over(const struct connection *it) {
    char byte;
    return !(recv(it->socket, &byte, 1, MSG_PEEK) < 0 && errno == EAGAIN);
}

static void ask(struct connection *it) {
    it->asked = now();
    if (it->socket >= 0 && is_over(it)) hang_up(it);
    if (it->socket >= 0) return send_request(it);
    it->socket = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (it->socket < 0) return fail(it, other);
    int on = 1;
    setsockopt(it->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(it->socket, (struct sockaddr *)&server, sizeof server) < 0 && errno != EINPROGRESS)
        return fail(it, errno == ECONNREFUSED ? refused : other);
    it->state = connecting;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = it};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, it->socket, &event) < 0) fail(it, other);
}

/* The value of a header in the head that has been read; NULL where it is not there. */
static const char *header(const struct connection *it, const char *name) {
    size_t length = strlen(name);
    for (const char *line = it->head; (line = strchr(line, '\n')) != NULL;) {
        line++;
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') return line + length + 1 + (line[length + 1] == ' ');
    }
    return NULL;
}

static bool read_head(struct connection *it) {
    const char *end = strstr(it->head, "\r\n\r\n");
    if (end == NULL) return it->received < head_size - 1;
    it->head_length = (size_t)(end - it->head) + 4;
    const char *length = header(it, "content-length"), *connection = header(it, "connection");
    if (sscanf(it->head, "HTTP/1.%*d %d", &it->status) != 1 || length == NULL) return false;
    it->whole = it->head_length + strtoul(length, NULL, 10);
    it->closes = connection != NULL && strncasecmp(connection, "close", 5) == 0;
    return true;
}

/* Time without an answer has come to an end, by one or by the end of the load. */
static void close_gap(int64_t moment) {
    if (last_answer != 0 && moment - last_answer > longest_gap) longest_gap = moment - last_answer;
    last_answer = moment;
}

static void finish(struct connection *it) {
    int64_t moment = now();
    if (it->status != 200) return fail(it, bad_status);
    answers++;
    if (moment - it->asked > slowest) slowest = moment - it->asked;
    close_gap(moment);
    it->is_kept = true;
    if (!keeps || it->closes) hang_up(it);
    rest(it, pause_time);
}

static void receive(struct connection *it) {
    static char rubbish[1 << 16];
    for (;;) {
        bool in_head = it->head_length == 0;
        char *place = in_head ? it->head + it->received : rubbish;
        ssize_t count = recv(it->socket, place, in_head ? head_size - 1 - it->received : sizeof rubbish, 0);
        if (count < 0 && errno == EAGAIN) return;
        if (count <= 0) return fail_by_end(it);
        it->received += (size_t)count;
        if (in_head) {
            it->head[it->received] = 0;
            if (!read_head(it)) return fail(it, other);
        }
        if (it->head_length > 0 && it->received >= it->whole) return finish(it);
    }
}

static void handle(struct connection *it, uint32_t events) {
    if (it->socket < 0) return;
    switch (it->state) {
    case connecting: {
        int error = 0;
        socklen_t size = sizeof error;
        getsockopt(it->socket, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) return fail(it, error == ECONNREFUSED ? refused : dropped);
        if (events & EPOLLOUT) send_request(it);
        return;
    }
    case waiting: return receive(it);
    case pausing: return;
    }
}

/* Whether anything is still to be waited for. */
static bool advance(int count, bool is_ending) {
    bool is_busy = false;
    int64_t moment = now();
    for (int i = 0; i < count; i++) {
        struct connection *it = &connections[i];
        if (it->state == pausing) {
            if (!is_ending && it->wake <= moment) ask(it);
        } else if (moment - it->asked > patience) {
            fail(it, late);
        }
        is_busy |= it->state != pausing;
    }
    return is_busy || !is_ending;
}

static void report(int64_t began) {
    close_gap(now());
    printf("{\"seconds\": %.3f, \"answers\": %ld, \"gap_ms\": %.1f, \"slowest_ms\": %.1f", (double)(now() - began) / 1e9, answers,
           (double)longest_gap / milliseconds, (double)slowest / milliseconds);
    for (int i = 0; i < failure_count; i++) printf(", \"%s\": %ld", failure_names[i], failures[i]);
    printf("}\n");
}

int main(int argc, char **argv) {
    if (argc != 6) return fprintf(stderr, "usage: benchload PORT PATH CONNECTIONS keep|close PAUSE\n"), 64;
    int count = atoi(argv[3]);
    if (count < 1 || count > most_connections) return fprintf(stderr, "benchload: 1 to %d connections\n", most_connections), 64;
    keeps = strcmp(argv[4], "keep") == 0;
    pause_time = (int64_t)(atof(argv[5]) * milliseconds);
    server = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    request_length = (size_t)snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: %s\r\n\r\n",
                                      argv[2], keeps ? "keep-alive" : "close");
    if (request_length >= sizeof request) return fprintf(stderr, "benchload: the path is too long\n"), 64;
    signal(SIGPIPE, SIG_IGN);
    poller = epoll_create1(EPOLL_CLOEXEC);
    /* The end of standard input is the end of the load. */
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &event) < 0) return perror("benchload: standard input"), 70;
    int64_t began = now();
    for (int i = 0; i < count; i++) connections[i] = (struct connection){.socket = -1, .state = pausing, .wake = began};
    bool is_ending = false;
    while (advance(count, is_ending)) {
        struct epoll_event events[64];
        int ready = epoll_wait(poller, events, 64, 1);
        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr != NULL) {
                handle(events[i].data.ptr, events[i].events);
            } else if (!is_ending) {
                is_ending = true;
                epoll_ctl(poller, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
            }
        }
    }
    report(began);
    return 0;
}
