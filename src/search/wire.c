/* wire: claims and results as JSON, for a store that is elsewhere.
 * SPDX-License-Identifier: MIT */
#include "search/wire.h"
#include "base/mem.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_MOST = INT32_MAX, EPOCH_VALUES = 7 + 2 * INK_MOST_SCORES };

/* ---- single values ---- */

bool inki_wire_put(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new(object, name, value) == 0;
}

/* Room for `size` bytes more. */
static bool make_room(struct inki_wire *wire, size_t size)
{
    if (size <= wire->room - wire->size) return true;
    size_t room = wire->size + size > 2 * wire->room ? wire->size + size : 2 * wire->room;
    uint8_t *data = inki_grow(wire->ctx, wire->data, wire->size, room, 1);
    if (!data) return false;
    wire->data = data;
    wire->room = room;
    return true;
}

bool inki_wire_put_bytes(struct inki_wire *wire, json_t *object, const char *name, const struct inki_bytes *bytes)
{
    if (bytes->size == 0) return true;
    if (!make_room(wire, bytes->size)) return false;
    json_t *place = json_pack("{s:I, s:I}", "at", (json_int_t)wire->size, "size", (json_int_t)bytes->size);
    memcpy(wire->data + wire->size, bytes->data, bytes->size);
    wire->size += bytes->size;
    return inki_wire_put(object, name, place);
}

ink_status inki_wire_bytes(struct inki_wire *wire, const json_t *object, const char *name, struct inki_bytes *out)
{
    const json_t *place = json_object_get(object, name);
    size_t at, size;
    *out = (struct inki_bytes){0};
    if (!place) return INK_OK;
    if (inki_wire_count(wire, place, "at", wire->size, &at) != INK_OK ||
        inki_wire_count(wire, place, "size", wire->size - at, &size) != INK_OK)
        return inki_fail(wire->ctx, INK_BAD_FILE, "\"%s\" is not a place in the %zu bytes behind the text", name,
                         wire->size);
    if (size == 0) return INK_OK;
    out->data = inki_alloc(wire->ctx, size, 1);
    if (!out->data) return INK_NO_MEMORY;
    memcpy(out->data, wire->data + at, size);
    out->size = size;
    return INK_OK;
}

json_t *inki_wire_read(struct inki_wire *wire, const char *text, size_t size)
{
    const char *end = size ? memchr(text, 0, size) : NULL;
    size_t length = end ? (size_t)(end - text) : size;
    wire->data = end ? (uint8_t *)(size_t)(end + 1) : NULL;
    wire->size = end ? size - length - 1 : 0;
    return json_loadb(length ? text : "", length, JSON_REJECT_DUPLICATES, NULL);
}

ink_status inki_wire_count(struct inki_wire *wire, const json_t *object, const char *name, size_t most, size_t *out)
{
    const json_t *value = json_object_get(object, name);
    json_int_t number = json_integer_value(value);
    *out = 0;
    if (!json_is_integer(value) || number < 0 || (uint64_t)number > most)
        return inki_fail(wire->ctx, INK_BAD_FILE, "\"%s\" is not an integer of 0 to %zu", name, most);
    *out = (size_t)number;
    return INK_OK;
}

static json_t *of_count(size_t value) { return json_integer((json_int_t)value); }

static ink_status read_text(struct inki_wire *wire, const json_t *object, const char *name, const char **out)
{
    *out = json_string_value(json_object_get(object, name));
    return *out ? INK_OK : inki_fail(wire->ctx, INK_BAD_FILE, "\"%s\" is not a text", name);
}

static double real_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    return json_is_number(value) ? json_number_value(value) : 0;
}

static json_t *of_reals(const double *values, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        if (json_array_append_new(list, inki_db_value_of_real(values[i])) != 0) {
            json_decref(list);
            return NULL;
        }
    return list;
}

static void read_reals(const json_t *list, int first, double *values, size_t count)
{
    for (size_t i = 0; i < count; i++) values[i] = inki_db_value_real(list, first + (int)i);
}

/* The object, or NULL where something has no room. */
static json_t *kept(json_t *object, bool good)
{
    if (good) return object;
    json_decref(object);
    return NULL;
}

/* ---- claims ---- */

json_t *inki_wire_of_claim(struct inki_wire *wire, const struct inki_claim *claim)
{
    json_t *object = json_object();
    bool good = inki_wire_put(object, "trial", of_count(claim->trial)) &&
                inki_wire_put(object, "bracket", of_count(claim->bracket)) &&
                inki_wire_put(object, "rung", of_count(claim->rung)) &&
                inki_wire_put(object, "lease", json_integer(claim->lease)) &&
                inki_wire_put(object, "settings", json_string(claim->settings)) &&
                inki_wire_put(object, "round", of_count(claim->round)) &&
                inki_wire_put(object, "rows", of_count(claim->rows)) &&
                inki_wire_put(object, "seconds", json_real(claim->seconds)) &&
                inki_wire_put(object, "from_shorter", json_boolean(claim->from_shorter)) &&
                inki_wire_put(object, "has_longer", json_boolean(claim->has_longer)) &&
                inki_wire_put_bytes(wire, object, "checkpoint", &claim->checkpoint);
    return kept(object, good);
}

