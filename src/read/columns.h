/* columns: the columns of a table: what they are called, which one holds the labels, which are left out.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_COLUMNS_H
#define INKI_COLUMNS_H

#include "read/cells.h"

enum { INKI_COLUMNS_MAX = 1 << 22 }; /* the most that a table may have: bounds what a file of separators costs */

/* ORDER: left out too, but its numbers must increase. */
enum inki_role { INKI_FEATURE, INKI_LABEL, INKI_LEFT_OUT, INKI_ORDER };

struct inki_column {
    size_t name; /* where it begins in `text` */
    uint8_t role;
    bool words;   /* it holds words only, as far as was looked */
    uint8_t seen; /* the reader's own notes */
};

struct inki_columns {
    ink_ctx *ctx;
    const char *where; /* names the file in messages */
    struct inki_column *list;
    size_t count, room, features;
    size_t label;       /* index; count if there is none */
    const char *reason; /* what decided the label column, where neither a setting nor a name did; "" otherwise */
    bool named;         /* the file gives names */
    char *text;         /* the names, each with its end */
    size_t text_size, text_room;
};

/* One more column, a feature of numbers until set otherwise. Errors: BAD_DATA for too many, NO_MEMORY. */
ink_status inki_columns_add(struct inki_columns *columns, const char *name, size_t length);
const char *inki_columns_name(const struct inki_columns *columns, size_t i);

/* label, target, class and y name a label column; id, imageid, index, unnamed: 0 and "" one to leave out (any case). */
bool inki_columns_is_label_name(const char *name);
bool inki_columns_is_id_name(const char *name);

/* Roles as the settings label-column and id-column say, or as the names do. With for_labels the file is one of labels for
 * another file's rows: what the settings say of the samples' columns does not count. Errors: BAD_SETTING for a column
 * that is not there. */
ink_status inki_columns_choose(struct inki_columns *columns, const ink_settings *set, bool for_labels);

/* Whether the reader may look for the label column in the content: there is none yet, and none was forbidden. */
bool inki_columns_may_guess(const struct inki_columns *columns, const ink_settings *set, bool for_labels);

void inki_columns_set_label(struct inki_columns *columns, size_t i, const char *reason);
void inki_columns_leave_out(struct inki_columns *columns, size_t i, enum inki_role role); /* LEFT_OUT or ORDER */

/* For the note: `, label column "label", column "Id" left out`; `empty` says that no row has a label. */
void inki_columns_say(const struct inki_columns *columns, bool empty, char *out, size_t room);

/* Gives the data the features' names, unless they are none or only count (pixel0, pixel1, …). Errors: NO_MEMORY. */
ink_status inki_columns_give(const struct inki_columns *columns, ink_data *data);

void inki_columns_free(struct inki_columns *columns);

#endif
