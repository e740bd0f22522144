/* text: numbers and names to and from text, the same under every locale.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TEXT_H
#define INKI_TEXT_H

#include "base/ctx.h"

/* Parses a decimal number at text (at most length bytes; no spaces, no hex; "nan" and "inf" are not numbers), rounded
 * correctly. Returns the number of bytes that belong to it, 0 if there is none. */
size_t inki_parse_number(const char *text, size_t length, double *value);

/* The whole text is one number. */
bool inki_parse_real(const char *text, double *value);

/* The whole text is one integer without sign, in plain decimal digits. */
bool inki_parse_count(const char *text, size_t *value);

/* The small letter of an ASCII capital; anything else as it is. */
static inline char inki_lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }

/* The shortest decimal form that reads back as the same double; out has room for 32 bytes. */
void inki_format_real(double value, char out[32]);

/* The same for many: reads back exactly, with 15 to 17 digits. */
void inki_format_exact(double value, char out[32]);

/* For people: "54,000"; out has room for 32 bytes. Returns `out`. */
char *inki_format_count(size_t count, char out[32]);

/* Nine digits, which read back as the same float, e.g. "0.100000001", "-3"; out has room for 24 bytes. */
void inki_format_float(float value, char out[24]);

/* A growing text; begin with {0}. When memory runs out `failed` stays set and appends do nothing. */
struct inki_str {
    ink_ctx *ctx;
    char *text;
    size_t length, room;
    bool failed;
};
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void
inki_str_add(struct inki_str *str, const char *format, ...);

/* Appends the text; bytes that are not UTF-8 become U+FFFD. */
void inki_str_add_utf8(struct inki_str *str, const char *text);

/* Bytes of the UTF-8 character at `character`, 0 if there is none (RFC 3629: no overlong forms, no surrogates). */
size_t inki_utf8_length(const char *character);

/* Whether two names are the same but for capitals, '-' and '_': "LeakyReLU" and "leaky_relu". */
bool inki_same_name(const char *a, size_t a_size, const char *b, size_t b_size);

/* Index of `name` in a list separated by '|', in any spelling as above; -1 if it is not there. */
int inki_choice_index(const char *choices, const char *name);

/* 64-bit hash of a block, eight bytes at a time; the same on every machine. Chain by passing the last result. Weights have a
 * hash that others know too: xxh64.h. */
uint64_t inki_hash(uint64_t hash, const void *bytes, size_t size);

/* Where a text goes in a table that lies at `table`: hashes by its address, which who makes a file does not know, so that no texts are made
 * that all go to one place. Another in every run: nothing else may depend on it. */
uint64_t inki_hash_at(const void *table, const char *text, size_t length);
uint64_t inki_hash_again(const void *table, uint64_t hash);

/* The same of `count` numbers of `size` bytes (1, 2, 4 or 8), as they lie in files: the same on every machine. */
uint64_t inki_hash_numbers(uint64_t hash, const void *numbers, size_t count, size_t size);

#endif
