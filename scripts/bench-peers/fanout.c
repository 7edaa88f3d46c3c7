// One sender and many followers: measures deliveries per second; prints one JSON object.
//
//   fanout --port P --server ttweet|ttweet-sse|ttweet-ws|nchan-sse|nchan-ws|redis|nats --followers N [--stalled N]
//          [--sources N] [--window N] [--warm-up S] [--seconds S] [--core N] [--tls]
//   fanout --port P --server ttweet --followers N --idle
//   fanout --port P --server ttweet --followers N --tagged ...
//
// The sender keeps --window messages of 100 bytes under way: it sends more when the followers together have received
// their share of the earlier ones. --stalled followers subscribe and never read. With --idle each follower gets one
// message; then the program prints `ready` and holds the connections until standard input ends. With --tagged the
// followers follow a hashtag that only the first message of each half window has, and one more connection follows
// everything: so the server looks at all lines of the half window for each follower, and a delivery counts for as many.
// With --tls one follower in 16 decrypts what it gets, and the lines of the others are counted by their bytes: else this
// program would take more of the machine than a fast server.
// Exit code 1 if the server failed.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "stream.h"

enum { PAYLOAD = 100, BUFFER = 1 << 20, DECRYPTING = 16 };

struct server {
    const char *name;
    // A follower's subscription, and the number of line feeds in its answer.
    const char *follow;
    unsigned follow_lines;
    // The bytes before and behind a message's text.
    const char *before, *behind;
    // The number of marks in one delivery, and of line feeds in the sender's answer to one message.
    unsigned delivery_lines, answer_lines;
    // The byte that is counted in deliveries.
    unsigned char mark;
};

// The upgrade to a WebSocket at a path.
#define UPGRADE(PATH)                                                                                              \
    "GET " PATH " HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"                        \
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
// `["follow",""]` as a client's message, masked with spaces.
#define FOLLOW_MESSAGE "\x81\x8d    {\x02" "FOLLOW\x02\x0c\x02\x02}"
#define EVENTS(PATH) "GET " PATH " HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
#define PUBLISH "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n"

static const struct server servers[] = {
    {"ttweet", "[\"follow\",\"\"]\n", 1, "[\"u\",\"", "\"]\n", 1, 1, '\n'},
    // Of these a delivery has one brace; the sender speaks lines.
    {"ttweet-sse", EVENTS("/follow"), 8, "[\"u\",\"", "\"]\n", 1, 1, '{'},
    {"ttweet-ws", UPGRADE("/live") FOLLOW_MESSAGE, 6, "[\"u\",\"", "\"]\n", 1, 1, '{'},
    {"nchan-sse", EVENTS("/sub"), 8, PUBLISH, "", 3, 0, '\n'},
    // A frame's first byte, which is in no text.
    {"nchan-ws", UPGRADE("/sub"), 7, PUBLISH, "", 1, 0, 0x81},
    {"redis", "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nt\r\n", 6,
     "*3\r\n$7\r\nPUBLISH\r\n$1\r\nt\r\n$100\r\n", "\r\n", 7, 1, '\n'},
    {"nats", "CONNECT {\"verbose\":false}\r\nSUB t 1\r\nPING\r\n", 2, "PUB t 100\r\n", "\r\n", 2, 0, '\n'},
};
static const struct server tagged = {"ttweet", "[\"follow\",\"#t\"]\n", 1, "[\"u\",\"", "\"]\n", 1, 1, '\n'};

static void usage(const char *what) {
    fprintf(stderr, "fanout: %s; the comment in fanout.c says how to use it\n", what);
    exit(64);
}

