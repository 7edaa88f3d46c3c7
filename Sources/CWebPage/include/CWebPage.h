// The files of the page that the server shows in a browser, and the description of its routes, embedded in the program.
#pragma once

#include <stddef.h>

/// One file of the page.
struct cwebpage_file {
    /// The path below the page's folder, such as `index.html`.
    const char *path;
    /// The media type, with its character set.
    const char *type;
    const unsigned char *bytes;
    size_t count;
};

/// The files; the first one is `index.html`, in which `app/HASH/` stands for the folder of the others.
///
/// - Parameter count: receives the number of files.
const struct cwebpage_file *cwebpage_files(size_t *count);

/// The description of all routes, in the form of OpenAPI 3.1; only the server has it in its program.
///
/// - Parameter count: receives the number of bytes.
const unsigned char *cwebpage_openapi(size_t *count);
