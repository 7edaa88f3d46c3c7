// Many users in a chat: times the directory, and the delay for others while users join one after another; prints JSON.
//
//   crowd --port P --people N [--sources N] [--seconds S]
//
// N guests take a name and join. Then a separate connection requests the directory again and again for --seconds:
// `who_us` is the median. Then guests join and leave one after the other for --seconds while a child process requests
// the last message again and again: `join_us` is the median time from a join to its answer, `others_p99_us` the child's
// 99th percentile, and `alone_p99_us` the same before anybody joined. Each guest that has joined gets the notices of
// the others and reads them all.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "connect.h"
#include "histogram.h"

static char buffer[1 << 20];

static void fail(const char *what) {
    fprintf(stderr, "crowd: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

// Sends a request and reads to the line that begins with `["ok"`; pushes may stand before it.
static void ask(int fd, const char *request) {
    size_t size = strlen(request);
    if (write(fd, request, size) != (ssize_t)size) fail("write");
    size_t held = 0;
    while (true) {
        ssize_t got = read(fd, buffer + held, sizeof buffer - held);
        if (got == 0) errno = ECONNRESET;
        if (got <= 0) fail("read");
        held += (size_t)got;
        char *line = buffer, *end;
        while ((end = memchr(line, '\n', held - (size_t)(line - buffer)))) {
            if (!memcmp(line, "[\"ok\"", 5)) return;
            if (!memcmp(line, "[\"error\"", 8)) {
                fprintf(stderr, "crowd: %.*s\n", (int)(end - line), line);
                exit(1);
            }
            line = end + 1;
        }
        held -= (size_t)(line - buffer);
        memmove(buffer, line, held);
    }
}

static int arrive(int port, unsigned source, unsigned number) {
    int fd = connect_loopback(port, source, true);
    if (fd < 0) fail("connect");
    char request[64];
    snprintf(request, sizeof request, "[\"name\",\"guest%u\"]\n", number);
    ask(fd, request);
    ask(fd, "[\"join\",\"\"]\n");
    return fd;
}

// Reads and discards the packets pushed to the crowd.
static void drain(int poller) {
    struct epoll_event events[256];
    int count = epoll_wait(poller, events, 256, 0);
    for (int i = 0; i < count; i++)
        while (recv(events[i].data.fd, buffer, sizeof buffer, MSG_DONTWAIT) == (ssize_t)sizeof buffer) continue;
}

static uint64_t waiting_p99(int port, double seconds) {
    static struct histogram waits;
    memset(&waits, 0, sizeof waits);
    int fd = connect_loopback(port, 0, true);
    if (fd < 0) fail("connect");
    for (uint64_t end = now() + (uint64_t)(seconds * 1e9); now() < end;) {
        uint64_t begin = now();
        ask(fd, "[\"d\",\"\"]\n");
        histogram_add(&waits, now() - begin);
        // A pause keeps these requests from being the load.
        usleep(200);
    }
    close(fd);
    return histogram_quantile(&waits, 0.99);
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'}, {"people", required_argument, NULL, 'n'},
        {"sources", required_argument, NULL, 'S'}, {"seconds", required_argument, NULL, 's'}, {NULL, 0, NULL, 0}};
    int port = 0;
    unsigned people = 0, sources = 0;
    double seconds = 1;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'n': people = (unsigned)atoi(optarg); break;
        case 'S': sources = (unsigned)atoi(optarg); break;
        case 's': seconds = atof(optarg); break;
        default: return 64;
        }
    }
    if (port <= 0 || port > 65535 || people < 1 || people > 60000) return 64;
    int poller = epoll_create1(EPOLL_CLOEXEC);
    for (unsigned i = 0; i < people; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.fd = arrive(port, sources ? 1 + i % sources : 0, i)};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, event.data.fd, &event) < 0) fail("epoll_ctl");
        if (i % 16 == 0) drain(poller);
    }
    for (uint64_t end = now() + 500000000u; now() < end;) drain(poller);

    static struct histogram lists, joins;
    int asker = connect_loopback(port, 0, true);
    if (asker < 0) fail("connect");
    for (uint64_t end = now() + (uint64_t)(seconds * 1e9); now() < end;) {
        uint64_t begin = now();
        ask(asker, "[\"who\",{\"here\":true}]\n");
        histogram_add(&lists, now() - begin);
    }
    uint64_t alone = waiting_p99(port, seconds);

    int result[2];
    if (pipe(result) < 0) fail("pipe");
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        uint64_t waited = waiting_p99(port, seconds);
        _exit(write(result[1], &waited, sizeof waited) != sizeof waited);
    }
    for (unsigned number = people; waitpid(child, NULL, WNOHANG) == 0; number++) {
        int fd = connect_loopback(port, 0, true);
        if (fd < 0) fail("connect");
        char request[64];
        snprintf(request, sizeof request, "[\"name\",\"guest%u\"]\n", number);
        ask(fd, request);
        uint64_t begin = now();
        ask(fd, "[\"join\",\"\"]\n");
        histogram_add(&joins, now() - begin);
        close(fd);
        drain(poller);
    }
    uint64_t waited = 0;
    if (read(result[0], &waited, sizeof waited) != sizeof waited) fail("the child has measured nothing");
    printf("{\"people\":%u,\"who_us\":%.1f,\"join_us\":%.1f,\"joins\":%llu,\"alone_p99_us\":%.1f,"
           "\"others_p99_us\":%.1f}\n",
           people, (double)histogram_quantile(&lists, 0.5) / 1e3, (double)histogram_quantile(&joins, 0.5) / 1e3,
           (unsigned long long)joins.count, (double)alone / 1e3, (double)waited / 1e3);
    return 0;
}
