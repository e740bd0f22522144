/* wire: claims and results as JSON, for a store that is elsewhere.
 * SPDX-License-Identifier: MIT
 *
 * Models, checkpoints and losses are not in the JSON, which would be slow: they come behind it, after a byte that is 0, and it says where. A number that is not finite is null or a text (inki_db_value_of_real). What comes in is anyone's: each value has its kind and
 * its range checked, and a failure names it. NULL: out of memory. */
#ifndef INKI_WIRE_H
#define INKI_WIRE_H

#include "search/journal.h"

/* The bytes behind a text: those that are put there, or that came with it (borrowed then: data is not to be freed). */
struct inki_wire {
    ink_ctx *ctx;
    uint8_t *data; /* inki_free, where they were put there */
    size_t size, room;
};

/* A text and the bytes behind it; NULL: the text is no JSON. */
json_t *inki_wire_read(struct inki_wire *wire, const char *text, size_t size);

/* Bytes of `name` in an object, none where it is not there. Ownership: the caller, inki_bytes_free. Errors: BAD_FILE, NO_MEMORY. */
ink_status inki_wire_bytes(struct inki_wire *wire, const json_t *object, const char *name, struct inki_bytes *out);

/* An integer of 0 to `most`, which must be there. Errors: BAD_FILE. */
ink_status inki_wire_count(struct inki_wire *wire, const json_t *object, const char *name, size_t most, size_t *out);

/* object = value, taken; false: out of memory. */
bool inki_wire_put(json_t *object, const char *name, json_t *value);
bool inki_wire_put_bytes(struct inki_wire *wire, json_t *object, const char *name, const struct inki_bytes *bytes);

json_t *inki_wire_of_claim(struct inki_wire *wire, const struct inki_claim *claim);
ink_status inki_wire_claim(struct inki_wire *wire, const json_t *value, struct inki_claim *out);

/* A standing with the rows of its history from `rows` on; what is read from it has a run of those alone, the caller's to free with
 * inki_wire_free_result (or ink_run_free, and the checkpoint's bytes). */
json_t *inki_wire_of_standing(struct inki_wire *wire, const struct inki_standing *standing, size_t rows);
ink_status inki_wire_standing(struct inki_wire *wire, const json_t *value, struct inki_standing *out, ink_run **run);

json_t *inki_wire_of_result(struct inki_wire *wire, const struct inki_result *result, size_t rows);
ink_status inki_wire_result(struct inki_wire *wire, const json_t *value, struct inki_result *out, ink_run **run);
void inki_wire_free_result(ink_ctx *ctx, struct inki_result *result, ink_run *run);

json_t *inki_wire_of_counts(const struct inki_counts *counts);
ink_status inki_wire_counts(struct inki_wire *wire, const json_t *value, struct inki_counts *out);

#endif
