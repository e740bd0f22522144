/* csource_names: names in C of what a table's columns and their words are called.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_CSOURCE_NAMES_H
#define INKI_CSOURCE_NAMES_H

#include "model/model.h"

/* Each is a name of its own, whatever the table calls its columns. Of numbers all but the first two are NULL. */
struct inki_c_column {
    char *title;              /* as the table calls it */
    char *member;             /* of a struct: "sold_year" */
    char *other, *gap, *list; /* "NET_TOWN_OTHER", "NET_TOWN_GAP", "NET_TOWN_WORDS" */
    char **constants;         /* [words]: "NET_TOWN_ROME"; NULL of words that have no place of their own */
    size_t words;
};

struct inki_c_names {
    ink_ctx *ctx;
    size_t count;
    struct inki_c_column *columns; /* [count] */
    json_t *seen;                  /* all names so far, as keys */
};

/* Of a model with an encoding, for source whose constants' names begin with `upper` ("NET"). Errors: NO_MEMORY. Ownership: the
 * caller, inki_c_names_end, which takes an empty one too. */
ink_status inki_c_names_begin(ink_ctx *ctx, const ink_model *model, const char *upper, struct inki_c_names *out);
void inki_c_names_end(struct inki_c_names *names);

#endif
