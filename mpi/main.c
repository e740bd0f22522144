/* main: inkling as several processes that MPI has started: the same commands and flags.
 * SPDX-License-Identifier: MIT */
#include "comm.h"

#include "cli.h"
#include "questions.h"
#include "terminal.h"

int main(int count, char **words)
{
    const ink_comm *comm = comm_begin();
    int code =
        comm_is_same(count > 1 ? words[1] : "") ? program_run(count, words, comm, questions_new(comm)) : CODE_USAGE;
    return comm_end(code, terminal_sentence());
}
