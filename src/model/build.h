/* build: a program under construction: what the compiler's steps share.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_BUILD_H
#define INKI_BUILD_H

#include "model/program.h"

enum { INKI_NOTHING = 0, INKI_MOST_NEEDS = 6 }; /* the value that is none */

/* What a task does with a value. */
struct inki_need {
    size_t value;
    bool write;
    bool all; /* also what other parts of the same cut write */
};

/* Where a value was last written and read: in which stage, by tasks cut how. */
struct inki_track {
    struct inki_cut written, read;
    size_t write_stage, read_stage; /* from 1 */
    bool write_all, read_all;
};

/* A task on its way into a stage. */
struct inki_order {
    struct inki_task task;
    struct inki_need needs[INKI_MOST_NEEDS];
    size_t cost;
};

/* The values of a node. */
struct inki_places {
    size_t x, x2, y, dx, dx2, dy, saved, derived, made, partial, w, sums, scratch;
};

struct inki_build {
    struct inki_program *program;
    const ink_model *model;
    size_t parts, rows;
    bool training;              /* layers for training do something */
    bool at_once;               /* the last node is grouped and each part works out loss and gradients for its panels */
    size_t first, trained;      /* the first node with a loop; with a gradient */
    bool takes;                 /* the first node alone reads the raw rows, and leaves out what is 0 */
    size_t tail;                /* from here on each part takes some rows through all nodes */
    struct inki_places *places; /* [nodes] */
    size_t rows_in;             /* the value that the raw rows come in */
    size_t *readers;     /* [nodes + 1]: how many nodes read node i - 1; the raw rows count as what `first - 1` gives */
    bool *learns;        /* [values]: what it is made with is trained, so that its gradient is wanted */
    size_t *gradient_of; /* [values]: the gradient by a value, or INKI_NOTHING */
    struct inki_track *tracks;  /* [values] */
    struct inki_order *waiting; /* tasks that can run in any stage from here on */
    size_t waiting_count;
    size_t losses, scores; /* of parts that work out the loss for themselves */
    enum inki_phase phase;
};

/* A new value: `copies` of `bytes`. */
size_t inki_build_value(struct inki_build *b, size_t bytes, size_t copies, const char *what);

/* Appends a task, behind a barrier if it needs one. */
void inki_build_task(struct inki_build *b, const struct inki_order *order);

/* What values' births and deaths are counted in: stages; in one part, whose tasks come one after the other, tasks. */
size_t inki_build_time(const struct inki_build *b);

/* Begins a stage; what waits and fits into the last one comes there. Ends: the rest of what waits, in stages of its own. */
void inki_build_stage(struct inki_build *b);
void inki_build_end(struct inki_build *b);

/* A task that nothing in this run waits for: it comes into the first stage that has all it needs. */
void inki_build_later(struct inki_build *b, const struct inki_order *order);

/* How a task that goes element by element over a value is best cut: as it was just written. `otherwise`: in a new stage. */
struct inki_cut inki_build_follow(const struct inki_build *b, size_t value, struct inki_cut otherwise);

/* A task of node i's site. */
struct inki_order inki_build_order(const struct inki_build *b, size_t i, inki_loop *run, const char *what,
                                   struct inki_cut cut, enum inki_side side);

/* Bytes of an array of the program's rows. */
size_t inki_build_bytes(const struct inki_build *b, size_t stride);

void inki_build_forward(struct inki_build *b);
void inki_build_backward(struct inki_build *b);

/* Gives every value its place; values of different times may share it. Allocates the arena. */
ink_status inki_arena_make(struct inki_program *program);

#endif
