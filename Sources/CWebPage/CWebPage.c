// The page's files, and the description of all routes: see the header. C23's #embed reads them when this file is compiled.
#include "CWebPage.h"

// The package's C is older than C23 by default; the compiler knows #embed in every edition.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char cwebpage_index[] = {
#embed "page/index.html"
};

static const unsigned char cwebpage_style[] = {
#embed "page/style.css"
};

// One script from all sources, in the order in which they run: each import would cost the browser a request.
static const unsigned char cwebpage_script[] = {
#embed "page/text.js"
    ,
#embed "page/elements.js"
    ,
#embed "page/storage.js"
    ,
#embed "page/link.js"
    ,
#embed "page/feeds.js"
    ,
#embed "page/rows.js"
    ,
#embed "page/reader.js"
    ,
#embed "page/outbox.js"
    ,
#embed "page/people.js"
    ,
#embed "page/session.js"
    ,
#embed "page/views.js"
    ,
#embed "page/composer.js"
    ,
#embed "page/dialogs.js"
    ,
#embed "page/app.js"
};

static const unsigned char cwebpage_icon[] = {
#embed "page/icon.svg"
};

static const unsigned char cwebpage_manifest[] = {
#embed "page/manifest.webmanifest"
};

static const struct cwebpage_file cwebpage_list[] = {
    {"index.html", "text/html; charset=utf-8", cwebpage_index, sizeof cwebpage_index},
    {"style.css", "text/css; charset=utf-8", cwebpage_style, sizeof cwebpage_style},
    {"app.js", "text/javascript; charset=utf-8", cwebpage_script, sizeof cwebpage_script},
    {"icon.svg", "image/svg+xml", cwebpage_icon, sizeof cwebpage_icon},
    {"manifest.webmanifest", "application/manifest+json", cwebpage_manifest, sizeof cwebpage_manifest},
};

const struct cwebpage_file *cwebpage_files(size_t *count) {
    *count = sizeof cwebpage_list / sizeof *cwebpage_list;
    return cwebpage_list;
}

static const unsigned char cwebpage_description[] = {
#embed "../TweetWire/TweetWire.docc/openapi.json"
};

const unsigned char *cwebpage_openapi(size_t *count) {
    *count = sizeof cwebpage_description;
    return cwebpage_description;
}
