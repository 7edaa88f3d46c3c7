// The bare C client: the least that a process can do to download the last message, or to upload MESSAGE.
//
// Connects, asks, prints the answer's line and exits; dynamically linked like any C program. The additional time of
// `ttweetcl -d` is the price of options, addresses, timeouts and reading the answer. Usage: bare-client PORT [MESSAGE]
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char request[8192] = "[\"d\",\"\"]\n";

static int die(const char *what) {
    perror(what);
    return 1;
}

int main(int argc, char **argv) {
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: bare-client PORT [MESSAGE]\n");
        return 64;
    }
    if (argc == 3) snprintf(request, sizeof request, "[\"u\",\"%s\"]\n", argv[2]);
    size_t length = strlen(request);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return die("socket");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return die("connect");
    if (write(fd, request, length) != (ssize_t)length) return die("write");

    char line[8192];
    size_t used = 0;
    while (!memchr(line, '\n', used)) {
        ssize_t size = used < sizeof line ? read(fd, line + used, sizeof line - used) : 0;
        if (size < 0) return die("read");
        if (size == 0) {
            fprintf(stderr, "bare-client: no whole line\n");
            return 1;
        }
        used += (size_t)size;
    }
    return fwrite(line, 1, used, stdout) == used && fflush(stdout) == 0 ? 0 : die("stdout");
}
