// Streams to a server on loopback, plain or with TLS: the loaders' view of both is the same.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct stream {
    int fd;             // negative if there is none
    struct ssl_st *tls;  // NULL for a plain stream
    // For stream_skip(): what is left of the record under way, the part of the next one's header that has come, and the
    // bytes that are still to be returned; negative at the beginning of a record.
    size_t record_left;
    ssize_t owed;
    unsigned char header[5];
    unsigned header_bytes;
};

// Makes all streams that are opened from now on use TLS. The server's certificate is not verified, since the load on the
// server is the same.
void stream_use_tls(void);

// Opens a stream; the arguments are those of connect_loopback(). The TLS handshake is complete on return. Returns false
// and sets errno on failure.
bool stream_open(struct stream *stream, int port, unsigned source, bool blocking);

// Reads as recv(2) does: returns 0 at the end, and a negative number with errno EAGAIN if nothing has arrived. Returns all
// that has arrived, unless it returns `size` bytes: then more may wait although the descriptor is not readable.
ssize_t stream_read(struct stream *stream, void *bytes, size_t size);

// Reads what has arrived without decrypting it, and returns the number of decrypted bytes in it; otherwise it returns
// what recv(2) does. It understands TLS 1.3 with AES-GCM or ChaCha20-Poly1305, without padding. After the first call,
// stream_read() cannot read the stream any more.
ssize_t stream_skip(struct stream *stream, void *bytes, size_t size);

// Writes as send(2) does. After errno EAGAIN the next write has to begin with the same bytes.
ssize_t stream_write(struct stream *stream, const void *bytes, size_t size);

void stream_close(struct stream *stream);
