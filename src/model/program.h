/* program: a graph compiled for one use: stages with one barrier each, tasks in them, arrays in one arena.
 * SPDX-License-Identifier: MIT
 *
 * A task is a loop of an operation at a site, cut along one axis into as many parts as the program has threads. All tasks
 * of a stage run one after the other in each part; between stages all parts meet. The compiler opens a new stage just
 * where a part would read what another part writes (model/compile.c). The number of parts is a property of the program and
 * never of who runs it: any number of threads may work through them, and the result has the same bits. */
#ifndef INKI_PROGRAM_H
#define INKI_PROGRAM_H

#include "base/pool.h"
#include "base/text.h"
#include "model/model.h"

/* What a program is to do. */
enum inki_use_for {
    INKI_FOR_PREDICTING, /* forward to the answers; with labels also the loss */
    INKI_FOR_LOSS,       /* the same as training sees it: dropout drops */
    INKI_FOR_TRAINING    /* forward, loss and backward */
};

struct inki_use {
    enum inki_use_for purpose;
    size_t rows;      /* the most at once, up to INKI_CHUNK_ROWS */
    unsigned threads; /* parts that the work is cut into */
    size_t norm_rows; /* training: the rows of a group whose statistics norms work with, about; 0: all of a run */
    bool beside;      /* run beside others, on any thread: it does not say where time goes */
    bool observe;     /* what each node gives can be looked at afterwards (inki_program_output) */
    bool keep;        /* of that only what the last node reads (its site's x) */
    /* Training with plain SGD, all rows of a step at once: weights are stepped where their gradient is made (inki_program_steps).
     * What it says is looked at in each run; inki_feed.step_now false: not in this one. NULL: never. */
    const struct inki_update *update;
};

/* The rows of one run, and what is to be made of them. */
struct inki_feed {
    const void *const *from; /* [rows]: raw rows, bytes or floats */
    bool bytes;
    bool lists;    /* rows that are encoded already: their lists (struct inki_input) */
    size_t rows;   /* up to inki_use.rows */
    bool fresh;    /* the weights changed since the last run */
    uint64_t seed; /* dropout: seed, step, row in the batch */
    uint32_t step, first_row;
    /* targets, weights, smoothing, scale and where results go; row_loss NULL: answers only */
    struct inki_loss_call loss;
    float *g;       /* training: [model->size] gets the gradient; only what is trained is touched */
    bool add, last; /* g is added to; no more rows of this sum will follow */
    bool step_now;
};

/* How a task is cut among the parts. */
enum inki_cut_axis {
    INKI_WHOLE,  /* each part does all of it, for itself, into its own copy */
    INKI_ONE,    /* the first part does all of it */
    INKI_ROWS,   /* even shares of the rows */
    INKI_PANELS, /* even shares of the panels of some columns */
    INKI_STRIPS, /* of their strips of 64 */
    INKI_VECTORS /* of their vectors of INKI_LANES */
};

/* Which columns a task is cut along. */
enum inki_side { INKI_OUT = 1, INKI_IN = 2, INKI_BOTH = 3 };

struct inki_cut {
    enum inki_cut_axis axis;
    size_t width; /* of the columns, for the last three */
};

struct inki_task {
    inki_loop *run;
    const struct inki_site *site;
    struct inki_cut cut;
    enum inki_side side;
    bool derives;          /* made of the weights alone: only when these are fresh */
    bool guards;           /* what follows in this part only happens if each row's loss is finite */
    struct inki_range all; /* the whole of it, but for rows */
    const char *what;      /* for inki_program_show */
};

struct inki_stage {
    size_t task, task_end;
    size_t cost;           /* multiply-adds a row, of all parts together */
    size_t tied;           /* the stage whose parts made the copies that this one reads; its own number: none */
    size_t parts, derived; /* in this run; when its derived weights were last made (0: never) */
    bool guards;           /* the next stage only happens if each row's loss is finite */
    enum inki_phase phase;
};

/* An array in the arena, or a thing without room that tasks hand over. Born in a stage and alive until the end of one; in a program of one
 * part, tasks count instead (inki_build_time). */
struct inki_value {
    size_t bytes, copies; /* a copy's size; how many */
    size_t at;            /* in the arena */
    size_t born, dies;
    bool lasts; /* from run to run: derived weights */
    const char *what;
};

struct inki_program {
    ink_ctx *ctx;
    const ink_model *model;
    struct inki_use use;
    const struct inki_kern *kern;
    struct inki_input input;
    struct inki_site *sites; /* [nodes] */
    struct inki_task *tasks;
    struct inki_stage *stages;
    struct inki_value *values;
    size_t task_count, stage_count, value_count;
    uint8_t *arena;
    size_t arena_bytes;
    struct inki_span answer;         /* [rows][logit stride]: logits, then answers */
    struct inki_span losses, scores; /* of the parts that work out the loss for themselves; else none */
    struct inki_feed feed;           /* of this run */
};

/* Compiles. The model is borrowed, and its weights are read at each run. Errors: NO_MEMORY. */
ink_status inki_program_begin(ink_ctx *ctx, const ink_model *model, const struct inki_use *use,
                              struct inki_program *out);
void inki_program_end(struct inki_program *program);

/* Runs it. Where a row's loss is not finite, no gradient is made. Does not allocate. */
void inki_program_run(struct inki_program *program, const struct inki_feed *feed);

/* The answers of the last run: [rows][*stride]; the logits where the loss did not run. Where the purpose is training, only with
 * inki_use.observe: else their place is used again. */
const float *inki_program_answers(const struct inki_program *program, size_t *stride);

/* What node i gave in the last run, [rows][node->out_stride], which a node that works in place and the loss have written over; NULL
 * for the scaling. With inki_use.observe. */
const float *inki_program_output(const struct inki_program *program, size_t i);

/* Lets the next run fetch `count` blocks of `size` bytes, which are wanted after it. */
void inki_program_ahead(struct inki_program *program, const void *const *blocks, size_t count, size_t size);

/* Whether a run with step_now steps the decaying weights of node i. */
bool inki_program_steps(const struct inki_program *program, size_t i);

/* The stages in words, a line a task. */
void inki_program_show(const struct inki_program *program, struct inki_str *out);

/* Loops that operations share (element.c). y becomes act(y), and saved its slopes; dy becomes dz, by saved; dx, which may be none, gets
 * dy, or that added. */
void inki_activate(const struct inki_site *site, const struct inki_range *range);
void inki_slope(const struct inki_site *site, const struct inki_range *range);
void inki_hand_back(const struct inki_site *site, const struct inki_range *range, const struct inki_span *dx, bool add);

/* The weights of a site's node, and where their gradient goes. */
static inline float *inki_site_w(const struct inki_site *site) { return site->program->model->w + site->node->offset; }

static inline float *inki_site_g(const struct inki_site *site) { return site->program->feed.g + site->node->offset; }

#endif
