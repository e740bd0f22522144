/* xxh64: four lanes over stripes of 32 bytes, then what is left over.
 * SPDX-License-Identifier: MIT */
#include "base/xxh64.h"

#include <string.h>

enum { STRIPE = 32 };

static const uint64_t prime1 = 0x9E3779B185EBCA87u, prime2 = 0xC2B2AE3D27D4EB4Fu, prime3 = 0x165667B19E3779F9u,
                      prime4 = 0x85EBCA77C2B2AE63u, prime5 = 0x27D4EB2F165667C5u;

static uint64_t rotate(uint64_t x, int by) { return x << by | x >> (64 - by); }

/* `count` bytes, the lowest first. */
static uint64_t load_word(const uint8_t *at, size_t count)
{
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++) word |= (uint64_t)at[i] << 8 * i;
    return word;
}

static uint64_t mix(uint64_t lane, uint64_t word) { return rotate(lane + word * prime2, 31) * prime1; }

static uint64_t merge(uint64_t sum, uint64_t lane) { return (sum ^ mix(0, lane)) * prime1 + prime4; }

void inki_xxh64_begin(uint64_t seed, struct inki_xxh64 *out)
{
    *out = (struct inki_xxh64){.seed = seed, .lane = {seed + prime1 + prime2, seed + prime2, seed, seed - prime1}};
}

static void take_stripe(struct inki_xxh64 *hash, const uint8_t *at)
{
    for (size_t i = 0; i < 4; i++) hash->lane[i] = mix(hash->lane[i], load_word(at + 8 * i, 8));
}

void inki_xxh64_add(struct inki_xxh64 *hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    size_t held = hash->size % STRIPE;
    if (size == 0) return;
    hash->size += size;
    if (held) {
        size_t more = size < STRIPE - held ? size : STRIPE - held;
        memcpy(hash->rest + held, at, more);
        if (held + more < STRIPE) return;
        take_stripe(hash, hash->rest);
        at += more;
        size -= more;
    }
    for (; size >= STRIPE; at += STRIPE, size -= STRIPE) take_stripe(hash, at);
    if (size) memcpy(hash->rest, at, size);
}

static uint64_t add_rest(uint64_t sum, const uint8_t *at, size_t size)
{
    for (; size >= 8; at += 8, size -= 8) sum = rotate(sum ^ mix(0, load_word(at, 8)), 27) * prime1 + prime4;
    if (size >= 4) {
        sum = rotate(sum ^ load_word(at, 4) * prime1, 23) * prime2 + prime3;
        at += 4;
        size -= 4;
    }
    for (; size > 0; at++, size--) sum = rotate(sum ^ *at * prime5, 11) * prime1;
    return sum;
}

uint64_t inki_xxh64_end(const struct inki_xxh64 *hash)
{
    static const int turns[4] = {1, 7, 12, 18};
    uint64_t sum = 0;
    for (size_t i = 0; i < 4; i++) sum += rotate(hash->lane[i], turns[i]);
    for (size_t i = 0; i < 4; i++) sum = merge(sum, hash->lane[i]);
    if (hash->size < STRIPE) sum = hash->seed + prime5;
    sum = add_rest(sum + hash->size, hash->rest, hash->size % STRIPE);
    sum = (sum ^ sum >> 33) * prime2;
    sum = (sum ^ sum >> 29) * prime3;
    return sum ^ sum >> 32;
}
