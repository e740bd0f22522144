/* expect: the columns of a table for rows of which it is known what they are for: those that a model was trained on.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_EXPECT_H
#define INKI_EXPECT_H

#include "read/columns.h"
#include "read/load.h"

/* Where both have names, or numbers for names: marks the columns that are wanted, and sets what each is read as. Names match exactly
 * first, then without case and punctuation as long as they stay different. *order: where each value of them belongs; NULL if none is
 * there: then nothing is marked, and whoever uses the rows complains. Errors: BAD_DATA if some are missing, BAD_SETTING if a setting left
 * one out, NO_MEMORY. */
ink_status inki_expect_columns(struct inki_columns *columns, const struct inki_expected *expected, uint32_t **order);

/* The column of the labels' name becomes the label, if it is there. True if it is known what they are called. */
bool inki_expect_target(struct inki_columns *columns, const struct inki_expected *expected);

/* Columns that are neither wanted nor anything else are left out. */
/* The column that named the rows does so here, however few they are. */
void inki_expect_id(struct inki_columns *columns, const struct inki_expected *expected);

void inki_expect_no_more(struct inki_columns *columns);

/* What was guessed to be the label is a feature if there would be too few of these. */
void inki_expect_label(struct inki_columns *columns, const struct inki_expected *expected);

/* Without names: a first column of different integers, one more than the model wants, is an id. */
void inki_expect_count(struct inki_columns *columns, const struct inki_look *look,
                       const struct inki_expected *expected);

#endif