ink_status inki_wire_claim(struct inki_wire *wire, const json_t *value, struct inki_claim *out)
{
    const char *settings;
    size_t lease;
    INK_TRY(inki_wire_count(wire, value, "trial", COUNT_MOST, &out->trial));
    INK_TRY(inki_wire_count(wire, value, "bracket", COUNT_MOST, &out->bracket));
    INK_TRY(inki_wire_count(wire, value, "rung", COUNT_MOST, &out->rung));
    INK_TRY(inki_wire_count(wire, value, "lease", PTRDIFF_MAX, &lease));
    INK_TRY(inki_wire_count(wire, value, "round", COUNT_MOST, &out->round));
    INK_TRY(inki_wire_count(wire, value, "rows", COUNT_MOST, &out->rows));
    INK_TRY(read_text(wire, value, "settings", &settings));
    out->lease = (int64_t)lease;
    out->seconds = real_of(value, "seconds");
    out->from_shorter = json_is_true(json_object_get(value, "from_shorter"));
    out->has_longer = json_is_true(json_object_get(value, "has_longer"));
    out->settings = inki_copy_text(wire->ctx, settings);
    return out->settings ? inki_wire_bytes(wire, value, "checkpoint", &out->checkpoint) : INK_NO_MEMORY;
}

/* ---- standings ---- */

static json_t *of_epoch(const ink_epoch *row)
{
    double values[EPOCH_VALUES] = {(double)row->epoch, (double)row->step,    (double)row->steps_total, row->lr,
                                   row->seconds,       row->rows_per_second, (double)row->best};
    memcpy(values + 7, row->train, sizeof row->train);
    memcpy(values + 7 + INK_MOST_SCORES, row->val, sizeof row->val);
    return of_reals(values, EPOCH_VALUES);
}

/* Counts are exact as reals up to 2^53. */
static ink_status read_epoch(struct inki_wire *wire, const json_t *value, ink_epoch *row)
{
    double counts[3], most = 9007199254740992.0;
    bool good = json_array_size(value) == EPOCH_VALUES;
    read_reals(value, 0, counts, 3);
    for (int i = 0; i < 3; i++) good = good && counts[i] >= 0 && counts[i] <= most;
    if (!good) return inki_fail(wire->ctx, INK_BAD_FILE, "\"epochs\" has a row that is not %d numbers", EPOCH_VALUES);
    *row = (ink_epoch){.epoch = (size_t)counts[0],
                       .step = (size_t)counts[1],
                       .steps_total = (size_t)counts[2],
                       .lr = inki_db_value_real(value, 3),
                       .seconds = inki_db_value_real(value, 4),
                       .rows_per_second = inki_db_value_real(value, 5),
                       .best = inki_db_value_real(value, 6) > 0};
    read_reals(value, 7, row->train, INK_MOST_SCORES);
    read_reals(value, 7 + INK_MOST_SCORES, row->val, INK_MOST_SCORES);
    return INK_OK;
}

json_t *inki_wire_of_standing(struct inki_wire *wire, const struct inki_standing *standing, size_t rows)
{
    json_t *object = json_object(), *epochs = json_array();
    bool good = inki_wire_put(object, "epochs", epochs);
    for (size_t i = rows; standing->run && i < standing->run->epoch_count && good; i++)
        good = json_array_append_new(epochs, of_epoch(&standing->run->epochs[i])) == 0;
    good = good && inki_wire_put(object, "before", of_count(rows)) &&
           inki_wire_put(object, "seconds", json_real(standing->seconds)) &&
           inki_wire_put_bytes(wire, object, "checkpoint", &standing->checkpoint);
    return kept(object, good);
}

ink_status inki_wire_standing(struct inki_wire *wire, const json_t *value, struct inki_standing *out, ink_run **run)
{
    const json_t *epochs = json_object_get(value, "epochs");
    ink_epoch row;
    *out = (struct inki_standing){.seconds = real_of(value, "seconds")};
    *run = NULL;
    if (!json_is_array(epochs)) return inki_fail(wire->ctx, INK_BAD_FILE, "\"epochs\" is not a list");
    INK_TRY(inki_wire_count(wire, value, "before", COUNT_MOST, &out->before));
    INK_TRY(inki_run_new(wire->ctx, run));
    out->run = *run;
    for (size_t i = 0; i < json_array_size(epochs); i++) {
        INK_TRY(read_epoch(wire, json_array_get(epochs, i), &row));
        INK_TRY(inki_run_add_epoch(wire->ctx, *run, &row));
    }
    return inki_wire_bytes(wire, value, "checkpoint", &out->checkpoint);
}

/* ---- results ---- */

