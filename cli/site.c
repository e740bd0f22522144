/* site: a small web server, over libmicrohttpd.
 * SPDX-License-Identifier: MIT
 *
 * One thread of the server's waits for all connections (epoll) and works on their requests one by one. What clients can hold is
 * bounded: connections, seconds, headers, bytes of one body and of all bodies; further ones get 503. No path
 * of a request ever becomes a path of a file: the site compares it with those that there are. */
#include "site.h"

#include "cli.h"
#include "held.h"
#include "json.h"
#include "terminal.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

struct answer answer_error(unsigned status, const char *format, ...)
{
    char line[512];
    va_list list;
    struct answer answer = {.status = status};
    va_start(list, format);
    vsnprintf(line, sizeof line, format, list);
    va_end(list);
    json_t *value = json_pack("{s:o}", "error", json_of_text(line));
    answer.text = value ? json_dumps(value, JSON_COMPACT) : NULL;
    answer.size = answer.text ? strlen(answer.text) : 0;
    json_decref(value);
    return answer;
}

int site_read_port(const char *flag, const char *text, unsigned *port)
{
    size_t digits = strspn(text, "0123456789");
    *port = (unsigned)strtoul(text, NULL, 10);
    if (digits > 0 && digits <= 5 && !text[digits] && *port <= 65535) return CODE_DONE;
    return fail(CODE_USAGE, "--%s: '%s' is not a port number (0 to 65535)", flag, text);
}

#ifdef INKLING_HAVE_MICROHTTPD
#include <arpa/inet.h>
#include <errno.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_MOST = 512,    /* beyond them, connections wait in the system's queue */
    CONNECTIONS_MANY = 384,    /* from then on they are scarce */
    ADDRESS_MOST = 128,        /* of one address, where others can reach the server */
    REQUESTS_MOST = 256,       /* with a body, under way at a time */
    BODIES_MOST = 96 << 20,    /* bytes held for all of them */
    IDLE_SECONDS = 10,         /* without a byte */
    REQUEST_SECONDS = 60,      /* for a whole body */
    DRAIN_MILLISECONDS = 2000, /* for what is under way when it ends */
};

/* Room for either family. */
union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

struct server {
    const struct site *site;
    struct MHD_Daemon *daemon;
    union address address;
    struct held_list *connections;
    size_t body_most, bodies_most; /* bytes */
    size_t requests, held;         /* under way; bytes of their bodies */
};

/* A request with a body. */
struct request {
    char *body;
    size_t size, room;
    time_t begun;
    unsigned refused; /* the status that the rest of the body is only swallowed for; 0: none */
};

/* ------------------------------------------------------------------ responses */

static const char page_policy[] =
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none';"
    " form-action 'none'; frame-ancestors 'none'";
static const char polling_policy[] =
    "default-src 'none'; connect-src 'self'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static const char *policy_of(const struct server *server, const char *type)
{
    if (strncmp(type, "text/html", 9) != 0) return "default-src 'none'; frame-ancestors 'none'";
    return server->site->polls ? polling_policy : page_policy;
}

static enum MHD_Result send_answer(const struct server *server, struct MHD_Connection *connection, struct answer answer)
{
    static const char *const headers[][2] = {{"X-Content-Type-Options", "nosniff"},
                                             {"X-Frame-Options", "DENY"},
                                             {"Referrer-Policy", "no-referrer"},
                                             {"Cross-Origin-Resource-Policy", "same-origin"},
                                             {"Cache-Control", "no-store"}};
    const char *type = answer.type ? answer.type : "application/json";
    unsigned status = answer.status;
    if (!answer.text) return MHD_NO;
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer.size, answer.text, answer.kept ? MHD_RESPMEM_PERSISTENT : MHD_RESPMEM_MUST_FREE);
    if (!response) return MHD_NO;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        MHD_add_response_header(response, headers[i][0], headers[i][1]);
    MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Content-Security-Policy", policy_of(server, type));
    if (status == 405) MHD_add_response_header(response, "Allow", server->site->post ? "GET, HEAD, POST" : "GET, HEAD");
    if (status == 401) MHD_add_response_header(response, "WWW-Authenticate", "Bearer");
    if (status == 503) MHD_add_response_header(response, "Retry-After", "1");
    if (status == 413 || status == 408) MHD_add_response_header(response, "Connection", "close");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

/* -------------------------------------------------------------------- requests */

