/* help: what the ways of telling about the program share: help on the terminal, manual pages, completion in shells. All of it is
 * made from the command table and the library's settings.
 * SPDX-License-Identifier: MIT */
#ifndef HELP_H
#define HELP_H

#include "cli.h"

/* A setting's help with its range and default. */
void help_describe(char *to, size_t room, const ink_setting *row);

/* Splits the first word off a list of groups; false at its end. */
bool help_next_group(const char **list, char group[32]);

/* The manual page of a command, NULL: of the program, to stdout as roff for man(7). Returns the exit code. */
int manual_print(const struct command *command);

/* Completion for "bash", "zsh" or "fish" to stdout. */
void completion_print(const char *shell);

#endif
