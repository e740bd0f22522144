/* category: lists of words: copied, searched, matched.
 * SPDX-License-Identifier: MIT */
#include "data/category.h"

#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

ink_status inki_categories_copy(ink_ctx *ctx, const struct inki_category *from, size_t features,
                                struct inki_category **out)
{
    size_t size = features * sizeof **out;
    for (size_t j = 0; j < features; j++)
        for (size_t i = 0; i < from[j].count; i++) size += sizeof *from[j].words + strlen(from[j].words[i]) + 1;
    *out = inki_alloc(ctx, size, 1);
    if (!*out) return INK_NO_MEMORY;
    char **words = (char **)(void *)(*out + features);
    size_t count = 0;
    for (size_t j = 0; j < features; j++) count += from[j].count;
    char *text = (char *)(words + count);
    for (size_t j = 0; j < features; j++) {
        (*out)[j] = (struct inki_category){.words = words, .count = from[j].count};
        for (size_t i = 0; i < from[j].count; i++) {
            *words++ = text;
            text = stpcpy(text, from[j].words[i]) + 1;
        }
    }
    return INK_OK;
}

int32_t inki_category_find(const struct inki_category *category, const char *word)
{
    for (size_t i = 0; i < category->count; i++)
        if (strcmp(category->words[i], word) == 0) return (int32_t)i;
    return -1;
}

/* -------------------------------------------------------------------- matching */

/* Places of words by their hash: slot -> place + 1, 0: free; count is a power of two. */
struct slots {
    uint32_t *place;
    size_t count;
};

/* The slot of a word, or the free one where it belongs. */
static uint32_t *slot_of(const struct slots *slots, const struct inki_category *category, const char *word)
{
    size_t slot = (size_t)inki_hash_at(slots->place, word, strlen(word)) & (slots->count - 1);
    while (slots->place[slot] && strcmp(category->words[slots->place[slot] - 1], word) != 0)
        slot = (slot + 1) & (slots->count - 1);
    return &slots->place[slot];
}

ink_status inki_category_map(ink_ctx *ctx, const struct inki_category *known, const struct inki_category *more,
                             int32_t *map)
{
    struct slots slots = {.count = 16};
    while (slots.count < 2 * known->count) slots.count *= 2;
    slots.place = inki_zalloc(ctx, slots.count, sizeof *slots.place);
    if (!slots.place) return INK_NO_MEMORY;
    for (size_t i = 0; i < known->count; i++) *slot_of(&slots, known, known->words[i]) = (uint32_t)i + 1;
    for (size_t i = 0; i < more->count; i++) map[i] = (int32_t)*slot_of(&slots, known, more->words[i]) - 1;
    inki_free(slots.place);
    return INK_OK;
}

bool inki_categories_same(const struct inki_category *a, const struct inki_category *b, size_t features)
{
    if (a == b || !a || !b) return a == b;
    for (size_t j = 0; j < features; j++) {
        if (a[j].count != b[j].count) return false;
        for (size_t i = 0; i < a[j].count; i++)
            if (strcmp(a[j].words[i], b[j].words[i]) != 0) return false;
    }
    return true;
}

/* --------------------------------------------------------------------- joining */

/* The words of both in *out, whose list is a block of its own, and where those of the second are: map[second->count]. */
static ink_status join_words(ink_ctx *ctx, const struct inki_category *first, const struct inki_category *second,
                             int32_t *map, struct inki_category *out)
{
    out->words = inki_alloc(ctx, first->count + second->count, sizeof *out->words);
    if (!out->words) return INK_NO_MEMORY;
    out->count = first->count;
    if (first->count) memcpy(out->words, first->words, first->count * sizeof *out->words);
    INK_TRY(inki_category_map(ctx, first, second, map));
    for (size_t i = 0; i < second->count; i++) {
        if (map[i] >= 0) continue;
        map[i] = (int32_t)out->count;
        out->words[out->count++] = second->words[i];
    }
    return INK_OK;
}

