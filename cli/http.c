/* http: asks one server over HTTP/1.1, with connections that are kept.
 * SPDX-License-Identifier: MIT
 *
 * A call takes a connection that nobody uses, or makes one. One that was kept may have been closed by the server meanwhile: then the request goes
 * out once more, over a new one. */
#include "http.h"

#include "cli.h"
#include "terminal.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    KEPT_MOST = 64,      /* connections that wait for the next call */
    CONNECT_MS = 5000,   /* to come through */
    SILENCE_MS = 10000,  /* without a byte */
    HEAD_MOST = 1 << 14, /* bytes of an answer's head */
    ANSWER_MOST = 1 << 30
};

struct http {
    char name[320], host[256], port[8];
    const char *token;
    pthread_mutex_t mutex;
    int kept[KEPT_MOST];
    size_t count;
};

/* An answer as it comes in. */
struct arrival {
    char *text;
    size_t size, room;
    size_t head; /* bytes before the body; 0: not all there */
    size_t length;
    unsigned status;
    bool closes;
};

/* ---- addresses ---- */

/* "HOST:PORT", "[::1]:PORT", with or without a '/' at the end. */
static bool read_place(const char *text, struct http *out)
{
    const char *bracket = *text == '[' ? strchr(text, ']') : NULL, *host = bracket ? text + 1 : text,
               *end = bracket ? bracket : text + strcspn(text, ":/"), *colon = bracket ? bracket + 1 : end;
    size_t length = (size_t)(end - host), digits = *colon == ':' ? strspn(colon + 1, "0123456789") : 0;
    const char *rest = digits ? colon + 1 + digits : "?";
    unsigned long port = digits && digits <= 5 ? strtoul(colon + 1, NULL, 10) : 0;
    if (length == 0 || length >= sizeof out->host || port == 0 || port > 65535 || (*rest && strcmp(rest, "/") != 0))
        return false;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)host[i] <= ' ' || host[i] == 127) return false;
    snprintf(out->host, sizeof out->host, "%.*s", (int)length, host);
    snprintf(out->port, sizeof out->port, "%lu", port);
    snprintf(out->name, sizeof out->name, "http://%s%s%s:%s", bracket ? "[" : "", out->host, bracket ? "]" : "",
             out->port);
    return true;
}

struct http *http_new(const char *address, const char *token, int *code)
{
    struct http *http = calloc(1, sizeof *http);
    *code = CODE_DONE;
    if (!http) {
        *code = fail(CODE_INTERNAL, "out of memory");
    } else if (strncasecmp(address, "http://", 7) != 0 || !read_place(address + 7, http)) {
        *code = fail(CODE_USAGE, "'%s' is not an address such as http://192.0.2.7:8000", address);
        free(http);
        return NULL;
    } else {
        http->token = token;
        pthread_mutex_init(&http->mutex, NULL);
    }
    return http;
}

void http_free(struct http *http)
{
    if (!http) return;
    for (size_t i = 0; i < http->count; i++) close(http->kept[i]);
    pthread_mutex_destroy(&http->mutex);
    free(http);
}

const char *http_name(const struct http *http) { return http->name; }

/* ---- connections ---- */

static int take_kept(struct http *http)
{
    pthread_mutex_lock(&http->mutex);
    int handle = http->count > 0 ? http->kept[--http->count] : -1;
    pthread_mutex_unlock(&http->mutex);
    return handle;
}

static void keep(struct http *http, int handle)
{
    pthread_mutex_lock(&http->mutex);
    bool has_room = http->count < KEPT_MOST;
    if (has_room) http->kept[http->count++] = handle;
    pthread_mutex_unlock(&http->mutex);
    if (!has_room) close(handle);
}

/* Waits until the socket can be read or written; false, with errno, where it cannot. */
static bool wait_for(int handle, short what, int milliseconds)
{
    struct pollfd poller = {.fd = handle, .events = what};
    int got;
    do got = poll(&poller, 1, milliseconds);
    while (got < 0 && errno == EINTR);
    if (got == 0) errno = ETIMEDOUT;
    return got > 0;
}

static int connect_to(const struct addrinfo *at)
{
    int error = 0, on = 1, handle = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t room = sizeof error;
    if (handle < 0) return -1;
    setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(handle, at->ai_addr, at->ai_addrlen) == 0) return handle;
    if (errno == EINPROGRESS && wait_for(handle, POLLOUT, CONNECT_MS)) {
        getsockopt(handle, SOL_SOCKET, SO_ERROR, &error, &room);
        if (error == 0) return handle;
        errno = error;
    }
    error = errno;
    close(handle);
    errno = error;
    return -1;
}

static int open_connection(const struct http *http, char why[HTTP_WHY_ROOM])
{
    const struct addrinfo wanted = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    struct addrinfo *found = NULL;
    int handle = -1, none = getaddrinfo(http->host, http->port, &wanted, &found);
    if (none != 0) {
        snprintf(why, HTTP_WHY_ROOM, "there is no such host (%s)", gai_strerror(none));
        return -1;
    }
    for (const struct addrinfo *at = found; at && handle < 0; at = at->ai_next) handle = connect_to(at);
    if (handle < 0) snprintf(why, HTTP_WHY_ROOM, "no answer (%s)", strerror(errno));
    freeaddrinfo(found);
    return handle;
}

