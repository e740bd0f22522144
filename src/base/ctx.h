/* ctx: the context every call works in: allocator, last message, notes, threads, chosen kernels.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_CTX_H
#define INKI_CTX_H

#include "base/isa.h"
#include "inkling-many.h"

#include <stdarg.h>

struct inki_pool;

struct ink_ctx {
    ink_allocator allocator;
    const struct inki_isa *isa;   /* a row of inki_isas */
    unsigned threads;             /* wanted, the calling one included */
    struct inki_pool *pool;       /* made at the first parallel work */
    bool no_skip;                 /* for tests and inkling bench: multiply by zeros too */
    struct inki_profile *profile; /* where the calling thread's time goes; NULL: nobody wants to know */
    ink_comm comm;                /* ranks 0: alone */
    ink_note_fn note;
    void *note_user;
    char message[1024];
};

/* What lies in a block of inki_alloc from `begin` on will not be looked at again: its memory goes back to the system now, as far
 * as that can be done, and its bytes are undefined. The block is still to be freed as a whole. */
void inki_forget(const ink_ctx *ctx, void *begin, size_t size);

/* Returns early with a status that is not INK_OK. */
#define INK_TRY(call)                                                                                                  \
    do {                                                                                                               \
        ink_status inki_try_status = (call);                                                                           \
        if (inki_try_status != INK_OK) return inki_try_status;                                                         \
    } while (0)

/* Sets the context's sentence and returns `status`, so that `return inki_fail(…)` reads as one step. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
ink_status
inki_fail(ink_ctx *ctx, ink_status status, const char *format, ...);

/* Tells the caller's note callback one line. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void
inki_note(const ink_ctx *ctx, const char *format, ...);

/* The same for what may be a mistake: the line begins with "warning: ", and programs show it even when they are quiet. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void
inki_warn(const ink_ctx *ctx, const char *format, ...);

#endif
