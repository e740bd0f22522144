/* data: samples in memory, views of some of their rows, and the names of their classes.
 * SPDX-License-Identifier: MIT
 *
 * A data object either owns its arrays (a base) or is a view: an index of rows into a base's arrays, which must live
 * longer. Rows are bytes or floats, `features` values each, without padding. A test part that a file brings along is a
 * base of its own: it can be taken out and outlive the training part. */
#ifndef INKI_DATA_H
#define INKI_DATA_H

#include "base/ctx.h"
#include "base/file.h"
#include "data/category.h"
#include "data/decided.h"

#define INKI_CLASSES_MAX 65536

struct ink_data {
    size_t rows, features, classes; /* rows of this view; of a base, at most as many as its arrays hold */
    size_t height, width, channels;
    const uint8_t *bytes; /* values as bytes, or NULL */
    const float *floats;  /* values as floats, or NULL */
    int32_t *labels;      /* of the base rows, 0..classes-1, or NULL; owned by the base */
    float *targets; /* of the base rows, [rows][target_count], or NULL; owned by the base; then there are no labels */
    size_t target_count;
    char **target_names;     /* [target_count], one block; owned by the base */
    float *weights;          /* of the base rows in the training loss, or NULL for all 1; owned by the base */
    struct inki_bytes block; /* what bytes or floats point into; empty in views */
    uint32_t *index;         /* base row of each row of a view (owned); NULL: row i is i */
    char **class_names;      /* [classes], one block; owned by the base */
    char **class_labels; /* what the file calls them, where they were given other names; else NULL; owned as they are */
    bool names_known;    /* they were given because the data is known, not by the caller */
    /* [features] names, one block; owned by the base; NULL where the file gives none that mean more than an order */
    char **columns;
    /* [features] words of those that hold words, one block; owned by the base; NULL: all hold numbers */
    struct inki_category *categories;
    char *source;                 /* owned by the base */
    struct inki_ids *ids;         /* of the base rows, or NULL; owned by the base */
    struct inki_decided *decided; /* how it was read, or NULL; owned by the base */
    ink_data *test;               /* the part it brings along (owned), or NULL; NULL in views */
    bool is_view;
    const char *part;   /* "training", "validation" or "test", of a split or a fold; else NULL */
    size_t whole;       /* rows before a split, or before the setting limit; 0: these are all */
    bool classes_given; /* the caller named two classes or more: rows of one of them will do */
};

/* Labels as a file has them: integers of any sign. classes is 0, or how many there are when the file says so
 * (columns of a one-hot matrix, words); values are then 0..classes-1. */
#define INKI_NO_LABEL INT32_MIN
struct inki_labels {
    int32_t *values;
    size_t count, classes;
    char **names; /* [classes], pointers and texts in one block, when the labels are words; [targets]; or NULL */
    float *reals; /* [count][targets] numbers to predict, in place of values; else NULL */
    size_t targets;
    struct inki_ids *ids;        /* the rows they belong to, or NULL; owned */
    size_t gaps;                 /* of values that are INKI_NO_LABEL, or of reals NaN: their rows have no label */
    size_t gap_line, gap_column; /* of the first in its file */
    char disorder
        [160]; /* where rows are not in the order of their numbers, "LINE:COLUMN: number 4 follows 5"; "" if they are */
};

/* Frees what labels own. */
void inki_labels_free(struct inki_labels *labels);

/* Puts labels in the order of the data's ids. Errors: as inki_ids_match. */
ink_status inki_labels_join(ink_ctx *ctx, const ink_data *data, struct inki_labels *labels, const char *where,
                            const char *rows_where);

/* Makes numbers of words as few as the rows have, and whole values of 0 to 255 bytes, as if the file had had these rows alone. The data is a
 * base of its own. Errors: NO_MEMORY. */
ink_status inki_data_tighten(ink_ctx *ctx, ink_data *data);

/* An empty base object for a reader to fill. */
ink_status inki_data_begin(ink_ctx *ctx, const char *source, ink_data **out);

/* data->block as room for count values of `size` bytes, undefined at first. NULL when there is no memory. */
void *inki_data_room(ink_ctx *ctx, ink_data *data, size_t count, size_t size);

/* Rows and their shape: dims[rank] is (rows, features), (rows, height, width) or (rows, height, width, channels). Byte
 * rows whose length is a square of 16 or more are taken for square images (set `bytes` before). Errors: BAD_DATA for no
 * rows, no features, 2^32 rows or more, another rank; `where` names the file. */
ink_status inki_data_set_shape(ink_ctx *ctx, ink_data *data, const size_t *dims, size_t rank, const char *where);

/* A view of rows[0..count-1] of `of` (translated if `of` is a view itself; copied). rows NULL: the first `count`. */
ink_status inki_data_view(ink_ctx *ctx, const ink_data *of, const uint32_t *rows, size_t count, ink_data **out);

/* A base with the rows of a view, with labels, targets, names and ids, copied. Errors: NO_MEMORY. */
ink_status inki_data_copy(ink_ctx *ctx, const ink_data *view, ink_data **out);

/* A base with the rows (and labels, if both have some, of the same classes) of two objects, one after the other, copied. Errors:
 * BAD_DATA (other features, 2^32 rows or more), NO_MEMORY. */
