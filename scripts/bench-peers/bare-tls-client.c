// The bare C client with TLS: the least that a dynamically linked process can do with OpenSSL as its manual shows it.
//
// Connects, verifies the certificate of 127.0.0.1, asks for the last message, prints the answer's line and exits.
// Usage: bare-tls-client PORT AUTHORITY
#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int die(const char *what) {
    fprintf(stderr, "bare-tls-client: %s\n", what);
    ERR_print_errors_fp(stderr);
    return 1;
}

int main(int argc, char **argv) {
    static const char request[] = "[\"d\",\"\"]\n";
    if (argc != 3) {
        fprintf(stderr, "usage: bare-tls-client PORT AUTHORITY\n");
        return 64;
    }
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context) return die("SSL_CTX_new");
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_file(context, argv[2]) != 1) return die(argv[2]);
    SSL *tls = SSL_new(context);
    if (!tls || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), "127.0.0.1") != 1) return die("SSL_new");

    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0) return die("socket");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) return die("connect");
    if (SSL_set_fd(tls, fd) != 1 || SSL_connect(tls) != 1) return die("the handshake");
    if (SSL_write(tls, request, sizeof request - 1) != sizeof request - 1) return die("SSL_write");

    char line[8192];
    size_t used = 0;
    while (!memchr(line, '\n', used)) {
        int size = used < sizeof line ? SSL_read(tls, line + used, (int)(sizeof line - used)) : 0;
        if (size <= 0) return die("no whole line");
        used += (size_t)size;
    }
    SSL_shutdown(tls);
    return fwrite(line, 1, used, stdout) == used && fflush(stdout) == 0 ? 0 : die("stdout");
}
