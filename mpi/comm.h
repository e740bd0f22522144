/* comm: the communicator of the library over MPI, and how ranks end together.
 * SPDX-License-Identifier: MIT */
#ifndef COMM_H
#define COMM_H

#include "inkling-extra.h"

/* Joins the other processes that mpirun or srun has started; NULL if there are none. Ends the process, with a sentence, where MPI cannot be begun. */
const ink_comm *comm_begin(void);

/* This process has ended with `code`, and `sentence` if that is a failure. Returns the code of the job: its own, or, where that is none of a failure, that of
 * another rank, whose sentence goes to stderr. */
int comm_end(int code, const char *sentence);

#endif
