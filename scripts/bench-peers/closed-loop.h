// The loader's load: N connections, each of which sends again as soon as it has its answers.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "histogram.h"
#include "requests.h"

struct load {
    int port;
    unsigned connections;      // connections that are open at once
    unsigned pipeline;         // requests in one write; the next write follows when all of them are answered
    bool one_shot;             // a new connection for each request
    unsigned sources;          // source addresses to use in turn; 0 leaves the choice to the kernel
    double warm_up, duration;  // seconds: not counted, then counted; a duration of 0 means until `count`
    uint64_t count;            // the maximum number of requests; 0 means until `duration`
    struct requests requests;
};

struct outcome {
    struct histogram latency;  // from connect() (one_shot) or the write of the batch to the answer
    double seconds;            // the counted time
    uint64_t answers, errors, parts;  // of the whole run, warm-up included
};

// Runs the load to its end on one thread; ends the program with a message if the server cannot be reached, closes a
// connection or stops answering.
void closed_loop(struct load *load, struct outcome *outcome);
