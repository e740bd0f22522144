/* checkpoint: everything that is needed to resume a training to the same final bits, in one file.
 * SPDX-License-Identifier: MIT
 *
 * The file: "INKCKPT2", the length of a JSON text (8 bytes, little-endian), the text, the blocks that it lists one after
 * another as the machine has them, and a hash of all before (8 bytes). It is for the machine's own kind (byte order) and
 * the same version of Inkling; it is written to a temporary file that takes its place, so a stop at any moment leaves an old
 * one or a new one. */
#ifndef INKI_CHECKPOINT_H
#define INKI_CHECKPOINT_H

#include "base/file.h"

enum { INKI_CHECKPOINT_AUTO, INKI_CHECKPOINT_NONE, INKI_CHECKPOINT_EPOCHS, INKI_CHECKPOINT_SECONDS };

/* When to write. auto: so seldom that writing takes less than 2 % of the time, and at most once a second. */
struct inki_checkpoints {
    const char *path; /* of the settings; "": none */
    int kind;
    double every;      /* epochs or seconds */
    double last, cost; /* when the last was finished and how long it took, in seconds of the monotonic clock */
    bool failing;      /* the last one could not be written, and that was noted */
};

/* From the settings checkpoint and checkpoint-every. Errors: BAD_SETTING. */
ink_status inki_checkpoints_begin(ink_ctx *ctx, const ink_settings *set, struct inki_checkpoints *out);

/* Works out the fingerprints of the trainer's rows, where that has not been done. Reading all rows takes its time: only a training that is kept, or shared
 * by ranks, needs it, once. */
void inki_trainer_prints(ink_trainer *trainer);

/* Whether one is due after the step that was just done. */
bool inki_checkpoint_due(const ink_trainer *trainer, double now);

/* Writes one. Where that fails (a full disk, no memory) it is noted, once until one succeeds again, and training can go on: an
 * older checkpoint stays as it is. */
void inki_checkpoint_save(ink_trainer *trainer);

/* Brings a trainer that has just begun to where the checkpoint was written; if there is none, leaves it and says so in a
 * note. Errors: BAD_SETTING (another value of a setting, named), BAD_DATA (other rows), BAD_FILE, IO, NO_MEMORY. */
ink_status inki_checkpoint_load(ink_trainer *trainer);

/* The same to and from memory, between two rows of the history; trainer->start_hash must have been set when it began. `name`
 * stands for the file in messages. shorter: it may come from a training with fewer epochs and else the same settings.
 * Ownership: the caller, inki_bytes_free. */
ink_status inki_checkpoint_to_bytes(ink_trainer *trainer, struct inki_bytes *out);
ink_status inki_checkpoint_from_bytes(ink_trainer *trainer, const char *name, const struct inki_bytes *content,
                                      bool shorter);

#endif
