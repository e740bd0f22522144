/* db: a database in one file, over SQLite.
 * SPDX-License-Identifier: MIT */
#include "base/db.h"

#ifdef INKI_HAVE_SQLITE
#include "base/mem.h"
#include "base/text.h"

#include <math.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATIENCE = 60000 }; /* milliseconds that a writer waits for another */

struct inki_db {
    ink_ctx *owner; /* whose memory this is */
    ink_ctx *ctx;   /* of the transaction under way */
    sqlite3 *file;
    char *path;
    pthread_mutex_t mutex;
};

static ink_status failed(const struct inki_db *db, const struct inki_db_kind *kind)
{
    int code = sqlite3_errcode(db->file) & 0xff;
    const char *why = sqlite3_errmsg(db->file);
    if (code == SQLITE_NOMEM) return inki_fail(db->ctx, INK_NO_MEMORY, "%s: out of memory", db->path);
    if (code == SQLITE_NOTADB && kind)
        return inki_fail(db->ctx, INK_BAD_FILE, "%s: is not %s; choose another file", db->path, kind->what);
    if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
        return inki_fail(db->ctx, INK_BAD_FILE, "%s: is damaged (%s); get another copy", db->path, why);
    return inki_fail(db->ctx, INK_IO, "%s: cannot be used: %s", db->path, why);
}

/* ---- statements ---- */

static int bind_one(sqlite3_stmt *statement, int at, char kind, va_list *list)
{
    const char *text;
    const struct inki_bytes *bytes;
    switch (kind) {
    case 'i':
        return sqlite3_bind_int64(statement, at, va_arg(*list, int64_t));
    case 'r':
        return sqlite3_bind_double(statement, at, va_arg(*list, double)); /* NaN becomes NULL */
    case 't':
        text = va_arg(*list, const char *);
        return text ? sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC) : sqlite3_bind_null(statement, at);
    default:
        bytes = va_arg(*list, const struct inki_bytes *);
        if (bytes->size == 0) return sqlite3_bind_null(statement, at);
        return sqlite3_bind_blob64(statement, at, bytes->data, bytes->size, SQLITE_STATIC);
    }
}

static ink_status prepare(struct inki_db *db, const char *sql, const char *kinds, va_list *list, sqlite3_stmt **out)
{
    int code = sqlite3_prepare_v2(db->file, sql, -1, out, NULL);
    for (int at = 1; code == SQLITE_OK && kinds[at - 1]; at++) code = bind_one(*out, at, kinds[at - 1], list);
    if (code == SQLITE_OK) return INK_OK;
    ink_status status = failed(db, NULL);
    sqlite3_finalize(*out);
    *out = NULL;
    return status;
}

ink_status inki_db_run(struct inki_db *db, const char *sql, const char *kinds, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list list;
    va_start(list, kinds);
    ink_status status = prepare(db, sql, kinds, &list, &statement);
    va_end(list);
    if (status == INK_OK && sqlite3_step(statement) != SQLITE_DONE) status = failed(db, NULL);
    sqlite3_finalize(statement);
    return status;
}

size_t inki_db_changes(const struct inki_db *db) { return (size_t)sqlite3_changes(db->file); }

void inki_db_ask(struct inki_db *db, struct inki_answer *out, const char *sql, const char *kinds, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list list;
    va_start(list, kinds);
    ink_status status = prepare(db, sql, kinds, &list, &statement);
    va_end(list);
    *out = (struct inki_answer){.db = db, .statement = statement, .status = status};
}

bool inki_db_next(struct inki_answer *answer)
{
    if (answer->status != INK_OK) return false;
    int code = sqlite3_step(answer->statement);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) answer->status = failed(answer->db, NULL);
    return false;
}

ink_status inki_db_end(struct inki_answer *answer)
{
    sqlite3_finalize(answer->statement);
    answer->statement = NULL;
    return answer->status;
}

int64_t inki_db_int(const struct inki_answer *answer, int column)
{
    return sqlite3_column_int64(answer->statement, column);
}

double inki_db_real(const struct inki_answer *answer, int column)
{
    bool none = sqlite3_column_type(answer->statement, column) == SQLITE_NULL;
    return none ? (double)NAN : sqlite3_column_double(answer->statement, column);
}

