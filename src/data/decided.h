/* decided: what was decided when data was read: its columns and what is done with each, where the labels come from, what else
 * there was.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_DECIDED_H
#define INKI_DECIDED_H

#include "base/ctx.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One column of a table, in the order of the file. */
enum inki_field_kind {
    INKI_FIELD_NUMBER,
    INKI_FIELD_CATEGORY,
    INKI_FIELD_FLAG,
    INKI_FIELD_DATE,
    INKI_FIELD_ID,
    INKI_FIELD_TARGET,
    INKI_FIELD_DROPPED
};

struct inki_field {
    uint32_t name, handle;      /* where they begin in the texts */
    uint32_t missing, distinct; /* in all rows; UINT32_MAX: not counted */
    uint8_t kind;               /* inki_field_kind */
    uint8_t why;                /* its place among `whys` */
    uint8_t date_form;          /* of dates that are features (read/dates.h), else 0 */
    bool feature;
};

struct inki_decided {
    struct inki_field *fields; /* [count], with `texts` in one block; NULL where the data is no table */
    const char *texts;
    const char *const *whys; /* reasons for which columns are left out, the first "": none; static */
    size_t count;
    size_t target, id;                     /* their places; count if there is none */
    size_t candidates[3], candidate_count; /* other columns that might hold the labels */
    bool header;
    size_t looked_at;                /* rows, that `missing` and `distinct` of the fields are of; 0: of none */
    const char *separator, *decimal; /* "comma", "point"; static */
    size_t rows_left_out;            /* since their target is missing; and where the first stands in the file */
    size_t left_out_line, left_out_column;
    char *unused; /* names of what was found but not used, one a line; NULL: all is used */
};

const char *inki_field_name(const struct inki_decided *decided, size_t i);   /* "" where the file has none */
const char *inki_field_handle(const struct inki_decided *decided, size_t i); /* names it in a setting: name or number */
const char *inki_field_label(const struct inki_decided *decided,
                             size_t i); /* its name, or where it has none its number */
const char *inki_field_kind_name(const struct inki_decided *decided, size_t i);
const char *inki_field_why(const struct inki_decided *decided, size_t i); /* it is left out; "" if it is not */

/* Names of rows. */
struct inki_ids {
    char *name; /* of the column they come from; "" if it has none */
    char *text; /* all ids, each with its end */
    size_t *begin;
    size_t count, room, text_size, text_room;
};

/* One id more; `name` is that of the column, the first time. *ids is made if it is NULL. Errors: NO_MEMORY. */
ink_status inki_ids_add(ink_ctx *ctx, struct inki_ids **ids, const char *name, const char *text, size_t length);
const char *inki_ids_get(const struct inki_ids *ids, size_t i);
void inki_ids_free(struct inki_ids *ids);

/* order[wanted->count]: where each of the wanted ids stands in `have`. Errors: BAD_DATA for one that is missing or doubled, with
 * the id; `have_where` and `wanted_where` name the two in messages. *more: ids of `have` that nobody wants. NO_MEMORY. */
ink_status inki_ids_match(ink_ctx *ctx, const struct inki_ids *have, const char *have_where,
                          const struct inki_ids *wanted, const char *wanted_where, uint32_t *order, size_t *more);

/* The form of the dates that feature `name`, "when.year", is a part of; 0 if it is none. */
uint8_t inki_decided_date_form(const struct inki_decided *decided, const char *name);

/* The name of the column that held the labels, "" if there is none; decided may be NULL. */
const char *inki_decided_target(const struct inki_decided *decided);

/* And of that which named the rows. */
const char *inki_decided_id(const struct inki_decided *decided);

/* Says that something was found and not used; *decided is made if it is NULL. Errors: NO_MEMORY. */
ink_status inki_decided_unused(ink_ctx *ctx, struct inki_decided **decided, const char *name);

void inki_decided_free(struct inki_decided *decided);

#endif
