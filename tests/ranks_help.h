/* ranks_help: ranks of one training as threads or processes, with the library's communicator between them.
 * SPDX-License-Identifier: MIT */
#ifndef RANKS_HELP_H
#define RANKS_HELP_H

#include "inkling-extra.h"
#include "inkling-many.h"

enum { RANKS_MOST = 32 };

/* What a rank does, with a communicator for its context. Once it has returned the others cannot reach it any more. */
typedef void ranks_fn(void *arg, const ink_comm *comm);

/* Runs `work` as that many ranks at once, and returns when all have ended. Returns how many bytes went between them. */
size_t ranks_run(unsigned ranks, ranks_fn *work, void *arg);

/* The same between processes, which may be of other machines' programs: each does `work` as rank `rank`, over sockets in a folder that they share.
 * Returns false where the others cannot be reached. */
bool ranks_join(const char *folder, unsigned rank, unsigned ranks, ranks_fn *work, void *arg);

#endif
