/* known: what a model knows of the columns that it was trained on: names, words, forms of dates.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_KNOWN_H
#define INKI_KNOWN_H

#include "data/category.h"
#include "model/model.h"

struct inki_known {
    const char *missing;              /* texts that are gaps, as the setting missing; or NULL */
    json_t *settings;                 /* what that lies in */
    json_t *columns, *schema;         /* what names and words lie in */
    const char **names;               /* [features], or NULL */
    struct inki_category *categories; /* [features], or NULL: all are numbers */
    uint8_t *date_forms;              /* [features] of dates that one is a part of (read/dates.h), else 0; or NULL */
    const char **words;               /* what the categories point to */
};

/* From the model's metadata, whatever that says: what cannot be is unknown. Errors: NO_MEMORY. */
ink_status inki_known_read(ink_ctx *ctx, const ink_model *model, struct inki_known *out);
void inki_known_free(struct inki_known *known);

#endif
