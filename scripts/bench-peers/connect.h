// Connections to a server on loopback, from any number of source addresses.
#pragma once
#include <stdbool.h>

// Returns a TCP_NODELAY socket that is connected to 127.0.0.1:port, or still connecting if `blocking` is false.
// `source` 0 leaves the source address to the kernel; 1, 2, ... stand for 127.0.0.1, 127.0.0.2, ..., each with all the
// ports of the ephemeral range. On failure returns -1 and sets errno.
int connect_loopback(int port, unsigned source, bool blocking);