json_t *inki_wire_of_result(struct inki_wire *wire, const struct inki_result *result, size_t rows)
{
    char hash[20];
    json_t *object = json_object();
    snprintf(hash, sizeof hash, "%016" PRIx64, result->hash);
    bool good = inki_wire_put(object, "standing", inki_wire_of_standing(wire, &result->standing, rows)) &&
                inki_wire_put(object, "over", json_boolean(result->over)) &&
                inki_wire_put(object, "epochs", of_count(result->epochs)) &&
                inki_wire_put(object, "best_epoch", of_count(result->best_epoch)) &&
                inki_wire_put(object, "rows", of_count(result->rows)) &&
                inki_wire_put(object, "parameters", of_count(result->parameters)) &&
                inki_wire_put(object, "taken", of_count(result->taken)) &&
                inki_wire_put(object, "val", of_reals(result->val, INK_MOST_SCORES)) &&
                inki_wire_put(object, "spread", inki_db_value_of_real(result->spread)) &&
                inki_wire_put(object, "hash", json_string(hash)) &&
                inki_wire_put_bytes(wire, object, "model", &result->model) &&
                inki_wire_put_bytes(wire, object, "losses", &result->losses) &&
                inki_wire_put_bytes(wire, object, "end", &result->end);
    return kept(object, good);
}

static ink_status read_counts(struct inki_wire *wire, const json_t *value, struct inki_result *out)
{
    INK_TRY(inki_wire_count(wire, value, "epochs", COUNT_MOST, &out->epochs));
    INK_TRY(inki_wire_count(wire, value, "best_epoch", COUNT_MOST, &out->best_epoch));
    INK_TRY(inki_wire_count(wire, value, "rows", COUNT_MOST, &out->rows));
    INK_TRY(inki_wire_count(wire, value, "parameters", PTRDIFF_MAX, &out->parameters));
    return inki_wire_count(wire, value, "taken", COUNT_MOST, &out->taken);
}

ink_status inki_wire_result(struct inki_wire *wire, const json_t *value, struct inki_result *out, ink_run **run)
{
    const char *hash;
    char *end;
    const json_t *spread = json_object_get(value, "spread");
    *run = NULL;
    *out = (struct inki_result){.over = json_is_true(json_object_get(value, "over")),
                                .spread = json_is_number(spread) ? json_number_value(spread) : (double)NAN};
    INK_TRY(read_counts(wire, value, out));
    INK_TRY(read_text(wire, value, "hash", &hash));
    out->hash = strtoull(hash, &end, 16);
    if (end == hash || *end) return inki_fail(wire->ctx, INK_BAD_FILE, "\"hash\" is not a hexadecimal number");
    if (json_array_size(json_object_get(value, "val")) != INK_MOST_SCORES)
        return inki_fail(wire->ctx, INK_BAD_FILE, "\"val\" is not a list of %d numbers", INK_MOST_SCORES);
    read_reals(json_object_get(value, "val"), 0, out->val, INK_MOST_SCORES);
    INK_TRY(inki_wire_standing(wire, json_object_get(value, "standing"), &out->standing, run));
    INK_TRY(inki_wire_bytes(wire, value, "model", &out->model));
    INK_TRY(inki_wire_bytes(wire, value, "losses", &out->losses));
    return inki_wire_bytes(wire, value, "end", &out->end);
}

void inki_wire_free_result(ink_ctx *ctx, struct inki_result *result, ink_run *run)
{
    inki_bytes_free(ctx, &result->standing.checkpoint);
    inki_bytes_free(ctx, &result->model);
    inki_bytes_free(ctx, &result->losses);
    inki_bytes_free(ctx, &result->end);
    ink_run_free(run);
}

/* ---- counts ---- */

/* The counts in the order of the list. */
static void list_counts(struct inki_counts *counts, size_t *list[9])
{
    size_t *const all[9] = {&counts->trials,  &counts->waiting, &counts->running, &counts->paused, &counts->done,
                            &counts->stopped, &counts->failed,  &counts->epochs,  &counts->best};
    memcpy(list, all, sizeof all);
}

static const char *const count_names[9] = {"trials",  "waiting", "running", "paused", "done",
                                           "stopped", "failed",  "epochs",  "best"};

json_t *inki_wire_of_counts(const struct inki_counts *counts)
{
    struct inki_counts copy = *counts;
    size_t *list[9];
    json_t *object = json_object();
    bool good = inki_wire_put(object, "best_val", of_reals(counts->best_val, INK_MOST_SCORES));
    list_counts(&copy, list);
    for (size_t i = 0; i < 9; i++) good = good && inki_wire_put(object, count_names[i], of_count(*list[i]));
    return kept(object, good);
}

ink_status inki_wire_counts(struct inki_wire *wire, const json_t *value, struct inki_counts *out)
{
    struct inki_counts counts = {0};
    size_t *list[9];
    list_counts(&counts, list);
    for (size_t i = 0; i < 9; i++) INK_TRY(inki_wire_count(wire, value, count_names[i], PTRDIFF_MAX, list[i]));
    read_reals(json_object_get(value, "best_val"), 0, counts.best_val, INK_MOST_SCORES);
    *out = counts;
    return INK_OK;
}