static void fail(const char *what) {
    fprintf(stderr, "fanout: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

__attribute__((optimize("O3"))) static size_t marks(const char *bytes, size_t count, unsigned char mark) {
    size_t found = 0;
    for (size_t i = 0; i < count; i++) found += (unsigned char)bytes[i] == mark;
    return found;
}

static char buffer[BUFFER];

// Reads until a number of lines have arrived.
static void await_lines(struct stream *stream, unsigned lines) {
    // One byte at a time where it matters where the last line ends: nothing is pushed before the first message.
    while (lines > 0) {
        ssize_t got = stream_read(stream, buffer, sizeof buffer);
        if (got == 0) errno = ECONNRESET;
        if (got <= 0) fail("the answer to a follower");
        size_t found = marks(buffer, (size_t)got, '\n');
        lines -= found > lines ? lines : (unsigned)found;
    }
}

static void write_all(struct stream *stream, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t sent = stream_write(stream, bytes, count);
        if (sent < 0 && errno == EAGAIN) {
            struct pollfd room = {.fd = stream->fd, .events = POLLOUT};
            poll(&room, 1, -1);
            continue;
        }
        if (sent < 0) fail("write");
        bytes += sent;
        count -= (size_t)sent;
    }
}

static struct stream *connected(int port, unsigned source) {
    struct stream *stream = malloc(sizeof *stream);
    if (!stream || !stream_open(stream, port, source, true)) fail("connect");
    return stream;
}

static struct stream *follower(int port, unsigned source, const struct server *server) {
    struct stream *stream = connected(port, source);
    // NATS sends a greeting first.
    if (!strcmp(server->name, "nats")) await_lines(stream, 1);
    write_all(stream, server->follow, strlen(server->follow));
    await_lines(stream, server->follow_lines - (strcmp(server->name, "nats") ? 0 : 1));
    return stream;
}

// What the followers have received: the lines and bytes of those that decrypt, and the bytes of the others.
struct received {
    unsigned long long lines, bytes, skipped_bytes;
};

// The lines of all followers. Each is sent the same bytes, so the others' bytes have as many lines.
static unsigned long long all_lines(const struct received *received) {
    if (received->skipped_bytes == 0 || received->bytes == 0) return received->lines;
    unsigned __int128 product = (unsigned __int128)received->skipped_bytes * received->lines;
    return received->lines + (unsigned long long)((product + received->bytes / 2) / received->bytes);
}

// Whether what has arrived begins with the notice that the follower lags, in any framing of ttweet's.
static bool says_lagged(const char *bytes, size_t count) {
    static const char *const notices[] = {"[\"lagged\"", "event: lagged"};
    for (size_t i = 0; i < 2; i++)
        if (count > strlen(notices[i]) && !memcmp(bytes, notices[i], strlen(notices[i]))) return true;
    return count > 11 && !memcmp(bytes + 2, notices[0], strlen(notices[0]));
}

// A stream that the program reads whenever something arrives, and what counts of it: lines, only bytes, or nothing.
struct watched {
    struct stream *stream;
    enum { COUNTED, SKIPPED, NOT_COUNTED } kind;
};

static void watch(int poller, struct stream *stream, int kind) {
    struct watched *watched = malloc(sizeof *watched);
    if (!watched) fail("malloc");
    *watched = (struct watched){stream, kind};
    if (fcntl(stream->fd, F_SETFL, O_NONBLOCK) < 0) fail("fcntl");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = watched};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, stream->fd, &event) < 0) fail("epoll_ctl");
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},    {"server", required_argument, NULL, 'v'},
        {"followers", required_argument, NULL, 'f'}, {"stalled", required_argument, NULL, 'd'},
        {"sources", required_argument, NULL, 'S'}, {"window", required_argument, NULL, 'W'},
        {"warm-up", required_argument, NULL, 'w'}, {"seconds", required_argument, NULL, 's'},
        {"core", required_argument, NULL, 'C'},    {"idle", no_argument, NULL, 'i'},
        {"tagged", no_argument, NULL, 't'},       {"tls", no_argument, NULL, 'T'},
        {NULL, 0, NULL, 0}};
    int port = 0;
    unsigned followers = 0, stalled = 0, sources = 0, window = 512;
    double warm_up = 0, seconds = 0;
    bool idle = false, is_tagged = false;
    const struct server *server = NULL;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'v':
            for (size_t i = 0; i < sizeof servers / sizeof *servers; i++)
                if (!strcmp(servers[i].name, optarg)) server = &servers[i];
            break;
        case 'f': followers = (unsigned)atoi(optarg); break;
        case 'd': stalled = (unsigned)atoi(optarg); break;
        case 'S': sources = (unsigned)atoi(optarg); break;
        case 'W': window = (unsigned)atoi(optarg); break;
        case 'w': warm_up = atof(optarg); break;
        case 's': seconds = atof(optarg); break;
        case 'C': {
            cpu_set_t cores;
            CPU_ZERO(&cores);
            CPU_SET((unsigned)atoi(optarg), &cores);
            if (sched_setaffinity(0, sizeof cores, &cores) < 0) fail("--core");
            break;
        }
        case 'i': idle = true; break;
        case 't': is_tagged = true; break;
        case 'T': stream_use_tls(); break;
        default: usage("an unknown option");
        }
    }
    if (port <= 0 || port > 65535) usage("--port is missing or wrong");
    if (!server) usage("--server is missing or wrong");
    if (followers < 1 || followers > 60000 || stalled > 1000) usage("--followers or --stalled is missing or wrong");
    if (window < 2) usage("--window is at least 2");
    if (!idle && seconds <= 0) usage("--seconds is missing");

    int poller = epoll_create1(EPOLL_CLOEXEC);
    if (is_tagged) {
        watch(poller, follower(port, 0, server), NOT_COUNTED);
        server = &tagged;
    }
    for (unsigned i = 0; i < followers + stalled; i++) {
        struct stream *one = follower(port, sources ? 1 + i % sources : 0, server);
        if (i < followers) watch(poller, one, one->tls && i % DECRYPTING ? SKIPPED : COUNTED);
    }
    struct stream *sender = connected(port, 0);
    if (!strcmp(server->name, "nats")) {
        await_lines(sender, 1);
        write_all(sender, "CONNECT {\"verbose\":false}\r\n", 27);
    }
    watch(poller, sender, NOT_COUNTED);

    char message[512];
    size_t head = strlen(server->before), tail = strlen(server->behind), size = head + PAYLOAD + tail;
    memcpy(message, server->before, head);
    memset(message + head, 'x', PAYLOAD);
    memcpy(message + head + PAYLOAD, server->behind, tail);
    unsigned batch = idle ? 1 : window / 2;
    char *sending = malloc(size * batch);
    for (unsigned i = 0; i < batch; i++) memcpy(sending + i * size, message, size);
    if (is_tagged) memcpy(sending + head, "#t ", 3);

    // The marks that the followers have received, and the number once they have received every message sent so far.
    struct received received = {0};
    unsigned long long lines = 0, expected = 0;
    const unsigned long long share = (unsigned long long)(is_tagged ? 1 : batch) * followers * server->delivery_lines;
    double begin = now(), counted_from = 0;
    unsigned long long counted_lines = 0;
    while (true) {
        if (expected < lines + share || expected == 0) {
            if (!idle || expected == 0) {
                write_all(sender, sending, size * batch);
                expected += share;
            }
        }
        double time = now();
        if (idle && lines >= share) break;
        if (counted_from == 0 && time - begin >= warm_up) {
            counted_from = time;
            counted_lines = lines;
        }
        if (counted_from > 0 && !idle && time - counted_from >= seconds) {
            double deliveries = (double)(lines - counted_lines) / server->delivery_lines * (is_tagged ? batch : 1);
            printf("{\"deliveries\":%.0f,\"seconds\":%.4f,\"per_second\":%.1f}\n", deliveries, time - counted_from,
                   deliveries / (time - counted_from));
            return 0;
        }
        struct epoll_event events[1024];
        int count = epoll_wait(poller, events, 1024, 5000);
        if (count == 0) errno = ETIMEDOUT;
        if (count <= 0) fail("nothing is delivered any more");
        for (int i = 0; i < count; i++) {
            const struct watched *watched = events[i].data.ptr;
            ssize_t got = watched->kind == SKIPPED ? stream_skip(watched->stream, buffer, sizeof buffer)
                                                   : stream_read(watched->stream, buffer, sizeof buffer);
            if (got < 0 && errno == EAGAIN) continue;
            if (got == 0) errno = ECONNRESET;
            if (got <= 0) fail("a follower was cut off");
            if (watched->kind == SKIPPED) {
                received.skipped_bytes += (unsigned long long)got;
                continue;
            }
            if (says_lagged(buffer, (size_t)got)) {
                fprintf(stderr, "fanout: a follower that reads lags\n");
                return 1;
            }
            if (watched->kind == COUNTED) {
                received.lines += marks(buffer, (size_t)got, server->mark);
                received.bytes += (unsigned long long)got;
            }
        }
        lines = all_lines(&received);
    }
    printf("ready\n");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) continue;
    return 0;
}