const char *inki_db_text(const struct inki_answer *answer, int column)
{
    const char *text = (const char *)sqlite3_column_text(answer->statement, column);
    return text ? text : "";
}

ink_status inki_db_bytes(const struct inki_answer *answer, int column, struct inki_bytes *out)
{
    const void *blob = sqlite3_column_blob(answer->statement, column);
    size_t size = blob ? (size_t)sqlite3_column_bytes(answer->statement, column) : 0;
    *out = (struct inki_bytes){0};
    if (size == 0) return INK_OK;
    out->data = inki_alloc(answer->db->ctx, size, 1);
    if (!out->data) return INK_NO_MEMORY;
    memcpy(out->data, blob, size);
    out->size = size;
    return INK_OK;
}

static json_t *value_at(sqlite3_stmt *statement, int column)
{
    json_t *text;
    switch (sqlite3_column_type(statement, column)) {
    case SQLITE_INTEGER:
        return json_integer(sqlite3_column_int64(statement, column));
    case SQLITE_FLOAT:
        return inki_db_value_of_real(sqlite3_column_double(statement, column));
    case SQLITE_TEXT:
        text = json_string((const char *)sqlite3_column_text(statement, column));
        return text ? text : json_string("?"); /* it is not UTF-8 */
    default:
        return json_null();
    }
}

json_t *inki_db_row(const struct inki_answer *answer, int columns)
{
    json_t *row = json_array();
    for (int i = 0; i < columns; i++)
        if (json_array_append_new(row, value_at(answer->statement, i)) != 0) {
            json_decref(row);
            return NULL;
        }
    return row;
}

/* ---- transactions ---- */

static ink_status begin_by(struct inki_db *db, ink_ctx *ctx, const char *sql)
{
    pthread_mutex_lock(&db->mutex);
    db->ctx = ctx;
    ink_status status = inki_db_run(db, sql, "");
    if (status != INK_OK) pthread_mutex_unlock(&db->mutex);
    return status;
}

ink_status inki_db_begin(struct inki_db *db, ink_ctx *ctx) { return begin_by(db, ctx, "BEGIN IMMEDIATE"); }

ink_status inki_db_look(struct inki_db *db, ink_ctx *ctx) { return begin_by(db, ctx, "BEGIN"); }

ink_status inki_db_finish(struct inki_db *db, ink_status status)
{
    if (status == INK_OK) status = inki_db_run(db, "COMMIT", "");
    if (status != INK_OK && !sqlite3_get_autocommit(db->file)) sqlite3_exec(db->file, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_unlock(&db->mutex);
    return status;
}

/* ---- opening ---- */

/* The file's tables, as one text. */
static ink_status schema_of(struct inki_db *db, const struct inki_db_kind *kind, struct inki_str *out)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(db->file, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name", -1,
                                  &statement, NULL);
    while (code == SQLITE_OK && (code = sqlite3_step(statement)) == SQLITE_ROW) {
        inki_str_add(out, "%s;", (const char *)sqlite3_column_text(statement, 0));
        code = SQLITE_OK;
    }
    ink_status status = code == SQLITE_DONE ? INK_OK : failed(db, kind);
    sqlite3_finalize(statement);
    return status == INK_OK && out->failed ? INK_NO_MEMORY : status;
}

static ink_status execute(struct inki_db *db, const struct inki_db_kind *kind, const char *sql)
{
    return sqlite3_exec(db->file, sql, NULL, NULL, NULL) == SQLITE_OK ? INK_OK : failed(db, kind);
}

static ink_status make_tables(struct inki_db *db, const struct inki_db_kind *kind)
{
    char mark[64];
    snprintf(mark, sizeof mark, "PRAGMA application_id = %d", (int)kind->mark);
    INK_TRY(execute(db, kind, kind->schema));
    return execute(db, kind, mark);
}

/* The tables as they should be: those of a fresh database. */
static ink_status wanted_schema(ink_ctx *ctx, const struct inki_db_kind *kind, struct inki_str *out)
{
    struct inki_db fresh = {.ctx = ctx, .path = (char *)"memory"};
    ink_status status = INK_NO_MEMORY;
    if (sqlite3_open(":memory:", &fresh.file) == SQLITE_OK) {
        status = make_tables(&fresh, kind);
        if (status == INK_OK) status = schema_of(&fresh, kind, out);
    }
    sqlite3_close(fresh.file);
    return status;
}

