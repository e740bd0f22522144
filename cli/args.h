/* args: the command line to a job, by the command's flags and the settings table.
 * SPDX-License-Identifier: MIT */
#ifndef ARGS_H
#define ARGS_H

#include "cli.h"

/* Which help the words ask for, before anything else about them is checked. */
enum args_help { ARGS_NO_HELP, ARGS_SHORT_HELP, ARGS_LONG_HELP };
enum args_help args_wants_help(int count, char *const *words);

/* Reads words[0..count-1] into the job; the operands end up at the front of `words`, borrowed by the job. Returns
 * CODE_DONE, or CODE_USAGE after saying what is wrong. */
int args_parse(struct job *job, int count, char **words);

/* Adds what the settings file says, then checks that every operand is there. Returns the exit code. */
int args_complete(struct job *job);

/* A share between 0 and 1 from a flag's text. */
int args_share(const struct job *job, const char *name, const char *text, double *out);

#endif
