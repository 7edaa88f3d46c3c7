// Starts programs and waits for them to end, as a shell does but without the shell.
#pragma once
#include <sys/types.h>

// Starts argv[0] (found along PATH) with a file as its standard input and /dev/null as its standard output; ends this
// program if that fails.
pid_t child_start(char **argv, const char *input);

// Waits for a process to end and returns its exit code, or 128 + the signal that ended it.
int child_wait(pid_t child);

// A monotonic time in microseconds.
double microseconds(void);

// Sorts the values and returns the median.
double median(double *values, int count);
