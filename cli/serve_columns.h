/* serve_columns: the columns of a model's rows by name, and their words.
 * SPDX-License-Identifier: MIT */
#ifndef SERVE_COLUMNS_H
#define SERVE_COLUMNS_H

#include "inkling-extra.h"

#include <jansson.h>

/* Names with their numbers, ordered for searching. The texts are borrowed. */
struct names {
    size_t count;
    struct name_entry {
        const char *name;
        size_t number;
    } * entries;
};

/* What a model says of its columns, as one gives them: a date is one. */
struct serve_columns {
    ink_ctx *ctx;
    ink_schema *schema;
    size_t count;
    bool gaps;               /* NaN is a value like others */
    ink_known_column *known; /* [count] */
    const char **list;       /* [count] names; NULL where the model knows none */
    struct names by_name;    /* of these */
    struct names other; /* columns of the training's table that are none of its rows': target, ids, what was left out */
    json_t *schema_text; /* what the latter lie in */
};

/* False when there is no memory; serve_columns_end is due in any case. Context and model must live longer. */
bool serve_columns_begin(ink_ctx *ctx, const ink_model *model, struct serve_columns *out);
void serve_columns_end(struct serve_columns *columns);

/* The number of a name, SIZE_MAX if there is none. */
size_t names_find(const struct names *names, const char *name);

bool serve_columns_is_number(const struct serve_columns *columns, size_t column);

/* Puts a value as text into a raw row. False if it is none of the column's. *unseen: it is a word that the training did not have, which
 * has a value too; *gap: it is none. */
bool serve_columns_put(const struct serve_columns *columns, size_t column, const char *text, float *row, bool *unseen,
                       bool *gap);

/* The known word that is nearest to this one, or NULL. */
const char *serve_columns_near_word(const struct serve_columns *columns, size_t column, const char *word);

/* A column as messages call it. */
const char *serve_columns_name(const struct serve_columns *columns, size_t column, char room[32]);

/* [{"name": …, "kind": …, "words": […]}, …]; NULL when there is no memory. */
json_t *serve_columns_json(const struct serve_columns *columns);

#endif
