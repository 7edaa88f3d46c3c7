// libevent's configuration header defines _GNU_SOURCE, which changes the C library's types under Swift's import of
// them. With the C library's headers read first, that comes too late to matter.
#pragma once
#include <sys/select.h>
#include <sys/time.h>
#include <sys/types.h>
#include <event2/event.h>
