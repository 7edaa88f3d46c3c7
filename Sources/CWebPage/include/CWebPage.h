// The files of the page that the server shows in a browser, embedded in the program.
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
