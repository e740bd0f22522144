/* loss: what a network is trained to make small, and the scores of its answers: one row a loss.
 * SPDX-License-Identifier: MIT
 *
 * A loss turns a row's outputs z into the answer, the row's loss, its gradient by z, and the row's parts: the few numbers
 * whose sums over rows all its scores are made from. Who measures (training, evaluation) adds up losses and parts in the order
 * of the rows; nobody else needs to know which loss it is. */
#ifndef INKI_LOSS_H
#define INKI_LOSS_H

#include "kern/kern.h"
#include "model/numbers.h"

/* What a row should be answered with: the number of its class, or real numbers. A network has one output a class, or as many a
 * number as struct inki_numbers says. */
enum inki_target { INKI_TARGET_CLASSES, INKI_TARGET_REALS };

enum { INKI_MOST_PARTS = 5 };

/* How a 95 % interval of a score comes about: of a share of the rows (Wilson), of the root of the mean loss; or there is none. */
enum inki_interval { INKI_INTERVAL_NONE, INKI_INTERVAL_SHARE, INKI_INTERVAL_ROOT };

/* Rows of outputs. z[rows][stride] becomes the answer in place; dz[rows][stride], when not NULL, gets the gradient of scale times
 * the sum of the rows' losses by z (0 in the padding from `outputs` on, up to `width`, where that is 0 to stride). row_loss[rows] (NaN or infinite if an output is not
 * finite) and row_parts[rows][parts] may be NULL together with the targets: then only the answer is wanted. */
struct inki_loss_call {
    const struct inki_loss *loss;
    const struct inki_kern *kern;
    size_t rows, outputs, stride;
    size_t members,
        width; /* an ensemble's z and dz: a block of `width` columns a member; members 0 or 1: no matter, and width may be 0 */
    /* an ensemble: the loss of the pooled answer, which comes into the first block; else the mean of the members' losses */
    bool pooled;
    float *z, *dz;
    const int32_t *labels;              /* classes: [rows] */
    const struct inki_numbers *numbers; /* reals: what the outputs are; NULL: the targets, as they are */
    const float *targets;               /* reals: [rows][targets], in their own unit */
    const double *target_mean;          /* reals: [targets], what r2 compares with; NULL: 0 */
    const float *row_weight;            /* [rows], factor of a row's loss and gradient, not of its parts; NULL: 1 */
    const int32_t *others; /* classes: [rows], second labels, with 1 - shares[row] of the target; NULL: none */
    const float *shares;   /* classes: [rows], of labels */
    float smoothing, scale;
    /* two classes: from which probability of the second on it is the answer; 0: if it is the larger one */
    float threshold;
    double *row_loss, *row_parts;
};

/* Sums over rows, in their order. */
struct inki_sums {
    size_t rows;
    double loss, parts[INKI_MOST_PARTS];
};

#define INKI_BY_LOSS SIZE_MAX

struct inki_loss {
    const char *name; /* as in the setting `loss` and in model files */
    const char *form; /* formula, for help */
    enum inki_target target;
    size_t cost;    /* of an output of a row, in multiply-adds */
    size_t parts;   /* of a row */
    size_t monitor; /* the score that the setting monitor goes by when it is auto */
    size_t score_count;
    ink_score scores[INK_MOST_SCORES]; /* the loss, then what stands beside it in tables, then the others */
    double (*values[INK_MOST_SCORES])(const struct inki_sums *sums,
                                      size_t targets); /* NULL: it is no sum over rows (train/ranks.h) */
    enum inki_interval intervals[INK_MOST_SCORES];
    size_t marks
        [INK_MOST_SCORES]; /* the part of a row by which a score compares two models, row by row; INKI_BY_LOSS: its loss */
    void (*run)(const struct inki_loss_call *call);
};

/* The table, in the order of INKI_LOSSES in rows.h. */
extern const struct inki_loss inki_losses[INKI_LOSS_COUNT];

/* The loss of this name, or of a text that begins with it and a colon ("quantile:0.1,0.9"); NULL for none. */
const struct inki_loss *inki_loss_named(const char *name);

/* The quantiles that such a text names, in out->levels and out->level; none for other losses. Errors: BAD_SETTING. */
ink_status inki_loss_levels(ink_ctx *ctx, const char *text, struct inki_numbers *out);

/* The same loss for so many classes: of two there are more scores. */
const struct inki_loss *inki_loss_of(const struct inki_loss *loss, size_t classes);

/* The first loss of the table for such targets. */
const struct inki_loss *inki_loss_for(enum inki_target target);

/* Adds the losses and parts of `rows` rows. */
void inki_sums_add(const struct inki_loss *loss, struct inki_sums *sums, size_t rows, const double *losses,
                   const double *parts);

/* All scores of the rows in sums, of as many targets a row (classes: any number); NaN beyond their count. */
void inki_loss_scores(const struct inki_loss *loss, const struct inki_sums *sums, size_t targets,
                      double scores[INK_MOST_SCORES]);

/* The score of this name ("accuracy"); loss->score_count: there is none. */
size_t inki_loss_score(const struct inki_loss *loss, const char *name);

/* Whether scores a are better than b by one of them; where these are equal, by the loss. */
bool inki_is_better(const ink_score *scores, size_t monitor, const double *a, const double *b);

/* Runs the call's loss on its rows [begin, end). */
void inki_loss_rows(const struct inki_loss_call *call, size_t begin, size_t end);

#endif
