/* columns: the columns of a table: what they are called, what each holds, what is done with it.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_COLUMNS_H
#define INKI_COLUMNS_H

#include "read/look.h"

enum { INKI_COLUMNS_MAX = 1 << 22 }; /* the most that a table may have: bounds what a file of separators costs */

/* What is done with a column. ORDER: left out, but its numbers must increase. ID: its texts are kept as the rows' names. ONE_HOT: the
 * label is the one of these columns that is 1. TARGET: one of several columns of numbers to predict. LIST: each cell has all features, with blanks between. PART: names the part that
 * the row belongs to. */
enum inki_role {
    INKI_FEATURE,
    INKI_LABEL,
    INKI_LEFT_OUT,
    INKI_ORDER,
    INKI_ID,
    INKI_ONE_HOT,
    INKI_LIST,
    INKI_PART,
    INKI_TARGET
};

/* What a column holds. */
enum inki_kind {
    INKI_NUMBERS,
    INKI_WORDS,
    INKI_FLAGS, /* two different values */
    INKI_DATES,
    INKI_IDS,
    INKI_TEXTS,    /* words, nearly another in every row */
    INKI_PLACES,   /* names of files, addresses */
    INKI_LISTS,    /* of numbers */
    INKI_MEASURES, /* numbers with units, currencies or other signs */
    INKI_EMPTY,
};

/* What the setting columns says of a column. */
enum inki_given {
    INKI_GIVEN_NOTHING,
    INKI_GIVEN_NUMBER,
    INKI_GIVEN_CATEGORY,
    INKI_GIVEN_FLAG,
    INKI_GIVEN_DATE,
    INKI_GIVEN_ID,
    INKI_GIVEN_TARGET,
    INKI_GIVEN_DROP,
};

/* Why a column is left out. */
enum inki_why {
    INKI_USED,
    INKI_AS_GIVEN,
    INKI_UNNAMED,
    INKI_NAMED_ID,
    INKI_COUNTING,
    INKI_HAS_DATES,
    INKI_HAS_TEXTS,
    INKI_HAS_PLACES,
    INKI_HAS_PARTS,
    INKI_NOT_WANTED, /* the model that the rows are for does not know it */
    INKI_IS_EMPTY,
    INKI_IS_CONSTANT,
    INKI_TELLS_TARGET, /* goes together one to one with the label */
    INKI_HAS_EITHER,   /* dates whose day and month cannot be distinguished */
};
extern const char *const inki_whys[];         /* a text for each */
const char *inki_why_text(enum inki_why why); /* "it counts the rows" */

struct inki_column {
    uint32_t name; /* where it begins in `text` */
    uint32_t twin; /* the column before it that says the same in other words, counted from 1; 0: none */
    uint16_t seen; /* different texts in the rows that were looked at, up to 65,535 */
    int16_t score; /* how much it looks like the labels; see scorer.h */
    uint8_t role, kind, why, given;
    uint16_t form; /* of its numbers, see numerals.h; 0 for plain ones */
    uint8_t top;   /* what stands in the first row: see header.h */
    /* of dates, those that are features, as bits (dates.h); 0: it holds no dates. Then form is one of dates.h */
    uint8_t parts;
    float nines;   /* -999 or the like, the lowest or highest number in the rows that were looked at; 0: it is none */
    bool weak : 1; /* - and None are words, no gaps */
    bool copy : 1; /* goes together one to one with the label, in the rows that were looked at */
    bool twinned : 1; /* one of several that say the same, the first of them too */
    bool wanted : 1;  /* what the rows are for knows it as a feature: it stays one */
    bool merges : 1;  /* its values become equal as floats, which was said */
    bool few : 1;     /* has few different values, as classes do */
    bool two : 1;     /* has two different values, in all rows once these are read */
    bool rises : 1;   /* is left out because it counts the first rows: it must rise in the others, too; */
    bool even : 1;    /* by the same step */
    bool apart : 1;   /* its integers may count the rows in another order, which all rows say */
};

