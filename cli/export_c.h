/* export_c: a model as C source: what data it needs, and what is said about it.
 * SPDX-License-Identifier: MIT */
#ifndef EXPORT_C_H
#define EXPORT_C_H

#include "cli.h"

/* Exports to `path` with the command's flags; DATA, where given, is the second operand. Returns the exit code. */
int export_c(struct job *job, const ink_model *model, const char *path);

#endif
