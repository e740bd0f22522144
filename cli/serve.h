/* serve: what inkling serve answers, apart from how it comes over the wire.
 * SPDX-License-Identifier: MIT */
#ifndef SERVE_H
#define SERVE_H

#include "site.h"

#include "inkling-extra.h"

/* Limits of one request. */
enum {
    SERVE_ROWS_MOST = 20000,      /* rows of a batch */
    SERVE_ANSWERS_MOST = 2 << 20, /* probabilities, or numbers */
    SERVE_IMAGE_MOST = 4096,      /* pixels a side */
    SERVE_NOTE_ROOM = 512,
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
    float *x; /* [chunk][features]: rows on their way into the network */
    ink_model_info info;
    char *page, *about; /* HTML and JSON */
    size_t page_size, about_size;
};

/* Renders the page and the description. The exit code, after saying what is wrong. */
struct job;
int service_begin(struct service *service, const struct job *job, const ink_model *model, const ink_data *data,
                  const char *title);
void service_end(struct service *service);

/* Answers GET / and GET /model, and the body of POST /predict: a PNG, else JSON. user is a struct service. */
struct answer service_get(void *user, const char *path);
struct answer service_predict(void *user, const char *body, size_t size);

#endif
