/* foreign: words of other programs in the notation, and what is written here.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_FOREIGN_H
#define INKI_FOREIGN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether another program calls a layer so, in any spelling; then *what is a sentence on what to write. */
bool inki_foreign_layer(const char *word, const char **what);

/* The same for a word behind a layer: "valid", "kernel=3", "padding", "use_bias=false", "silu". */
bool inki_foreign_word(const char *word, const char **what);

#endif
