/* round_notes: notes of several trainings.
 * SPDX-License-Identifier: MIT */
#include "train/round_notes.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void inki_round_name(const ink_round *round, char name[64])
{
    int used = snprintf(name, 64, "seed %" PRIu64, round->seed);
    if (round->fold) snprintf(name + used, 64 - (size_t)used, ", fold %zu", round->fold);
}

static void on_note(void *user, const char *line)
{
    struct inki_round_notes *notes = user;
    uint64_t hash = inki_hash(0, line, strlen(line));
    char name[64], text[1100];
    for (size_t i = 0; i < notes->said_count; i++)
        if (notes->said[i] == hash) return;
    if (notes->said_count < sizeof notes->said / sizeof *notes->said) notes->said[notes->said_count++] = hash;
    const bool named = notes->now && notes->now->number > 1;
    if (named) inki_round_name(notes->now, name);
    if (named) snprintf(text, sizeof text, "%s: %s", name, line);
    notes->note(notes->note_user, named ? text : line);
}

void inki_round_notes_begin(ink_ctx *ctx, const ink_round *now, struct inki_round_notes *out)
{
    *out = (struct inki_round_notes){.ctx = ctx, .now = now, .note = ctx->note, .note_user = ctx->note_user};
    if (out->note) ink_ctx_on_note(ctx, on_note, out);
}

void inki_round_notes_end(const struct inki_round_notes *notes)
{
    if (notes->note) ink_ctx_on_note(notes->ctx, notes->note, notes->note_user);
}
