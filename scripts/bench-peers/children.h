// Starts programs and waits for them to end, as a shell does but without the shell.
#pragma once
#include <sys/types.h>

// Starts argv[0] (found along PATH) with standard input and output on /dev/null; ends this program if that fails.
pid_t child_start(char **argv);

// Waits for a process to end and returns its exit code, or 128 + the signal that ended it.
int child_wait(pid_t child);

// A monotonic time in microseconds.
double microseconds(void);

// Sorts the values and returns the median.
double median(double *values, int count);
