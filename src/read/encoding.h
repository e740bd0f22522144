/* encoding: UTF-8, and Windows-1252 as UTF-8.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ENCODING_H
#define INKI_ENCODING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How many bytes a character of UTF-8 has behind its first; 0 too for what cannot be the first. */
size_t inki_utf8_behind(uint8_t first);

bool inki_is_utf8(const char *text, size_t length);

/* Turns Windows-1252 into UTF-8, in place: the text has room for INKI_RECODED_ROOM times its length. Each byte becomes a
 * character of its own, also those that Windows does not use. Returns the new length. */
enum { INKI_RECODED_ROOM = 3 };
size_t inki_recode(char *text, size_t length);

/* A byte that Windows-1252 does not use. */
bool inki_is_foreign(char c);

/* How many bytes of spaces the text of UTF-8 begins with: blanks, no-break spaces, zero-width ones and the like. */
size_t inki_space_at(const char *text, size_t length);

/* The letter of ASCII that the first character of a text looks like: small, without accents, of Latin, Greek, Cyrillic and
 * full-width ones; 0 for spaces and accents alone, and the byte itself where there is no such. *taken: how many bytes were
 * looked at. *accent: it has one. */
char inki_plain_letter(const char *text, size_t length, size_t *taken, bool *accent);

/* What is left of a text without spaces at both ends. */
void inki_trim(const char **text, size_t *length);

#endif
