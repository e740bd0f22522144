/* round_notes: what several trainings have to say: once where it is the same for all of them, else with the round that it is about.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ROUND_NOTES_H
#define INKI_ROUND_NOTES_H

#include "base/ctx.h"

struct inki_round_notes {
    ink_ctx *ctx;
    const ink_round *now; /* the round under way; borrowed; NULL: nothing names what a note is about */
    ink_note_fn note;     /* the caller's, NULL for none */
    void *note_user;
    uint64_t said[64]; /* hashes of the notes that were given */
    size_t said_count;
};

/* Stands between the context's notes and the caller; `out` must stay where it is until the end, which puts the caller's back. */
void inki_round_notes_begin(ink_ctx *ctx, const ink_round *now, struct inki_round_notes *out);
void inki_round_notes_end(const struct inki_round_notes *notes);

/* "seed 3, fold 2" */
void inki_round_name(const ink_round *round, char name[64]);

#endif
