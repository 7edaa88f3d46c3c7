// Connecting to a server on loopback, from as many source addresses as wanted.
#pragma once
#include <stdbool.h>

// A TCP_NODELAY socket connected, or (`blocking` false) being connected, to 127.0.0.1:port. `source` 0 leaves the own
// address to the kernel; 1, 2, ... stand for 127.0.0.1, 127.0.0.2, ..., each with all the ports of the ephemeral range.
// -1 and errno where it fails.
int connect_loopback(int port, unsigned source, bool blocking);
