// Times private messages from sending to the reader's output, next to durable uploads; prints one JSON object.
//
//   private --port P --chat PROGRAM --count N
//
// Makes the account `reader`, runs PROGRAM (ttweetchat) as that account in line mode, and sends N private messages and
// N uploads in turn: `message_us` are the times from sending a message to its line in PROGRAM's output, `upload_us` the
// times from sending an upload to its answer.
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "connect.h"

struct lines {
    int fd;
    size_t held, taken;
    char bytes[1 << 16];
};

static void fail(const char *what) {
    fprintf(stderr, "private: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

// Reads up to the line that contains a text.
static void await_line(struct lines *lines, const char *text) {
    while (true) {
        char *line = lines->bytes + lines->taken;
        char *end = memchr(line, '\n', lines->held - lines->taken);
        if (end) {
            *end = 0;
            lines->taken = (size_t)(end + 1 - lines->bytes);
            if (strstr(line, text)) return;
            if (strstr(line, "[\"error\"")) {
                fprintf(stderr, "private: %s\n", line);
                exit(1);
            }
            continue;
        }
        memmove(lines->bytes, line, lines->held - lines->taken);
        lines->held -= lines->taken;
        lines->taken = 0;
        ssize_t got = read(lines->fd, lines->bytes + lines->held, sizeof lines->bytes - lines->held);
        if (got == 0) errno = ECONNRESET;
        if (got <= 0) fail("read");
        lines->held += (size_t)got;
    }
}

static void ask(struct lines *lines, const char *request, const char *answer) {
    if (write(lines->fd, request, strlen(request)) < 0) fail("write");
    await_line(lines, answer);
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"port", required_argument, NULL, 'p'}, {"chat", required_argument, NULL, 'c'},
        {"count", required_argument, NULL, 'n'}, {NULL, 0, NULL, 0}};
    const char *port = NULL, *chat = NULL;
    unsigned count = 0;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'p': port = optarg; break;
        case 'c': chat = optarg; break;
        case 'n': count = (unsigned)atoi(optarg); break;
        default: return 64;
        }
    }
    if (!port || !chat || count < 1) return 64;
    static struct lines sender, reader;
    sender.fd = connect_loopback(atoi(port), 0, true);
    int other = connect_loopback(atoi(port), 0, true);
    if (sender.fd < 0 || other < 0) fail("connect");
    static struct lines account;
    account.fd = other;
    ask(&account, "[\"signup\",{\"name\":\"reader\",\"password\":\"correct horse\"}]\n", "[\"ok\"");
    close(other);

    int input[2], output[2];
    if (pipe(input) < 0 || pipe(output) < 0) fail("pipe");
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        dup2(input[0], 0);
        dup2(output[1], 1);
        close(input[1]);
        close(output[0]);
        setenv("TTWEET_PASSWORD", "correct horse", 1);
        execl(chat, chat, "127.0.0.1", port, "--user", "reader", (char *)NULL);
        _exit(127);
    }
    close(input[0]);
    close(output[1]);
    reader.fd = output[0];
    await_line(&reader, "connected");
    ask(&sender, "[\"name\",\"sender\"]\n", "[\"ok\"");
    // The first message shows that the reader has joined.
    ask(&sender, "[\"message\",{\"to\":\"reader\",\"text\":\"first\"}]\n", "[\"ok\"");
    await_line(&reader, "first");

    double *messages = calloc(count, sizeof *messages), *uploads = calloc(count, sizeof *uploads);
    for (unsigned i = 0; i < count; i++) {
        char request[128], text[32];
        snprintf(text, sizeof text, "number %u.", i);
        snprintf(request, sizeof request, "[\"message\",{\"to\":\"reader\",\"text\":\"%s\"}]\n", text);
        double begin = now();
        if (write(sender.fd, request, strlen(request)) < 0) fail("write");
        await_line(&reader, text);
        messages[i] = now() - begin;
        await_line(&sender, "[\"ok\"");
        begin = now();
        ask(&sender, "[\"u\",\"an upload\"]\n", "[\"ok\"");
        uploads[i] = now() - begin;
        await_line(&reader, "an upload");
    }
    close(input[1]);
    waitpid(child, NULL, 0);
    printf("{\"message_us\":[");
    for (unsigned i = 0; i < count; i++) printf("%s%.1f", i ? "," : "", messages[i]);
    printf("],\"upload_us\":[");
    for (unsigned i = 0; i < count; i++) printf("%s%.1f", i ? "," : "", uploads[i]);
    printf("]}\n");
    return 0;
}
