/* main: the program, by itself; with others it begins in mpi/main.c.
 * SPDX-License-Identifier: MIT */
#include "cli.h"

int main(int count, char **words) { return program_run(count, words, NULL, NULL); }
