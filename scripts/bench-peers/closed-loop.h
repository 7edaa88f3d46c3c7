// The loader's load: N connections, each of which asks again as soon as it has been answered.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "requests.h"

struct load {
    int port;
    unsigned connections;      // how many are open at once
    unsigned pipeline;         // requests in one write; the next go out when all of them are answered
    bool one_shot;             // a new connection for each request
    unsigned sources;          // source addresses to take in turn; 0 leaves it to the kernel
    double warm_up, duration;  // seconds: not counted, then counted; a duration of 0 means until `count`
    uint64_t count;            // requests to make at most; 0 means until `duration`
    struct requests requests;
};

struct outcome {
    struct histogram latency;  // from connect() (one_shot) or the write of the batch to the answer
    double seconds;            // the counted time
    uint64_t answers, errors, parts;  // of the whole run, warm-up included
};

// Runs the load to its end, single-threaded; ends the program with a message where the server cannot be reached, hangs
// up or falls silent.
void closed_loop(struct load *load, struct outcome *outcome);
