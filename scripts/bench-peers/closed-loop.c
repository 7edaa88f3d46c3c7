// The loader's load: N connections, each of which sends again as soon as it has its answers.
#define _GNU_SOURCE
#include "closed-loop.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "stream.h"

enum { READ_SIZE = 64 * 1024, MAX_EVENTS = 256, SILENCE_MS = 20 * 1000 };

struct connection {
    struct stream stream;
    unsigned waiting;        // answers that have not come yet
    uint64_t started;        // the start of this batch, or with one_shot of this connection
    char *batch;             // the requests of this batch
    size_t size, sent;
    bool writing;            // EPOLLOUT is armed
    struct reader reader;
};

static struct load *load;
static struct outcome *outcome;
static int epoll;
static uint64_t counted_from, counted_to;  // nanoseconds; counted_to 0 means no end in time
static uint64_t issued, active, last_answer;
static unsigned next_source;

static void die(const char *what) {
    fprintf(stderr, "loader: %s: %s\n", what, strerror(errno));
    exit(1);
}

static uint64_t now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void watch(struct connection *c, int operation, bool writing) {
    struct epoll_event event = {.events = EPOLLIN | (writing ? EPOLLOUT : 0u), .data.ptr = c};
    if (epoll_ctl(epoll, operation, c->stream.fd, &event) < 0) die("epoll_ctl");
    c->writing = writing;
}

// Writes as many bytes as the socket takes; true when none are left.
static bool send_batch(struct connection *c) {
    while (c->sent < c->size) {
        ssize_t sent = stream_write(&c->stream, c->batch + c->sent, c->size - c->sent);
        if (sent < 0 && errno == EAGAIN) return false;
        if (sent < 0 && errno != EINTR) die("send");
        if (sent > 0) c->sent += (size_t)sent;
    }
    return true;
}

// Fills the batch with requests within the limits of the load; false at the end of the load.
static bool make_batch(struct connection *c, uint64_t time) {
    uint64_t many = load->pipeline;
    if (counted_to && time >= counted_to) return false;
    if (load->count && load->count - issued < many) many = load->count - issued;
    if (many == 0) return false;
    issued += many;
    c->waiting = (unsigned)many;
    c->sent = 0;
    if (requests_alike(load->requests.kind) && many == load->pipeline && c->size > 0) return true;
    c->size = 0;
    for (uint64_t i = 0; i < many; i++) c->size += requests_next(&load->requests, c->batch + c->size);
    return true;
}

static void open_stream(struct connection *c) {
    unsigned source = load->sources ? 1 + next_source++ % load->sources : 0;
    if (!stream_open(&c->stream, load->port, source, false)) die("connect");
    c->reader = (struct reader){0};
    watch(c, EPOLL_CTL_ADD, false);
}

// Sends the next requests, on a new connection if there is none; false at the end of the load.
static bool ask(struct connection *c, uint64_t time) {
    if (!make_batch(c, time)) return false;
    c->started = time;
    if (c->stream.fd < 0) open_stream(c);
    bool done = send_batch(c);
    if (done == c->writing) watch(c, EPOLL_CTL_MOD, !done);
    return true;
}

static void read_answers(struct connection *c) {
    static char bytes[READ_SIZE];
    ssize_t size = stream_read(&c->stream, bytes, sizeof bytes);
    if (size < 0) {
        if (errno == EAGAIN || errno == EINTR) return;
        die("recv");
    }
    if (size == 0) {
        errno = ECONNRESET;
        die("the server hung up before the answer");
    }
    struct answers answers = reader_feed(&c->reader, load->requests.kind, bytes, (size_t)size);
    if (answers.complete > c->waiting) {
        errno = EPROTO;
        die("more answers than requests");
    }
    uint64_t time = now();
    outcome->answers += answers.complete;
    outcome->errors += answers.errors;
    outcome->parts += answers.parts;
    if (answers.complete > 0) last_answer = time;
    if (time >= counted_from && (!counted_to || time < counted_to))
        for (unsigned i = 0; i < answers.complete; i++) histogram_add(&outcome->latency, time - c->started);
    c->waiting -= answers.complete;
    if (c->waiting > 0) return;
    if (load->one_shot) stream_close(&c->stream);
    if (ask(c, time)) return;
    if (c->stream.fd >= 0) stream_close(&c->stream);
    active--;
}

void closed_loop(struct load *wanted, struct outcome *result) {
    load = wanted;
    outcome = result;
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) die("epoll_create1");
    struct connection *connections = calloc(load->connections, sizeof *connections);
    if (!connections) die("calloc");
    for (unsigned i = 0; i < load->connections; i++) {
        struct connection *c = &connections[i];
        c->stream.fd = -1;
        c->batch = malloc((size_t)load->pipeline * MAX_REQUEST);
        if (!c->batch) die("malloc");
        if (!load->one_shot) open_stream(c);
    }

    uint64_t began = now();
    counted_from = began + (uint64_t)(load->warm_up * 1e9);
    counted_to = load->duration > 0 ? counted_from + (uint64_t)(load->duration * 1e9) : 0;
    for (unsigned i = 0; i < load->connections; i++)
        if (ask(&connections[i], now())) active++;
    while (active > 0) {
        struct epoll_event events[MAX_EVENTS];
        int count = epoll_wait(epoll, events, MAX_EVENTS, SILENCE_MS);
        if (count < 0 && errno != EINTR) die("epoll_wait");
        if (count == 0) {
            errno = ETIMEDOUT;
            die("the server fell silent");
        }
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            if (c->writing && (events[i].events & EPOLLOUT) && send_batch(c)) watch(c, EPOLL_CTL_MOD, false);
            if (events[i].events & (EPOLLIN | EPOLLERR | EPOLLHUP)) read_answers(c);
        }
    }
    uint64_t end = counted_to && last_answer > counted_to ? counted_to : last_answer;
    outcome->seconds = end > counted_from ? (double)(end - counted_from) / 1e9 : 0;
}
