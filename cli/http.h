/* http: asks one server over HTTP/1.1, with connections that are kept.
 * SPDX-License-Identifier: MIT
 *
 * The least that the program's own server (site.c) needs of a client, over the system's sockets: curl is only a program that may be there
 * (fetch), and a library more for one POST would be one more to have on every machine that helps. No TLS, proxies, redirects or chunks:
 * what answers so is refused. */
#ifndef HTTP_H
#define HTTP_H

#include "inkling.h"

#include <stddef.h>

#define HTTP_WHY_ROOM 256

/* A server by its address, "http://HOST:PORT" or with a '/' behind; token NULL: none. NULL after saying what is wrong (*code). */
struct http;
struct http *http_new(const char *address, const char *token, int *code);
void http_free(struct http *http);

/* "http://HOST:PORT". Borrowed. */
const char *http_name(const struct http *http);

/* POSTs body to path; the answer's body goes to the sink, whole. Returns the answer's status (200, …), or 0 with a sentence in why where there
 * was none: nothing has gone to the sink then. By any thread; each has a connection for itself. */
unsigned http_post(struct http *http, const char *path, const char *body, size_t size, ink_sink sink, void *to,
                   char why[HTTP_WHY_ROOM]);

#endif
