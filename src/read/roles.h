/* roles: which columns of a table of text hold the labels, name the part of a row, or list all of its features.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ROLES_H
#define INKI_ROLES_H

#include "read/table.h"

/* The label column, where none is given: as the model that the rows are for knows it, one-hot, by points, or beside an image. Where there is
 * none source->unlabelled says what it might be. Errors: BAD_DATA where two are as likely, or of one name. */
ink_status inki_roles_find_label(struct inki_table *table, const struct inki_look *look);

/* A column whose words name parts, as Usage does with Training and PublicTest. */
void inki_roles_find_part(struct inki_table *table, const struct inki_look *look);

/* A column of lists has all features, if no other column has any. */
void inki_roles_find_list(struct inki_table *table, const struct inki_look *look);

/* The column that names the rows keeps its texts. */
void inki_roles_keep_ids(struct inki_table *table);

#endif
