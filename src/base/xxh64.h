/* xxh64: the hash XXH64, of blocks one after another; the same on every machine.
 * SPDX-License-Identifier: MIT
 *
 * Written from its specification, "xxHash fast digest algorithm" 0.1.1 by Yann Collet (doc/xxhash_spec.md in the repository
 * Cyan4973/xxHash), so that other programs can work out, and check, what files of ours say. */
#ifndef INKI_XXH64_H
#define INKI_XXH64_H

#include <stddef.h>
#include <stdint.h>

struct inki_xxh64 {
    uint64_t seed, lane[4];
    uint64_t size;    /* bytes so far */
    uint8_t rest[32]; /* size % 32 bytes that are no whole stripe yet */
};

void inki_xxh64_begin(uint64_t seed, struct inki_xxh64 *out);
void inki_xxh64_add(struct inki_xxh64 *hash, const void *bytes, size_t size);

/* The hash of all bytes so far; more may be added after. */
uint64_t inki_xxh64_end(const struct inki_xxh64 *hash);

#endif
