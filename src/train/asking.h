/* asking: how like the rows of a program's last run are to those of the training.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ASKING_H
#define INKI_ASKING_H

#include "model/program.h"
#include "model/unlike.h"

struct inki_asking {
    ink_ctx *ctx;
    const struct inki_program *program;
    struct inki_unlike_view view;
    double *room; /* of each thread, room_each: h, v and as much as v again */
    size_t room_each;
    double (*distances)[INKI_UNLIKE_PARTS];
};

/* Of a program for predicting that keeps what the last node reads (inki_use.keep); unlike: the model's, or the one that is being made. Errors:
 * NO_MEMORY. */
ink_status inki_asking_begin(const struct inki_program *program, struct inki_unlike *unlike, struct inki_asking *out);
void inki_asking_end(struct inki_asking *asking);

/* h[units] and v[sides] of a row. */
void inki_asking_look(const struct inki_asking *asking, size_t row, double *h, double *v);

/* The distances of all rows. */
void inki_asking_measure(struct inki_asking *asking, double (*distances)[INKI_UNLIKE_PARTS]);

/* And what share of the validation rows is at least as unlike: known[rows]. */
void inki_asking_answer(struct inki_asking *asking, float *known);

#endif