/* NAME or NAME:PORT; the port may be that of a tunnel. */
static bool is_host(const char *host, const char *name)
{
    size_t length = strlen(name);
    if (strncasecmp(host, name, length) != 0) return false;
    if (!host[length]) return true;
    size_t digits = strspn(host + length + (host[length] == ':'), "0123456789");
    return host[length] == ':' && digits >= 1 && digits <= 5 && !host[length + 1 + digits];
}

/* A page of elsewhere whose name leads here (DNS rebinding) is recognised by the name: at the loopback address only its own count. */
static bool is_own_host(const struct server *server, const char *host)
{
    static const char *const names[] = {"localhost", "127.0.0.1", "[::1]"};
    char address[SITE_ADDRESS_ROOM];
    if (!host || site_is_open(server)) return true; /* without one: HTTP/1.0, which no browser speaks */
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_host(host, names[i])) return true;
    char *bound = site_address(server, address) + strlen("http://"), *port = strrchr(bound, ':');
    *port = 0;
    return is_host(host, bound);
}

/* A browser names the page that asks: another server's may not. */
static bool is_own_origin(struct MHD_Connection *connection, const char *host)
{
    const char *origin = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Origin"), *rest;
    if (!origin) return true;
    rest = strncasecmp(origin, "http://", 7) == 0    ? origin + 7
           : strncasecmp(origin, "https://", 8) == 0 ? origin + 8
                                                     : "";
    return host && strcasecmp(rest, host) == 0;
}

struct count {
    const char *name;
    unsigned number;
};

static enum MHD_Result count_header(void *user, enum MHD_ValueKind kind, const char *name, const char *value)
{
    struct count *count = user;
    (void)kind, (void)value;
    count->number += strcasecmp(name, count->name) == 0;
    return MHD_YES;
}

/* As long for a wrong token as for the right one, wherever they differ. */
static bool has_token(const struct server *server, struct MHD_Connection *connection)
{
    const char *is = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Authorization"),
               *wanted = server->site->token;
    if (!wanted) return true;
    if (!is || strncasecmp(is, "Bearer ", 7) != 0 || strlen(is + 7) != strlen(wanted)) return false;
    unsigned char differs = 0;
    for (size_t i = 0; wanted[i]; i++) differs = (unsigned char)(differs | (wanted[i] ^ is[7 + i]));
    return differs == 0;
}

/* What is wrong with where a request comes from or goes to; status 0: nothing. */
static struct answer check_sender(const struct server *server, struct MHD_Connection *connection)
{
    const char *host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
    struct count hosts = {"Host", 0};
    MHD_get_connection_values(connection, MHD_HEADER_KIND, count_header, &hosts);
    if (hosts.number > 1) return answer_error(400, "more than one Host");
    if (!is_own_host(server, host)) return answer_error(421, "unknown Host: use http://localhost:PORT/");
    if (!is_own_origin(connection, host)) return answer_error(403, "a page of another server may not ask");
    if (!has_token(server, connection))
        return answer_error(401, "the token is missing or another one: Authorization: Bearer TOKEN");
    return (struct answer){0};
}

static struct answer get(const struct server *server, const char *path)
{
    const struct site *site = server->site;
    if (site->post_path && strcmp(path, site->post_path) == 0) return answer_error(405, "%s wants POST", path);
    struct answer answer = site->get(site->user, path);
    return answer.status ? answer : answer_error(404, "there are %s", site->paths);
}

/* The length that a request announces; 0 where it does not say. */
static unsigned long long announced(struct MHD_Connection *connection)
{
    const char *length = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Length");
    return length ? strtoull(length, NULL, 10) : 0;
}

static enum MHD_Result begin_request(struct server *server, struct MHD_Connection *connection, void **state)
{
    if (announced(connection) > server->body_most)
        return send_answer(server, connection, answer_error(413, "more than %zu bytes", server->body_most));
    struct request *request = server->requests < REQUESTS_MOST ? calloc(1, sizeof *request) : NULL;
    if (!request) return send_answer(server, connection, answer_error(503, "too many requests at a time; try again"));
    request->begun = time(NULL);
    server->requests++;
    *state = request;
    return MHD_YES;
}

static void refuse(struct server *server, struct request *request, unsigned status)
{
    free(request->body);
    server->held -= request->room;
    request->body = NULL;
    request->room = 0;
    request->refused = status;
}

