/* journal: a search's store: its facts, and the processes that are at work.
 * SPDX-License-Identifier: MIT */
#include "search/journal.h"
#include "search/link.h"
#include "base/mem.h"
#include "base/text.h"
#include "model/model.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* Scores are numbered as the loss has them, which is a fact: val_0 is its loss; first, the objective at the end of the first rung. */
static const struct inki_db_kind kind = {
    .what = "a search store",
    .mark = 0x494e4b53, /* INKS */
    .schema =
        "CREATE TABLE fact (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
        "CREATE TABLE process (process INTEGER PRIMARY KEY AUTOINCREMENT, pid INTEGER, born TEXT, place TEXT,"
        " beat REAL);"
        "CREATE TABLE trial (trial INTEGER PRIMARY KEY, bracket INTEGER NOT NULL, rung INTEGER NOT NULL,"
        " state TEXT NOT NULL, owner INTEGER, lease INTEGER NOT NULL, settings TEXT NOT NULL,"
        " epochs INTEGER NOT NULL, best_epoch INTEGER, rows INTEGER, parameters INTEGER,"
        " " INKI_SCORE_COLUMNS(
            "val",
            " REAL") ", spread REAL, first REAL, seconds REAL NOT NULL,"
                     " over INTEGER NOT NULL, hash TEXT, message TEXT, family TEXT, planned INTEGER, taken INTEGER);"
                     "CREATE INDEX trial_family ON trial (family, planned);"
                     "CREATE INDEX trial_state ON trial (state, rung, trial);"
                     "CREATE INDEX trial_rung ON trial (bracket, rung);"
                     "CREATE TABLE history (trial INTEGER, round INTEGER, row INTEGER, epoch INTEGER, step INTEGER,"
                     " steps_total INTEGER, lr REAL, " INKI_SCORE_COLUMNS("train", " REAL") ", " INKI_SCORE_COLUMNS(
                         "val", " REAL") ","
                                         " seconds REAL, rows_per_second REAL, best INTEGER, PRIMARY KEY (trial, "
                                         "round, row)) WITHOUT ROWID;"
                                         "CREATE TABLE round (trial INTEGER, round INTEGER, epochs INTEGER, best_epoch "
                                         "INTEGER, rows INTEGER,"
                                         " parameters INTEGER, " INKI_SCORE_COLUMNS(
                                             "val",
                                             " REAL") ", hash TEXT, model BLOB, losses BLOB,"
                                                      " PRIMARY KEY (trial, round));"
                                                      "CREATE TABLE result (trial INTEGER PRIMARY KEY, model BLOB, "
                                                      "losses BLOB);"
                                                      "CREATE TABLE checkpoint (trial INTEGER PRIMARY KEY, bytes BLOB);"
                                                      "CREATE TABLE ending (trial INTEGER PRIMARY KEY, bytes BLOB);"
                                                      "CREATE TABLE event (event INTEGER PRIMARY KEY, at REAL, process "
                                                      "INTEGER, trial INTEGER, rung INTEGER,"
                                                      " what TEXT);",
};

ink_status inki_journal_open(ink_ctx *ctx, const char *path, bool create, struct inki_journal *out)
{
    *out = (struct inki_journal){.ctx = ctx};
    return inki_db_open(ctx, path, &kind, create, &out->db);
}

void inki_journal_close(struct inki_journal *journal)
{
    inki_db_close(journal->db);
    *journal = (struct inki_journal){0};
}

/* ---- facts ---- */

static ink_status read_facts(struct inki_journal *journal, json_t **facts)
{
    struct inki_answer answer;
    *facts = json_object();
    inki_db_ask(journal->db, &answer, "SELECT name, value FROM fact", "");
    while (inki_db_next(&answer))
        json_object_set_new(*facts, inki_db_text(&answer, 0), json_string(inki_db_text(&answer, 1)));
    return inki_db_end(&answer);
}

ink_status inki_journal_facts(struct inki_journal *journal, json_t **facts)
{
    *facts = NULL;
    if (journal->link) return inki_link_facts(journal, facts);
    INK_TRY(inki_db_look(journal->db, journal->ctx));
    return inki_db_finish(journal->db, read_facts(journal, facts));
}

static ink_status write_facts(struct inki_journal *journal, const json_t *facts)
{
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)facts, name, value) INK_TRY(
        inki_db_run(journal->db, "INSERT OR REPLACE INTO fact VALUES (?, ?)", "tt", name, json_string_value(value)));
    return INK_OK;
}

