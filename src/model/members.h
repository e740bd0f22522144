/* members: the weights of an ensemble's layers, as each member works with them.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_MEMBERS_H
#define INKI_MEMBERS_H

#include "model/model.h"

/* As inki_op.parse and .print. */
const char *inki_members_parse(struct inki_node *node, const char *const *words, size_t count, size_t *bad);
void inki_members_print(const struct inki_node *node, char *text, size_t room);

/* Of member m's output j: the weight of its input i, in the order of the file, and the bias. The same bits as in a program. */
float inki_members_weight(const ink_model *model, const struct inki_node *node, size_t m, size_t j, size_t i);
float inki_members_bias(const ink_model *model, const struct inki_node *node, size_t m, size_t j);

#endif