static void keep_body(struct server *server, struct request *request, const char *data, size_t size)
{
    size_t wanted = request->size + size + 1, room = request->room ? 2 * request->room : 8192;
    if (wanted - 1 > server->body_most) {
        refuse(server, request, 413);
        return;
    }
    if (wanted > request->room) {
        while (room < wanted) room *= 2;
        char *body = server->held - request->room + room <= server->bodies_most ? realloc(request->body, room) : NULL;
        if (!body) {
            refuse(server, request, 503);
            return;
        }
        server->held += room - request->room;
        request->body = body;
        request->room = room;
    }
    memcpy(request->body + request->size, data, size);
    request->size += size;
    request->body[request->size] = 0;
}

static enum MHD_Result end_request(const struct server *server, struct MHD_Connection *connection,
                                   const struct request *request)
{
    if (request->refused == 413)
        return send_answer(server, connection, answer_error(413, "more than %zu bytes", server->body_most));
    if (request->refused)
        return send_answer(server, connection, answer_error(request->refused, "too much at a time; try again"));
    if (!request->body) return send_answer(server, connection, answer_error(400, "empty body"));
    const struct site *site = server->site;
    const char *more = site->more ? MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, site->more) : NULL;
    return send_answer(
        server, connection,
        (more && strcmp(more, "1") == 0 ? site->post_more : site->post)(site->user, request->body, request->size));
}

static struct held *held_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void on_connection(void *user, struct MHD_Connection *connection, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    const struct server *server = user;
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    if (code == MHD_CONNECTION_NOTIFY_STARTED && info) *context = held_add(server->connections, info->connect_fd);
    if (code == MHD_CONNECTION_NOTIFY_CLOSED && *context) held_remove(server->connections, *context);
}

/* A path that hides its end behind %00 stays as it is, which is none that there is. */
static size_t on_escapes(void *user, struct MHD_Connection *connection, char *text)
{
    (void)user, (void)connection;
    return strstr(text, "%00") ? strlen(text) : MHD_http_unescape(text);
}

static enum MHD_Result on_request(void *user, struct MHD_Connection *connection, const char *path, const char *method,
                                  const char *version, const char *data, size_t *size, void **state)
{
    struct server *server = user;
    struct request *request = *state;
    (void)version;
    if (request && *size > 0) {
        bool endless = request->size > 2 * server->body_most || time(NULL) - request->begun > REQUEST_SECONDS;
        if (request->refused) request->size += *size;
        if (endless) return MHD_NO; /* ends the connection */
        if (!request->refused) keep_body(server, request, data, *size);
        *size = 0;
        return MHD_YES;
    }
    if (request) return end_request(server, connection, request);
    held_asks(server->connections, held_of(connection), true);
    struct answer wrong = check_sender(server, connection);
    if (wrong.status) return send_answer(server, connection, wrong);
    if (strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0)
        return send_answer(server, connection, get(server, path));
    if (!server->site->post)
        return send_answer(server, connection, answer_error(405, "method not allowed (allowed: GET, HEAD)"));
    if (strcmp(method, "POST") != 0)
        return send_answer(server, connection, answer_error(405, "method not allowed (allowed: GET, HEAD, POST)"));
    if (strcmp(path, server->site->post_path) != 0)
        return send_answer(server, connection, answer_error(404, "POST is for %s only", server->site->post_path));
    return begin_request(server, connection, state);
}

static void on_completed(void *user, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct server *server = user;
    struct request *request = *state;
    (void)code;
    held_asks(server->connections, held_of(connection), false);
    if (!request) return;
    refuse(server, request, 0);
    free(request);
    server->requests--;
    *state = NULL;
}

/* -------------------------------------------------------------------- sockets */

