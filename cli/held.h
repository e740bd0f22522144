/* held: the connections of a server, and an end for those that take too long.
 * SPDX-License-Identifier: MIT
 *
 * The server's library ends a connection that is silent; one that sends a byte now and then it would keep for ever. */
#ifndef HELD_H
#define HELD_H

#include <stdbool.h>

/* Seconds that a client may take: for the headers of a request, from the connection's begin or the answer before; the same while
 * connections are scarce; from then on for its body and for taking the answer. */
enum { HEADER_SECONDS = 20, SCARCE_SECONDS = 5, ANSWER_SECONDS = 120 };

struct held;      /* one connection */
struct held_list; /* those of a server */

/* Watches from a thread of its own; more than `many` connections are scarce. NULL: no memory, or no thread. */
struct held_list *held_begin(unsigned many);

/* After the server has ended; frees all. */
void held_end(struct held_list *list);

/* A connection begins: NULL where there is no memory for it. It ends: before its socket is closed. */
struct held *held_add(struct held_list *list, int socket);
void held_remove(struct held_list *list, struct held *held);

/* Its request's headers are there; its answer is sent. held may be NULL. */
void held_asks(struct held_list *list, struct held *held, bool asks);

#endif
