// What the loader asks and how it recognises the answers, for ttweet and for Redis.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum request_kind { DOWNLOAD, HASHTAG, UPLOAD, REDIS_GET, REDIS_SET };

enum { MAX_REQUEST = 256 };  // bytes; the longest request of any kind fits

struct requests {
    enum request_kind kind;
    unsigned tags;     // hashtags to choose from; uploads carry none when 0
    uint64_t seed;     // differs from run to run, so that ids are unique
    uint64_t counter;  // requests made so far
};

// The kind with that name, or false.
bool requests_named(const char *name, enum request_kind *kind);

// Every request of such a kind is the same bytes, so a batch can be made once.
bool requests_alike(enum request_kind kind);

// Writes the next request to `out` (at least MAX_REQUEST bytes) and returns its length.
size_t requests_next(struct requests *requests, char *out);

// How far one connection's answers have been read. All zero at the start of a stream.
struct reader {
    char head[8];        // the first bytes of the line being read
    unsigned used;       // how many of them there are
    long skip;           // bytes of a Redis value still to come, with its CR LF
};

struct answers {
    unsigned complete;  // answers that ended in these bytes, good or bad
    unsigned parts;     // `part` lines among them
    unsigned errors;    // answers that were an error, or not an answer at all
};

// Reads what one read returned and says what it ended. The first bad answer of the run is shown on standard error.
struct answers reader_feed(struct reader *reader, enum request_kind kind, const char *bytes, size_t size);
