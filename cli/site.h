/* site: a small web server: what is asked for is answered by two functions; limits, headers and refusals are here.
 * SPDX-License-Identifier: MIT */
#ifndef SITE_H
#define SITE_H

#include <stdbool.h>
#include <stddef.h>

#define SITE_BODY_MOST (16 << 20) /* bytes of a request's body, where a site does not say otherwise */
#define SITE_ADDRESS_ROOM 160

/* An answer: an HTTP status and a text. text NULL: out of memory. */
struct answer {
    unsigned status; /* 0, from get: there is no such path */
    char *text;
    size_t size;
    const char *type; /* NULL: application/json */
    bool kept;        /* the text stays the site's, unchanged until site_end; else it is freed once it is sent */
};

/* What a site answers. Its functions are called on the server's thread, one at a time. */
struct site {
    void *user;
    struct answer (*get)(void *user, const char *path);
    struct answer (*post)(void *user, const char *body, size_t size); /* body[size] is 0 */
    const char *post_path;                                            /* what takes POST; NULL: nothing */
    /* What takes it where the address asks for more, as /predict?each=1 does with "each"; NULL: it may not. */
    const char *more;
    struct answer (*post_more)(void *user, const char *body, size_t size);
    const char *paths; /* what there is, in words */
    bool polls;        /* its page asks it for more */
    const char *token; /* what all requests must have as Authorization: Bearer TOKEN; NULL: nothing */
    size_t body_most;  /* bytes of a request's body; 0: SITE_BODY_MOST */
};

/* {"error": sentence} */
struct answer answer_error(unsigned status, const char *format, ...);

/* Listens at host (an address in digits) and port (0: any that is free), and answers from a thread of its own until site_end,
 * which lets what is under way end. *out is NULL after a failure. Returns the exit code, after saying what is wrong. The site
 * is borrowed. */
struct server;
int site_begin(const struct site *site, const char *host, unsigned port, struct server **out);
void site_end(struct server *server);

/* "http://127.0.0.1:8080/"; returns `to`. */
char *site_address(const struct server *server, char to[SITE_ADDRESS_ROOM]);

/* True if other machines can reach it. */
bool site_is_open(const struct server *server);

/* A port of the command line: 0 to 65535. Returns the exit code. */
int site_read_port(const char *flag, const char *text, unsigned *port);

#endif
