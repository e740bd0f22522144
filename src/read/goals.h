/* goals: what rows of a table are to be answered with: the cells of its label column become classes, or numbers to predict.
 * SPDX-License-Identifier: MIT
 *
 * The setting task decides, or the content: words are classes; integers are if they have up to 10 values, or up to 20 of 20 rows
 * each; others are numbers to predict, but in a file of labels alone and beside images, where they are classes unless
 * nearly every row has its own. */
#ifndef INKI_GOALS_H
#define INKI_GOALS_H

#include "data/data.h"
#include "read/cells.h"
#include "read/columns.h"
#include "read/words.h"

enum inki_task { INKI_TASK_AUTO, INKI_TASK_CLASSIFY, INKI_TASK_REGRESS }; /* as the setting's choices */

/* A label that was read: what it became. */
struct inki_recent_label {
    uint64_t key; /* of its text; 0: there is none */
    int32_t word;
    float value;
};

enum { INKI_RECENT_LABELS = 16 };

struct inki_goals {
    struct inki_recent_label recent[INKI_RECENT_LABELS];
    enum inki_task task;     /* AUTO until it is known */
    size_t columns;          /* of role TARGET; 0: there is one of role LABEL, or none */
    struct inki_words words; /* the labels' */
    size_t declared;         /* labels must be among the first so many words; 0: they may be any */
    int32_t *labels;         /* [rows] numbers of words */
    float *reals;            /* [rows][columns or 1] */
    size_t label_room, real_room, real_count;
    bool named;                          /* some label is no number, or is written as numbers are not: 007 */
    bool fraction;                       /* some is a fraction, or they are too many to be classes */
    size_t unlabelled;                   /* rows whose label is missing, */
    size_t *missing, missing_room;       /* [unlabelled] which */
    size_t missing_line, missing_column; /* of the first of them */
    size_t left_out;                     /* of them, since others have one */
};

struct inki_table;

/* The task, by the setting or by what the rows are for. */
void inki_goals_begin(struct inki_table *table);

/* Once columns are chosen: several that are given as labels are one-hot or, by the setting or what was looked at, numbers to
 * predict. */
void inki_goals_choose(struct inki_table *table, const struct inki_look *look);

/* For a row that is put together by hand: the cell of its label, or of one of its columns of role TARGET. Errors: BAD_DATA with line and
 * column, NO_MEMORY. */
ink_status inki_table_label(struct inki_table *table, struct inki_cell *cell);
ink_status inki_table_target(struct inki_table *table, size_t column, struct inki_cell *cell);

/* The class that one-hot columns give. */
ink_status inki_table_class(struct inki_table *table, int32_t class);

/* Once all rows are in: leaves out those without a target (unlabelled.h), and decides whether they have classes or numbers to predict
 * (columns.numbers). Errors: NO_MEMORY. */
ink_status inki_goals_decide(struct inki_table *table);

/* The labels or numbers; taken over, also when it fails. Errors: BAD_DATA for rows without, NO_MEMORY. */
ink_status inki_goals_give(struct inki_table *table, struct inki_labels *out);

void inki_goals_free(struct inki_goals *goals);

#endif
