// Swift's own entry point drops what `main` is given, and its runtime looks for the words later: in /proc, which need
// not be mounted, or in memory before the environment, which is elsewhere once somebody has called setenv(3), a
// preloaded library for one. glibc and macOS hand constructors the same arguments as `main`, before that.
#include "CProgram.h"

#include <stddef.h>

static int count;
static char *const *words;

__attribute__((constructor)) static void keep_arguments(int argc, char **argv) {
    count = argc;
    words = argv;
}

int cprogram_argument_count(void) { return count; }

char *const *cprogram_arguments(void) { return words; }
