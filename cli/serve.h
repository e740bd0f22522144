/* serve: what inkling serve answers, apart from how it comes over the wire.
 * SPDX-License-Identifier: MIT */
#ifndef SERVE_H
#define SERVE_H

#include "serve_columns.h"
#include "site.h"

#include "inkling-extra.h"

/* Limits of one request. */
enum {
    SERVE_ROWS_MOST = 20000,      /* rows of a batch */
    SERVE_ANSWERS_MOST = 2 << 20, /* probabilities, or numbers */
    SERVE_IMAGE_MOST = 4096,      /* pixels a side */
    SERVE_NOTE_ROOM = 512,
    SERVE_NOTES_MOST = 20,        /* notes about words and gaps */
    SERVE_TEXT_ROOM = 1024,       /* bytes of a name or a word */
    SERVE_FEW_ROWS = 8,           /* up to so many rows one thread works alone */
    SERVE_CHUNK_ROWS = 128,       /* rows that go through the network at once, fewer where they are long */
    SERVE_CHUNK_VALUES = 4 << 20, /* values of them */
};

/* What there is to serve; read by one thread at a time. */
struct service {
    ink_ctx *ctx;
    const ink_model *model;
    ink_ctx *alone;            /* one thread: for a few rows others would cost more than they bring */
    ink_predictor *few, *many; /* of SERVE_FEW_ROWS and of `chunk` rows at a time, the latter with all threads */
    ink_range *range;          /* of the model's inputs */
    char *note;                /* [SERVE_NOTE_ROOM]: what is to be said of the request's rows, or "" */
    size_t chunk;
    float *x;   /* [chunk][features]: rows on their way into the network */
    bool knows; /* the model says how like rows are to those of its training */
    struct serve_columns columns;
    bool *seen; /* [features]: those that an object has said */
    bool plain; /* all columns hold numbers */
    ink_model_info info;
    char *page, *about; /* HTML and JSON */
    size_t page_size, about_size;
};

/* Renders the page and the description. The exit code, after saying what is wrong. */
struct job;
int service_begin(struct service *service, const struct job *job, const ink_model *model, const ink_data *data,
                  const char *title);
void service_end(struct service *service);

/* Reading the rows of a request. They go through the network while they are read, chunk by chunk. */
struct serve_reading {
    const struct service *service;
    const char *begin, *at;
    float *p, *known; /* [room][outputs], [room], the caller's to free */
    size_t rows, done, room;
    json_t *notes;       /* about words that the training did not have; NULL: none; the caller's */
    struct answer wrong; /* text NULL: nothing so far */
};

/* Reads and answers a body of `size` bytes with a 0 behind it. False: `wrong` says why. */
bool serve_read(struct serve_reading *r, size_t size);

/* Whether the rows have answers p[rows][outputs] and, where the service knows, known[rows]; if not, *wrong says why. `before` rows of the request went before them. */
bool service_answer_rows(const struct service *service, size_t before, size_t rows, const float *x, float *p,
                         float *known, struct answer *wrong);

/* Answers GET / and GET /model, and the body of POST /predict: a PNG, else JSON. user is a struct service. */
struct answer service_get(void *user, const char *path);
struct answer service_predict(void *user, const char *body, size_t size);

/* POST /predict?each=1: all digits of a PNG, as predict --each --json has them. */
struct answer service_each(void *user, const char *body, size_t size);

#endif
