/* The program that every supervisor under test runs, and the least that could take the supervisor's place.
 *
 *     benchprogram sleep  BOARD SLOT               wait for a signal
 *     benchprogram crash  BOARD SLOT               exit with 1 at once
 *     benchprogram write  BOARD SLOT TOTAL CHUNK   write TOTAL bytes of the numbered lines, CHUNK bytes a call, then wait
 *     benchprogram lines  BOARD SLOT PERIOD        write one numbered line every PERIOD microseconds until TERM
 *     benchprogram loop   BOARD COUNT MODE         start COUNT programs of MODE sleep or crash, and again whichever ends
 *     benchprogram verify FILE...                  compare the files, one after the other, with the numbered lines
 *
 * The board is a file that the harness and all programs map: a program enters its start in its slot with its own
 * reading of CLOCK_MONOTONIC. So a start is timed by the program itself, and looking for it costs the supervisor nothing.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* board.py reads the same layout. */
struct slot {
    _Atomic uint64_t started;  /* nanoseconds of CLOCK_MONOTONIC at the latest start */
    _Atomic uint64_t starts;   /* how often the program was started */
    _Atomic uint64_t written;  /* bytes or lines that it has written */
    _Atomic uint64_t finished; /* when it had written all of them; 0 before */
    _Atomic uint64_t pid;      /* entered last: when it changes, the rest of the slot is true */
    uint64_t unused[3];
};

struct board {
    _Atomic uint64_t starts;  /* of all programs */
    _Atomic uint64_t present; /* slots that were started at least once */
    uint64_t unused[6];
    struct slot slots[];
};

enum { line_size = 100, lines_per_block = 4096 };

static volatile sig_atomic_t asked_to_end;

static void note_end(int signal_number) {
    (void)signal_number;
    asked_to_end = 1;
}

static void complain(const char *what) {
    perror(what);
    exit(70);
}

static uint64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t number(const char *text) {
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != 0) {
        fprintf(stderr, "not a number: %s\n", text);
        exit(64);
    }
    return value;
}

static struct board *open_board(const char *path) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    struct stat information;
    if (file < 0 || fstat(file, &information) < 0) complain(path);
    void *memory = mmap(NULL, (size_t)information.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) complain(path);
    close(file);
    return memory;
}

static void enter_start(struct board *board, struct slot *slot) {
    atomic_store(&slot->started, nanoseconds());
    if (atomic_fetch_add(&slot->starts, 1) == 0) atomic_fetch_add(&board->present, 1);
    atomic_fetch_add(&board->starts, 1);
    atomic_store(&slot->pid, (uint64_t)getpid());
}

/* Line `index`: its number in 16 digits, then letters that differ from those of the lines beside it. */
static void compose(char *line, uint64_t index) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz"
                                  "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz";
    uint64_t rest = index;
    for (int place = 15; place >= 0; place--, rest /= 10) line[place] = (char)('0' + rest % 10);
    line[16] = ' ';
    memcpy(line + 17, letters + index * 7 % 26, line_size - 18);
    line[line_size - 1] = '\n';
}

static void write_fully(const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = write(STDOUT_FILENO, bytes, count);
        if (done < 0 && errno != EINTR) complain("standard output");
        if (done > 0) bytes += done, count -= (size_t)done;
    }
}

/* The lines are composed before the clock starts: at 2 GB/s their making would be most of what is measured. */
static void write_lines(struct board *board, struct slot *slot, uint64_t total, uint64_t chunk) {
    char *bytes = malloc(total + line_size);
    if (bytes == NULL) complain("memory for the lines");
    for (uint64_t index = 0; index * line_size < total; index++) compose(bytes + index * line_size, index);
    enter_start(board, slot);
    for (uint64_t done = 0; done < total; done += chunk) {
        write_fully(bytes + done, chunk < total - done ? chunk : total - done);
    }
    atomic_store(&slot->written, total);
    atomic_store(&slot->finished, nanoseconds());
    free(bytes);
    for (;;) pause();
}

