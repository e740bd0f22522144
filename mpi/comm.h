/* comm: the communicator of the library over MPI, and how ranks end together.
 * SPDX-License-Identifier: MIT */
#ifndef COMM_H
#define COMM_H

#include "inkling-extra.h"
#include "inkling-many.h"

/* Joins the other processes that mpirun or srun has started; NULL if there are none. Ends the process, with a sentence, where MPI cannot be begun. */
const ink_comm *comm_begin(void);

/* Whether all ranks were started with the same command, which decides on what they say to each other; the first that was not says so. */
bool comm_is_same(const char *command);

/* For others that exchange messages: true, with a sentence, where a rank has failed, or, if all must be there, has ended; where the first one has ended; and whether
 * all others have ended. Messages that will not be taken are left behind (comm_break). MPI is used by one thread at a time. */
bool comm_has_failed(bool all_must_be, char *why, size_t room);
bool comm_first_has_ended(char *why, size_t room);
bool comm_others_ended(void);
void comm_break(void);

/* Says so now, where it would have been said in the end. */
void comm_say_failure(void);

/* Whether MPI may be used by several threads, one at a time. */
bool comm_has_threads(void);

/* This process has ended with `code`, and `sentence` if that is a failure. Returns the code of the job: its own, or, where that is none of a failure, that of
 * another rank, whose sentence goes to stderr. */
int comm_end(int code, const char *sentence);

#endif