/* What trials of a family have in common: the point without its epochs. */
static ink_status set_family(struct inki_journal *journal, size_t trial, json_t *point)
{
    size_t epochs;
    const char *text = json_string_value(json_object_get(point, "epochs"));
    if (journal->plan->method != INKI_GRID || !text || !inki_parse_count(text, &epochs)) return INK_OK;
    json_t *rest = json_copy(point);
    json_object_del(rest, "epochs");
    char *family = rest ? json_dumps(rest, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    ink_status status = family ? inki_db_run(journal->db, "UPDATE trial SET family = ?, planned = ? WHERE trial = ?",
                                             "tii", family, (int64_t)epochs, (int64_t)trial)
                               : inki_fail(journal->ctx, INK_NO_MEMORY, "out of memory for the trials");
    inki_json_free(family);
    json_decref(rest);
    return status;
}

static ink_status add_trial(struct inki_journal *journal, size_t bracket, size_t trial, json_t *point)
{
    char *text = json_dumps(point, JSON_COMPACT);
    if (!text) return inki_fail(journal->ctx, INK_NO_MEMORY, "out of memory for the trials");
    ink_status status = inki_db_run(journal->db,
                                    "INSERT OR IGNORE INTO trial (trial, bracket, rung, state, lease, settings, "
                                    "epochs, seconds, over, taken) VALUES (?, ?, 0, 'waiting', 0, ?, 0, 0, 0, 0)",
                                    "iit", (int64_t)trial, (int64_t)bracket, text);
    inki_json_free(text);
    return status == INK_OK ? set_family(journal, trial, point) : status;
}

static ink_status write_plan(struct inki_journal *journal, json_t **facts, json_t *const *points)
{
    json_t *there;
    ink_status status = read_facts(journal, &there);
    bool first = json_object_size(there) == 0;
    bool grown = !first && json_equal(there, *facts);
    if (status == INK_OK && !first && !grown) { /* another process was first; or there were fewer trials */
        json_t *more = json_copy(there);
        json_object_set(more, "trials", json_object_get(*facts, "trials"));
        grown = json_equal(more, *facts);
        json_decref(more);
    }
    if (status == INK_OK && !first && !grown) {
        json_decref(*facts);
        *facts = there;
        return INK_OK;
    }
    json_decref(there);
    if (status == INK_OK) status = write_facts(journal, *facts);
    for (size_t b = 0; b < journal->plan->bracket_count; b++) {
        const struct inki_bracket *bracket = &journal->plan->brackets[b];
        for (size_t i = 0; i < bracket->count && status == INK_OK; i++)
            status = add_trial(journal, b, bracket->first + i, points[bracket->first + i - 1]);
    }
    return status;
}

ink_status inki_journal_plan(struct inki_journal *journal, json_t **facts, json_t *const *points)
{
    INK_TRY(inki_db_begin(journal->db, journal->ctx));
    return inki_db_finish(journal->db, write_plan(journal, facts, points));
}

/* ---- who is alive ---- */

/* Wall time, for the log. */
static double wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The clock of leases: one for all processes of a machine, never set, and standing still while the machine sleeps. */
double inki_lease_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* The beginning of a small file of the system; "" if there is none. */
static void read_small(const char *path, char *out, size_t room)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, out, room - 1) : 0;
    out[got > 0 ? got : 0] = 0;
    if (file >= 0) close(file);
}

/* Where process numbers mean the same: this start of the machine, this name space, this user. "" if the system does not say. */
static void place_here(char out[256])
{
    char boot[64], space[64];
    ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    space[length > 0 ? length : 0] = 0;
    read_small("/proc/sys/kernel/random/boot_id", boot, sizeof boot);
    boot[strcspn(boot, "\n")] = 0;
    *out = 0;
    if (*boot && *space) snprintf(out, 256, "%s %s %ld", boot, space, (long)getuid());
}

/* When a process began, in the machine's own count; "" if it is not there, or has ended and only waits to be noticed. */
static void born_when(int64_t pid, char out[32])
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    read_small(path, text, sizeof text);
    const char *at = strrchr(text, ')'); /* behind the name: the state is field 3, the time field 22 */
    *out = 0;
    if (!at || at[1] == 0 || at[2] == 'Z' || at[2] == 'X') return;
    for (int field = 2; at && field < 22; field++) at = strchr(at + 1, ' ');
    if (at) snprintf(out, 32, "%.*s", (int)strcspn(at + 1, " \n"), at + 1);
}

