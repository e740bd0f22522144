/* unlike: how unlike a row is to all that a classifier was trained on.
 * SPDX-License-Identifier: MIT
 *
 * Of what the last layer reads, h[units], and of a summary of the row, v[sides], three distances:
 *   answer      - max over outputs of z = W h + b, of an ensemble of the mean of its members' z
 *   direction   - max over classes c of means[c] h / |h|, with |means[c]| = 1
 *   place       min over classes c of |L v - centres[c]|^2, L the inverse Cholesky factor of the covariance of v within classes
 * Of an ensemble h is what all members read, one behind the other. v are the means of up to 7x7 blocks of an image, else of up to 64 groups of h. Of each distance tables[0..2] give how rare it is, -log2 of the share of validation rows with at least as
 * much, in quarters; tables[3] gives the share of rows whose sum of these is at least as large, `known`. All of it in double with + - * / and
 * sqrt, in one order, so that it has the same bits everywhere. */
#ifndef INKI_UNLIKE_H
#define INKI_UNLIKE_H

#include "model/model.h"

enum {
    INKI_UNLIKE_SIDES = 64,  /* the most values of v */
    INKI_UNLIKE_LEVELS = 64, /* the most of a table */
    INKI_UNLIKE_PARTS = 3,   /* distances */
    INKI_UNLIKE_TENSORS = 4, /* known.means, known.whiten, known.centres, known.tables */
    INKI_UNLIKE_LEAST = 100  /* validation rows */
};

struct inki_unlike {
    size_t units, classes, sides, levels;
    size_t rows; /* that the tables are made of */
    size_t grid; /* blocks along each side of an image; 0: v is made of h */
    /* one block: means[classes][units], whiten[sides (sides + 1) / 2] (L row by row), centres[classes][sides], tables[4][levels] */
    float *values;
    float *means, *whiten, *centres, *tables;
};

/* A tensor of it as the file has it; false behind the last. */
struct inki_unlike_tensor {
    const char *name;
    size_t rank, dims[2], count;
    float *values;
};
bool inki_unlike_tensor(const struct inki_unlike *unlike, size_t i, struct inki_unlike_tensor *out);

/* Why a model can have none, as the end of a sentence ("a model that …"); NULL: it can. */
const char *inki_unlike_refuses(const ink_model *model);

/* With all values 0, for a model that can have one. Errors: NO_MEMORY. */
ink_status inki_unlike_new(ink_ctx *ctx, const ink_model *model, size_t levels, struct inki_unlike **out);
void inki_unlike_free(struct inki_unlike *unlike);

/* XXH64, seed 0, of its tensors in the order and form of the file. */
uint64_t inki_unlike_hash(const struct inki_unlike *unlike);

/* What is wrong with its values; NULL: nothing. */
const char *inki_unlike_flaw(const struct inki_unlike *unlike);

/* The text of the metadata that goes with it: rows, hash. */
enum { INKI_UNLIKE_TEXT = 96 };
#define INKI_UNLIKE_KEY "known"
void inki_unlike_text(const struct inki_unlike *unlike, char text[INKI_UNLIKE_TEXT]);

/* A model's last layer, and what it is compared with, made ready to look at rows: matrices in panels of 8 outputs, each [inputs][8], so that sums
 * run beside each other, each in its own order. */
struct inki_unlike_view {
    const ink_model *model;
    struct inki_unlike *unlike; /* the model's, or the one that is being made */
    size_t *places;             /* [units]: where value i of h lies in what the last layer reads */
    size_t rows[8], columns[8]; /* of an image: where its blocks begin, and where the last ends */
    double *panels;             /* one block: */
    double *w, *b;              /* of outputs by units; [outputs] */
    double *means, *whiten;     /* of classes by units; of sides by sides */
    double *centres;            /* of classes by sides */
    bool bare;                  /* no layer in front: h is the scaled row */
};
ink_status inki_unlike_view_begin(ink_ctx *ctx, const ink_model *model, struct inki_unlike *unlike,
                                  struct inki_unlike_view *out);
void inki_unlike_view_end(struct inki_unlike_view *view);

/* h[units] and v[sides] of a row: x is what the last layer reads, raw the row itself. */
void inki_unlike_look(const struct inki_unlike_view *view, const float *x, const void *raw, bool bytes, double *h,
                      double *v);

/* Its distances; room[sides]. */
void inki_unlike_measure(const struct inki_unlike_view *view, const double *h, const double *v, double *room,
                         double distances[INKI_UNLIKE_PARTS]);

/* How rare the distances are together; and the share of validation rows that are at least as unlike. */
double inki_unlike_sum(const struct inki_unlike *unlike, const double distances[INKI_UNLIKE_PARTS]);
double inki_unlike_share(const struct inki_unlike *unlike, double sum);

/* The share of rows that entry k of a table stands for, 2^(-k/4). */
double inki_unlike_level(size_t k);

#endif