ink_status inki_data_join(ink_ctx *ctx, const ink_data *first, const ink_data *second, ink_data **out);

/* Takes the rows i with dropped[i] out of a base, which keeps all else. Errors: NO_MEMORY, then nothing has changed. */
ink_status inki_data_drop(ink_ctx *ctx, ink_data *data, const uint8_t *dropped);

/* Labels as read become 0..classes-1 with class names, or the data's targets if they are numbers to predict: numbers that begin at 0 keep their number (classes = largest + 1);
 * others are numbered in increasing order; words keep their names. Takes values and names over, also when it fails (the data must be freed then).
 * `where` and `rows_where` name labels and rows in messages. Errors: BAD_DATA (a count that differs from the rows, more
 * than INKI_CLASSES_MAX classes), NO_MEMORY. */
ink_status inki_data_set_labels(ink_ctx *ctx, ink_data *data, struct inki_labels *labels, const char *where,
                                const char *rows_where);

/* Class names of a base: "0", "1", …, or names[classes], copied. Errors: NO_MEMORY. */
ink_status inki_data_count_classes(ink_ctx *ctx, ink_data *data, size_t classes);
ink_status inki_data_name_classes(ink_ctx *ctx, ink_data *data, const char *const *names, size_t classes);

/* The same for a base that has classes: what they were called is kept as class_labels. */
ink_status inki_data_rename_classes(ink_ctx *ctx, ink_data *data, const char *const *names);

/* Class names and labels as `of` has them. Errors: NO_MEMORY. */
ink_status inki_data_copy_classes(ink_ctx *ctx, ink_data *data, const ink_data *of);

/* The classes that others know: their names, and, where these were given, what labels called them (else NULL). */
struct inki_class_list {
    char *const *names, *const *labels; /* [count] */
    size_t count;
};

/* map[data->classes]: for each class of the data, the class of the same name in the list, by the label of either side where names were
 * given to one; -1 for a class that no row has. Errors: BAD_DATA if a row's class is not among them. */
ink_status inki_data_map_classes(ink_ctx *ctx, const ink_data *data, const struct inki_class_list *list, int32_t *map);

/* Renumbers a base's labels to the classes of `of`, by name. Errors: BAD_DATA as above, NO_MEMORY. */
ink_status inki_data_adopt_classes(ink_ctx *ctx, ink_data *data, const ink_data *of);

/* A base's words become known[features], its values their numbers; known NULL: all columns are known to hold numbers. Errors: as inki_categories_adopt. */
ink_status inki_data_adopt_words(ink_ctx *ctx, ink_data *data, const struct inki_category *known);

/* Errors: BAD_DATA unless the rows have labels of at least two classes, or of one of several that the caller named. */
ink_status inki_data_check_classes(ink_ctx *ctx, const ink_data *data);

/* Rows of one class will do here, as in a fold without a rare class; a note says so. */
void inki_data_accept_class(ink_ctx *ctx, ink_data *data);

/* Errors: BAD_DATA unless the rows have something to answer with that can be learnt: targets, or labels as above. */
ink_status inki_data_check_targets(ink_ctx *ctx, const ink_data *data);

/* Names of a base's targets: copied, or made where names is NULL. Errors: NO_MEMORY. */
ink_status inki_data_name_targets(ink_ctx *ctx, ink_data *data, size_t count, char *const *names);

/* mean[target_count] of the targets over the data's rows. */
void inki_data_target_means(const ink_data *data, double *mean);

/* "column 'age'", or by its number from 1 where columns have no names: text. */
enum { INKI_COLUMN_TEXT = 100 };
const char *inki_data_column_text(const ink_data *data, size_t column, char text[INKI_COLUMN_TEXT]);

/* The same letters and digits, but for case and punctuation. */
bool inki_names_alike(const char *a, const char *b);

/* The data's columns are those named names[data->features] (NULL: unknown) in `where`: the same names in the same order,
 * letters' case and punctuation left aside. Names of which none is the same are taken for another way of naming. Errors:
 * BAD_DATA for another set or order. */
ink_status inki_data_check_columns(ink_ctx *ctx, const ink_data *data, char *const *names, const char *where);

/* Whether rows are those of a table with named or described columns: no images or bare arrays, and not so wide that they would be signals. */
enum { INKI_TABLE_COLUMNS = 512 };
static inline bool inki_is_table(const ink_data *data)
{
    const bool described = data->categories || (data->decided && data->decided->count);
    return described && data->height <= 1 && data->channels <= 1 && data->features <= INKI_TABLE_COLUMNS;
}

/* The base row behind row i of a view. */
static inline size_t inki_data_base(const ink_data *data, size_t i) { return data->index ? data->index[i] : i; }

/* Label of row i, -1 without labels. */
static inline int32_t inki_data_label(const ink_data *data, size_t i)
{
    return data->labels ? data->labels[inki_data_base(data, i)] : -1;
}

/* Targets of row i: [target_count]. */
static inline const float *inki_data_targets(const ink_data *data, size_t i)
{
    return data->targets + inki_data_base(data, i) * data->target_count;
}

#endif
