// A log-linear histogram of durations in nanoseconds: 64 steps for each power of two, so a quantile is at most 1.6 %
// above the true value; the maximum is exact.
#pragma once
#include <stdint.h>

enum { HISTOGRAM_STEPS = 64, HISTOGRAM_STEP_BITS = 6, HISTOGRAM_BUCKETS = HISTOGRAM_STEPS * 59 };

struct histogram {
    uint64_t buckets[HISTOGRAM_BUCKETS];
    uint64_t count, max;
};

static inline void histogram_add(struct histogram *h, uint64_t value) {
    unsigned shift = 0, bits = 64 - (unsigned)__builtin_clzll(value | 1);
    if (bits > HISTOGRAM_STEP_BITS + 1) shift = bits - HISTOGRAM_STEP_BITS - 1;
    h->buckets[shift * HISTOGRAM_STEPS + (value >> shift)]++;
    h->count++;
    if (value > h->max) h->max = value;
}

// The upper edge of the bucket that contains the quantile (0...1); 0 if no duration was added.
static inline uint64_t histogram_quantile(const struct histogram *h, double quantile) {
    uint64_t wanted = (uint64_t)(quantile * (double)h->count), seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen > wanted || (seen && seen == h->count)) {
            unsigned shift = i < 2 * HISTOGRAM_STEPS ? 0 : i / HISTOGRAM_STEPS - 1;
            uint64_t edge = (((uint64_t)i - shift * HISTOGRAM_STEPS + 1) << shift) - 1;
            return edge < h->max ? edge : h->max;
        }
    }
    return 0;
}
