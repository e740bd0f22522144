/* recipes: where the settings files that come with the program are.
 * SPDX-License-Identifier: MIT */
#ifndef RECIPES_H
#define RECIPES_H

#include <stddef.h>

/* One recipe that was found. */
struct recipe {
    char *name, *path; /* "003-nesterov", "recipes/003-nesterov.ini" */
};

/* All recipes, by name: those of ./recipes, then those that came with the program; of one name the first counts.
 * Returns the exit code; the caller frees with recipes_free. */
int recipes_list(struct recipe **list, size_t *count);
void recipes_free(struct recipe *list, size_t count);

/* The path of a settings file: `name` itself where there is such a file, else the recipe of that name. Returns the exit code,
 * after saying what is wrong; the caller frees *path. */
int recipe_find(const char *name, char **path);

#endif
