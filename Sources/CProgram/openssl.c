// OpenSSL's libcrypto asks the processor for its features before `main`: a dozen CPUID instructions, each of which takes
// microseconds in a virtual machine, for every run of the client, with TLS or without. In the static client the linker
// replaces that call (see Package.swift), and the client makes it before it uses OpenSSL.
#include "CProgram.h"

#include <stddef.h>

void __wrap_OPENSSL_cpuid_setup(void);
// Only with the linker's option is there such a function.
__attribute__((weak)) void __real_OPENSSL_cpuid_setup(void);

void __wrap_OPENSSL_cpuid_setup(void) {}

void cprogram_prepare_openssl(void) {
    if (__real_OPENSSL_cpuid_setup != NULL) __real_OPENSSL_cpuid_setup();
}
