/* folds_result: what several trainings have come to, for people and as JSON.
 * SPDX-License-Identifier: MIT */
#ifndef FOLDS_RESULT_H
#define FOLDS_RESULT_H

#include "inkling-extra.h"
#include "inkling-many.h"

struct folds_result {
    const ink_rounds *rounds;
    const ink_model *model; /* NULL: none */
    bool folds;             /* else seeds alone */
    bool by_steps;          /* rounds are reported in steps, not epochs */
    bool valid, test;       /* there is such a part */
    size_t wanted;          /* rounds */
    bool interrupted;
    double seconds;
    const char *output, *oof, *history,
        *save_config;       /* what was written, NULL for what was not; output: with what it replaced */
    const char *model_path; /* of output: the path alone */
};

void folds_print(const struct folds_result *result);

/* Returns the exit code. */
int folds_print_json(const struct folds_result *result);

#endif
