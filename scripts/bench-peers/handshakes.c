// TLS handshakes with any server: counts how many a second are completed, or floods the server; prints one JSON object.
//
//   handshakes --port P [--connections N] [--sources N] [--core N] [--warm-up S] --seconds S
//   handshakes --port P [--connections N] [--sources N] [--core N] --flood
//
// Keeps N connections at work. Each completes a handshake of TLS 1.3, waits for the session ticket, which the server
// sends once it has verified the client's last message, and ends; the next one follows. Certificates are not verified.
//
// --flood costs the server about the same and this program a tenth: each connection sends the same first message, and is
// reset as soon as an answer begins. Its --sources are 127.0.1.1 and following, so that servers can tell them from other
// clients. It prints `ready` after the first answer and continues until standard input ends. Exit code 1 if the server
// fails.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "connect.h"

enum { MAX_EVENTS = 256, MAX_HELLO = 4096, SILENCE_MS = 20 * 1000, FIRST_SOURCE_OF_FLOOD = 257 };

struct connection {
    int fd;
    SSL *tls;
    bool has_ticket;
    bool writing;  // EPOLLOUT is armed
};

static SSL_CTX *context;
static int epoll, port;
static unsigned sources, next_source;
// With --flood, the first message of a handshake.
static bool flood;
static char hello[MAX_HELLO];
static int hello_size;

static void die(const char *what) {
    fprintf(stderr, "handshakes: %s: %s\n", what, strerror(errno));
    ERR_print_errors_fp(stderr);
    exit(1);
}

