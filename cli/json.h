/* json: machine-readable results, over jansson.
 * SPDX-License-Identifier: MIT
 *
 * Building goes through jansson; printing is done here, since jansson 2.14 writes 0.1 as 0.10000000000000001: reals get the
 * fewest digits that read back the same, and lists of plain values stay on one line. */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <jansson.h>
#include <stdint.h>
#include <stdio.h>

/* New values; never NULL but for lack of memory. A number that is not finite becomes null, a byte that is not UTF-8 '?'. */
json_t *json_of_real(double value);
json_t *json_of_text(const char *text); /* NULL becomes null */
json_t *json_of_count(uint64_t value);
json_t *json_of_hash(uint64_t hash);

/* Writes the value; `depth` 0 spreads an object over lines. */
void json_write(FILE *file, const json_t *value, int depth);

/* Prints the value as a line of its own to stdout and takes it. Returns the exit code. */
int json_print(json_t *value);

#endif
