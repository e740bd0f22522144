/* twins: rows with the same values, by hash, then compared.
 * SPDX-License-Identifier: MIT */
#include "data/twins.h"

#include "base/mem.h"
#include "base/pool.h"
#include "base/text.h"

#include <string.h>

/* The values of a row as bytes, or as floats where two sets are compared of which only one has bytes. */
struct reading {
    const ink_data *data;
    bool as_floats;
    size_t size; /* of a row, in bytes */
};

static struct reading reading_of(const ink_data *data, const ink_data *other)
{
    bool as_floats = !data->bytes || (other && !other->bytes);
    return (struct reading){data, as_floats, data->features * (as_floats ? sizeof(float) : 1)};
}

/* Where the row's values lie; `room` is for those that have to be converted. */
static const void *values_of(const struct reading *reading, size_t row, float *room)
{
    size_t begin = inki_data_base(reading->data, row) * reading->data->features;
    if (!reading->as_floats) return reading->data->bytes + begin;
    if (reading->data->floats) return reading->data->floats + begin;
    ink_data_row(reading->data, row, room);
    return room;
}

struct hashing {
    struct reading reading;
    uint64_t *hashes; /* [rows] */
    float *room;      /* [parts][features] */
};

static void hash_part(void *arg, size_t part, size_t parts)
{
    const struct hashing *h = arg;
    size_t begin, end;
    inki_share(h->reading.data->rows, part, parts, &begin, &end);
    float *room = h->room + part * h->reading.data->features;
    for (size_t i = begin; i < end; i++) h->hashes[i] = inki_hash(1, values_of(&h->reading, i, room), h->reading.size);
}

static ink_status hash_rows(ink_ctx *ctx, const struct reading *reading, uint64_t **out)
{
    size_t work = reading->data->rows * reading->data->features, parts = inki_parts(ctx, work);
    struct hashing h = {*reading, inki_alloc(ctx, reading->data->rows, sizeof *h.hashes),
                        inki_alloc(ctx, parts * reading->data->features, sizeof *h.room)};
    ink_status status = h.hashes && h.room ? INK_OK : INK_NO_MEMORY;
    if (status == INK_OK) inki_parallel(ctx, work, hash_part, &h);
    inki_free(h.room);
    if (status != INK_OK) inki_free(h.hashes);
    *out = status == INK_OK ? h.hashes : NULL;
    return status;
}

/* Rows by hash, open addressing. */
struct table {
    struct reading reading;
    const uint64_t *hashes;
    uint32_t *slots; /* [count], row + 1; 0: free */
    size_t count;    /* a power of two */
    float *room[2];
};

/* The slot of the row's values: that of the first row that has them, or a free one. */
static size_t slot_of(const struct table *table, const struct reading *reading, size_t row, uint64_t hash)
{
    size_t slot = (size_t)inki_hash_again(table->slots, hash) & (table->count - 1);
    const void *values = NULL;
    for (; table->slots[slot]; slot = (slot + 1) & (table->count - 1)) {
        size_t there = table->slots[slot] - 1;
        if (table->hashes[there] != hash) continue;
        if (!values) values = values_of(reading, row, table->room[0]);
        if (memcmp(values_of(&table->reading, there, table->room[1]), values, reading->size) == 0) break;
    }
    return slot;
}

static void count_copies(struct table *table, struct inki_twins *out)
{
    const ink_data *data = table->reading.data;
    for (size_t i = 0; i < data->rows; i++) {
        uint32_t *slot = &table->slots[slot_of(table, &table->reading, i, table->hashes[i])];
        if (!*slot) {
            *slot = (uint32_t)i + 1;
            continue;
        }
        size_t first = *slot - 1;
        if (out->copies++ == 0) out->copy = (struct inki_pair){first, i};
        if (inki_data_label(data, first) == inki_data_label(data, i)) continue;
        if (out->contradictions++ == 0) out->contradiction = (struct inki_pair){first, i};
    }
}

/* Rows of `data` that the table's data has too. */
static void count_shared(const struct table *table, const struct reading *reading, const uint64_t *hashes,
                         struct inki_twins *out)
{
    for (size_t i = 0; i < reading->data->rows; i++) {
        uint32_t there = table->slots[slot_of(table, reading, i, hashes[i])];
        if (there && out->shared++ == 0) out->shared_pair = (struct inki_pair){i, there - 1};
    }
}

