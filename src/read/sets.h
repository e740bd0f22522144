/* sets: data sets that are known by name: where they lie, which files they have, what is to be predicted.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SETS_H
#define INKI_SETS_H

#include "inkling-extra.h"
#include "read/find.h"

/* A named set that was found. */
struct inki_found_set {
    const ink_named_set *about;
    char folder[INKI_PATH_ROOM];
    char train[INKI_PATH_ROOM]; /* the file of a table's rows, "" for images */
    char test[INKI_PATH_ROOM];  /* and that of its test part, "" where there is none */
    const char *header;         /* the names of a table's columns where its files have none, or NULL */
};

/* Looks in each of data_path's folders (colon separated), then ./data, then where a system's package puts the set. False if `name` names
 * no set or none is there. */
bool inki_find_set(const char *name, const char *data_path, struct inki_found_set *out);

/* Fails with NOT_FOUND: where the set was looked for and how to get it; or that there is neither a file nor a set. */
ink_status inki_set_missing(ink_ctx *ctx, const char *name, const char *data_path);

/* What the classes of a published set are called whose files have numbers: Fashion-MNIST is known by the labels of its 60,000 training or
 * 10,000 test rows in their order, whatever file they come from, as long as they are called "0" to "9". NULL for data that is not known. */
const char *const *inki_known_classes(const ink_data *data);

#endif
