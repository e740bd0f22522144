/* words: interning, and the order of classes.
 * SPDX-License-Identifier: MIT */
#include "read/words.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/encoding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *inki_words_get(const struct inki_words *words, size_t number) { return words->text + words->begin[number]; }

static bool is_word(const struct inki_words *words, size_t number, const char *word, size_t length)
{
    const char *known = inki_words_get(words, number);
    return strlen(known) == length && memcmp(known, word, length) == 0;
}

/* The slot of the word, or the free one where it belongs. */
static size_t slot_of(const struct inki_words *words, const char *word, size_t length)
{
    size_t slot = (size_t)inki_hash_at(words->slots, word, length) & (words->slot_count - 1);
    while (words->slots[slot] && !is_word(words, words->slots[slot] - 1, word, length))
        slot = (slot + 1) & (words->slot_count - 1);
    return slot;
}

static ink_status grow_slots(struct inki_words *words)
{
    if (2 * (words->count + 1) <= words->slot_count) return INK_OK;
    size_t larger = words->slot_count ? 2 * words->slot_count : 8;
    uint32_t *slots = inki_zalloc(words->ctx, larger, sizeof *slots);
    if (!slots) return INK_NO_MEMORY;
    inki_free(words->slots);
    words->slots = slots;
    words->slot_count = larger;
    for (size_t i = 0; i < words->count; i++) {
        const char *word = inki_words_get(words, i);
        slots[slot_of(words, word, strlen(word))] = (uint32_t)i + 1;
    }
    return INK_OK;
}

static ink_status append(struct inki_words *words, const char *word, size_t length)
{
    if (words->count == words->room) {
        size_t room = 2 * words->room + 4;
        size_t *begin = inki_grow(words->ctx, words->begin, words->count, room, sizeof *begin);
        if (!begin) return INK_NO_MEMORY;
        words->begin = begin;
        words->room = room;
    }
    if (words->text_room - words->text_size < length + 1) {
        size_t room = 2 * words->text_room + length + 24;
        const bool own = words->text && word >= words->text && word < words->text + words->text_size;
        const size_t from = own ? (size_t)(word - words->text) : 0;
        char *text = inki_grow(words->ctx, words->text, words->text_size, room, 1);
        if (!text) return INK_NO_MEMORY;
        if (own) word = text + from; /* one of these words, or a part of one */
        words->text = text;
        words->text_room = room;
    }
    char *at = words->text + words->text_size;
    memcpy(at, word, length);
    at[length] = 0;
    words->begin[words->count++] = words->text_size;
    words->text_size += length + 1;
    return INK_OK;
}

ink_status inki_words_put(struct inki_words *words, const char *word, size_t length, int32_t *number)
{
    const char *end = length ? memchr(word, 0, length) : NULL; /* a name ends where C says */
    if (end) length = (size_t)(end - word);
    INK_TRY(grow_slots(words));
    size_t slot = slot_of(words, word, length);
    if (!words->slots[slot]) {
        if (words->count == INKI_CLASSES_MAX)
            return inki_fail(words->ctx, INK_BAD_DATA, "more than %d different labels", INKI_CLASSES_MAX);
        INK_TRY(append(words, word, length));
        words->slots[slot] = (uint32_t)words->count;
    }
    *number = (int32_t)words->slots[slot] - 1;
    return INK_OK;
}

/* ------------------------------------------------------------------ classes */

/* An integer as programs write it: what is written otherwise, 007 or 3.0, is a name that must come back as it was. */
static bool whole_number(const char *word, int32_t *out)
{
    double value;
    const char *digits = word + (*word == '-');
    for (const char *c = digits; *c; c++)
        if (*c < '0' || *c > '9') return false;
    if (!*digits || (*digits == '0' && (digits[1] || digits > word)) || strlen(digits) > 10) return false;
    if (!inki_parse_real(word, &value) || !(value >= INT32_MIN && value <= INT32_MAX)) return false;
    *out = (int32_t)value;
    return true;
}

/* numbers[word] for every word, false if one is no number. */
static bool all_numbers(const struct inki_words *words, int32_t *numbers)
{
    for (size_t i = 0; i < words->count; i++) {
        if (!whole_number(inki_words_get(words, i), &numbers[i])) return false;
    }
    return true;
}

struct entry {
    const char *word;
    int32_t number;
};

static int by_word(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->word, ((const struct entry *)b)->word);
}

static int by_value(const void *a, const void *b)
{
    double x = 0, y = 0;
    inki_parse_real(((const struct entry *)a)->word, &x);
    inki_parse_real(((const struct entry *)b)->word, &y);
    return x < y ? -1 : x > y ? 1 : by_word(a, b);
}

static bool are_values(const struct inki_words *words)
{
    double value;
    for (size_t i = 0; i < words->count; i++)
        if (!inki_parse_real(inki_words_get(words, i), &value)) return false;
    return true;
}

