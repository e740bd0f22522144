/* journal_guests: those who work on a store from other machines, and speak to a process that has it.
 * SPDX-License-Identifier: MIT
 *
 * A guest is a process of the store without a place: nobody can look whether it lives, so its lease is what it says. */
#include "search/journal.h"

#define IS_GUEST "pid = 0 AND place = ''"

static ink_status find_guest(struct inki_journal *journal, const char *name, int64_t *process)
{
    struct inki_answer answer;
    *process = 0;
    inki_db_ask(journal->db, &answer, "SELECT max(process) FROM process WHERE born = ? AND " IS_GUEST, "t", name);
    if (inki_db_next(&answer)) *process = inki_db_int(&answer, 0);
    return inki_db_end(&answer);
}

static ink_status admit(struct inki_journal *journal, const char *name, int64_t *process)
{
    INK_TRY(find_guest(journal, name, process));
    if (*process) return INK_OK;
    INK_TRY(inki_db_run(journal->db, "INSERT INTO process (pid, born, place, beat) VALUES (0, ?, '', ?)", "tr", name,
                        inki_lease_seconds()));
    return find_guest(journal, name, process);
}

ink_status inki_journal_admit(struct inki_journal *journal, const char *name, int64_t *process)
{
    INK_TRY(inki_db_begin(journal->db, journal->ctx));
    return inki_db_finish(journal->db, admit(journal, name, process));
}

static ink_status ask_count(struct inki_journal *journal, const char *sql, size_t *count)
{
    struct inki_answer answer;
    *count = 0;
    inki_db_ask(journal->db, &answer, sql, "i", journal->process);
    if (inki_db_next(&answer)) *count = (size_t)inki_db_int(&answer, 0);
    return inki_db_end(&answer);
}

/* The number was given out, and is nobody's now. */
static ink_status come_back(struct inki_journal *journal, bool *known)
{
    size_t was;
    INK_TRY(ask_count(journal,
                      "SELECT count(*) FROM sqlite_sequence WHERE name = 'process' AND ?1 BETWEEN 1 AND seq AND NOT "
                      "EXISTS (SELECT 1 FROM process WHERE process = ?1)",
                      &was));
    *known = was == 1;
    if (!*known) return INK_OK;
    return inki_db_run(journal->db, "INSERT INTO process VALUES (?, 0, 'came back', '', ?)", "ir", journal->process,
                       inki_lease_seconds());
}

static ink_status touch(struct inki_journal *journal, bool drop, bool *known)
{
    INK_TRY(inki_db_run(journal->db, "UPDATE process SET beat = ? WHERE process = ? AND " IS_GUEST, "ri",
                        inki_lease_seconds(), journal->process));
    *known = inki_db_changes(journal->db) == 1;
    if (!*known) return come_back(journal, known);
    return drop ? inki_journal_free_trials(journal, journal->process, "released") : INK_OK;
}

ink_status inki_journal_touch(struct inki_journal *journal, bool drop, bool *known)
{
    *known = false;
    INK_TRY(inki_db_begin(journal->db, journal->ctx));
    return inki_db_finish(journal->db, touch(journal, drop, known));
}

ink_status inki_journal_pardon(struct inki_journal *journal)
{
    INK_TRY(inki_db_begin(journal->db, journal->ctx));
    return inki_db_finish(journal->db, inki_db_run(journal->db, "UPDATE process SET beat = ? WHERE " IS_GUEST, "r",
                                                   inki_lease_seconds()));
}

static ink_status dismiss(struct inki_journal *journal)
{
    INK_TRY(inki_db_run(journal->db,
                        "UPDATE trial SET state = 'waiting', owner = NULL WHERE state = 'running' AND owner IN (SELECT "
                        "process FROM process WHERE " IS_GUEST ")",
                        ""));
    return inki_db_run(journal->db, "DELETE FROM process WHERE " IS_GUEST, "");
}

ink_status inki_journal_dismiss(struct inki_journal *journal)
{
    INK_TRY(inki_db_begin(journal->db, journal->ctx));
    return inki_db_finish(journal->db, dismiss(journal));
}

ink_status inki_journal_guests(struct inki_journal *journal, size_t *count)
{
    INK_TRY(inki_db_look(journal->db, journal->ctx));
    return inki_db_finish(journal->db,
                          ask_count(journal, "SELECT count(*) FROM process WHERE process <> ? AND " IS_GUEST, count));
}

static ink_status read_place(struct inki_journal *journal, struct inki_claim *claim, bool *known)
{
    struct inki_answer answer;
    *known = false;
    inki_db_ask(journal->db, &answer, "SELECT bracket, rung FROM trial WHERE trial = ?", "i", (int64_t)claim->trial);
    if (inki_db_next(&answer)) {
        claim->bracket = (size_t)inki_db_int(&answer, 0);
        claim->rung = (size_t)inki_db_int(&answer, 1);
        *known = claim->bracket < journal->plan->bracket_count &&
                 claim->rung < journal->plan->brackets[claim->bracket].rungs;
    }
    return inki_db_end(&answer);
}

ink_status inki_journal_place(struct inki_journal *journal, struct inki_claim *claim, bool *known)
{
    INK_TRY(inki_db_look(journal->db, journal->ctx));
    return inki_db_finish(journal->db, read_place(journal, claim, known));
}

/* The log is looked through only where the lease is not there. */
static ink_status read_ended(struct inki_journal *journal, const struct inki_claim *claim, bool *ended)
{
    struct inki_answer answer;
    *ended = false;
    inki_db_ask(
        journal->db, &answer,
        "SELECT CASE WHEN EXISTS (SELECT 1 FROM trial WHERE trial = ?1 AND state = 'running' AND owner = ?2 AND "
        "lease = ?3) THEN 0 ELSE EXISTS (SELECT 1 FROM event WHERE trial = ?1 AND process = ?2 AND rung = ?4 "
        "AND what IN ('finished', 'failed')) END",
        "iiii", (int64_t)claim->trial, journal->process, claim->lease, (int64_t)claim->rung);
    if (inki_db_next(&answer)) *ended = inki_db_int(&answer, 0) != 0;
    return inki_db_end(&answer);
}

ink_status inki_journal_has_ended(struct inki_journal *journal, const struct inki_claim *claim, bool *ended)
{
    INK_TRY(inki_db_look(journal->db, journal->ctx));
    return inki_db_finish(journal->db, read_ended(journal, claim, ended));
}

/* *last -1: from the end of the log on. */
static ink_status read_news(struct inki_journal *journal, int64_t *last, size_t *trial)
{
    struct inki_answer answer;
    *trial = 0;
    inki_db_ask(journal->db, &answer,
                *last < 0
                    ? "SELECT coalesce(max(event), 0), 0 FROM event WHERE ?1 <> 0 OR ?2 = 0"
                    : "SELECT event, trial FROM event WHERE event > ?1 AND process <> ?2 AND what IN ('finished', "
                      "'failed') ORDER BY event LIMIT 1",
                "ii", *last, journal->process);
    if (inki_db_next(&answer)) {
        *last = inki_db_int(&answer, 0);
        *trial = (size_t)inki_db_int(&answer, 1);
    }
    return inki_db_end(&answer);
}

ink_status inki_journal_news(struct inki_journal *journal, int64_t *last, size_t *trial)
{
    INK_TRY(inki_db_look(journal->db, journal->ctx));
    return inki_db_finish(journal->db, read_news(journal, last, trial));
}
