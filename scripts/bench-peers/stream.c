// Streams to a server on loopback, plain or with TLS: the loaders' view of both is the same.
#define _GNU_SOURCE
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connect.h"

enum { READ_AHEAD = 64 * 1024 };
// The type of a record with data, and the bytes in it that are none: its real type and the tag (RFC 8446, 5.2).
enum { RECORD_OF_DATA = 23, RECORD_OVERHEAD = 1 + 16 };

static SSL_CTX *context;  // NULL as long as streams are plain

void stream_use_tls(void) {
    context = SSL_CTX_new(TLS_client_method());
    if (!context) {
        ERR_print_errors_fp(stderr);
        exit(1);
    }
    // As frugal as the servers: no memory for idle streams, one system call for all that has arrived.
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, READ_AHEAD);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    signal(SIGPIPE, SIG_IGN);
}

// Sets errno for a call of OpenSSL that has transferred nothing.
static ssize_t outcome(const struct stream *stream, int result) {
    switch (SSL_get_error(stream->tls, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: errno = EAGAIN; return -1;
    case SSL_ERROR_ZERO_RETURN: return 0;
    case SSL_ERROR_SYSCALL:
        if (errno == 0) errno = ECONNRESET;
        return -1;
    default:
        ERR_print_errors_fp(stderr);
        errno = EPROTO;
        return -1;
    }
}

bool stream_open(struct stream *stream, int port, unsigned source, bool blocking) {
    *stream = (struct stream){.fd = connect_loopback(port, source, blocking || context)};
    if (stream->fd < 0 || !context) return stream->fd >= 0;
    stream->tls = SSL_new(context);
    ERR_clear_error();
    int result = stream->tls && SSL_set_fd(stream->tls, stream->fd) == 1 ? SSL_connect(stream->tls) : 0;
    if (result == 1 && (blocking || fcntl(stream->fd, F_SETFL, O_NONBLOCK) == 0)) return true;
    if (stream->tls && result != 1) outcome(stream, result);
    int error = errno;
    stream_close(stream);
    errno = error;
    return false;
}

ssize_t stream_read(struct stream *stream, void *bytes, size_t size) {
    if (!stream->tls) return recv(stream->fd, bytes, size, 0);
    size_t used = 0;
    ERR_clear_error();
    // A call returns one record, and OpenSSL may hold more of them.
    do {
        size_t count = 0;
        int result = SSL_read_ex(stream->tls, (char *)bytes + used, size - used, &count);
        if (result != 1) return used > 0 ? (ssize_t)used : outcome(stream, result);
        used += count;
    } while (used < size && SSL_has_pending(stream->tls));
    return (ssize_t)used;
}

ssize_t stream_skip(struct stream *stream, void *bytes, size_t size) {
    ssize_t got = recv(stream->fd, bytes, size, 0);
    if (got <= 0) return got;
    const unsigned char *next = bytes, *end = next + got;
    ssize_t plain = 0;
    while (next < end) {
        if (stream->record_left == 0) {
            stream->header[stream->header_bytes++] = *next++;
            if (stream->header_bytes < sizeof stream->header) continue;
            stream->header_bytes = 0;
            stream->record_left = (size_t)(stream->header[3] << 8 | stream->header[4]);
            if (stream->header[0] != RECORD_OF_DATA || stream->record_left <= RECORD_OVERHEAD) {
                errno = EPROTO;
                return -1;
            }
            plain -= RECORD_OVERHEAD;
            continue;
        }
        size_t part = (size_t)(end - next) < stream->record_left ? (size_t)(end - next) : stream->record_left;
        stream->record_left -= part;
        next += part;
        plain += (ssize_t)part;
    }
    // Less than nothing has come if it was the beginning of a record: it counts with the rest.
    stream->owed += plain;
    if (stream->owed <= 0) {
        errno = EAGAIN;
        return -1;
    }
    plain = stream->owed;
    stream->owed = 0;
    return plain;
}

ssize_t stream_write(struct stream *stream, const void *bytes, size_t size) {
    if (!stream->tls) return send(stream->fd, bytes, size, MSG_NOSIGNAL);
    size_t count = 0;
    ERR_clear_error();
    int result = SSL_write_ex(stream->tls, bytes, size, &count);
    return result == 1 ? (ssize_t)count : outcome(stream, result);
}

void stream_close(struct stream *stream) {
    if (stream->tls) SSL_free(stream->tls);
    close(stream->fd);
    *stream = (struct stream){.fd = -1};
}
