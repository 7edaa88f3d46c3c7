// OpenSSL 3, and its function-like macros as functions.
#pragma once
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <stdbool.h>

static inline int copenssl_set_lowest_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version) == 1;
}

// Neither renegotiation nor compression; the server's order of ciphers counts.
static inline void copenssl_set_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
}

// The groups in which keys are agreed on, the preferred one first.
static inline bool copenssl_set_groups(SSL_CTX *context, const char *groups) {
    return SSL_CTX_set1_groups_list(context, groups) == 1;
}

static inline void copenssl_set_mode(SSL_CTX *context, long mode) { SSL_CTX_set_mode(context, mode); }

static inline void copenssl_keep_no_sessions(SSL_CTX *context) {
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline void copenssl_read_ahead(SSL_CTX *context) { SSL_CTX_set_read_ahead(context, 1); }

// Prepares a HMAC with SHA-256.
static inline int copenssl_use_hmac_sha256(EVP_MAC_CTX *mac, void *key, size_t length) {
    OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key, length),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, parameters);
}

// The name that a client asks for (SNI).
static inline int copenssl_ask_for(SSL *stream, const char *name) {
    return SSL_set_tlsext_host_name(stream, name) == 1;
}

// Calls back for each message of the handshake protocol, during the handshake and later.
static inline void copenssl_set_message_callback(
    SSL *stream, void (*callback)(int, int, int, const void *, size_t, SSL *, void *), void *argument) {
    SSL_set_msg_callback(stream, callback);
    SSL_set_msg_callback_arg(stream, argument);
}

static inline void copenssl_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void copenssl_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline unsigned long copenssl_reason(unsigned long error) { return (unsigned long)ERR_GET_REASON(error); }

// Whether an error is one of TLS, rather than of a file or a certificate.
static inline int copenssl_is_of_tls(unsigned long error) { return ERR_GET_LIB(error) == ERR_LIB_SSL; }
