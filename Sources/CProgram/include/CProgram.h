// The command line as C's `main` is given it.
#pragma once

// How many words there are, the program's own name among them.
int cprogram_argument_count(void);

// The words; NULL on a system whose C library does not hand them to constructors.
char *const *cprogram_arguments(void);
