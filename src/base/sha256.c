/* sha256: the hash SHA-256, of blocks one after another.
 * SPDX-License-Identifier: MIT */
#include "base/sha256.h"

#include <stdio.h>
#include <string.h>

enum { BLOCK = 64, ROUNDS = 64 };

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
static const uint32_t constants[ROUNDS] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

void inki_sha256_begin(struct inki_sha256 *out)
{
    static const uint32_t first[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                      0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    memcpy(out->state, first, sizeof first);
    out->size = 0;
}

static uint32_t rotate(uint32_t x, unsigned by) { return x >> by | x << (32 - by); }

static uint32_t word_at(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* The message schedule: w[16…] = s1(w[t-2]) + w[t-7] + s0(w[t-15]) + w[t-16]. */
static void expand(const uint8_t *block, uint32_t w[ROUNDS])
{
    for (size_t t = 0; t < 16; t++) w[t] = word_at(block + 4 * t);
    for (size_t t = 16; t < ROUNDS; t++) {
        uint32_t a = w[t - 15], b = w[t - 2];
        uint32_t s0 = rotate(a, 7) ^ rotate(a, 18) ^ a >> 3, s1 = rotate(b, 17) ^ rotate(b, 19) ^ b >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
}

static void mix(uint32_t state[8], const uint8_t *block)
{
    uint32_t w[ROUNDS], v[8];
    expand(block, w);
    memcpy(v, state, sizeof v);
    for (size_t t = 0; t < ROUNDS; t++) {
        uint32_t a = v[0], e = v[4];
        uint32_t s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25), choice = (e & v[5]) ^ (~e & v[6]);
        uint32_t s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22), most = (a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]);
        uint32_t t1 = v[7] + s1 + choice + constants[t] + w[t], t2 = s0 + most;
        memmove(v + 1, v, 7 * sizeof *v);
        v[0] = t1 + t2;
        v[4] += t1;
    }
    for (size_t i = 0; i < 8; i++) state[i] += v[i];
}

void inki_sha256_add(struct inki_sha256 *hash, const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    size_t used = hash->size % BLOCK;
    hash->size += size;
    while (size > 0) {
        if (used == 0 && size >= BLOCK) {
            mix(hash->state, at);
            at += BLOCK;
            size -= BLOCK;
            continue;
        }
        size_t count = size < BLOCK - used ? size : BLOCK - used;
        memcpy(hash->rest + used, at, count);
        used = (used + count) % BLOCK;
        at += count;
        size -= count;
        if (used == 0) mix(hash->state, hash->rest);
    }
}

void inki_sha256_end(struct inki_sha256 *hash, char out[65])
{
    static const uint8_t padding[BLOCK] = {0x80};
    uint64_t bits = 8 * hash->size;
    size_t used = hash->size % BLOCK;
    uint8_t length[8];
    for (size_t i = 0; i < 8; i++) length[i] = (uint8_t)(bits >> (56 - 8 * i));
    inki_sha256_add(hash, padding, (used < 56 ? 56 : 56 + BLOCK) - used);
    inki_sha256_add(hash, length, sizeof length);
    for (size_t i = 0; i < 8; i++) snprintf(out + 8 * i, 9, "%08x", (unsigned)hash->state[i]);
}