static socklen_t make_address(const char *host, unsigned port, union address *out)
{
    *out = (union address){0};
    if (inet_pton(AF_INET, host, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons((uint16_t)port);
        return sizeof out->v4;
    }
    if (inet_pton(AF_INET6, host, &out->v6.sin6_addr) != 1) return 0;
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons((uint16_t)port);
    return sizeof out->v6;
}

static bool is_loopback(const union address *address)
{
    if (address->any.sa_family == AF_INET) return ntohl(address->v4.sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
}

/* A listening socket, -1 after saying what is wrong. *address becomes what it is bound to. */
static int listen_at(const char *host, unsigned port, union address *address)
{
    int on = 1;
    socklen_t length = make_address(host, port, address), room = sizeof *address;
    if (length == 0) {
        fail(CODE_USAGE, "--host: '%s' is not an address such as 127.0.0.1 or ::1", host);
        return -1;
    }
    int handle = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (handle >= 0) setsockopt(handle, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (handle < 0 || bind(handle, &address->any, length) != 0 || listen(handle, 511) != 0 ||
        getsockname(handle, &address->any, &room) != 0) {
        fail(CODE_INPUT, "cannot listen at %s, port %u: %s; choose another port", host, port, strerror(errno));
        if (handle >= 0) close(handle);
        return -1;
    }
    return handle;
}

/* ------------------------------------------------------------------------ run */

static unsigned connections_of(struct MHD_Daemon *daemon)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS);
    return info ? info->num_connections : 0;
}

/* Takes no more, lets what is under way end, and stops. */
static void stop(struct MHD_Daemon *daemon)
{
    const struct timespec moment = {0, 20000000};
    int handle = MHD_quiesce_daemon(daemon);
    for (int waited = 0; waited < DRAIN_MILLISECONDS && connections_of(daemon) > 0; waited += 20)
        nanosleep(&moment, NULL);
    MHD_stop_daemon(daemon);
    if (handle >= 0) close(handle);
}

/* Signals are for the program's own threads. */
static struct MHD_Daemon *start(struct server *server, int handle)
{
    sigset_t all, before;
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 1 << 20); /* large bodies go back to the system, and do not break up the heap */
#endif
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    unsigned of_address = site_is_open(server) ? ADDRESS_MOST : 0;
    server->connections = held_begin(CONNECTIONS_MANY);
    struct MHD_Daemon *daemon =
        !server->connections
            ? NULL
            : MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_ITC, 0, NULL, NULL, on_request,
                               server, MHD_OPTION_PER_IP_CONNECTION_LIMIT, of_address, MHD_OPTION_NOTIFY_CONNECTION,
                               on_connection, server, MHD_OPTION_UNESCAPE_CALLBACK, on_escapes, NULL,
                               MHD_OPTION_LISTEN_SOCKET, handle, MHD_OPTION_CONNECTION_LIMIT,
                               (unsigned)CONNECTIONS_MOST, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
                               MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)32768, MHD_OPTION_NOTIFY_COMPLETED,
                               on_completed, server, MHD_OPTION_END);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

char *site_address(const struct server *server, char to[SITE_ADDRESS_ROOM])
{
    char host[INET6_ADDRSTRLEN] = "";
    bool six = server->address.any.sa_family == AF_INET6;
    const void *place = six ? (const void *)&server->address.v6.sin6_addr : &server->address.v4.sin_addr;
    unsigned port = ntohs(six ? server->address.v6.sin6_port : server->address.v4.sin_port);
    inet_ntop(server->address.any.sa_family, place, host, sizeof host);
    snprintf(to, SITE_ADDRESS_ROOM, "http://%s%s%s:%u/", six ? "[" : "", host, six ? "]" : "", port);
    return to;
}

bool site_is_open(const struct server *server) { return !is_loopback(&server->address); }

int site_begin(const struct site *site, const char *host, unsigned port, struct server **out)
{
    *out = NULL;
    struct server *server = calloc(1, sizeof *server);
    if (!server) return fail(CODE_INTERNAL, "out of memory");
    server->site = site;
    server->body_most = site->body_most ? site->body_most : SITE_BODY_MOST;
    server->bodies_most = BODIES_MOST > 2 * server->body_most ? BODIES_MOST : 2 * server->body_most;
    int handle = listen_at(host, port, &server->address);
    if (handle < 0) {
        free(server);
        union address address;
        return make_address(host, port, &address) ? CODE_INPUT : CODE_USAGE;
    }
    server->daemon = start(server, handle);
    if (server->daemon) {
        *out = server;
        return CODE_DONE;
    }
    close(handle);
    held_end(server->connections);
    free(server);
    return fail(CODE_INTERNAL, "the server could not be started: %s", strerror(errno));
}

void site_end(struct server *server)
{
    if (!server) return;
    stop(server->daemon);
    held_end(server->connections);
    free(server);
}

#else

int site_begin(const struct site *site, const char *host, unsigned port, struct server **out)
{
    (void)site, (void)host, (void)port;
    *out = NULL;
    return fail(CODE_INPUT,
                "this build has no web server: install libmicrohttpd (Debian: libmicrohttpd-dev) and rebuild");
}

void site_end(struct server *server) { (void)server; }

char *site_address(const struct server *server, char to[SITE_ADDRESS_ROOM])
{
    (void)server;
    return strcpy(to, "");
}

bool site_is_open(const struct server *server)
{
    (void)server;
    return false;
}

#endif
