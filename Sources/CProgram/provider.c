// The algorithms that the static client takes from OpenSSL. When one of a kind is needed, OpenSSL sets up all of that
// kind: 130 ciphers and as many ways to read keys, which takes a quarter of a run with TLS. The linker puts this in front
// of OpenSSL's default provider (see Package.swift and provider-base(7)), so that the provider offers only the ciphers
// and the forms of keys that a TLS client can meet.
#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <stdbool.h>
#include <string.h>

enum { MOST_FUNCTIONS = 16, MOST_ALGORITHMS = 64 };

// Those of the suites that OpenSSL's clients offer of their own accord (ciphers(1)), and two for its random numbers.
static const char *const ciphers[] = {
    "AES-256-GCM", "AES-128-GCM", "ChaCha20-Poly1305", "AES-256-CBC", "AES-256-CBC-HMAC-SHA1", "AES-256-CBC-HMAC-SHA256",
    "AES-128-CBC", "AES-128-CBC-HMAC-SHA1", "AES-128-CBC-HMAC-SHA256", "AES-256-CTR", "AES-256-ECB", NULL};

static OSSL_ALGORITHM kept_ciphers[MOST_ALGORITHMS + 1], kept_decoders[MOST_ALGORITHMS + 1];
static OSSL_FUNC_provider_query_operation_fn *query_all;

// Whether an algorithm's first name, which a colon may end, is that of a cipher to keep.
static bool is_kept_cipher(const OSSL_ALGORITHM *algorithm) {
    size_t length = strcspn(algorithm->algorithm_names, ":");
    for (const char *const *name = ciphers; *name != NULL; name++)
        if (strlen(*name) == length && memcmp(*name, algorithm->algorithm_names, length) == 0) return true;
    return false;
}

// Whether a decoder reads keys in the form that certificates have (RFC 5280, 4.1.2.7).
static bool is_kept_decoder(const OSSL_ALGORITHM *algorithm) {
    return strstr(algorithm->property_definition, "structure=SubjectPublicKeyInfo") != NULL;
}

static const OSSL_ALGORITHM *keep(
    const OSSL_ALGORITHM *all, bool (*is_kept)(const OSSL_ALGORITHM *), OSSL_ALGORITHM *kept) {
    size_t count = 0;
    for (; all != NULL && all->algorithm_names != NULL; all++) {
        if (!is_kept(all)) continue;
        // Without a place for one, all have to be offered.
        if (count == MOST_ALGORITHMS) return NULL;
        kept[count++] = *all;
    }
    memset(&kept[count], 0, sizeof kept[count]);
    return kept;
}

static const OSSL_ALGORITHM *query(void *context, int operation, int *is_not_to_be_cached) {
    const OSSL_ALGORITHM *all = query_all(context, operation, is_not_to_be_cached), *kept = NULL;
    if (operation == OSSL_OP_CIPHER) kept = keep(all, is_kept_cipher, kept_ciphers);
    if (operation == OSSL_OP_DECODER) kept = keep(all, is_kept_decoder, kept_decoders);
    return kept != NULL ? kept : all;
}

OSSL_provider_init_fn __wrap_ossl_default_provider_init;
// Only with the linker's option is there such a function.
__attribute__((weak)) OSSL_provider_init_fn __real_ossl_default_provider_init;

int __wrap_ossl_default_provider_init(
    const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *offered, const OSSL_DISPATCH **functions, void **context) {
    static OSSL_DISPATCH table[MOST_FUNCTIONS + 1];
    if (__real_ossl_default_provider_init(handle, offered, functions, context) == 0) return 0;
    size_t count = 0;
    while ((*functions)[count].function_id != 0) {
        if (count == MOST_FUNCTIONS) return 1;
        table[count] = (*functions)[count];
        if (table[count].function_id == OSSL_FUNC_PROVIDER_QUERY_OPERATION) {
            query_all = OSSL_FUNC_provider_query_operation(&table[count]);
            table[count].function = (void (*)(void))query;
        }
        count++;
    }
    *functions = table;
    return 1;
}