static ink_status join_column(ink_ctx *ctx, const struct inki_category *first, const struct inki_category *second,
                              float *values, size_t rows, size_t features, struct inki_category *out)
{
    if (!first->count && !second->count) return INK_OK;
    int32_t *map = inki_alloc(ctx, second->count, sizeof *map);
    ink_status status = map ? join_words(ctx, first, second, map, out) : INK_NO_MEMORY;
    for (size_t i = 0; status == INK_OK && i < rows; i++) {
        float *value = &values[i * features];
        if (*value >= 0) *value = (float)map[(size_t)*value];
    }
    inki_free(map);
    return status;
}

ink_status inki_categories_join(ink_ctx *ctx, const struct inki_category *first, const struct inki_category *second,
                                size_t features, float *values, size_t rows, struct inki_category **out)
{
    ink_status status = INK_OK;
    struct inki_category *joined = inki_zalloc(ctx, features, sizeof *joined);
    *out = NULL;
    if (!joined) return INK_NO_MEMORY;
    for (size_t j = 0; j < features && status == INK_OK; j++) {
        if (!first[j].count != !second[j].count)
            status = inki_fail(ctx, INK_BAD_DATA,
                               "feature %zu holds words in one part and numbers in the other; say what it holds "
                               "(--columns NAME=category, or NAME=number)",
                               j + 1);
        else
            status = join_column(ctx, &first[j], &second[j], values + j, rows, features, &joined[j]);
    }
    if (status == INK_OK) status = inki_categories_copy(ctx, joined, features, out);
    for (size_t j = 0; j < features; j++) inki_free(joined[j].words);
    inki_free(joined);
    return status;
}

/* -------------------------------------------------------------------- adopting */

static bool has_value(const float *values, size_t rows, size_t features)
{
    for (size_t i = 0; i < rows; i++)
        if (!isnan(values[i * features])) return true;
    return false;
}

static ink_status refuse_kind(ink_ctx *ctx, char *const *names, size_t j, const char *source, bool words)
{
    char number[24];
    snprintf(number, sizeof number, "%zu", j + 1);
    const char *name = names ? names[j] : number;
    return inki_fail(
        ctx, INK_BAD_DATA,
        "%s: column '%.60s' holds %s, where the training rows have %s; say what it holds when training and "
        "here (--columns \"%.60s=%s\")",
        source, name, words ? "words" : "numbers", words ? "numbers" : "words", name, words ? "number" : "category");
}

ink_status inki_categories_adopt(ink_ctx *ctx, const struct inki_category *own, const struct inki_category *known,
                                 size_t features, float *values, size_t rows, char *const *names, const char *source)
{
    for (size_t j = 0; j < features; j++) {
        const size_t count = own ? own[j].count : 0;
        if (!count != !known[j].count && has_value(values + j, rows, features))
            return refuse_kind(ctx, names, j, source, count > 0);
        if (!count || !known[j].count) continue;
        int32_t *map = inki_alloc(ctx, count, sizeof *map);
        if (!map) return INK_NO_MEMORY;
        ink_status status = inki_category_map(ctx, &known[j], &own[j], map);
        for (size_t i = 0; status == INK_OK && i < rows; i++) {
            float *value = &values[i * features + j];
            if (*value >= 0) *value = (float)map[(size_t)*value];
        }
        inki_free(map);
        INK_TRY(status);
    }
    return INK_OK;
}

/* ----------------------------------------------------------------- fingerprint */

uint64_t inki_categories_hash(uint64_t hash, const struct inki_category *categories, size_t features)
{
    for (size_t j = 0; categories && j < features; j++) {
        hash = inki_hash_numbers(hash, &(uint64_t){categories[j].count}, 1, sizeof(uint64_t));
        for (size_t i = 0; i < categories[j].count; i++)
            hash = inki_hash(hash, categories[j].words[i], strlen(categories[j].words[i]) + 1);
    }
    return hash;
}
