/* write: data out into the formats that it is read from.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_WRITE_H
#define INKI_WRITE_H

#include "data/data.h"
#include "read/find.h"
#include "read/sink.h"

/* How the classes of a data set are written as numbers. */
struct inki_numbers {
    bool own;        /* the classes' own numbers, which are their names; else their places 0, 1, … */
    bool come_back;  /* whoever reads the numbers alone gets the same classes in the same order */
    int32_t *values; /* [classes] */
};

/* Errors: NO_MEMORY. Ownership of out->values: the caller. */
ink_status inki_numbers_of(ink_ctx *ctx, const ink_data *data, struct inki_numbers *out);

/* One part of the data into one or two files that are begun; nothing is committed. */
ink_status inki_write_csv(ink_ctx *ctx, const ink_data *data, struct inki_sink *sink);
ink_status inki_write_idx(ink_ctx *ctx, const ink_data *data, struct inki_sink *images, struct inki_sink *labels);

/* Training part and, where the data has one, test part into an .npz, committed. */
ink_status inki_write_npz(ink_ctx *ctx, const ink_data *data, const char *path);

/* Whether IDX files of bytes can hold it: fails with BAD_DATA, saying what cannot and what to do. */
ink_status inki_check_idx(ink_ctx *ctx, const ink_data *data);

#endif
