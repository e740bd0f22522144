/* report: one page about a model: what its sections share.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_REPORT_H
#define INKI_REPORT_H

#include "out/exam.h"
#include "out/html.h"

enum {
    INKI_REPORT_MATRIX = 40,         /* classes that a matrix is drawn for, at most */
    INKI_REPORT_CELL_ROWS = 10,      /* rows behind a cell of the matrix */
    INKI_REPORT_ROWS = 400,          /* rows behind all cells */
    INKI_REPORT_LIST = 24,           /* rows in a list */
    INKI_REPORT_UNITS = 60,          /* images of weights */
    INKI_REPORT_EXCITED = 24,        /* channels of a layer whose patches are shown, */
    INKI_REPORT_PATCH = 32,          /* of so many pixels a side at most, */
    INKI_REPORT_PATCHES = 320 << 10, /* and so many bytes in all */
    INKI_REPORT_WEIGHTS = 8 << 20,   /* weights that a page carries, at most */
    INKI_REPORT_EXACT = 200 << 10,   /* weights that it carries as they are; more are rounded */
    INKI_REPORT_IMAGES = 1 << 20,    /* of networks with layers over images, as they are; with more there is no pad */
    INKI_REPORT_IMAGE_SIDE = 256,    /* images are shown up to this */
    INKI_REPORT_EXAMPLES = 12,       /* rows that the pad or the form can show, */
    INKI_REPORT_SHOWN = 2,           /* so many of them mistakes, */
    INKI_REPORT_RAW = 200 << 10,     /* and their bytes */
    INKI_REPORT_LOOKS = 12,          /* mistakes whose images are looked at part by part */
    INKI_REPORT_TRIALS = 1000,       /* trials of a search, the best */
    INKI_REPORT_FIELDS = 200,        /* of a form, at most */
    INKI_REPORT_BARS = 20,           /* columns whose importance is drawn; the table beside has all */
    INKI_REPORT_EFFECTS = 6,         /* columns that it is shown of what they do to the answer */
    INKI_REPORT_SERIES = 5,          /* outputs in one of these plots */
    INKI_REPORT_TITLES = 300,        /* of them those that say what they are where the mouse rests */
};

struct inki_report {
    ink_ctx *ctx;
    const ink_model *model;       /* NULL: about a search */
    const struct inki_exam *exam; /* NULL: no data */
    const ink_data *train;        /* the training part beside the exam's rows; NULL: there is none */
    const char *title;
    struct inki_str out;
    ink_settings *defaults;     /* to compare with, in the same form */
    json_t *history, *settings; /* what the metadata has, checked to be objects; else NULL */
    json_t *inputs;             /* what it has of the training rows' columns, an object; else NULL */
    json_t *columns;            /* and a list of as many texts as there are features; else NULL */
    bool images;                /* inputs can be shown as images */
};

/* Each appends its section, or nothing where there is nothing to say. Errors: NO_MEMORY. */
ink_status inki_report_pad(struct inki_report *report);
ink_status inki_report_form(struct inki_report *report);
ink_status inki_report_curves(struct inki_report *report);
ink_status inki_report_numbers(struct inki_report *report);
ink_status inki_report_worst(struct inki_report *report);
ink_status inki_report_ranks(struct inki_report *report);
ink_status inki_report_matrix(struct inki_report *report);
ink_status inki_report_classes(struct inki_report *report);
ink_status inki_report_calibration(struct inki_report *report);
ink_status inki_report_columns(struct inki_report *report);
ink_status inki_report_hardest(struct inki_report *report);
ink_status inki_report_looked(struct inki_report *report);
ink_status inki_report_suspects(struct inki_report *report);
ink_status inki_report_weights(struct inki_report *report);
ink_status inki_report_excite(struct inki_report *report);
ink_status inki_report_about(struct inki_report *report);

/* The elements of type application/json that the page's scripts read: rows behind the matrix, the network, the form's fields. */
ink_status inki_report_rows_json(struct inki_report *report);
ink_status inki_report_network_json(struct inki_report *report);
ink_status inki_report_known_json(struct inki_report *report); /* a part of it */
void inki_report_columns_json(struct inki_report *report);

