// The page's files: see the header. C23's #embed reads them when this file is compiled.
#include "CWebPage.h"

// The package's C is older than C23 by default; the compiler knows #embed in every edition.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char cwebpage_index[] = {
#embed "page/index.html"
};

static const unsigned char cwebpage_style[] = {
#embed "page/style.css"
};

static const struct cwebpage_file cwebpage_list[] = {
    {"index.html", "text/html; charset=utf-8", cwebpage_index, sizeof cwebpage_index},
    {"style.css", "text/css; charset=utf-8", cwebpage_style, sizeof cwebpage_style},
};

const struct cwebpage_file *cwebpage_files(size_t *count) {
    *count = sizeof cwebpage_list / sizeof *cwebpage_list;
    return cwebpage_list;
}
