// The loader for all servers: a closed loop over loopback, bounded in count and time; prints one JSON object.
//
//   loader --port P --request KIND [--connections N] [--pipeline P] [--one-shot] [--sources N]
//          [--warm-up S] [--seconds S] [--count N] [--tags K] [--core N] [--tls]
//   loader --port P --request KIND --idle --connections N [--sources N] [--tls]
//
// KIND is download, hashtag or upload (ttweet), redis-get or redis-set, http-get, http-page or http-post. The loader stops after --seconds or --count,
// whichever comes first. --core keeps it on that processor: otherwise the scheduler sometimes puts it and the server on
// the same one, which reduces the figures by a third. With --idle it opens the connections, gets one request answered
// on each, prints `ready` and holds them until standard input ends. Exit code 1 if an answer was an error or the server
// failed, 64 for wrong usage.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "closed-loop.h"
#include "stream.h"

static void usage(const char *what) {
    fprintf(stderr, "loader: %s; the comment in loader.c says how to use it\n", what);
    exit(64);
}

static void fail(const char *what) {
    fprintf(stderr, "loader: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void stay_on(int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET((unsigned)core, &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) < 0) fail("--core");
}

// Opens one connection after the other, each with one answered request; they stay open until standard input ends.
static int hold_idle(struct load *load) {
    for (unsigned i = 0; i < load->connections; i++) {
        struct stream stream;
        if (!stream_open(&stream, load->port, load->sources ? 1 + i % load->sources : 0, true)) fail("connect");
        char bytes[16 * 1024];
        size_t size = requests_next(&load->requests, bytes);
        if (stream_write(&stream, bytes, size) != (ssize_t)size) fail("write");
        struct reader reader = {0};
        for (struct answers answers = {0}; answers.complete == 0;) {
            ssize_t got = stream_read(&stream, bytes, sizeof bytes);
            if (got == 0) errno = ECONNRESET;
            if (got <= 0) fail("read");
            answers = reader_feed(&reader, load->requests.kind, bytes, (size_t)got);
            if (answers.errors > 0) return 1;
        }
    }
    printf("ready\n");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) continue;
    return 0;
}

static int run(struct load *load) {
    static struct outcome outcome;
    closed_loop(load, &outcome);
    uint64_t count = outcome.latency.count;
    if (count == 0) {
        errno = ENODATA;
        fail("no answer fell into the counted time");
    }
    printf("{\"requests\":%llu,\"seconds\":%.4f,\"per_second\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f,"
           "\"answers\":%llu,\"errors\":%llu,\"parts\":%llu}\n",
           (unsigned long long)count, outcome.seconds, (double)count / outcome.seconds,
           (double)histogram_quantile(&outcome.latency, 0.5) / 1e3,
           (double)histogram_quantile(&outcome.latency, 0.99) / 1e3, (double)outcome.latency.max / 1e3,
           (unsigned long long)outcome.answers, (unsigned long long)outcome.errors,
           (unsigned long long)outcome.parts);
    return outcome.errors > 0;
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'},
        {"request", required_argument, NULL, 'r'},
        {"connections", required_argument, NULL, 'c'},
        {"pipeline", required_argument, NULL, 'P'},
        {"one-shot", no_argument, NULL, 'o'},
        {"sources", required_argument, NULL, 'S'},
        {"warm-up", required_argument, NULL, 'w'},
        {"seconds", required_argument, NULL, 's'},
        {"count", required_argument, NULL, 'n'},
        {"tags", required_argument, NULL, 't'},
        {"core", required_argument, NULL, 'C'},
        {"idle", no_argument, NULL, 'i'},
        {"tls", no_argument, NULL, 'T'},
        {NULL, 0, NULL, 0}};
    struct load load = {.connections = 1, .pipeline = 1};
    bool idle = false, kind = false;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': load.port = atoi(optarg); break;
        case 'r': kind = requests_named(optarg, &load.requests.kind); break;
        case 'c': load.connections = (unsigned)atoi(optarg); break;
        case 'P': load.pipeline = (unsigned)atoi(optarg); break;
        case 'o': load.one_shot = true; break;
        case 'S': load.sources = (unsigned)atoi(optarg); break;
        case 'w': load.warm_up = atof(optarg); break;
        case 's': load.duration = atof(optarg); break;
        case 'n': load.count = strtoull(optarg, NULL, 10); break;
        case 't': load.requests.tags = (unsigned)atoi(optarg); break;
        case 'C': stay_on(atoi(optarg)); break;
        case 'i': idle = true; break;
        case 'T': stream_use_tls(); break;
        default: usage("an unknown option");
        }
    }
    if (optind < argc) usage("an argument that is no option");
    if (load.port <= 0 || load.port > 65535) usage("--port is missing or wrong");
    if (!kind) usage("--request is missing or wrong");
    if (load.connections < 1 || load.connections > 60000) usage("--connections is not 1...60000");
    if (load.pipeline < 1 || load.pipeline > 1024) usage("--pipeline is not 1...1024");
    if (load.one_shot && load.pipeline > 1) usage("--one-shot goes without --pipeline");
    if (load.sources > 1000) usage("--sources is not 0...1000");
    if (load.requests.kind == HASHTAG && load.requests.tags == 0) usage("--request hashtag needs --tags");
    if (!idle && load.duration <= 0 && load.count == 0) usage("--seconds or --count is missing");
    if (getrandom(&load.requests.seed, sizeof load.requests.seed, 0) < 0) fail("getrandom");
    return idle ? hold_idle(&load) : run(&load);
}
