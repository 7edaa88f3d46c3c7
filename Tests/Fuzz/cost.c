#include "cost.h"

// libFuzzer takes these for edges of the program: an input that sets a new one is kept, and changed further. Each stands
// for a fourth of a doubling of the time (see "extra counters" in compiler-rt, FuzzerExtraCounters.cpp).
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t counters[160];

void cfuzz_note_cost(uint64_t nanoseconds) {
    unsigned step = 0;
    while (nanoseconds >= 8 && step < sizeof counters - 4) {
        nanoseconds /= 2;
        step += 4;
    }
    counters[step + (nanoseconds & 3)] = 1;
}
