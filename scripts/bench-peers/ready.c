// Times a ttweet server from spawn to its first answer, then ends it with SIGTERM; once for each round.
//
//   ready ROUNDS PORT COMMAND [ARGUMENT]...
//
// It connects again and again with pauses of 0.2 ms, asks `["d",""]` and waits for a line that begins with `["ok"`.
// Prints one JSON object: the median, and the times of all rounds in order, in microseconds.
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "children.h"
#include "connect.h"

enum { MAX_ROUNDS = 1000 };
static const double give_up_us = 60e6, pause_us = 200;

static void fail(const char *what, pid_t child) {
    fprintf(stderr, "ready: %s: %s\n", what, strerror(errno));
    if (child > 0) kill(child, SIGKILL);
    exit(1);
}

// Asks for the last message; false if nobody listens yet.
static bool answered(int port, pid_t child) {
    static const char request[] = "[\"d\",\"\"]\n", ok[] = "[\"ok\"";
    int fd = connect_loopback(port, 0, true);
    if (fd < 0 && errno == ECONNREFUSED) return false;
    if (fd < 0) fail("connect", child);
    if (write(fd, request, sizeof request - 1) != sizeof request - 1) fail("write", child);
    char line[16 * 1024];
    size_t used = 0;
    while (!memchr(line, '\n', used)) {
        ssize_t size = read(fd, line + used, sizeof line - used);
        if (size == 0) errno = EPROTO;
        if (size <= 0) fail("no whole answer", child);
        used += (size_t)size;
    }
    close(fd);
    errno = EPROTO;
    if (used < sizeof ok || memcmp(line, ok, sizeof ok - 1) != 0) fail("not the answer `ok`", child);
    return true;
}

static double time_once(int port, char **command) {
    double start = microseconds();
    pid_t child = child_start(command, "/dev/null");
    while (!answered(port, child)) {
        errno = ECHILD;
        if (waitpid(child, NULL, WNOHANG) != 0) fail("the server ended by itself", 0);
        errno = ETIMEDOUT;
        if (microseconds() - start > give_up_us) fail("not ready", child);
        nanosleep(&(struct timespec){.tv_nsec = (long)(pause_us * 1000)}, NULL);
    }
    double time = microseconds() - start;
    kill(child, SIGTERM);
    int code = child_wait(child);
    if (code == 0) return time;
    fprintf(stderr, "ready: the server ended with exit code %d\n", code);
    exit(1);
}

int main(int argc, char **argv) {
    int rounds = argc > 3 ? atoi(argv[1]) : 0;
    if (rounds < 1 || rounds > MAX_ROUNDS) {
        fprintf(stderr, "usage: ready ROUNDS PORT COMMAND [ARGUMENT]...\n");
        return 64;
    }
    double times[MAX_ROUNDS];
    for (int i = 0; i < rounds; i++) times[i] = time_once(atoi(argv[2]), argv + 3);
    printf("{\"rounds\":%d,\"times_us\":[", rounds);
    for (int i = 0; i < rounds; i++) printf("%s%.1f", i ? "," : "", times[i]);
    printf("],\"median_us\":%.1f}\n", median(times, rounds));
    return 0;
}
