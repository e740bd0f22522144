/* load: from a path or a set's name to data: detected from content, one row a kind of file.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_LOAD_H
#define INKI_LOAD_H

#include "data/data.h"

struct inki_feed;

/* What a reader gets: the file's content (already decompressed; the reader may keep the block by copying
 * source->content and emptying it) and the settings of group "data". */
struct inki_source {
    ink_ctx *ctx;
    const char *path;
    const ink_settings *set;
    struct inki_bytes content;
    /* For the reader to say what it decided, as the note's end, `, label column "label"; csv, header, comma`; and why there
     * are no labels if none are found elsewhere. "" at first. */
    char decided[1024];
    char unlabelled[300];
    const struct inki_expected *expected; /* what the rows are for, or NULL */
    struct inki_feed *feed;               /* content is its first piece; NULL: it is all there is */
    size_t lines_added;                   /* before the content, which the file does not have: a row of names */
    ink_status (*again)(struct inki_source *source); /* reads the content once more, all of it; NULL: nobody can */
};

/* What a model, or training rows, know of the rows to be read: their columns are looked for. */
struct inki_expected {
    size_t features;
    char *const *columns;                   /* [features] names, or NULL where they have none */
    const struct inki_category *categories; /* [features] their words, or NULL */
    const uint8_t *date_forms; /* [features] the form of the dates that one is a part of (dates.h), else 0; or NULL */
    const char *target;        /* name of the column that held the labels, or NULL */
    bool classes;              /* the rows are to be answered with classes */
    char *const *targets;      /* [target_count] or with numbers of these names; NULL: unknown */
    size_t target_count;
    bool all_rows;       /* also rows without a target, where others have one: then none has */
    const char *id;      /* and of that which named the rows */
    const char *missing; /* texts that are gaps, as the setting missing; or NULL */
    const char *where;   /* names it in messages */
};

/* ink_data_load for a purpose; expected may be NULL. Where it has words the data gets their numbers. */
ink_status inki_data_load_for(ink_ctx *ctx, const char *path, const ink_settings *set,
                              const struct inki_expected *expected, ink_data **out);

/* One kind of file. A new one is one file and one row in load.c. */
struct inki_reader {
    const char *name;                              /* "idx" */
    const char *form;                              /* for help: "IDX images or vectors" */
    bool (*is)(const uint8_t *bytes, size_t size); /* detected from the first bytes; size may be 0 */

    /* Samples, with labels and test part where the file holds them. */
    ink_status (*read)(struct inki_source *source, ink_data **out);

    /* The whole file as labels for another file's rows; NULL if this kind cannot be that. */
    ink_status (*labels)(struct inki_source *source, struct inki_labels *out);
};

extern const struct inki_reader inki_idx_reader, inki_npy_reader, inki_npz_reader, inki_pickle_reader, inki_arff_reader,
    inki_csv_reader, inki_image_reader, inki_svmlight_reader, inki_cifar_reader, inki_jsonl_reader;

/* The table of readers, in the order they are asked. */
extern const struct inki_reader *const inki_readers[];
extern const size_t inki_reader_count;

#endif
