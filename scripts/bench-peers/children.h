// Starting a program and waiting for its end, as a shell does it but without the shell.
#pragma once
#include <sys/types.h>

// Starts argv[0] (found along PATH) with standard input and output on /dev/null; ends the program where that fails.
pid_t child_start(char **argv);

// Waits for its end and returns its exit code, or 128 + the signal that ended it.
int child_wait(pid_t child);

// A monotonic time in microseconds.
double microseconds(void);

// Sorts the values and returns the one in the middle, or the mean of the two there.
double median(double *values, int count);
