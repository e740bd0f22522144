/* sha256: the hash SHA-256, of blocks one after another.
 * SPDX-License-Identifier: MIT
 *
 * Written from FIPS 180-4, section 6.2. It is there to know published files again; models and data have faster hashes. */
#ifndef INKI_SHA256_H
#define INKI_SHA256_H

#include <stddef.h>
#include <stdint.h>

struct inki_sha256 {
    uint32_t state[8];
    uint64_t size; /* bytes so far */
    uint8_t rest[64];
};

void inki_sha256_begin(struct inki_sha256 *out);
void inki_sha256_add(struct inki_sha256 *hash, const void *bytes, size_t size);

/* The hash of all bytes so far as 64 hexadecimal digits; nothing may be added after. */
void inki_sha256_end(struct inki_sha256 *hash, char out[65]);

#endif
