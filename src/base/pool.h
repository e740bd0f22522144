/* pool: the context's worker threads: one piece of work, split in parts, one barrier.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_POOL_H
#define INKI_POOL_H

#include "base/ctx.h"

/* A piece of work: called once for each part 0..parts-1. Parts run at the same time and must write to disjoint places;
 * the result must not depend on the number of parts. */
typedef void inki_task(void *arg, size_t part, size_t parts);

/* Runs the task on the context's threads and returns when all parts are done. Part p runs on the same thread whenever
 * that has a core, so what it wrote is in its cache. `work` estimates the cost in multiply-adds: small work stays on the calling thread. */
void inki_parallel(ink_ctx *ctx, size_t work, inki_task *task, void *arg);

/* How many parts inki_parallel would make of this work. */
size_t inki_parts(ink_ctx *ctx, size_t work);

/* Runs parts 0..parts-1 of a task whose number of parts is fixed, on however many threads there are. */
void inki_parts_run(ink_ctx *ctx, size_t parts, inki_task *task, void *arg);

/* Whether work of this cost is worth more than one thread. */
bool inki_worth(size_t work);

/* Part `part` of `parts` even shares of n items: [*begin, *end). */
void inki_share(size_t n, size_t part, size_t parts, size_t *begin, size_t *end);

/* Ends the threads; the next inki_parallel starts them again. */
void inki_pool_stop(ink_ctx *ctx);

/* The cores that this process may use, at least 1. */
unsigned inki_cores(void);

/* Where the time of the calling thread goes while ctx->profile is set (inkling bench). */
enum inki_phase {
    INKI_PHASE_OTHER,
    INKI_PHASE_GATHER,
    INKI_PHASE_FORWARD,
    INKI_PHASE_LOSS,
    INKI_PHASE_BACKWARD,
    INKI_PHASE_UPDATE,
    INKI_PHASE_WAIT,
    INKI_PHASES
};
struct inki_profile {
    double seconds[INKI_PHASES], since;
    enum inki_phase now;
};

/* From here on the time belongs to `phase`; returns the phase before. To be called by the context's thread. */
enum inki_phase inki_phase(ink_ctx *ctx, enum inki_phase phase);

#endif
