/* link: a search's store that another process has, asked over whatever carries texts.
 * SPDX-License-Identifier: MIT
 *
 * A request is a JSON object whose "ask" says what for; ink_search_answer (answer.c) has the same list. What the functions of the journal do to
 * a store, these ask of the process that has it, with the same results; journal->ctx or ctx gets the sentence of a failure. A request that is repeated, since no
 * answer came, does no harm. Each worker is a process of the store: what it claims while it holds a trial stands in for an answer
 * that was lost. */
#ifndef INKI_LINK_H
#define INKI_LINK_H

#include "search/journal.h"

struct inki_link {
    ink_search_link to;
    int64_t *processes; /* [count], of those here that have joined; by the calling thread of ink_search_run alone */
    size_t count;
    struct inki_counts counts; /* as of the last beat */
};

ink_status inki_link_facts(struct inki_journal *journal, json_t **facts);
ink_status inki_link_join(struct inki_journal *journal);
ink_status inki_link_leave(struct inki_journal *journal);
ink_status inki_link_beat(struct inki_journal *journal); /* of all that have joined */
ink_status inki_link_count(struct inki_journal *journal, struct inki_counts *out);
ink_status inki_link_trials(struct inki_journal *journal, size_t trial, inki_journal_visit *visit, void *arg);

ink_status inki_link_claim(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *out, bool *over);
ink_status inki_link_keep(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *claim,
                          const struct inki_standing *standing, bool *held);
ink_status inki_link_round(struct inki_journal *journal, ink_ctx *ctx, struct inki_claim *claim,
                           const struct inki_result *result, bool *held);
ink_status inki_link_rounds(struct inki_journal *journal, ink_ctx *ctx, size_t trial, struct inki_result *results,
                            size_t room, size_t *count);
ink_status inki_link_round_model(struct inki_journal *journal, ink_ctx *ctx, size_t trial, size_t round,
                                 struct inki_bytes *model);
ink_status inki_link_finish(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim,
                            const struct inki_result *result, bool *held);
ink_status inki_link_fail(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim,
                          const char *message, bool *held);
ink_status inki_link_release(struct inki_journal *journal, ink_ctx *ctx, const struct inki_claim *claim);

#endif