static void write_until_told(struct slot *slot, uint64_t period) {
    struct sigaction action = {.sa_handler = note_end};
    sigaction(SIGTERM, &action, NULL);
    char line[line_size];
    uint64_t index = atomic_load(&slot->written), due = nanoseconds();
    while (!asked_to_end) {
        compose(line, index);
        write_fully(line, line_size);
        atomic_store(&slot->written, ++index);
        due += period * 1000;
        struct timespec until = {.tv_sec = (time_t)(due / 1000000000u), .tv_nsec = (long)(due % 1000000000u)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
}

/* posix_spawn of glibc is vfork and exec: the cheapest start there is. */
static pid_t spawn(char *program, char *board, uint64_t slot, char *mode) {
    char digits[24];
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)slot);
    char *arguments[] = {program, mode, board, digits, NULL};
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t pid;
    errno = posix_spawn(&pid, program, NULL, &attributes, arguments, environ);
    if (errno != 0) complain("posix_spawn");
    posix_spawnattr_destroy(&attributes);
    return pid;
}

static int supervise(char *program, char *board, uint64_t count, char *mode) {
    /* The signals stay blocked and are waited for, so that none comes between a look and a wait. */
    sigset_t awaited;
    sigemptyset(&awaited);
    sigaddset(&awaited, SIGTERM);
    sigaddset(&awaited, SIGCHLD);
    sigprocmask(SIG_BLOCK, &awaited, NULL);
    pid_t *pids = calloc(count, sizeof *pids);
    if (pids == NULL) complain("memory for the pids");
    for (uint64_t slot = 0; slot < count; slot++) pids[slot] = spawn(program, board, slot, mode);
    int signal_number = 0;
    while (sigwait(&awaited, &signal_number) == 0 && signal_number != SIGTERM) {
        pid_t ended;
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0) {
            for (uint64_t slot = 0; slot < count; slot++) {
                if (pids[slot] == ended) pids[slot] = spawn(program, board, slot, mode);
            }
        }
    }
    for (uint64_t slot = 0; slot < count; slot++) kill(pids[slot], SIGTERM);
    while (waitpid(-1, NULL, 0) > 0) {}
    free(pids);
    return 0;
}

/* Prints the bytes that are as they should be, and the bytes that were read. */
static int verify(int count, char **paths) {
    char expected[line_size * lines_per_block], found[line_size * lines_per_block];
    uint64_t position = 0, right = 0;
    for (int file = 0; file < count; file++) {
        FILE *stream = fopen(paths[file], "r");
        if (stream == NULL) complain(paths[file]);
        size_t got;
        do {
            /* Up to the next block border, so that `expected` is composed once for each block. */
            size_t offset = position % sizeof found;
            got = fread(found + offset, 1, sizeof found - offset, stream);
            if (offset == 0) {
                for (uint64_t line = 0; line < lines_per_block; line++) {
                    compose(expected + line * line_size, position / line_size + line);
                }
            }
            if (memcmp(found + offset, expected + offset, got) == 0) {
                right += got;
            } else {
                for (size_t place = offset; place < offset + got; place++) right += found[place] == expected[place];
            }
            position += got;
        } while (got > 0);
        if (ferror(stream)) complain(paths[file]);
        fclose(stream);
    }
    printf("%llu %llu\n", (unsigned long long)right, (unsigned long long)position);
    return 0;
}

int main(int count, char **arguments) {
    const char *mode = count > 1 ? arguments[1] : "";
    if (strcmp(mode, "verify") == 0) return verify(count - 2, arguments + 2);
    if (count < 4) {
        fputs("usage: benchprogram sleep|crash|write|lines|loop|verify ...\n", stderr);
        return 64;
    }
    if (strcmp(mode, "loop") == 0 && count == 5) {
        return supervise(arguments[0], arguments[2], number(arguments[3]), arguments[4]);
    }
    struct board *board = open_board(arguments[2]);
    struct slot *slot = &board->slots[number(arguments[3])];
    if (strcmp(mode, "write") == 0 && count == 6) {
        write_lines(board, slot, number(arguments[4]), number(arguments[5]));
    }
    enter_start(board, slot);
    if (strcmp(mode, "crash") == 0) return 1;
    if (strcmp(mode, "lines") == 0 && count == 5) {
        write_until_told(slot, number(arguments[4]));
        return 0;
    }
    for (;;) pause();
}