static void usage(const char *what) {
    fprintf(stderr, "handshakes: %s; the comment in handshakes.c says how to use it\n", what);
    exit(64);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int ticket_came(SSL *tls, SSL_SESSION *session) {
    (void)session;
    ((struct connection *)SSL_get_app_data(tls))->has_ticket = true;
    return 0;
}

static int trust_anybody(X509_STORE_CTX *chain, void *argument) {
    (void)chain, (void)argument;
    return 1;
}

static void make_context(void) {
    context = SSL_CTX_new(TLS_client_method());
    if (!context || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1) die("SSL_CTX_new");
    SSL_CTX_set_cert_verify_callback(context, trust_anybody, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, ticket_came);
    SSL_CTX_set_read_ahead(context, 1);
}

// Writes the first message of a handshake to memory.
static void record_hello(void) {
    SSL *tls = SSL_new(context);
    BIO *nothing = BIO_new(BIO_s_mem()), *written = BIO_new(BIO_s_mem());
    if (!tls || !nothing || !written) die("SSL_new");
    BIO_set_mem_eof_return(nothing, -1);
    SSL_set_bio(tls, nothing, written);
    SSL_connect(tls);
    hello_size = BIO_read(written, hello, sizeof hello);
    if (hello_size <= 0 || hello_size == sizeof hello) die("the first message");
    SSL_free(tls);
    ERR_clear_error();
}

static void watch(struct connection *c, int operation, bool writing) {
    struct epoll_event event = {.events = writing ? EPOLLOUT : EPOLLIN, .data.ptr = c};
    if (epoll_ctl(epoll, operation, c->fd, &event) < 0) die("epoll_ctl");
    c->writing = writing;
}

static void begin(struct connection *c) {
    unsigned first = flood ? FIRST_SOURCE_OF_FLOOD : 1;
    c->fd = connect_loopback(port, sources ? first + next_source++ % sources : 0, flood);
    if (c->fd < 0) die("connect");
    c->has_ticket = false;
    if (flood) {
        struct linger reset = {.l_onoff = 1};
        setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        if (send(c->fd, hello, (size_t)hello_size, MSG_NOSIGNAL) != hello_size) die("send");
        return watch(c, EPOLL_CTL_ADD, false);
    }
    c->tls = SSL_new(context);
    if (!c->tls || SSL_set_fd(c->tls, c->fd) != 1) die("SSL_new");
    SSL_set_app_data(c->tls, c);
    SSL_set_connect_state(c->tls);
    watch(c, EPOLL_CTL_ADD, true);
}

static void end(struct connection *c) {
    if (c->tls) {
        SSL_shutdown(c->tls);
        SSL_free(c->tls);
    }
    close(c->fd);
    c->tls = NULL;
}

// Continues a handshake; true when it is complete and the ticket has come, or with --flood when an answer begins.
static bool step(struct connection *c) {
    if (flood) {
        char byte;
        if (recv(c->fd, &byte, 1, 0) != 1) die("the answer to a first message");
        return true;
    }
    char byte;
    ERR_clear_error();
    int result = SSL_read(c->tls, &byte, 1);
    if (c->has_ticket) return true;
    int error = SSL_get_error(c->tls, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) die("a handshake");
    bool writing = error == SSL_ERROR_WANT_WRITE;
    if (writing != c->writing) watch(c, EPOLL_CTL_MOD, writing);
    return false;
}

// Keeps the connections at work; with --flood until standard input ends.
static void run(struct connection *connections, unsigned count, double warm_up, double seconds) {
    if (flood) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, 0, &event) < 0) die("standard input");
    }
    for (unsigned i = 0; i < count; i++) begin(&connections[i]);
    double counted_from = now() + warm_up, time = 0;
    unsigned long long done = 0, counted = 0;
    while (flood || (time = now()) < counted_from + seconds) {
        struct epoll_event events[MAX_EVENTS];
        int ready = epoll_wait(epoll, events, MAX_EVENTS, SILENCE_MS);
        if (ready == 0) errno = ETIMEDOUT;
        if (ready <= 0) die("the server fell silent");
        for (int i = 0; i < ready; i++) {
            struct connection *c = events[i].data.ptr;
            if (!c) return;
            if (!step(c)) continue;
            if (done++ == 0 && flood) {
                printf("ready\n");
                fflush(stdout);
            }
            if (now() >= counted_from) counted++;
            end(c);
            begin(c);
        }
    }
    if (counted == 0) {
        errno = ENODATA;
        die("no handshake fell into the counted time");
    }
    printf("{\"handshakes\":%llu,\"seconds\":%.4f,\"per_second\":%.1f}\n", counted, time - counted_from,
           (double)counted / (time - counted_from));
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},    {"connections", required_argument, NULL, 'c'},
        {"sources", required_argument, NULL, 'S'}, {"warm-up", required_argument, NULL, 'w'},
        {"seconds", required_argument, NULL, 's'}, {"core", required_argument, NULL, 'C'},
        {"flood", no_argument, NULL, 'f'},         {NULL, 0, NULL, 0}};
    unsigned count = 1;
    double warm_up = 0, seconds = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': port = atoi(optarg); break;
        case 'c': count = (unsigned)atoi(optarg); break;
        case 'S': sources = (unsigned)atoi(optarg); break;
        case 'w': warm_up = atof(optarg); break;
        case 's': seconds = atof(optarg); break;
        case 'f': flood = true; break;
        case 'C': {
            cpu_set_t cores;
            CPU_ZERO(&cores);
            CPU_SET((unsigned)atoi(optarg), &cores);
            if (sched_setaffinity(0, sizeof cores, &cores) < 0) die("--core");
            break;
        }
        default: usage("an unknown option");
        }
    }
    if (optind < argc) usage("an argument that is no option");
    if (port <= 0 || port > 65535) usage("--port is missing or wrong");
    if (count < 1 || count > 60000) usage("--connections is not 1...60000");
    if (!flood && seconds <= 0) usage("--seconds or --flood is missing");
    signal(SIGPIPE, SIG_IGN);
    make_context();
    if (flood) record_hello();
    epoll = epoll_create1(EPOLL_CLOEXEC);
    if (epoll < 0) die("epoll_create1");
    struct connection *connections = calloc(count, sizeof *connections);
    if (!connections) die("calloc");
    run(connections, count, warm_up, seconds);
    return 0;
}