/* ---- a request ---- */

static bool send_all(int handle, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(handle, bytes, size, MSG_NOSIGNAL);
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        } else if (sent < 0 && errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
            return false;
        } else if (!wait_for(handle, POLLOUT, SILENCE_MS)) {
            return false;
        }
    }
    return true;
}

static bool send_request(const struct http *http, int handle, const char *path, const char *body, size_t size)
{
    char head[1024];
    int length = snprintf(
        head, sizeof head,
        "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %zu\r\n%s%s%s\r\n",
        path, http->name + strlen("http://"), size, http->token ? "Authorization: Bearer " : "",
        http->token ? http->token : "", http->token ? "\r\n" : "");
    if (length < 0 || (size_t)length >= sizeof head) {
        errno = ENAMETOOLONG;
        return false;
    }
    return send_all(handle, head, (size_t)length) && send_all(handle, body, size);
}

/* ---- an answer ---- */

/* The value of a header, NULL if there is none. The head ends with an empty line. */
static const char *header(const struct arrival *arrival, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = strchr(arrival->text, '\n'); line && line + 1 < arrival->text + arrival->head;
         line = strchr(line + 1, '\n'))
        if (strncasecmp(line + 1, name, length) == 0 && line[1 + length] == ':')
            return line + 2 + length + strspn(line + 2 + length, " \t");
    return NULL;
}

/* Looks at the head once it is whole; false: this is no answer that is understood. */
static bool read_head(struct arrival *arrival)
{
    const char *end = strstr(arrival->text, "\r\n\r\n"), *length, *closes;
    if (!end) return arrival->size < HEAD_MOST;
    arrival->head = (size_t)(end - arrival->text) + 4;
    if (strncmp(arrival->text, "HTTP/1.", 7) != 0 || arrival->head < 14) return false;
    arrival->status = (unsigned)strtoul(arrival->text + 9, NULL, 10);
    length = header(arrival, "Content-Length");
    closes = header(arrival, "Connection");
    arrival->closes = closes && strncasecmp(closes, "close", 5) == 0;
    arrival->length = length ? (size_t)strtoull(length, NULL, 10) : 0;
    return length && arrival->status >= 200 && arrival->status < 600 && arrival->length < ANSWER_MOST;
}

/* Room for `size` bytes more, and a 0 behind. */
static bool make_room(struct arrival *arrival, size_t size)
{
    size_t room = arrival->room;
    if (arrival->size + size < room) return true;
    while (room <= arrival->size + size) room = room ? 2 * room : 8192;
    char *text = realloc(arrival->text, room);
    if (!text) {
        errno = ENOMEM;
        return false;
    }
    arrival->text = text;
    arrival->room = room;
    return true;
}

/* Reads until all is there; false, with errno (0: the server ended the connection). */
static bool receive(int handle, struct arrival *arrival)
{
    while (arrival->head == 0 || arrival->size < arrival->head + arrival->length) {
        if (!make_room(arrival, 4096)) return false;
        ssize_t got = recv(handle, arrival->text + arrival->size, arrival->room - arrival->size - 1, 0);
        if (got == 0) errno = 0;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) {
            if (!wait_for(handle, POLLIN, SILENCE_MS)) return false;
            continue;
        }
        if (got <= 0) return false;
        arrival->size += (size_t)got;
        arrival->text[arrival->size] = 0;
        if (arrival->head == 0 && !read_head(arrival)) {
            errno = EPROTO;
            return false;
        }
    }
    return true;
}

/* Over one connection, which is kept where it can be. */
static bool ask_over(struct http *http, int handle, const char *path, const char *body, size_t size,
                     struct arrival *arrival)
{
    bool good = send_request(http, handle, path, body, size) && receive(handle, arrival);
    int error = errno;
    if (good && !arrival->closes)
        keep(http, handle);
    else
        close(handle);
    errno = error;
    return good;
}

unsigned http_post(struct http *http, const char *path, const char *body, size_t size, ink_sink sink, void *to,
                   char why[HTTP_WHY_ROOM])
{
    struct arrival arrival = {0};
    int handle;
    bool good = false, old = true;
    while (!good && old) {
        handle = take_kept(http);
        old = handle >= 0;
        if (!old) handle = open_connection(http, why);
        free(arrival.text);
        arrival = (struct arrival){0};
        if (handle < 0) return 0;
        good = ask_over(http, handle, path, body, size, &arrival);
    }
    if (!good)
        snprintf(why, HTTP_WHY_ROOM, "%s (%s)",
                 errno == EPROTO ? "what answers is not Inkling" : "the connection broke",
                 errno ? strerror(errno) : "ended by the server");
    if (good && arrival.status == 503) {
        good = false;
        snprintf(why, HTTP_WHY_ROOM, "it has too much to do");
    }
    if (good && !sink(to, arrival.text + arrival.head, arrival.length)) {
        good = false;
        snprintf(why, HTTP_WHY_ROOM, "the answer has no room");
    }
    free(arrival.text);
    return good ? arrival.status : 0;
}
