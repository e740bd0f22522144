/* merging: a sample of floats and what became them.
 * SPDX-License-Identifier: MIT */
#include "read/merging.h"

#include "base/mem.h"

enum { SLOTS = 1 << 13, MOST = SLOTS / 2, SEEN = 3 };

static struct inki_merged *slot_of(struct inki_merged *slots, uint32_t bits, uint32_t place, float value)
{
    const uint32_t secret = (uint32_t)((uintptr_t)slots >> 4) * 0x9E3779B1U;
    size_t slot = (((bits + place * 0x85EBCA77U) ^ secret) * 0x9E3779B1U >> 16) % SLOTS;
    while (slots[slot].place && (slots[slot].place != place || slots[slot].value != value)) slot = (slot + 1) % SLOTS;
    return &slots[slot];
}

/* Three of four floats go. */
static void thin_out(struct inki_merging *merging)
{
    struct inki_merged *slots = inki_zalloc(merging->ctx, SLOTS, sizeof *slots);
    merging->closed = !slots;
    if (!slots) return;
    merging->mask = 4 * merging->mask + 3;
    merging->count = 0;
    for (size_t i = 0; i < SLOTS; i++) {
        const struct inki_merged *old = &merging->slots[i];
        const uint32_t bits = inki_merging_hash(old->value);
        if (!old->place || (bits & merging->mask)) continue;
        *slot_of(slots, bits, old->place, old->value) = *old;
        merging->count++;
    }
    inki_free(merging->slots);
    merging->slots = slots;
}

void inki_merging_keep(struct inki_merging *merging, size_t place, double number)
{
    const float value = (float)number;
    const uint32_t bits = inki_merging_hash(value), at = (uint32_t)place + 1;
    if ((bits & merging->mask) || merging->closed) return;
    if (!merging->slots) merging->slots = inki_zalloc(merging->ctx, SLOTS, sizeof *merging->slots);
    merging->closed = !merging->slots;
    if (merging->closed) return;
    struct inki_merged *slot = slot_of(merging->slots, bits, at, value);
    if (!slot->place) {
        *slot = (struct inki_merged){.value = value, .place = at};
        merging->count++;
    }
    for (size_t i = 0; i < slot->count; i++)
        if (slot->seen[i] == number) return;
    if (slot->count < SEEN) slot->seen[slot->count++] = number;
    if (merging->count == MOST) thin_out(merging);
}

void inki_merging_count(const struct inki_merging *merging, size_t place, size_t *floats, size_t *numbers, double *low)
{
    *floats = *numbers = 0;
    *low = INFINITY;
    for (size_t i = 0; merging->slots && i < SLOTS; i++) {
        const struct inki_merged *slot = &merging->slots[i];
        if (slot->place != place + 1) continue;
        ++*floats;
        *numbers += slot->count;
        for (size_t k = 0; k < slot->count; k++) *low = fmin(*low, slot->seen[k]);
    }
}

void inki_merging_free(struct inki_merging *merging)
{
    inki_free(merging->slots);
    *merging = (struct inki_merging){.ctx = merging->ctx};
}
