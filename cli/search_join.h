/* search_join: takes part in a search whose store another process serves over HTTP.
 * SPDX-License-Identifier: MIT */
#ifndef SEARCH_JOIN_H
#define SEARCH_JOIN_H

#include "cli.h"

/* Whether --join names a server rather than a store. */
bool search_join_is_over(const char *join);

/* The link to it. NULL after saying what is wrong (*code). */
struct search_join;
struct search_join *search_join_new(const char *address, const char *token, int *code);
void search_join_free(struct search_join *join);
ink_search_link search_join_link(struct search_join *join); /* borrowed */

#endif
