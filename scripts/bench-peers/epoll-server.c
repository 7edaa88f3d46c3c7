// The bare C epoll server: the peer that shows the cost of the kernel alone.
//
// One thread and level-triggered epoll; one fixed reply for each line (LF), one write for all the lines of one read,
// closed at the end of the stream. It parses nothing, stores nothing and logs nothing; the additional time of ttweetsrv
// is the price of being a message server. With FILE it appends 4 KiB to FILE for each read and calls fdatasync(2)
// before it answers: the least that a durable upload costs. Usage: epoll-server PORT [FILE]
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { READ_SIZE = 16 * 1024, MAX_EVENTS = 256, MAX_CONNECTIONS = 64 * 1024 };

static const char reply[] = "[\"ok\",{\"seq\":7,\"time\":\"2026-11-21T05:03:00.123Z\",\"author\":null,"
                            "\"text\":\"backup done #ops\",\"tags\":[\"ops\"]}]\n";
enum { REPLY_SIZE = sizeof reply - 1 };

// The rest of a short write, by descriptor. While there is a rest, the server does not read that connection.
static struct { char *bytes; size_t size, sent; } pending[MAX_CONNECTIONS];

static char input[READ_SIZE];
static char output[READ_SIZE * REPLY_SIZE];  // the replies to a read that contains only LFs
static int epoll;
static int journal = -1;  // negative without FILE

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void watch(int operation, int fd, unsigned events) {
    struct epoll_event event = {.events = events, .data.fd = fd};
    if (epoll_ctl(epoll, operation, fd, &event) < 0) die("epoll_ctl");
}

static void hang_up(int fd) {
    free(pending[fd].bytes);
    pending[fd].bytes = NULL;
    close(fd);
}

static void accept_all(int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) {
            if (errno == EINTR || errno == ECONNABORTED) continue;
            if (errno == EAGAIN) return;
            die("accept4");
        }
        if (fd >= MAX_CONNECTIONS) {
            close(fd);
            continue;
        }
        int yes = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        watch(EPOLL_CTL_ADD, fd, EPOLLIN);
    }
}

static void keep_rest(int fd, const char *bytes, size_t size) {
    pending[fd].bytes = malloc(size);
    if (!pending[fd].bytes) die("malloc");
    memcpy(pending[fd].bytes, bytes, size);
    pending[fd].size = size;
    pending[fd].sent = 0;
    watch(EPOLL_CTL_MOD, fd, EPOLLOUT);
}

static void write_rest(int fd) {
    ssize_t sent = write(fd, pending[fd].bytes + pending[fd].sent, pending[fd].size - pending[fd].sent);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR) hang_up(fd);
        return;
    }
    pending[fd].sent += (size_t)sent;
    if (pending[fd].sent < pending[fd].size) return;
    free(pending[fd].bytes);
    pending[fd].bytes = NULL;
    watch(EPOLL_CTL_MOD, fd, EPOLLIN);
}

static void answer(int fd) {
    ssize_t size = read(fd, input, sizeof input);
    if (size <= 0) {
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        hang_up(fd);
        return;
    }
    size_t length = 0;
    const char *end = input + size;
    for (const char *at = input; (at = memchr(at, '\n', (size_t)(end - at))); at++) {
        memcpy(output + length, reply, REPLY_SIZE);
        length += REPLY_SIZE;
    }
    if (length == 0) return;
    if (journal >= 0) {
        static const char record[4096];
        if (write(journal, record, sizeof record) != sizeof record || fdatasync(journal) < 0) die("the journal");
    }
    ssize_t sent = write(fd, output, length);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) {
        hang_up(fd);
        return;
    }
    if (sent < 0) sent = 0;
    if ((size_t)sent < length) keep_rest(fd, output + sent, length - (size_t)sent);
}

static int listen_at(int port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) die("socket");
    int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) die("bind");
    if (listen(fd, SOMAXCONN) < 0) die("listen");
    return fd;
}

int main(int argc, char **argv) {
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: epoll-server PORT [FILE]\n");
        return 64;
    }
    if (argc == 3) {
        journal = open(argv[2], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (journal < 0) die(argv[2]);
    }
    signal(SIGPIPE, SIG_IGN);
    int listener = listen_at(atoi(argv[1]));
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) die("epoll_create1");
    watch(EPOLL_CTL_ADD, listener, EPOLLIN);
    for (;;) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(epoll, events, MAX_EVENTS, -1);
        if (count < 0 && errno != EINTR) die("epoll_wait");
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) accept_all(listener);
            else if (pending[fd].bytes) write_rest(fd);
            else answer(fd);
        }
    }
}