/* The step of a network in which columns become inputs (report_encoding.c). Errors: NO_MEMORY. */
ink_status inki_report_encoding_json(struct inki_report *report, const struct inki_node *node);

/* The words of a column that holds words, *count of them; NULL for one of numbers. */
char *const *inki_report_words(const struct inki_report *report, size_t column, size_t *count);

/* A raw value of a column: a number, a word, "another word", "not known". */
void inki_report_value(struct inki_report *report, size_t column, double value);

/* An object of a model's metadata, NULL where there is none. Ownership: the caller. */
json_t *inki_report_metadata(const ink_model *model, const char *key);

/* Floats as base64, a JSON string. Errors: NO_MEMORY. */
ink_status inki_report_floats(struct inki_report *report, const float *values, size_t count);

/* The steps of a network with layers over images, and images of its first kernels (report_flow.c). Errors: NO_MEMORY. */
ink_status inki_report_flow_json(struct inki_report *report);
ink_status inki_report_kernels(struct inki_report *report);

/* True if the page carries the network: layers that its script knows, not too many weights. */
bool inki_report_has_network(const struct inki_report *report);

/* True of a list of dense layers, one behind the other, that the page's script knows. */
bool inki_report_is_dense(const ink_model *model);

/* True of a table whose page has a form. */
bool inki_report_has_form(const struct inki_report *report);

/* True if the page has rows for its pad to open with, or for its form; they, as part of a JSON object. Errors: NO_MEMORY. */
bool inki_report_has_examples(const struct inki_report *report);
ink_status inki_report_examples_json(struct inki_report *report);

/* True if there are answers for rows with labels, of which the sections about classes tell. */
bool inki_report_has_classes(const struct inki_report *report);

/* The first values of a row of a table, words as they are. Errors: NO_MEMORY. */
ink_status inki_report_row_values(struct inki_report *report, size_t row);

/* An output as the page calls it: a class, a target, a quantile of one. */
const char *inki_report_output(const struct inki_report *report, size_t i);

/* An image of the row of x[features], as an address for an image. */
ink_status inki_report_image(struct inki_report *report, size_t row);

/* Of any row with the model's shape its values as bytes, 0 black: pixels[features]. Errors: NO_MEMORY. */
ink_status inki_report_pixels(struct inki_report *report, const ink_data *data, size_t row, uint8_t *pixels);

/* The same as an address of any rows with the model's shape, or, without a model, the data's, made smaller where it has more than `side` pixels in a row or column; 0: as it is. */
ink_status inki_report_small_image(struct inki_report *report, const ink_data *data, size_t row, size_t side);

const char *inki_report_class(const struct inki_report *report, size_t i);

/* A column of a table as the page calls it: its name, or "column 3"; room[INKI_REPORT_NAME] is used where there is none. */
enum { INKI_REPORT_NAME = 32 };
const char *inki_report_column(const struct inki_report *report, size_t i, char room[INKI_REPORT_NAME]);

/* True where rows are those of a table: neither images nor what has several channels. */
bool inki_report_is_table(const struct inki_report *report);

/* The page up to the body's begin, and what a page begins with. */
void inki_report_head(struct inki_report *report);

/* A figure at the top: <div class="tile">…<dd>, its value, and the end; note: a line under it, or NULL. */
void inki_report_begin_tile(struct inki_report *report, const char *name);
void inki_report_end_tile(struct inki_report *report, const char *note);

/* A line of what it is and how it was made. */
void inki_report_begin_fact(struct inki_report *report, const char *name);
void inki_report_end_fact(struct inki_report *report);
void inki_report_fact(struct inki_report *report, const char *name, const char *value);

/* A word for a shell: in single quotes where there is anything that is not plain. */
void inki_report_word(struct inki_report *report, const char *word);

/* Settings, as in report->settings: those that differ from the defaults as flags, each with a space before it; all as a table. */
void inki_report_flags(struct inki_report *report);
void inki_report_settings(struct inki_report *report);

/* A heading, its section open: <section id=…><h2>…</h2>; and its end. */
void inki_report_begin(struct inki_report *report, const char *id, const char *heading);
void inki_report_end(struct inki_report *report);

#endif
