/* loss: what a network is trained to make small, and the scores that tell how good its answers are: one row a loss.
 * SPDX-License-Identifier: MIT
 *
 * A loss turns a row's outputs z into the answer, the row's loss, its gradient by z, and the row's parts: the few numbers
 * whose sums over rows all its scores are made from. Who measures (training, evaluation) adds up losses and parts in the order
 * of the rows; nobody else needs to know which loss it is. */
#ifndef INKI_LOSS_H
#define INKI_LOSS_H

#include "kern/kern.h"

/* What a row should be answered with: the number of its class, or real numbers. A network has one output a class, or one a
 * number. */
enum inki_target { INKI_TARGET_CLASSES, INKI_TARGET_REALS };

enum { INKI_MOST_PARTS = 3, INKI_MOST_SCORES = 3 };

/* Rows of outputs. z[rows][stride] becomes the answer in place; dz[rows][stride], when not NULL, gets the gradient of scale times
 * the sum of the rows' losses by z (0 in the padding from `outputs` on). row_loss[rows] (NaN or infinite if an output is not
 * finite) and row_parts[rows][parts] may be NULL together with the targets: then only the answer is wanted. */
struct inki_loss_call {
    const struct inki_loss *loss;
    const struct inki_kern *kern;
    size_t rows, outputs, stride;
    float *z, *dz;
    const int32_t *labels;     /* classes: [rows] */
    const float *targets;      /* reals: [rows][outputs] */
    const double *target_mean; /* reals: [outputs], what r2 compares with; NULL: 0 */
    const float *row_weight;   /* [rows], factor of a row's loss and gradient, not of its parts; NULL: 1 */
    float smoothing, scale;
    double *row_loss, *row_parts;
};

/* A score of all rows from the sums of their parts. */
struct inki_loss_score {
    const char *name;   /* "accuracy": the history has val_accuracy */
    bool higher, share; /* whether higher is better; whether it is a share, shown as per cent */
    double (*value)(const double *sums, size_t rows, size_t outputs);
};

struct inki_loss {
    const char *name; /* as in the setting `loss` and in model files */
    const char *form; /* formula, for help */
    enum inki_target target;
    size_t cost;  /* of an output of a row, in multiply-adds */
    size_t parts; /* of a row */
    size_t score_count;
    struct inki_loss_score
        scores[INKI_MOST_SCORES]; /* the first stands beside the loss in tables, and monitors offer it */
    void (*run)(const struct inki_loss_call *call);
};

/* The table, in the order of INKI_LOSSES in rows.h. */
extern const struct inki_loss inki_losses[INKI_LOSS_COUNT];

/* The loss of this name, NULL for none. */
const struct inki_loss *inki_loss_named(const char *name);

/* The first loss of the table for such targets. */
const struct inki_loss *inki_loss_for(enum inki_target target);

/* Runs the call's loss on its rows [begin, end). */
void inki_loss_rows(const struct inki_loss_call *call, size_t begin, size_t end);

#endif