struct inki_columns {
    ink_ctx *ctx;
    const char *where; /* names the file in messages */
    struct inki_column *list;
    size_t count, room, features;
    size_t label;       /* index, of one-hot columns of the first; count if there is none */
    size_t id;          /* index of the column whose texts are the rows' names; count if there is none */
    const char *reason; /* what decided the label column, where neither a setting nor a name did; "" otherwise */
    size_t candidates[3], candidate_count; /* other columns that might hold the labels, the likeliest first */
    bool close;                            /* the first of them nearly as likely */
    bool named;                            /* the file gives names */
    bool
        counted; /* features' names say nothing: they count, and stand in the order of their numbers now, or were values */
    bool numbers; /* the label column holds numbers to predict; known once all rows are read */
    char *text;   /* the names, each with its end */
    size_t text_size, text_room;
};

/* Whether the column, a feature, holds words, or dates. */
bool inki_column_has_words(const struct inki_column *column);
bool inki_column_has_dates(const struct inki_column *column);

/* Room for so many columns and bytes of names, before the first is added: growing would hold them twice. Errors: NO_MEMORY. */
ink_status inki_columns_reserve(struct inki_columns *columns, size_t count, size_t text);

/* One more column, a feature of numbers until set otherwise. Errors: BAD_DATA for too many, NO_MEMORY. */
ink_status inki_columns_add(struct inki_columns *columns, const char *name, size_t length);
const char *inki_columns_name(const struct inki_columns *columns, size_t i); /* "" without a header */

/* The text in the first row at this place, whether it is a name or not. */
const char *inki_columns_top(const struct inki_columns *columns, size_t i);

/* The column as one gives it to a setting: its name, or its number where the name is none or not the only one. */
const char *inki_columns_handle(const struct inki_columns *columns, size_t i, char out[INKI_SHOWN_ROOM]);

/* The same, where it is known whether the name is the only one, letters' case aside. */
const char *inki_columns_handle_of(const struct inki_columns *columns, size_t i, bool only, char out[INKI_SHOWN_ROOM]);

void inki_columns_set_role(struct inki_columns *columns, size_t i, enum inki_role role, enum inki_why why);
void inki_columns_set_label(struct inki_columns *columns, size_t i, const char *reason);

/* Roles as the settings label-column, id-column and drop say. With for_labels the file is one of labels for another file's
 * rows: what the settings say of the samples' columns does not count. Errors: BAD_SETTING for a column that is not there, or
 * whose name is that of several. */
ink_status inki_columns_choose(struct inki_columns *columns, const ink_settings *set, bool for_labels);

/* The column that a setting gives by name, number, first or last. Errors: BAD_SETTING. */
ink_status inki_columns_given(const struct inki_columns *columns, const char *setting, const char *given, size_t *out);

/* Then what the setting columns says of kinds and roles, in a file of rows. Errors: BAD_SETTING. */
ink_status inki_columns_give_kinds(struct inki_columns *columns, const ink_settings *set);

/* Whether the reader may look for the label column in the content: none is given, and none was forbidden. */
bool inki_columns_may_guess(const struct inki_columns *columns, const ink_settings *set, bool for_labels);

/* Whether ids are left out: the setting id-column is not none. */
bool inki_columns_may_drop(const ink_settings *set);

/* For the note: `, label column "label", column "Id" left out (an id)`; `empty` says that no row has a label. */
void inki_columns_say(const struct inki_columns *columns, bool empty, char *out, size_t room);

/* Whether the features' names are none, or only count: pixel0, pixel1, … */
bool inki_columns_only_count(const struct inki_columns *columns);

/* *order: where each feature belongs if the features' names count but stand in another order, else NULL. Errors: NO_MEMORY. */
ink_status inki_columns_order_counted(const struct inki_columns *columns, uint32_t **order);

void inki_columns_free(struct inki_columns *columns);

#endif
