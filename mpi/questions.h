/* questions: texts from any rank to the first one, and its answers, over MPI.
 * SPDX-License-Identifier: MIT */
#ifndef QUESTIONS_H
#define QUESTIONS_H

#include "cli.h"

/* For the ranks of this communicator, after comm_begin. NULL where there are none. */
const struct questions *questions_new(const ink_comm *comm);

#endif
