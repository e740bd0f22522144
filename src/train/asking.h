/* asking: a model at work on rows of which it is asked how like they are to those of its training, a chunk at a time.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ASKING_H
#define INKI_ASKING_H

#include "model/program.h"
#include "model/unlike.h"

struct inki_asking {
    ink_ctx *ctx;
    const ink_model *model;
    struct inki_program program;
    struct inki_unlike_view view;
    double *room; /* of each thread, room_each: h, v and as much as v again */
    size_t room_each;
    bool used;
    const void *places[INKI_CHUNK_ROWS]; /* of the chunk under way */
    bool bytes;
    size_t count;
    double (*distances)[INKI_UNLIKE_PARTS];
};

/* `rows` at once at most, up to INKI_CHUNK_ROWS; unlike: the model's, or the one that is being made. Errors: NO_MEMORY. */
ink_status inki_asking_begin(ink_ctx *ctx, const ink_model *model, struct inki_unlike *unlike, size_t rows,
                             struct inki_asking *out);
void inki_asking_end(struct inki_asking *asking);

/* The rows in places[count] through the network; then h[units] and v[sides] of one of them. */
void inki_asking_forward(struct inki_asking *asking);
void inki_asking_look(const struct inki_asking *asking, size_t row, double *h, double *v);

/* The same, and the distances of them all. */
void inki_asking_measure(struct inki_asking *asking, double (*distances)[INKI_UNLIKE_PARTS]);

/* And what share of the validation rows is at least as unlike: known[count]. */
void inki_asking_answer(struct inki_asking *asking, float *known);

#endif
