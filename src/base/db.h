/* db: a database in one file (SQLite), shared by threads and processes; in a build without SQLite a sentence that says so.
 * SPDX-License-Identifier: MIT
 *
 * Everything happens between inki_db_begin and inki_db_finish: one thread at a time, and all of it or nothing is written.
 * The file is in WAL mode, so the end of a process at any moment leaves the last finished state. */
#ifndef INKI_DB_H
#define INKI_DB_H

#include "base/file.h"

#include <jansson.h>

struct inki_db;

/* Opens the file; `create`: makes it if it is not there or empty. `schema` is the SQL that makes its tables, `mark` goes into
 * the file's header (application_id), `what` says in messages what such files are ("a search store"). A file of another kind, or with other
 * tables than the schema's, is refused and not touched. Where nothing can be written (a read-only folder or disk) an existing file is opened to read. Errors: NOT_FOUND, BAD_FILE, IO, UNSUPPORTED, NO_MEMORY. */
struct inki_db_kind {
    const char *schema, *what;
    uint32_t mark;
};
ink_status inki_db_open(ink_ctx *ctx, const char *path, const struct inki_db_kind *kind, bool create,
                        struct inki_db **out);
void inki_db_close(struct inki_db *db);

/* One transaction. Failures are reported to `ctx`, the calling thread's. finish commits if `status` is OK, else takes all back,
 * and returns the first failure. */
ink_status inki_db_begin(struct inki_db *db, ink_ctx *ctx);
ink_status inki_db_look(struct inki_db *db, ink_ctx *ctx); /* to read only: does not wait for those who write */
ink_status inki_db_finish(struct inki_db *db, ink_status status);

/* Runs one statement. kinds has a letter for each ? in it, and the values follow: i int64_t, r double (NaN is NULL), t
 * const char * (NULL is NULL), b const struct inki_bytes * (empty is NULL). */
ink_status inki_db_run(struct inki_db *db, const char *sql, const char *kinds, ...);

/* How many rows the last statement changed. */
size_t inki_db_changes(const struct inki_db *db);

/* A question with an answer of any number of rows: ask, next until false, end. end returns what went wrong, if anything. */
struct inki_answer {
    struct inki_db *db;
    void *statement; /* NULL: none */
    ink_status status;
};
void inki_db_ask(struct inki_db *db, struct inki_answer *out, const char *sql, const char *kinds, ...);
bool inki_db_next(struct inki_answer *answer);
ink_status inki_db_end(struct inki_answer *answer);

/* Columns of the row at hand, from 0. NULL is 0, NaN, "" or no bytes. Texts are borrowed until the next row; bytes are the
 * caller's (inki_bytes_free). */
int64_t inki_db_int(const struct inki_answer *answer, int column);
double inki_db_real(const struct inki_answer *answer, int column);
const char *inki_db_text(const struct inki_answer *answer, int column);
ink_status inki_db_bytes(const struct inki_answer *answer, int column, struct inki_bytes *out);

/* The first `columns` of the row, none of them bytes, as a JSON array: integers, reals, texts, null. A real that JSON cannot say is a text
 * that inki_db_value_real reads. NULL: out of memory. */
json_t *inki_db_row(const struct inki_answer *answer, int columns);

/* The same as from an answer, of such a row. A value of another kind, or that is not there, is as NULL. */
int64_t inki_db_value_int(const json_t *row, int column);
double inki_db_value_real(const json_t *row, int column);
const char *inki_db_value_text(const json_t *row, int column);
json_t *inki_db_value_of_real(double value);

#endif
