/* pickle_calls: the few things that a pickle may ask to call, and what they make; everything else is refused by name.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PICKLE_CALLS_H
#define INKI_PICKLE_CALLS_H

#include "read/pickle_values.h"

/* The callable of this name. Errors: UNSUPPORTED, with the byte, the name and what to do. Nothing is looked up but a table. */
ink_status inki_py_find(const struct inki_unpickler *u, const char *module, size_t module_size, const char *name,
                        size_t name_size, struct inki_py *out);

/* What the callable makes of args[count]. Errors: BAD_FILE, UNSUPPORTED, NO_MEMORY. */
ink_status inki_py_call(struct inki_unpickler *u, struct inki_py callable, const struct inki_py *args, size_t count,
                        struct inki_py *out);

/* BUILD: gives an array, a type or a dict its state. Errors: the same. */
ink_status inki_py_build(struct inki_unpickler *u, struct inki_py object, struct inki_py state);

/* Texts: Python's escapes in '…' (protocol 0), \uXXXX (protocol 0), and UTF-8 of characters below 256 as bytes. Errors:
 * BAD_FILE, NO_MEMORY. */
ink_status inki_py_unescape(struct inki_unpickler *u, size_t at, size_t size, struct inki_py *out);
ink_status inki_py_unescape_unicode(struct inki_unpickler *u, size_t at, size_t size, struct inki_py *out);
ink_status inki_py_latin1(struct inki_unpickler *u, struct inki_py text, struct inki_py *out);

/* Numbers: of protocol 0, where 00 and 01 are False and True and an L may follow; and two's complement of any length, the
 * lowest byte first. What is too large for a double becomes infinite. */
bool inki_py_parse_number(const char *text, size_t size, double *value);
double inki_py_long(const uint8_t *bytes, size_t size);
double inki_py_double(const uint8_t bytes[8]); /* the highest byte first */

#endif
