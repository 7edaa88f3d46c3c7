// The cost of an input as feedback for libFuzzer.

#include <stdint.h>

/// Notes how long an input has taken, in nanoseconds.
void cfuzz_note_cost(uint64_t nanoseconds);
