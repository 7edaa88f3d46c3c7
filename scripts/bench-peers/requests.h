// The loader's requests to ttweet, Redis and servers of HTTP, and the parsing of their answers.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum request_kind { DOWNLOAD, HASHTAG, UPLOAD, REDIS_GET, REDIS_SET, HTTP_GET, HTTP_PAGE, HTTP_POST };

enum { MAX_REQUEST = 256 };  // bytes; the longest request of any kind fits

struct requests {
    enum request_kind kind;
    unsigned tags;     // hashtags to choose from; 0 for uploads without any
    uint64_t seed;     // different in each run, so that ids are unique
    uint64_t counter;  // requests made so far
};

// Finds the kind with that name; false if there is none.
bool requests_named(const char *name, enum request_kind *kind);

// Whether all requests of a kind have the same bytes, so that one batch serves for all.
bool requests_alike(enum request_kind kind);

// Writes the next request to `out` (at least MAX_REQUEST bytes) and returns its length.
size_t requests_next(struct requests *requests, char *out);

// The parser's position in one connection's answers. All zero at the start of a stream.
struct reader {
    char head[32];       // the first bytes of the line being read
    unsigned used;       // the number of those bytes
    long skip;           // bytes of a Redis value with its CR LF, or of a body, that have not arrived yet
    long length;         // the length of the body after the head being read
};

struct answers {
    unsigned complete;  // answers that ended in these bytes, good or bad
    unsigned parts;     // `part` lines among them
    unsigned errors;    // errors, and lines that are not an answer at all
};

// Parses the bytes of one read and counts the answers that end in them. Prints the first bad answer of the run to
// standard error.
struct answers reader_feed(struct reader *reader, enum request_kind kind, const char *bytes, size_t size);
