/* scorer: what each column of a table holds, which ones are ids, and which one most likely holds the labels.
 * SPDX-License-Identifier: MIT
 *
 * One judge for all tables. A label column earns points by its name (label, target, class, y: 203 to 200; outcome, species and the
 * like: 60), its place (last 20, first 8), what it holds (words in few kinds 25, two of them 10 more, few different integers 15)
 * and what the others are (none has words 30, few of them have few values 15, all others are named pixel0, pixel1, …: 60). Names of
 * dates, files, prices, coordinates and the like cost points. It needs 45; where another has as many but for 14 the two are
 * close. */
#ifndef INKI_SCORER_H
#define INKI_SCORER_H

#include "read/columns.h"

/* label, target, class and y, with their place in that order; 0 for another name. */
int inki_label_name_points(const char *name);

/* A name that labels or ids go by: it is no value. */
bool inki_is_label_name(const char *name);
bool inki_is_id_name(const char *name);
bool inki_is_key_name(const char *name); /* also: that goes with ids if no value comes again */

/* What a column with such cells holds. */
enum inki_kind inki_kind_of(const struct inki_traits *traits);

/* The forms of dates.h that all cells of a column fit, or all but few: one, or two where day and month cannot be distinguished; 0:
 * there is none. */
unsigned inki_forms_of_dates(const struct inki_traits *traits);

/* Integers of which each of 0 to their number less one, or of 1 to it, comes once, in any order. */
bool inki_counts_in_disorder(const struct inki_traits *traits);

/* Sets the kind of every column by what was looked at. */
void inki_columns_judge(struct inki_columns *columns, const struct inki_look *look);

/* Leaves out what is never learned from: ids (by name, and columns that count the rows), dates, texts and places; one id is kept. A
 * column stays if none else would. auto_id: false: ids are features, as the setting id-column says. */
void inki_columns_leave_out_keys(struct inki_columns *columns, const struct inki_look *look, bool auto_id);

/* Chooses the label column among the features, and the candidates beside it. */
void inki_columns_score(struct inki_columns *columns, const struct inki_look *look);

/* One-hot columns: y_0, y_1, … of which one is 1 in every row. True if they were found, and made the label. */
bool inki_columns_find_one_hot(struct inki_columns *columns, const struct inki_look *look);

/* For the note that no column is the label: which might be, one or several one-hot ones, and how to say so. */
void inki_columns_hint(const struct inki_columns *columns, const struct inki_look *look, char *out, size_t room);

/* Two columns might hold the labels, and only who made the file knows: fails with BAD_DATA and what to type. */
ink_status inki_columns_ask(const struct inki_columns *columns);

#endif
