// The loader's requests to ttweet and Redis, and the parsing of their answers.
#define _GNU_SOURCE
#include "requests.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

static const char *const names[] = {"download", "hashtag", "upload", "redis-get", "redis-set", "http-get", "http-page",
                                    "http-post"};

bool requests_named(const char *name, enum request_kind *kind) {
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(name, names[i]) == 0) {
            *kind = (enum request_kind)i;
            return true;
        }
    }
    return false;
}

bool requests_alike(enum request_kind kind) {
    return kind == DOWNLOAD || kind == REDIS_GET || kind == HTTP_GET || kind == HTTP_PAGE;
}

// splitmix64: a stateless function that makes a sufficiently random number from a counter.
static uint64_t mixed(uint64_t x) {
    x += 0x9e3779b97f4a7c15;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
    x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
    return x ^ (x >> 31);
}

static void put_hex(char *out, uint64_t value, unsigned digits) {
    while (digits-- > 0) {
        out[digits] = "0123456789abcdef"[value & 15];
        value >>= 4;
    }
}

// RFC 9562, version 7: 48 bits of Unix milliseconds, 12 and 30 random bits, and 32 bits of the counter for uniqueness.
static void put_uuid(char out[36], uint64_t counter, uint64_t random) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME_COARSE, &now);
    uint64_t milliseconds = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
    put_hex(out, milliseconds >> 16, 8);
    out[8] = '-';
    put_hex(out + 9, milliseconds & 0xffff, 4);
    out[13] = '-';
    put_hex(out + 14, 0x7000 | (random & 0xfff), 4);
    out[18] = '-';
    put_hex(out + 19, 0x8000 | ((random >> 12) & 0x3fff), 4);
    out[23] = '-';
    put_hex(out + 24, (random >> 26) & 0xffff, 4);
    put_hex(out + 28, counter & 0xffffffff, 8);
}

// A text of exactly 100 bytes that is unique in this run; it ends with the hashtag, if there is one.
enum { TEXT_SIZE = 100 };
static void put_text(char out[TEXT_SIZE], uint64_t counter, const char *tag) {
    static const char words[TEXT_SIZE + 1] =
        "backup 0000000000000000 of the machine in the cellar is done, all is where it belongs, rest in peace";
    memcpy(out, words, TEXT_SIZE);
    put_hex(out + 7, counter, 16);
    size_t size = strlen(tag);
    memcpy(out + TEXT_SIZE - size, tag, size);
}

static char *put(char *out, const char *string) {
    size_t size = strlen(string);
    memcpy(out, string, size);
    return out + size;
}

size_t requests_next(struct requests *requests, char *out) {
    uint64_t counter = requests->counter++;
    uint64_t random = mixed(requests->seed + counter);
    char *at = out, tag[24] = "";
    if (requests->tags > 0 && !requests_alike(requests->kind))
        snprintf(tag, sizeof tag, " #tag%u", (unsigned)((random >> 32) % requests->tags));

    switch (requests->kind) {
    case DOWNLOAD:
        at = put(at, "[\"d\",\"\"]\n");
        break;
    case HASHTAG:
        at = put(at, "[\"d\",{\"tag\":\"");
        at = put(at, tag + 1);
        at = put(at, "\",\"count\":20}]\n");
        break;
    case UPLOAD:
        at = put(at, "[\"u\",{\"text\":\"");
        put_text(at, counter, tag);
        at = put(at + TEXT_SIZE, "\",\"id\":\"");
        put_uuid(at, counter, random);
        at = put(at + 36, "\"}]\n");
        break;
    case REDIS_GET:
        at = put(at, "*2\r\n$3\r\nGET\r\n$3\r\nkey\r\n");
        break;
    case REDIS_SET:
        at = put(at, "*3\r\n$3\r\nSET\r\n$20\r\nkey:");
        put_hex(at, requests->seed + counter, 16);
        at = put(at + 16, "\r\n$100\r\n");
        put_text(at, counter, tag);
        at = put(at + TEXT_SIZE, "\r\n");
        break;
    case HTTP_GET:
        at = put(at, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
        break;
    case HTTP_PAGE:
        at = put(at, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/html\r\n\r\n");
        break;
    case HTTP_POST:
        at = put(at, "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 100\r\nIdempotency-Key: ");
        put_uuid(at, counter, random);
        at = put(at + 36, "\r\n\r\n");
        put_text(at, counter, tag);
        at += TEXT_SIZE;
        break;
    }
    return (size_t)(at - out);
}

static bool starts(const struct reader *reader, const char *string) {
    size_t size = strlen(string);
    return reader->used >= size && memcmp(reader->head, string, size) == 0;
}

// Counts a whole line of ttweet: any number of `part` lines, then the answer `ok`; every other line is bad.
static void judge_line(struct reader *reader, struct answers *answers) {
    if (starts(reader, "[\"part\"")) {
        answers->parts++;
        return;
    }
    answers->complete++;
    if (!starts(reader, "[\"ok\"")) answers->errors++;
}

// Counts a whole line of Redis: a status, or the length of the value that follows. A missing key is bad here.
static void judge_redis(struct reader *reader, struct answers *answers) {
    if (reader->head[0] == '$' && reader->head[1] != '-') {
        char digits[sizeof reader->head + 1] = "";
        memcpy(digits, reader->head, reader->used);
        reader->skip = atol(digits + 1) + 2;
        return;
    }
    answers->complete++;
    if (reader->head[0] != '+') answers->errors++;
}

// Counts a whole line of HTTP's head; the answer ends with the body, whose length a field of the head says.
static void judge_http(struct reader *reader, struct answers *answers) {
    static const char field[] = "content-length:";
    if (starts(reader, "HTTP/1.")) {
        if (reader->used < 10 || reader->head[9] != '2') answers->errors++;
    } else if (reader->used > strlen(field) && strncasecmp(reader->head, field, strlen(field)) == 0) {
        char digits[sizeof reader->head + 1] = "";
        memcpy(digits, reader->head, reader->used);
        reader->length = atol(digits + strlen(field));
    } else if (reader->used == 1 && reader->head[0] == '\r') {
        reader->skip = reader->length;
        reader->length = 0;
        if (reader->skip == 0) answers->complete++;
    }
}

struct answers reader_feed(struct reader *reader, enum request_kind kind, const char *bytes, size_t size) {
    struct answers answers = {0};
    const char *end = bytes + size;
    for (const char *at = bytes; at < end;) {
        if (reader->skip > 0) {
            long step = reader->skip < end - at ? reader->skip : end - at;
            at += step;
            reader->skip -= step;
            if (reader->skip == 0) answers.complete++;
            continue;
        }
        const char *line = at, *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        while (at < stop && reader->used < sizeof reader->head) reader->head[reader->used++] = *at++;
        at = stop;
        if (!newline) break;
        at++;
        unsigned before = answers.errors;
        if (kind == REDIS_GET || kind == REDIS_SET) judge_redis(reader, &answers);
        else if (kind == HTTP_GET || kind == HTTP_PAGE || kind == HTTP_POST) judge_http(reader, &answers);
        else judge_line(reader, &answers);
        reader->used = 0;
        static bool shown;
        if (answers.errors > before && !shown) {
            shown = true;
            fprintf(stderr, "loader: a bad answer: %.*s\n", (int)(stop - line > 200 ? 200 : stop - line), line);
        }
    }
    return answers;
}
