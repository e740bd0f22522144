/* feature: what this library was built with.
 * SPDX-License-Identifier: MIT */
#include "inkling-extra.h"

#ifdef INKI_HAVE_LIBZIP
#define HAS_LIBZIP true
#else
#define HAS_LIBZIP false
#endif
#ifdef INKI_HAVE_ONNX
#define HAS_ONNX true
#else
#define HAS_ONNX false
#endif
#ifdef INKI_HAVE_LIBPNG
#define HAS_LIBPNG true
#else
#define HAS_LIBPNG false
#endif
#ifdef INKI_HAVE_LIBJPEG
#define HAS_LIBJPEG true
#else
#define HAS_LIBJPEG false
#endif
#ifdef INKI_HAVE_SQLITE
#define HAS_SQLITE true
#else
#define HAS_SQLITE false
#endif

static const ink_feature features[] = {
    {"npz", "libzip", "reads .npz archives", HAS_LIBZIP},
    {"onnx", "protobuf-c", "exports and imports ONNX", HAS_ONNX},
    {"png", "libpng", "reads PNG pictures", HAS_LIBPNG},
    {"jpeg", "libjpeg", "reads JPEG pictures", HAS_LIBJPEG},
    {"search", "SQLite", "keeps searches in a store", HAS_SQLITE},
};

size_t ink_feature_count(void) { return sizeof features / sizeof *features; }

const ink_feature *ink_feature_row(size_t i) { return i < ink_feature_count() ? &features[i] : NULL; }
