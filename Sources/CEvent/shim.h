// libevent's configuration header defines _GNU_SOURCE, which changes the C library's types as Swift imports them.
// Including the C library's headers first avoids that.
#pragma once
#include <sys/select.h>
#include <sys/time.h>
#include <sys/types.h>
#include <event2/event.h>
