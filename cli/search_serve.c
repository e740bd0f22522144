/* search_serve: hands a search's trials out over HTTP, to workers that join from elsewhere.
 * SPDX-License-Identifier: MIT
 *
 * What is asked is answered by the library (ink_search_answer), on the site's thread. The token lies beside the store, for its owner alone, so that
 * workers find a server that was started again. */
#include "search_serve.h"

#include "search_join.h"
#include "site.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { TOKEN_LEAST = 8, TOKEN_MOST = 200, RANDOM_BYTES = 16, RESULT_MOST = 512 << 20 };

struct search_server {
    ink_search *search;
    ink_ctx *ctx; /* of the site's thread */
    struct site site;
    struct server *server;
    const struct questions *questions; /* where others were started with this process; no site then */
    char token[TOKEN_ROOM];
};

/* ---- the token ---- */

static int check_token(const char *place, const char *token)
{
    size_t length = strlen(token);
    bool good = length >= TOKEN_LEAST && length <= TOKEN_MOST;
    for (size_t i = 0; i < length; i++) good = good && token[i] > ' ' && token[i] < 127;
    if (good) return CODE_DONE;
    return fail(CODE_USAGE, "%s: a token has %d to %d letters, digits and signs, without blanks", place, TOKEN_LEAST,
                TOKEN_MOST);
}

/* The first line of a file; false, with errno, where it cannot be read. */
static bool read_token(const char *path, char token[TOKEN_ROOM])
{
    FILE *file = fopen(path, "re");
    if (!file) return false;
    char *got = fgets(token, TOKEN_ROOM, file);
    fclose(file);
    if (!got) *token = 0;
    token[strcspn(token, "\r\n")] = 0;
    return true;
}

int search_token(const char *given, char token[TOKEN_ROOM])
{
    if (*given != '@') {
        snprintf(token, TOKEN_ROOM, "%s", given);
        return strlen(given) < TOKEN_ROOM ? check_token("--token", token) : check_token("--token", "");
    }
    if (!read_token(given + 1, token))
        return fail(CODE_INPUT, "--token: %s cannot be read: %s", given + 1, strerror(errno));
    return check_token(given + 1, token);
}