/* Names in their final order in one block; place[number] is the class of a word. */
static ink_status name_classes(const struct inki_words *words, bool as_put, int32_t *place, char ***out)
{
    size_t count = words->count;
    struct entry *order = inki_alloc(words->ctx, count, sizeof *order);
    char **names = order ? inki_alloc(words->ctx, 1, count * sizeof *names + words->text_size) : NULL;
    if (!names) {
        inki_free(order);
        return INK_NO_MEMORY;
    }
    for (size_t i = 0; i < count; i++) order[i] = (struct entry){inki_words_get(words, i), (int32_t)i};
    if (!as_put && count) qsort(order, count, sizeof *order, are_values(words) ? by_value : by_word);
    char *text = (char *)(names + count);
    for (size_t i = 0; i < count; i++) {
        place[order[i].number] = (int32_t)i;
        names[i] = text;
        text = stpcpy(text, order[i].word) + 1;
    }
    inki_free(order);
    *out = names;
    return INK_OK;
}

ink_status inki_words_labels(const struct inki_words *words, int32_t *values, size_t count, bool as_put,
                             struct inki_labels *out)
{
    *out = (struct inki_labels){.values = values, .count = count};
    int32_t *map = inki_alloc(words->ctx, words->count, sizeof *map);
    ink_status status = map ? INK_OK : INK_NO_MEMORY;
    if (map && !all_numbers(words, map)) {
        status = name_classes(words, as_put, map, &out->names);
        out->classes = words->count;
    }
    for (size_t i = 0; status == INK_OK && i < count; i++) values[i] = map[values[i]];
    inki_free(map);
    if (status != INK_OK) {
        inki_free(values);
        *out = (struct inki_labels){0};
    }
    return status;
}

ink_status inki_words_classes(const struct inki_words *words, int32_t *values, size_t count, struct inki_labels *out)
{
    *out = (struct inki_labels){.values = values, .count = count, .classes = words->count};
    int32_t *map = inki_alloc(words->ctx, words->count, sizeof *map); /* each to itself */
    ink_status status = map ? name_classes(words, true, map, &out->names) : INK_NO_MEMORY;
    inki_free(map);
    if (status == INK_OK) return INK_OK;
    inki_free(values);
    *out = (struct inki_labels){0};
    return status;
}

/* ------------------------------------------------------------------ look-alikes */

static bool is_letter(char c) { return (inki_lower(c) >= 'a' && inki_lower(c) <= 'z') || (uint8_t)c >= 0x80; }

/* What a reader sees of a word: small letters, accents all alike, without spaces and what joins words; of a number its value. Returns the
 * length. */
static size_t fold(const char *word, char *out, size_t room)
{
    double value;
    bool accent;
    size_t length = strlen(word), used = 0;
    if (inki_parse_real(word, &value)) {
        inki_format_real(value == 0 ? 0 : value, out);
        return strlen(out);
    }
    while (length > 1 && word[length - 1] == '.') length--;
    for (size_t i = 0, taken; i < length && used < room; i += taken) {
        char plain = inki_plain_letter(word + i, length - i, &taken, &accent);
        bool joins = (word[i] == '_' || word[i] == '-') && i > 0 && i + 1 < length && is_letter(word[i - 1]) &&
                     is_letter(word[i + 1]);
        if (plain && !joins) out[used++] = plain;
        if (accent && used < room) out[used++] = '\'';
    }
    return used;
}

ink_status inki_words_warn(const struct inki_words *words, const char *where)
{
    enum { FOLDED_ROOM = 128 };
    char folded[FOLDED_ROOM];
    struct inki_words seen = {.ctx = words->ctx};
    ink_status status = INK_OK;
    int32_t number;
    for (size_t i = 0; i < words->count && status == INK_OK; i++) {
        const char *word = inki_words_get(words, i);
        if (strlen(word) >= FOLDED_ROOM) word = "";
        size_t length = fold(word, folded, FOLDED_ROOM);
        if (length == 0) length = (size_t)snprintf(folded, FOLDED_ROOM, "\x01%zu", i); /* like no other */
        status = inki_words_put(&seen, folded, length, &number);
        if (status != INK_OK || seen.count == i + 1) continue;
        inki_warn(words->ctx,
                  "%s: the classes '%.60s' and '%.60s' look alike, but are two: write them in one way if they are one",
                  where, inki_words_get(words, (size_t)number),
                  inki_words_get(words, i)); /* all before were different */
        break;
    }
    inki_words_free(&seen);
    return status;
}

void inki_words_free(struct inki_words *words)
{
    inki_free(words->text);
    inki_free(words->begin);
    inki_free(words->slots);
    *words = (struct inki_words){.ctx = words->ctx};
}
