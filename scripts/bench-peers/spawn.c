// Times whole processes, from before posix_spawn until they have been waited for, in turn A B C A B C ...
//
//   spawn ROUNDS [INPUT] -- COMMAND [ARGUMENT]... [-- COMMAND [ARGUMENT]...]...
//
// The standard input of the commands is the file INPUT, by default /dev/null, and their standard output goes to
// /dev/null; if one does not exit with 0, the run ends with exit code 1. Prints one JSON object: the median and the
// minimum time of each command in microseconds, and `ratios`: row i, column j is the median over the rounds of (time of
// i / time of j) in the same round. One round for warming up is not counted.
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "children.h"

enum { MAX_COMMANDS = 16, MAX_ROUNDS = 100000 };

static char **commands[MAX_COMMANDS];
static double *times[MAX_COMMANDS];
static int count, rounds;
static const char *input = "/dev/null";

static void usage(void) {
    fprintf(stderr, "usage: spawn ROUNDS [INPUT] -- COMMAND [ARGUMENT]... [-- COMMAND [ARGUMENT]...]...\n");
    exit(64);
}

// Splits argv at each `--` into the commands.
static void read_commands(int argc, char **argv) {
    rounds = argc > 3 ? atoi(argv[1]) : 0;
    if (rounds < 1 || rounds > MAX_ROUNDS) usage();
    bool has_input = strcmp(argv[2], "--") != 0;
    if (has_input) input = argv[2];
    if (strcmp(argv[has_input ? 3 : 2], "--") != 0) usage();
    for (int i = has_input ? 3 : 2; i < argc; i++) {
        if (strcmp(argv[i], "--") != 0) continue;
        if (count == MAX_COMMANDS || i + 1 == argc || strcmp(argv[i + 1], "--") == 0) usage();
        argv[i] = NULL;
        commands[count++] = &argv[i + 1];
    }
}

static double time_once(char **command) {
    double start = microseconds();
    int code = child_wait(child_start(command, input));
    double time = microseconds() - start;
    if (code == 0) return time;
    fprintf(stderr, "spawn: %s ended with exit code %d\n", command[0], code);
    exit(1);
}

int main(int argc, char **argv) {
    read_commands(argc, argv);
    double *sorted = malloc((size_t)rounds * sizeof *sorted);
    for (int i = 0; i < count; i++) {
        times[i] = malloc((size_t)rounds * sizeof **times);
        if (!times[i] || !sorted) return 1;
        time_once(commands[i]);
    }
    for (int round = 0; round < rounds; round++)
        for (int i = 0; i < count; i++) times[i][round] = time_once(commands[i]);

    printf("{\"rounds\":%d,\"median_us\":[", rounds);
    for (int i = 0; i < count; i++) {
        memcpy(sorted, times[i], (size_t)rounds * sizeof *sorted);
        printf("%s%.1f", i ? "," : "", median(sorted, rounds));
    }
    printf("],\"min_us\":[");
    for (int i = 0; i < count; i++) {
        memcpy(sorted, times[i], (size_t)rounds * sizeof *sorted);
        median(sorted, rounds);
        printf("%s%.1f", i ? "," : "", sorted[0]);
    }
    printf("],\"ratios\":[");
    for (int i = 0; i < count; i++) {
        for (int j = 0; j < count; j++) {
            for (int round = 0; round < rounds; round++) sorted[round] = times[i][round] / times[j][round];
            printf("%s%.4f", j ? "," : i ? "],[" : "[", median(sorted, rounds));
        }
    }
    printf("]]}\n");
    return 0;
}