static int make_token(const char *path, char token[TOKEN_ROOM])
{
    unsigned char bytes[RANDOM_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
        return fail(CODE_INTERNAL, "the system has no random bytes for a token; give one with --token");
    for (size_t i = 0; i < sizeof bytes; i++) snprintf(token + 2 * i, 3, "%02x", bytes[i]);
    int handle = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    FILE *file = handle >= 0 ? fdopen(handle, "w") : NULL;
    bool good = file && fprintf(file, "%s\n", token) > 0;
    if (file) good = fclose(file) == 0 && good;
    if (good) return CODE_DONE;
    return fail(CODE_INPUT, "%s cannot be written: %s; give a token with --token", path, strerror(errno));
}

/* The given one, or the one beside the store, which is made once. *path: where it is, or "". */
static int choose_token(const struct job *job, const char *store, char token[TOKEN_ROOM], char path[4096])
{
    const char *given = job_value(job, "token");
    *path = 0;
    if (given) return search_token(given, token);
    snprintf(path, 4096, "%.4000s.token", store);
    if (access(path, F_OK) != 0) return make_token(path, token);
    if (!read_token(path, token)) return fail(CODE_INPUT, "%s cannot be read: %s", path, strerror(errno));
    return check_token(path, token);
}

/* ---- answers ---- */

/* A text that grows. */
struct text {
    char *bytes;
    size_t size, room;
};

static bool add_bytes(void *user, const char *bytes, size_t count)
{
    struct text *text = user;
    if (text->room - text->size < count) {
        size_t room = 2 * text->room + count;
        char *more = realloc(text->bytes, room);
        if (!more) return false;
        text->bytes = more;
        text->room = room;
    }
    if (count > 0) memcpy(text->bytes + text->size, bytes, count);
    text->size += count;
    return true;
}

static struct answer answer_search(void *user, const char *body, size_t size)
{
    struct search_server *server = user;
    struct text text = {0};
    unsigned code = 0;
    ink_status status = ink_search_answer(server->search, server->ctx, body, size, add_bytes, &text, &code);
    const char *type = text.size && memchr(text.bytes, 0, text.size) ? "application/octet-stream" : NULL;
    if (status == INK_OK) return (struct answer){.status = code, .text = text.bytes, .size = text.size, .type = type};
    free(text.bytes);
    return answer_error(500, "%s", ink_ctx_message(server->ctx));
}

/* How it stands, for people with curl. */
static struct answer get_counts(void *user, const char *path)
{
    static const char question[] = "{\"ask\": \"beat\", \"processes\": []}";
    if (strcmp(path, "/") != 0) return (struct answer){0};
    return answer_search(user, question, strlen(question));
}

/* ---- serving ---- */

static void say_address(const struct search_server *server, const char *path)
{
    char address[SITE_ADDRESS_ROOM], host[64] = "";
    site_address(server->server, address);
    address[strlen(address) - 1] = 0; /* the '/' */
    const char *port = strrchr(address, ':'), *name = address + strlen("http://");
    bool any = strncmp(name, "0.0.0.0:", 8) == 0 || strncmp(name, "[::]:", 5) == 0;
    if (any) gethostname(host, sizeof host - 1);
    talk("serving at %s; join with:", address);
    talk("  inkling search --join http://%.*s%s --token %s%s", *host ? (int)strlen(host) : (int)(port - name),
         *host ? host : name, port, *path ? "@" : "", *path ? path : "TOKEN");
    if (*path) talk("the token is %s", server->token);
    if (site_is_open(server->server))
        talk("the address is reachable from the whole network, without encryption: who listens there learns the token "
             "(ssh -L has encryption)");
}

/* At an address. */
static int begin_site(const struct job *job, const char *store, struct search_server *server)
{
    char path[4096];
    unsigned port;
    const char *host = job_value(job, "host");
    server->site = (struct site){.user = server,
                                 .get = get_counts,
                                 .post = answer_search,
                                 .post_path = SEARCH_PATH,
                                 .paths = "GET / and POST " SEARCH_PATH,
                                 .token = server->token,
                                 .body_most = RESULT_MOST};
    int code = site_read_port("serve", job_value(job, "serve"), &port);
    if (code == CODE_DONE) code = choose_token(job, store, server->token, path);
    if (code == CODE_DONE) code = site_begin(&server->site, host ? host : "127.0.0.1", port, &server->server);
    if (code == CODE_DONE) say_address(server, path);
    return code;
}

/* For processes that were started together with this one. */
static bool answer_question(void *user, const char *request, size_t size, ink_sink sink, void *to)
{
    struct search_server *server = user;
    unsigned code;
    return ink_search_answer(server->search, server->ctx, request, size, sink, to, &code) == INK_OK;
}

int search_serve_begin(const struct job *job, ink_search *search, const char *store, struct search_server **out)
{
    *out = NULL;
    struct search_server *server = calloc(1, sizeof *server);
    if (!server || ink_ctx_new(NULL, &server->ctx) != INK_OK) {
        search_serve_end(server);
        return fail(CODE_INTERNAL, "out of memory");
    }
    server->search = search;
    int code = job->questions ? job->questions->begin(answer_question, server) : begin_site(job, store, server);
    if (code == CODE_DONE) {
        server->questions = job->questions;
        *out = server;
    } else {
        search_serve_end(server);
    }
    return code;
}

void search_serve_end(struct search_server *server)
{
    if (!server) return;
    if (server->questions) server->questions->end();
    site_end(server->server);
    ink_ctx_free(server->ctx);
    free(server);
}

int search_serve_check(const struct job *job, const char *mode)
{
    unsigned port;
    const char *serve = job_value(job, "serve");
    const bool joins = mode && strcmp(mode, "join") == 0, over = joins && search_join_is_over(job_value(job, "join"));
    if (job->questions && (serve || over))
        return fail(CODE_USAGE, "--%s: processes that MPI has started ask the first of them by messages; leave it out",
                    serve ? "serve" : "join");
    if (serve && (over || (mode && !joins)))
        return fail(CODE_USAGE,
                    "--serve goes with a search that has its store here, not with --%s%s; see inkling help "
                    "search",
                    mode, over ? " http://…" : "");
    if (job_value(job, "host") && !serve)
        return fail(CODE_USAGE, "--host goes with --serve PORT; see inkling help search");
    if (job_value(job, "token") && !serve && !over)
        return fail(CODE_USAGE, "--token goes with --serve PORT or --join http://HOST:PORT; see inkling help search");
    if (over && !job_value(job, "token"))
        return fail(CODE_USAGE,
                    "--token is missing: the server prints it, and keeps it beside its store (search.db.token)");
    return serve ? site_read_port("serve", serve, &port) : CODE_DONE;
}
