/* twins: rows with the same values, within a data set and across two.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TWINS_H
#define INKI_TWINS_H

#include "data/data.h"

/* Two rows with the same values; first == second: there are none. */
struct inki_pair {
    size_t first, second;
};

struct inki_twins {
    size_t copies;                        /* rows that an earlier row equals */
    size_t contradictions;                /* those of them whose label is not that of the first such row */
    size_t shared;                        /* rows that the other data has too */
    struct inki_pair copy, contradiction; /* examples: the earlier row first */
    struct inki_pair shared_pair;         /* the row here, and there */
};

/* Compares all values (not labels) exactly; other may be NULL. Errors: NO_MEMORY. */
ink_status inki_twins_find(ink_ctx *ctx, const ink_data *data, const ink_data *other, struct inki_twins *out);

/* same[data->rows]: for each row the first that has its values, itself if there is none before; there[data->rows] (where other is not NULL and has
 * as many features): the first such row of the other data, or UINT32_MAX. Errors: NO_MEMORY. */
ink_status inki_twins_each(ink_ctx *ctx, const ink_data *data, const ink_data *other, uint32_t *same, uint32_t *there);

#endif