static ink_status table_begin(ink_ctx *ctx, const struct reading *reading, const uint64_t *hashes, struct table *out)
{
    *out = (struct table){.reading = *reading, .hashes = hashes, .count = 64};
    while (out->count < 2 * reading->data->rows) out->count *= 2;
    out->slots = inki_zalloc(ctx, out->count, sizeof *out->slots);
    out->room[0] = inki_alloc(ctx, 2 * reading->data->features, sizeof(float));
    out->room[1] = out->room[0] ? out->room[0] + reading->data->features : NULL;
    return out->slots && out->room[0] ? INK_OK : INK_NO_MEMORY;
}

static void table_end(struct table *table)
{
    inki_free(table->slots);
    inki_free(table->room[0]);
}

static ink_status find_copies(ink_ctx *ctx, const ink_data *data, const ink_data *other, uint64_t **hashes,
                              struct inki_twins *out)
{
    struct reading reading = reading_of(data, other);
    struct table table;
    INK_TRY(hash_rows(ctx, &reading, hashes));
    ink_status status = table_begin(ctx, &reading, *hashes, &table);
    if (status == INK_OK) count_copies(&table, out);
    table_end(&table);
    return status;
}

static ink_status find_shared(ink_ctx *ctx, const ink_data *data, const ink_data *other, const uint64_t *hashes,
                              struct inki_twins *out)
{
    struct reading here = reading_of(data, other), there = reading_of(other, data);
    struct inki_twins ignored = {0};
    struct table table;
    uint64_t *other_hashes;
    INK_TRY(hash_rows(ctx, &there, &other_hashes));
    ink_status status = table_begin(ctx, &there, other_hashes, &table);
    if (status == INK_OK) {
        count_copies(&table, &ignored);
        count_shared(&table, &here, hashes, out);
    }
    table_end(&table);
    inki_free(other_hashes);
    return status;
}

/* The first row of the table's data that has the values of each row of `reading`, UINT32_MAX where none has; with `own` these are the table's own
 * rows, which come into it one after the other. */
static void find_firsts(struct table *table, const struct reading *reading, const uint64_t *hashes, bool own,
                        uint32_t *firsts)
{
    for (size_t i = 0; i < reading->data->rows; i++) {
        uint32_t *slot = &table->slots[slot_of(table, reading, i, hashes[i])];
        if (!*slot && own) *slot = (uint32_t)i + 1;
        firsts[i] = *slot ? *slot - 1 : UINT32_MAX;
    }
}

/* A table of the rows of `there`, whose first places go to same[there's rows], asked for the rows of `here`, if they are others. */
static ink_status find_among(ink_ctx *ctx, const struct reading *there, const struct reading *here, uint32_t *same,
                             uint32_t *found)
{
    uint64_t *hashes = NULL, *here_hashes = NULL;
    struct table table = {0};
    ink_status status = hash_rows(ctx, there, &hashes);
    if (status == INK_OK && here) status = hash_rows(ctx, here, &here_hashes);
    if (status == INK_OK) status = table_begin(ctx, there, hashes, &table);
    if (status == INK_OK) find_firsts(&table, there, hashes, true, same);
    if (status == INK_OK && here) find_firsts(&table, here, here_hashes, false, found);
    table_end(&table);
    inki_free(hashes);
    inki_free(here_hashes);
    return status;
}

ink_status inki_twins_each(ink_ctx *ctx, const ink_data *data, const ink_data *other, uint32_t *same, uint32_t *there)
{
    struct reading own = reading_of(data, NULL);
    INK_TRY(find_among(ctx, &own, NULL, same, NULL));
    if (!other || other->features != data->features) return INK_OK;
    struct reading here = reading_of(data, other), reading = reading_of(other, data);
    uint32_t *ignored = inki_alloc(ctx, other->rows, sizeof *ignored);
    ink_status status = ignored ? find_among(ctx, &reading, &here, ignored, there) : INK_NO_MEMORY;
    inki_free(ignored);
    return status;
}

ink_status inki_twins_find(ink_ctx *ctx, const ink_data *data, const ink_data *other, struct inki_twins *out)
{
    uint64_t *hashes = NULL;
    *out = (struct inki_twins){0};
    if (other && other->features != data->features) other = NULL;
    ink_status status = find_copies(ctx, data, other, &hashes, out);
    if (status == INK_OK && other) status = find_shared(ctx, data, other, hashes, out);
    inki_free(hashes);
    return status;
}
