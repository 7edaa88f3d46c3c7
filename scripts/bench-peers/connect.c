// Connections to a server on loopback, from any number of source addresses.
#define _GNU_SOURCE
#include "connect.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24
#endif

static int give_up(int fd) {
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

int connect_loopback(int port, unsigned source, bool blocking) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (blocking ? 0 : SOCK_NONBLOCK), 0);
    if (fd < 0) return -1;
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    struct sockaddr_in address = {.sin_family = AF_INET};
    if (source > 0) {
        // connect() chooses the port, when it knows all four parts of the connection: bind() alone would need a free
        // port.
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + source - 1);
        if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) return give_up(fd);
    }
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((uint16_t)port);
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0 && errno != EINPROGRESS) return give_up(fd);
    return fd;
}
