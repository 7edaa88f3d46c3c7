// The command line as C's `main` receives it.
#pragma once

// The number of words, including the program's name.
int cprogram_argument_count(void);

// Does what OpenSSL does before `main` elsewhere, unless it is done; see openssl.c. To be called before OpenSSL is used.
void cprogram_prepare_openssl(void);

// The words; NULL on a system whose C library does not pass them to constructors.
char *const *cprogram_arguments(void);
