/* kinds: whether operands are what the command takes.
 * SPDX-License-Identifier: MIT */
#ifndef KINDS_H
#define KINDS_H

#include "cli.h"

/* Word i of the command's operands, in `name`; false after the last. */
bool operand_name(const struct command *command, size_t i, char name[32]);

/* Models, data and stores in the places of others: one sentence says what was meant. Returns the exit code. */
int kinds_check(const struct job *job);

/* What stands at a path, by its first bytes: rows as train --history writes them; the store of a search. */
bool kinds_is_history(const char *path);
bool kinds_is_store(const char *path);

/* The sentence for an operand that the command has no place for; returns the exit code. */
int kinds_fail_surplus(const struct job *job, const char *surplus);

#endif
