/* search_serve: hands a search's trials out over HTTP, to workers that join from elsewhere.
 * SPDX-License-Identifier: MIT */
#ifndef SEARCH_SERVE_H
#define SEARCH_SERVE_H

#include "cli.h"

#define SEARCH_PATH "/search" /* what takes the questions */
#define TOKEN_ROOM 256

struct search_server;

/* Answers for the search until search_serve_end: with job->questions those processes, else at --host (default: this machine alone) and --serve PORT, and says
 * where and how to join. Returns the exit code, after saying what is wrong. */
int search_serve_begin(const struct job *job, ink_search *search, const char *store, struct search_server **out);
void search_serve_end(struct search_server *server);

/* --token TEXT or @FILE. Returns the exit code. */
int search_token(const char *given, char token[TOKEN_ROOM]);

/* --serve, --host and --token where they mean something. Returns the exit code. */
int search_serve_check(const struct job *job, const char *mode);

#endif
