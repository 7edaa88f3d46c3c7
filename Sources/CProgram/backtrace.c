// Swift's runtime looks for its program that prints backtraces before `main`, and a static executable aborts where
// there is no /proc to tell its own path. The linker has it call this instead (see Package.swift): there is no such
// program beside ours, and a static executable starts some system calls faster.
#include <stddef.h>

const char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name);

const char *__wrap_swift_copyAuxiliaryExecutablePath(const char *name) {
    (void)name;
    return NULL;
}
