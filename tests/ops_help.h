/* ops_help: a network with made-up rows, run by programs that are cut in all the ways there are.
 * SPDX-License-Identifier: MIT */
#ifndef OPS_HELP_H
#define OPS_HELP_H

#include "net_help.h"

enum { OPS_MOST_ROWS = INKI_CHUNK_ROWS, OPS_KERNELS = 8, OPS_NOTATION = 1024 };

/* What is tried. `offset`: how far the scaling shifts the columns' zero, 0 for no scaling. */
struct ops_recipe {
    const char *notation;
    struct inki_shape in;
    size_t outputs, rows;
    float offset, smoothing;
    bool weighted, bytes; /* rows have weights; rows are bytes, most of them 0 */
    enum inki_loss_number loss;
};

struct ops_net {
    const struct fixture *f;
    struct ops_recipe recipe;
    ink_model *model;
    size_t rows, features;
    float *x; /* [rows][features] */
    uint8_t *bytes;
    int32_t *labels;
    float *targets, *weights;
};

/* The network with its rows; false if the notation does not go with the shape, with a sentence in the context. */
bool ops_begin(struct ops_net *net, const struct fixture *f, const struct ops_recipe *recipe);
void ops_end(struct ops_net *net);

struct inki_shape ops_shape(size_t height, size_t width, size_t channels);

/* Tensor t of a node; false when there are no more. ops_at: where its element lies in the model's block. */
struct ops_tensor {
    const struct inki_node *node;
    size_t number, count;
    bool trained;
    char name[48];
};
bool ops_tensor(const ink_model *model, size_t node, size_t t, struct ops_tensor *out);
size_t ops_at(const struct ops_tensor *tensor, size_t i);

/* How a program is made and fed. */
struct ops_way {
    ink_ctx *ctx; /* NULL: the fixture's */
    enum inki_use_for purpose;
    unsigned threads, pool; /* parts; threads that work through them (0: one) */
    size_t chunk;           /* rows a run; 0: all */
    /* which stages are cut, however little there is to do: 0 as the costs say, 1 all, else by this seed */
    uint64_t spread;
    bool steps, observe; /* plain SGD within the gradient */
};

/* What came out. */
struct ops_result {
    size_t rows, outputs, size, parts;
    float *answers, *g, *w; /* [rows][outputs], not of training; [size]; [size]: the weights afterwards */
    double *losses, *scores;
};

void ops_program(const struct ops_net *net, const struct ops_way *way, struct inki_program *out);

/* The feed of rows first … first+count-1 with results at their places in `result`. from[count] must live as long. */
struct inki_feed ops_feed(const struct ops_net *net, size_t first, size_t count, const void **from,
                          struct ops_result *result);

/* Runs the batch once. The model's weights are as before afterwards. */
void ops_run(const struct ops_net *net, const struct ops_way *way, struct ops_result *out);
void ops_free(struct ops_result *result);

/* Fails unless both have the same bits; g and w only for training. */
void ops_same(const struct ops_net *net, const struct ops_way *way, const struct ops_result *got,
              const struct ops_result *wanted);

/* The mean of the rows' losses as INKI_FOR_LOSS has them, with the model's weights as they stand. */
double ops_loss(const struct ops_net *net, struct inki_program *program);

/* Whatever does not last from run to run becomes NaN. */
void ops_spoil(struct inki_program *program);

/* A context for each table of kernels that this machine can run; returns their number. */
size_t ops_contexts(ink_ctx **contexts);

/* A drawn network, up to `most` wide. */
struct ops_recipe ops_draw(struct inki_rng *rng, size_t most, char notation[OPS_NOTATION]);

#endif