ink_status inki_journal_join(struct inki_journal *journal)
{
    if (journal->link) return inki_link_join(journal);
    char place[256], born[32];
    place_here(place);
    born_when(getpid(), born);
    INK_TRY(inki_db_begin(journal->db, journal->ctx));
    ink_status status = inki_db_run(journal->db, "INSERT INTO process (pid, born, place, beat) VALUES (?, ?, ?, ?)",
                                    "ittr", (int64_t)getpid(), born, place, inki_lease_seconds());
    struct inki_answer answer;
    if (status == INK_OK) {
        inki_db_ask(journal->db, &answer, "SELECT max(process) FROM process", "");
        if (inki_db_next(&answer)) journal->process = inki_db_int(&answer, 0);
        status = inki_db_end(&answer);
    }
    return inki_db_finish(journal->db, status);
}

ink_status inki_journal_free_trials(struct inki_journal *journal, int64_t process, const char *what)
{
    INK_TRY(inki_db_run(journal->db,
                        "INSERT INTO event (at, process, trial, rung, what) SELECT ?, ?, trial, rung, ? FROM trial "
                        "WHERE state = 'running' AND owner = ?",
                        "riti", wall_seconds(), journal->process, what, process));
    return inki_db_run(journal->db,
                       "UPDATE trial SET state = 'waiting', owner = NULL WHERE state = 'running' AND owner = ?", "i",
                       process);
}

static ink_status forget(struct inki_journal *journal, int64_t process, const char *what)
{
    INK_TRY(inki_journal_free_trials(journal, process, what));
    return inki_db_run(journal->db, "DELETE FROM process WHERE process = ?", "i", process);
}

ink_status inki_journal_leave(struct inki_journal *journal)
{
    if (journal->link) return inki_link_leave(journal);
    INK_TRY(inki_db_begin(journal->db, journal->ctx));
    return inki_db_finish(journal->db, forget(journal, journal->process, "released"));
}

/* Whether a process has ended without a word, or has been silent for too long: longer, where the system knows that it is
 * alive and it may only be waiting for a processor. Columns: pid, born, place, beat. */
static bool is_gone(const struct inki_answer *row, const char *here, double now)
{
    char born[32];
    const char *place = inki_db_text(row, 3);
    double silent = now - inki_db_real(row, 4);
    if (!(silent > -1)) return true; /* the machine has been restarted since */
    if (!*here || !*place) return silent > INKI_LEASE;
    size_t boot = strcspn(here, " ");
    if (strncmp(here, place, boot + 1) != 0) return true; /* so did the machine */
    if (strcmp(here, place) != 0) return silent > INKI_LEASE;
    born_when(inki_db_int(row, 1), born);
    return strcmp(born, inki_db_text(row, 2)) != 0 || silent > 4 * INKI_LEASE;
}

static ink_status find_gone(struct inki_journal *journal, double now, int64_t *gone)
{
    char here[256];
    struct inki_answer answer;
    *gone = 0;
    place_here(here);
    inki_db_ask(journal->db, &answer, "SELECT process, pid, born, place, beat FROM process WHERE process <> ?", "i",
                journal->process);
    while (*gone == 0 && inki_db_next(&answer))
        if (is_gone(&answer, here, now)) *gone = inki_db_int(&answer, 0);
    return inki_db_end(&answer);
}

/* A process that others took for dead while it slept comes back under its number; its leases are gone. */
static ink_status beat(struct inki_journal *journal)
{
    double now = inki_lease_seconds();
    int64_t gone;
    char place[256], born[32];
    INK_TRY(inki_db_run(journal->db, "UPDATE process SET beat = ? WHERE process = ?", "ri", now, journal->process));
    if (inki_db_changes(journal->db) == 0) {
        place_here(place);
        born_when(getpid(), born);
        INK_TRY(inki_db_run(journal->db, "INSERT INTO process VALUES (?, ?, ?, ?, ?)", "iittr", journal->process,
                            (int64_t)getpid(), born, place, now));
    }
    for (;;) {
        INK_TRY(find_gone(journal, now, &gone));
        if (gone == 0) return INK_OK;
        INK_TRY(forget(journal, gone, "taken over"));
    }
}

ink_status inki_journal_beat(struct inki_journal *journal)
{
    if (journal->link) return inki_link_beat(journal);
    INK_TRY(inki_db_begin(journal->db, journal->ctx));
    return inki_db_finish(journal->db, beat(journal));
}