/* Tables with other columns, views or triggers: whatever is not ours is not used. */
static ink_status check_schema(struct inki_db *db, const struct inki_db_kind *kind, bool create)
{
    struct inki_str is = {.ctx = db->ctx}, wanted = {.ctx = db->ctx};
    ink_status status = wanted_schema(db->ctx, kind, &wanted);
    if (status == INK_OK) status = schema_of(db, kind, &is);
    if (status == INK_OK && is.length == 0 && create)
        status = make_tables(db, kind);
    else if (status == INK_OK && (is.length == 0 || strcmp(is.text, wanted.text) != 0))
        status = inki_fail(db->ctx, INK_BAD_FILE, "%s: is not %s, or one of another version; choose another file",
                           db->path, kind->what);
    inki_free(is.text);
    inki_free(wanted.text);
    return status;
}

/* Looking and making is one transaction: two processes may come at once. */
static ink_status check_tables(struct inki_db *db, const struct inki_db_kind *kind, bool create)
{
    INK_TRY(execute(db, kind, create ? "BEGIN IMMEDIATE" : "BEGIN"));
    ink_status status = check_schema(db, kind, create);
    if (status == INK_OK) return execute(db, kind, "COMMIT");
    sqlite3_exec(db->file, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

/* name: a path, or with SQLITE_OPEN_URI an address. */
static ink_status open_with(struct inki_db *db, const struct inki_db_kind *kind, const char *name, int flags)
{
    if (sqlite3_open_v2(name, &db->file, flags | SQLITE_OPEN_FULLMUTEX, NULL) != SQLITE_OK) return failed(db, kind);
    sqlite3_busy_timeout(db->file, PATIENCE);
    sqlite3_db_config(db->file, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db->file, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    return check_tables(db, kind, flags & SQLITE_OPEN_CREATE);
}

static ink_status open_to_write(struct inki_db *db, const struct inki_db_kind *kind, bool create)
{
    INK_TRY(open_with(db, kind, db->path, SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0)));
    if (sqlite3_db_readonly(db->file, NULL) == 1) return INK_OK;
    INK_TRY(execute(db, kind, "PRAGMA journal_mode = WAL"));
    return execute(db, kind, "PRAGMA synchronous = NORMAL");
}

/* Whether the folder that the file is in takes new files: the log, and what its readers share. */
static bool folder_is_closed(const struct inki_db *db)
{
    const char *slash = strrchr(db->path, '/');
    struct inki_str folder = {.ctx = db->ctx};
    inki_str_add(&folder, "%.*s", slash ? (int)(slash - db->path + 1) : 1, slash ? db->path : ".");
    bool closed = !folder.failed && access(folder.text, W_OK) != 0;
    inki_free(folder.text);
    return closed;
}

/* True if transactions wait beside the file, in its log, and have not been taken into it. */
static bool has_log(const struct inki_db *db)
{
    struct stat info;
    struct inki_str name = {.ctx = db->ctx};
    inki_str_add(&name, "%s-wal", db->path);
    bool has = name.failed || (stat(name.text, &info) == 0 && info.st_size > 0);
    inki_free(name.text);
    return has;
}

/* Where nothing can be written, neither can the files that readers of a log share. Nobody writes there, so none is needed. */
static ink_status open_unchanging(struct inki_db *db, const struct inki_db_kind *kind)
{
    struct inki_str address = {.ctx = db->ctx};
    inki_str_add(&address, "file:");
    for (const char *at = db->path; *at; at++)
        inki_str_add(&address, strchr("%?#", *at) ? "%%%02x" : "%c", (unsigned char)*at);
    inki_str_add(&address, "?immutable=1");
    sqlite3_close(db->file);
    db->file = NULL;
    ink_status status =
        address.failed ? INK_NO_MEMORY : open_with(db, kind, address.text, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
    inki_free(address.text);
    return status;
}

static ink_status open_file(struct inki_db *db, const struct inki_db_kind *kind, bool create)
{
    ink_status status = open_to_write(db, kind, create);
    bool unchanging = status == INK_IO && !create && folder_is_closed(db) && !has_log(db);
    return unchanging ? open_unchanging(db, kind) : status;
}

/* A path is never taken for SQLite's special names. */
static char *plain_path(ink_ctx *ctx, const char *path)
{
    struct inki_str str = {.ctx = ctx};
    inki_str_add(&str, "%s%s", *path == ':' || *path == 0 || strncmp(path, "file:", 5) == 0 ? "./" : "", path);
    return str.text;
}

ink_status inki_db_open(ink_ctx *ctx, const char *path, const struct inki_db_kind *kind, bool create,
                        struct inki_db **out)
{
    *out = NULL;
    enum inki_path_kind is = inki_path_kind(path);
    if (is == INKI_PATH_FOLDER) return inki_fail(ctx, INK_BAD_FILE, "%s: is a folder; give the name of a file", path);
    if (is == INKI_PATH_NONE && !create) return inki_fail(ctx, INK_NOT_FOUND, "%s: there is no such file", path);
    struct inki_db *db = inki_zalloc(ctx, 1, sizeof *db);
    if (!db) return INK_NO_MEMORY;
    db->owner = db->ctx = ctx;
    pthread_mutex_init(&db->mutex, NULL);
    db->path = plain_path(ctx, path);
    ink_status status = db->path ? open_file(db, kind, create) : INK_NO_MEMORY;
    if (status == INK_OK)
        *out = db;
    else
        inki_db_close(db);
    return status;
}

void inki_db_close(struct inki_db *db)
{
    if (!db) return;
    sqlite3_close(db->file);
    pthread_mutex_destroy(&db->mutex);
    inki_free(db->path);
    inki_free(db);
}

#else

ink_status inki_db_open(ink_ctx *ctx, const char *path, const struct inki_db_kind *kind, bool create,
                        struct inki_db **out)
{
    (void)create;
    *out = NULL;
    return inki_fail(
        ctx, INK_UNSUPPORTED,
        "%s: this build has no %s: it was built without SQLite; install it (Debian: libsqlite3-dev) and rebuild", path,
        kind->what + (kind->what[1] == ' ' ? 2 : 0));
}

/* None of these is reached: without a file that was opened there is nothing to call them with. */
void inki_db_close(struct inki_db *db) { (void)db; }

ink_status inki_db_begin(struct inki_db *db, ink_ctx *ctx)
{
    (void)db;
    return inki_fail(ctx, INK_UNSUPPORTED, "made without SQLite");
}

ink_status inki_db_look(struct inki_db *db, ink_ctx *ctx) { return inki_db_begin(db, ctx); }

ink_status inki_db_finish(struct inki_db *db, ink_status status)
{
    (void)db;
    return status;
}

ink_status inki_db_run(struct inki_db *db, const char *sql, const char *kinds, ...)
{
    (void)db, (void)sql, (void)kinds;
    return INK_UNSUPPORTED;
}

size_t inki_db_changes(const struct inki_db *db)
{
    (void)db;
    return 0;
}

void inki_db_ask(struct inki_db *db, struct inki_answer *out, const char *sql, const char *kinds, ...)
{
    (void)sql, (void)kinds;
    *out = (struct inki_answer){.db = db, .status = INK_UNSUPPORTED};
}

bool inki_db_next(struct inki_answer *answer)
{
    (void)answer;
    return false;
}

ink_status inki_db_end(struct inki_answer *answer) { return answer->status; }

int64_t inki_db_int(const struct inki_answer *answer, int column)
{
    (void)answer, (void)column;
    return 0;
}

double inki_db_real(const struct inki_answer *answer, int column)
{
    (void)answer, (void)column;
    return 0;
}

const char *inki_db_text(const struct inki_answer *answer, int column)
{
    (void)answer, (void)column;
    return "";
}

ink_status inki_db_bytes(const struct inki_answer *answer, int column, struct inki_bytes *out)
{
    (void)column;
    *out = (struct inki_bytes){0};
    return answer->status;
}

json_t *inki_db_row(const struct inki_answer *answer, int columns)
{
    (void)answer, (void)columns;
    return NULL;
}

#endif
