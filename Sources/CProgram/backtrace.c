// Before `main`, Swift's runtime looks for its program that prints backtraces, and a static executable aborts if there
// is no /proc from which to read its own path. The linker replaces that call by this function (see Package.swift):
// ttweet is not installed with such a program, and a static executable starts with a few system calls less.
#include <stddef.h>

const char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name);

const char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name) {
    (void)name;
    return NULL;
}
