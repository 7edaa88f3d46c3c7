// Swift's own entry point drops the arguments of `main`, and its runtime searches for the words later: in /proc, which
// may not be mounted, or in memory before the environment, which moves once anything, such as a preloaded library,
// calls setenv(3). glibc and macOS pass the same arguments to constructors, before that.
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
