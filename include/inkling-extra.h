/* inkling-extra.h: what programs around Inkling need besides inkling.h: the settings table from which help and completions are made,
 * what there is to say about data, comparisons, reports, source code for microcontrollers, measurements. Trainings by the dozen are in inkling-many.h.
 * SPDX-License-Identifier: MIT
 *
 * The manners are those of inkling.h. */
#ifndef INKLING_EXTRA_H
#define INKLING_EXTRA_H

#include "inkling.h"

#ifdef __cplusplus
extern "C" {
#endif

/* --------------------------------------------------------------- this build */

/* The kernel tables that this machine can run, from slowest to fastest: row i, NULL after the last. */
INK_API const char *ink_kernels(size_t i);

/* OK if this machine can run the kernels of this name, else UNSUPPORTED with the reason in text[room]: "this processor has no
 * avx512bw, avx512vl", or which kernels there are. (When INKLING_KERNELS is refused there is no context for a sentence.) */
INK_API INK_MUST_USE ink_status ink_kernels_check(const char *name, char *text, size_t room);

/* What the library can be built without. */
typedef struct ink_feature {
    const char *name;    /* "npz" */
    const char *library; /* "libzip" */
    const char *what;    /* in words */
    bool built_in;
} ink_feature;

INK_API size_t ink_feature_count(void);
INK_API const ink_feature *ink_feature_row(size_t i);

/* Makes text that may come from a file fit for a terminal, in place: control characters (with `lines` but for line ends and
 * tabulators) and marks of direction become '?', so that it can neither move the cursor nor look like other text. Messages and
 * notes are so already. */
INK_API void ink_text_clean(char *text, bool lines);

/* The name of output i of a model, or NULL: of the class, or of the target. */
INK_API const char *ink_model_output(const ink_model *model, size_t i);

/* The class that the probabilities p[classes] of a row stand for: the most probable one, of equal ones the first; of two classes the second if
 * its probability reaches the setting threshold that the model was trained with. */
INK_API size_t ink_model_answer(const ink_model *model, const float *p);

/* ------------------------------------------------------- the settings table */

typedef enum ink_setting_type {
    INK_TYPE_BOOL = 0,   /* true or false */
    INK_TYPE_INT = 1,    /* an integer in [min, max], or the word */
    INK_TYPE_REAL = 2,   /* a number in [min, max], or the word */
    INK_TYPE_CHOICE = 3, /* one of `choices`, separated by | */
    INK_TYPE_TEXT = 4    /* free text, checked where it is used */
} ink_setting_type;

/* One row of the settings table, from which the command line, --help, recipes and model metadata are made. */
typedef struct ink_setting {
    const char *name;  /* "lr": --lr on the command line */
    const char *group; /* "data", "network", "training", "stopping", "run", "search" */
    ink_setting_type type;
    double min, max;         /* the range of numbers, both ends included */
    bool log_scale;          /* a search should step by factors */
    const char *initial;     /* the default, as text */
    const char *choices;     /* CHOICE: "sgd|momentum"; INT, REAL: the one word that is allowed too, or NULL */
    const char *placeholder; /* "N", "RATE", "FILE": for help */
    const char *help;        /* one sentence */
    /* what it depends on, "optimizer=momentum|nesterov": it has no effect else (help settings); or NULL */
    const char *needs;
} ink_setting;

/* The table itself: row i of ink_settings_count(). */
INK_API size_t ink_settings_count(void);
INK_API const ink_setting *ink_settings_row(size_t i);

/* What a loaded settings file says beside settings: "description", "follows" (which notebook), "why", "data" (DATA to load),
 * "after" (commands that follow a training, one a line), "files" (commands on the notebook's own files, one a line), "space"
 * (what to search). NULL: nothing. Borrowed until it is set again; text NULL takes it away. Copies of settings come without.
 * Errors: BAD_ARGUMENT for another name, NO_MEMORY. */
INK_API const char *ink_settings_about(const ink_settings *set, const char *name);
INK_API INK_MUST_USE ink_status ink_settings_set_about(ink_ctx *ctx, ink_settings *set, const char *name,
                                                       const char *text);

/* The nearest of `count` names to a mistyped one, or NULL if none is near. For messages. */
INK_API const char *ink_did_you_mean(const char *typed, const char *const *names, size_t count);

/* ------------------------------------------------- images of many digits */

/* The pieces of ink in an image: what may be a digit each, in reading order. */
typedef struct ink_pieces ink_pieces;

#define INK_PIECES_MOST 1000 /* in one image */

typedef struct ink_piece {
    size_t size;                     /* INK_INIT(ink_piece) sets it */
    size_t line;                     /* of text, from 0 */
    size_t top, left, height, width; /* its box in the image's pixels */
} ink_piece;

/* Finds them: light levelled, strokes that belong together joined; the lines of ruled paper, boxes of forms, edges of the sheet and specks are
 * left out. Lines of text go from above, in a line from the left. Time and memory grow with the image's pixels, of which no more than 1280 a
 * side are looked at. Errors: BAD_DATA (no ink can be seen; more than INK_PIECES_MOST pieces), NO_MEMORY. Ownership: ink_pieces_free. The
 * context has to live as long. */
INK_API INK_MUST_USE ink_status ink_pieces_find(ink_ctx *ctx, const ink_image *image, ink_pieces **out);
INK_API void ink_pieces_free(ink_pieces *pieces);

/* How many there are, and piece i: false, and *out all 0, behind the last. */
INK_API size_t ink_pieces_count(const ink_pieces *pieces);
INK_API bool ink_pieces_get(const ink_pieces *pieces, size_t i, ink_piece *out);

/* Prepares piece i as ink_image_fit does an image with nothing else in it: x[height][width], 0 to 1. One thread at a time. Errors:
 * BAD_ARGUMENT (no such piece; sides beyond 8 to 256). */
INK_API INK_MUST_USE ink_status ink_pieces_fit(ink_ctx *ctx, ink_pieces *pieces, size_t i, size_t height, size_t width,
                                               float *x);

/* What a classifier of grey images reads in an image: a digit a piece; pieces that are too wide for one are cut where the network's own
 * answers are the surest. */
typedef struct ink_reading ink_reading;

typedef struct ink_digit {
    size_t size;                     /* INK_INIT(ink_digit) sets it */
    size_t line;                     /* of text, from 0 */
    size_t top, left, height, width; /* its box in the image's pixels */
    size_t class_index;              /* the answer (ink_model_class) */
    double p;                        /* its probability */
    const float *x;                  /* [features] what the network saw, in the model's own values; borrowed */
    double known;                    /* as ink_known; NaN where the model cannot tell */
} ink_digit;

/* black, white: the values of such pixels for the model (NaN: as the model says, else 0 and 1). An image of the model's size on plain black or white is one
 * digit as it is. Errors: as ink_pieces_find; BAD_ARGUMENT (the model does not classify grey images of at least 8 pixels a side); NO_MEMORY. Ownership:
 * ink_reading_free. */
INK_API INK_MUST_USE ink_status ink_reading_new(ink_ctx *ctx, const ink_model *model, const ink_image *image,
                                                double black, double white, ink_reading **out);
INK_API void ink_reading_free(ink_reading *reading);

/* All digits in reading order, lines separated by line ends; names of classes that are longer than a character are separated by blanks. */
INK_API const char *ink_reading_text(const ink_reading *reading);
INK_API size_t ink_reading_count(const ink_reading *reading);
INK_API bool ink_reading_get(const ink_reading *reading, size_t i, ink_digit *out);

/* Ink that is more than a speck and was not read as a digit, such as a point, a comma or a minus sign: how many spots, and the box of spot i, in no
 * line: false, and *out all 0, behind the last. */
INK_API size_t ink_reading_left_out(const ink_reading *reading);
INK_API bool ink_reading_left(const ink_reading *reading, size_t i, ink_piece *out);

/* Writes a PNG of the image with a box around each digit and its answer above it; whole or not at all. Errors: IO, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_reading_draw(ink_ctx *ctx, const ink_reading *reading, const ink_image *image,
                                                 const char *path);

/* ---------------------------------------------------------- known data sets */

/* A data set that is known by name, as it was published. */
typedef struct ink_named_set {
    const char *name;
    const char *fetch;                         /* what brings it */
    size_t rows, test_rows, features, classes; /* classes 0: numbers are predicted */
    uint64_t fingerprint, test_fingerprint;    /* of both parts, by ink_data_fingerprint; 0: known by its files alone */
    const char *target; /* of a table: the column that is predicted unless label-column names another; NULL: images */
} ink_named_set;

INK_API size_t ink_named_set_count(void);
INK_API const ink_named_set *ink_named_set_row(size_t i);

/* The folders that named set i is looked for in by these settings, in their order: folder[room] gets number `place`, and *there
 * says whether it has the rows to train on; the first of those is the one that is used. False after the last. */
INK_API bool ink_named_set_place(const ink_settings *set, size_t i, size_t place, char *folder, size_t room,
                                 bool *there);

/* A file of a set, uncompressed, as it was published. */
typedef struct ink_named_file {
    const char *name; /* "train-images-idx3-ubyte" */
    size_t bytes;
    const char *sha256; /* 64 hexadecimal digits */
} ink_named_file;

/* File `file` of named set i, the smallest first; NULL after the last. */
INK_API const ink_named_file *ink_named_set_file(size_t i, size_t file);

/* Checks that the file at `path`, compressed with gzip or not, is that one, by its size and SHA-256, and writes it uncompressed to `to`,
 * whole or not at all (NULL: nowhere). A table's last line end may be missing, and is added. Errors: BAD_ARGUMENT (no such set or file), NOT_FOUND, BAD_FILE (another file), IO, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_named_set_take(ink_ctx *ctx, size_t i, size_t file, const char *path,
                                                   const char *to);

/* ink_data_load_for, but where some rows have a target and others have none all are read, and none has one. */
INK_API INK_MUST_USE ink_status ink_data_load_all_for(ink_ctx *ctx, const char *path, const ink_settings *set,
                                                      const ink_model *model, ink_data **out);

/* ---------------------------------------------------------- looking at data */

/* What was decided when a file was read. Columns are those of the file, in its order; given back as settings (label-column, id-column,
 * drop, header, separator, decimal) the decisions lead to the same data. */
typedef struct ink_decisions {
    size_t size;                /* INK_INIT(ink_decisions) sets it */
    size_t columns, target, id; /* their number, 0 where the file is no table; places, `columns` if there is none */
    size_t candidates;          /* columns that might hold the labels as well: ink_data_candidate */
    bool header;
    const char *separator, *decimal; /* "comma", "point"; NULL where the file is no table */
    const char *unused;              /* names of what was found and not used, one a line; NULL: nothing */
    size_t looked_at;     /* rows of the file, that `missing` and `distinct` of the fields are of; 0: of none */
    size_t rows_left_out; /* since their target is missing, where others have one */
    size_t left_out_line, left_out_column; /* of the first of them in the file, from 1 */
} ink_decisions;

typedef struct ink_field {
    size_t size;        /* INK_INIT(ink_field) sets it */
    const char *name;   /* "" where the file has none */
    const char *handle; /* what names it in a setting */
    const char *kind;   /* number, category, flag, date, id, target or dropped */
    const char *why;    /* why it is left out; "" if it is not */
    /* gaps and different texts in all rows; SIZE_MAX: not counted, as more than 65,536 texts are not, nor features of numbers, of which
     * ink_column knows */
    size_t missing, distinct;
    bool feature;
} ink_field;

/* False where nothing was decided; for a column, where there is none. */
INK_API bool ink_data_decisions(const ink_data *data, ink_decisions *out);
INK_API bool ink_data_field(const ink_data *data, size_t i, ink_field *out);

/* The place of candidate i, the likeliest first; SIZE_MAX after the last. */
INK_API size_t ink_data_candidate(const ink_data *data, size_t i);

/* One column over all rows. Of words, low and the like are those of the words' numbers and mean nothing. What follows `deviation` is of tables alone, but for
 * `distinct` of bytes. */
typedef struct ink_column {
    const char *name;                  /* NULL where the file gives none */
    double low, high, mean, deviation; /* of the finite values */
    size_t missing;                    /* gaps */
    size_t distinct;                   /* different values; 0: not counted */
    size_t words,
        rare; /* words in its list, 0: it holds numbers; those in fewer than 5 rows, of 10,000 rows on than 10 */
    /* with the label or the first target, 0 to 1: |r|, the correlation ratio or Cramer's V; NaN without */
    double relation;
} ink_column;

/* Tests whether labels are independent of the inputs (shuffled labels): over a sample of `rows` rows (0: too few rows or labels), how often the
 * nearest other row has the same label, and how often the nearest class mean is that of the label, each beside what labels in
 * random order give, on average and at most in 999 orders. p: the chance that random labels do as well in either. */
typedef struct ink_label_check {
    size_t rows;
    double neighbours, neighbours_chance, neighbours_most;
    double means, means_chance, means_most;
    double p;
} ink_label_check;

/* Something to look at: one sentence with a number and what to do. */
typedef struct ink_finding {
    const char *kind; /* "duplicate_rows", …: see ink_data_survey */
    double number;    /* the sentence's */
    bool warning;     /* or only a remark */
    const char *text;
} ink_finding;

typedef struct ink_survey {
    size_t rows, features, classes;
    double low, high;         /* over all values */
    const size_t *class_rows; /* [classes] */
    size_t constant_columns;
    size_t duplicate_rows;   /* rows that equal an earlier row */
    size_t conflicting_rows; /* those of them with another label */
    size_t shared_rows;      /* rows that the other data has too */
    const ink_label_check *labels;
} ink_survey;

/* Looks at all rows, and beside them at the other part's (or NULL). Kinds of findings: constant_columns, unscaled_columns,
 * class_imbalance, absent_classes, duplicate_rows, conflicting_rows, shared_rows, shuffled_labels. Errors: NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_survey(ink_ctx *ctx, const ink_data *data, const ink_data *other,
                                                ink_survey **out);
INK_API void ink_survey_free(ink_survey *survey);

/* Column i < features, and finding i, from 0; NULL behind the last. */
INK_API const ink_column *ink_survey_column(const ink_survey *survey, size_t i);
INK_API const ink_finding *ink_survey_finding(const ink_survey *survey, size_t i);

/* --------------------------------------------------------- a model's columns */

/* What a model knows of the columns of its rows, as one gives them: a column of dates is one, however many values it becomes. */
typedef struct ink_schema ink_schema;

typedef struct ink_known_column {
    size_t size;          /* INK_INIT(ink_known_column) sets it */
    const char *name;     /* "" where the model knows none */
    const char *kind;     /* "number", "category" or "date" */
    size_t words;         /* of a category */
    size_t first, values; /* the raw values that it is: x[first] to x[first + values - 1] of a row */
    bool gaps;            /* the training rows had some in it, and the model has learned what they mean */
} ink_known_column;

/* Ownership: the caller, ink_schema_free. Errors: NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_schema_new(ink_ctx *ctx, const ink_model *model, ink_schema **out);
INK_API void ink_schema_free(ink_schema *schema);

/* How many columns, and what column i is; false behind the last. */
INK_API size_t ink_schema_count(const ink_schema *schema);
INK_API bool ink_schema_column(const ink_schema *schema, size_t i, ink_known_column *out);

/* The word of column i whose value is `word`, NULL behind the last. */
INK_API const char *ink_schema_word(const ink_schema *schema, size_t i, size_t word);

/* The column of this name, exactly or else but for case and punctuation; SIZE_MAX if there is none. */
INK_API size_t ink_schema_find(const ink_schema *schema, const char *name);

/* All values of a row are gaps. */
INK_API void ink_schema_clear(const ink_schema *schema, float *row);

/* Puts column i, whose text this is, into a raw row: its number, the number of its word (-1 for one that the model does not know), the
 * parts of its date; NaN for a gap (text NULL, empty, NA, ?, …). Errors: BAD_DATA for a text that is no number or date,
 * BAD_ARGUMENT. */
INK_API INK_MUST_USE ink_status ink_schema_put(ink_ctx *ctx, const ink_schema *schema, size_t i, const char *text,
                                               float *row);

/* What the columns of rows in memory are. */
typedef struct ink_columns {
    size_t size;              /* INK_INIT(ink_columns) sets it */
    const char *const *names; /* [features], or NULL */
    const char *const *const
        *words;           /* [features][counts[i]] words of columns that hold words; NULL: all hold numbers */
    const size_t *counts; /* [features]; 0: the column holds numbers; NULL as words is */
} ink_columns;

/* ink_data_wrap for rows of a table: values may be NaN, which is a gap, or infinite; where a column holds words, numbers of words or -1
 * for one that is not in the list. Names and words are copied. Errors: as there; BAD_DATA for a number that is none of a word. */
INK_API INK_MUST_USE ink_status ink_data_wrap_table(ink_ctx *ctx, const ink_rows *rows, const ink_columns *columns,
                                                    ink_data **out);

/* ------------------------------------------------- rows unlike all others */

/* How like rows are to what the model was trained on: known[rows], from 0 to 1, is the share of validation rows that are at least as unlike. Small
 * is unlike all that it knows: of rows like those of the training 1 % are below 0.01. Training a classifier keeps what this needs in the model where
 * it has 100 validation rows or more; how the three distances are made that it is of, docs/trust.md says. x[rows][features]: raw rows. The same bits
 * on any threads and kernels. ink_known_check: whether the model has what the others need, UNSUPPORTED with the reason if not (numbers, no
 * validation rows). Errors: that; BAD_DATA (other features), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_known_check(ink_ctx *ctx, const ink_model *model);
INK_API INK_MUST_USE ink_status ink_known(ink_ctx *ctx, const ink_model *model, size_t rows, const float *x,
                                          float *known);
INK_API INK_MUST_USE ink_status ink_known_data(ink_ctx *ctx, const ink_model *model, const ink_data *data,
                                               float *known);

/* ink_predictor_run with ink_known's shares, known[rows], in one pass. The first such call allocates. Errors: those of both. */
INK_API INK_MUST_USE ink_status ink_predictor_run_known(ink_predictor *predictor, size_t rows, const float *x, float *p,
                                                        float *known);

/* ----------------------------------------- proving a model, explaining a row */

/* ink_model_load, also of a file whose weight_hash is not its weights': compare "weight_hash" of the metadata with ink_model_info.hash. */
INK_API INK_MUST_USE ink_status ink_model_load_claimed(ink_ctx *ctx, const char *path, ink_model **out);
/* The settings that a model was trained by; ink_data_load with them reads the rows that it was trained on. Errors: BAD_DATA (it keeps none). */
INK_API INK_MUST_USE ink_status ink_model_settings(ink_ctx *ctx, const ink_model *model, ink_settings **out);
/* ink_data_split as ink_train by these settings splits: what they leave to the data (val auto) goes by the data. Errors: as there. */
INK_API INK_MUST_USE ink_status ink_train_split(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                                ink_data **train, ink_data **valid, ink_data **test);
/* ink_train by the model's own settings (`set`: of ink_model_settings, data-path and threads as wanted), from scratch, up to the step that its
 * training ended at, also by a budget or an interruption: to the same weights, unless they began with others (metadata "start_hash"). */
INK_API INK_MUST_USE ink_status ink_train_again(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                                const ink_model *as, const ink_hooks *hooks, ink_model **model,
                                                ink_run **run);
/* One row forward and back in double, by the network as it answers (no dropout, running averages in batchnorm); the loss is that of training for it
 * alone, without penalties, of an ensemble the members' mean. Differences are central, along the gradient, and so are to be its norm. Structs: INK_INIT
 * sets `size`. Layer 0 is the row; `apart`: how far ink_predict's answers[outputs] are from these; `ties`: windows of a maxpool with several largest
 * values, where differences keep the one taken. output[count], pixel by pixel, and the gradient by it; norm: of all its tensors, without any of what
 * it gives. update: what one step of the model's optimiser adds, without a past; `largest`: the value with the largest gradient. */
typedef struct ink_explanation ink_explanation;
typedef struct ink_explained_row {
    size_t size, row, layers, outputs, ties;
    const char *label, *answer, *optimizer; /* of numbers "3.5" and "" */
    const double *answers;
    double loss, step, apart;
} ink_explained_row;
typedef struct ink_explained_layer {
    size_t size, height, width, channels, count, tensors;
    const char *name, *kind, *notation, *form; /* "conv1", "conv", "conv 16 5x5 relu", its formula */
    const double *output, *gradient;
    double output_norm, output_difference, norm, difference;
} ink_explained_layer;
typedef struct ink_explained_tensor {
    size_t size, rank, dims[4], count, largest;
    char name[64];
    const double *value, *gradient, *update;
    double norm, difference, update_norm, largest_difference;
} ink_explained_tensor;
/* Model and data must live longer. Errors: BAD_ARGUMENT (no such row), BAD_DATA (of another kind, no label), UNSUPPORTED, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_explain(ink_ctx *ctx, const ink_model *model, const ink_data *data, size_t row,
                                            ink_explanation **out);
INK_API void ink_explanation_free(ink_explanation *of);
/* Layer i, tensor t of it: false behind the last. The name of value i of a table's layer 0, else NULL. As a page: as ink_report_write. */
INK_API void ink_explanation_row(const ink_explanation *of, ink_explained_row *out);
INK_API bool ink_explanation_layer(const ink_explanation *of, size_t i, ink_explained_layer *out);
INK_API bool ink_explanation_tensor(const ink_explanation *of, size_t i, size_t t, ink_explained_tensor *out);
INK_API const char *ink_explanation_input(const ink_explanation *of, size_t i);
INK_API INK_MUST_USE ink_status ink_explanation_write(ink_ctx *ctx, const ink_explanation *of, const char *title,
                                                      ink_sink sink, void *user);

/* ------------------------------------------------------------- a model as C */

/* What an exported network takes: the values of the data it was trained on as they were (AUTO), bytes, or floats. */
typedef enum ink_c_inputs { INK_C_AUTO = 0, INK_C_BYTES = 1, INK_C_FLOATS = 2 } ink_c_inputs;

/* How a model becomes C source. All zero: float weights, names from the path. The data is borrowed. */
typedef struct ink_c_plan {
    size_t size;               /* INK_INIT(ink_c_plan) sets it */
    const char *name;          /* begins every name in the source, e.g. "digits"; NULL: taken from the path */
    bool int8;                 /* weights and activations of 8 bits, sums of 32; else single precision */
    ink_c_inputs inputs;       /* BYTES: `const uint8_t x[]`, FLOATS: `const float x[]`, both raw: scaling is inside;
                                  AUTO only where the columns of a table are encoded: a struct a row */
    const ink_data *calibrate; /* int8 needs it: rows that ranges are taken from, best the training rows */
    const ink_data *compare;   /* int8: labelled rows on which both answers are counted; NULL: none */
    const ink_data *check;     /* rows for a self-test beside the source, best of the test part; NULL: none */
    size_t check_rows;         /* the first so many of them */
    bool prepare; /* PATH_prepare.c too: NAME_prepare, which does to a grey photo of a digit what ink_image_fit does */
    bool known;   /* NAME_predict_known too, which says how like a row is to those of the training (ink_known) */
} ink_c_plan;

/* The cores whose flash an export reports. */
typedef enum ink_core { INK_CORTEX_M0 = 0, INK_CORTEX_M4F = 1, INK_CORTEX_M7 = 2, INK_CORE_COUNT = 3 } ink_core;

/* Cycles an instruction is taken to need, on average, where memory does not make it wait. */
#define INK_C_CYCLES 1.4

/* Sizes are bytes, as arm-none-eabi-size counts them after gcc -Os: flash is text + data, within 2 %; ram is data + bss. */
typedef struct ink_c_report {
    size_t size;                          /* INK_INIT(ink_c_report) sets it */
    bool bytes;                           /* the inputs are uint8_t */
    size_t flash, ram;                    /* flash: the most of the cores' */
    size_t flash_cores[INK_CORE_COUNT];   /* by ink_core */
    size_t rows;                          /* of `compare`; 0: nothing was compared */
    double float_accuracy, int8_accuracy; /* shares of those rows */
    double equal;                         /* share of rows with the same answer */
    size_t check_rows;                    /* in the self-test */
    size_t work;                          /* multiply-adds for a row */
    bool numbers;                         /* the model answers with numbers: instead of accuracies and equal answers */
    double float_rmse, int8_rmse, float_mae, int8_mae; /* in the targets' units; of quantiles the middle one's */
    double apart;                                      /* the mean distance of both answers */
    size_t
        instructions[INK_CORE_COUNT]; /* estimates, by ink_core, for a row, of gcc -Os; 0 for the M7, which has none */
    double milliseconds[INK_CORE_COUNT]; /* those times INK_C_CYCLES, at 133 MHz (M0) and 64 MHz (M4F) */
    size_t prepare_ram, prepare_side;    /* NAME_prepare's workspace for photos of that many pixels a side; 0: none */
} ink_c_report;

/* Writes PATH.c and PATH.h (PATH may end in .c or .h, or be a folder), PATH_test.c if plan->check is given, PATH_prepare.c if plan->prepare is: a network in
 * C99 that calls no library and allocates nothing. report may be NULL. Errors: BAD_ARGUMENT (the name; int8 without calibrate; prepare where
 * inputs are not a grey image; known with int8);
 * UNSUPPORTED (a layer that C cannot have yet; known of a model that keeps none; sums that 32 bits cannot hold); BAD_DATA (data of another kind); IO; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_model_export_c(ink_ctx *ctx, const ink_model *model, const ink_c_plan *plan,
                                                   const char *path, ink_c_report *report);

/* ---------------------------------------------------------------- comparing */

/* One of two models that are compared. */
typedef struct ink_compared {
    size_t right;
    double accuracy, accuracy_low, accuracy_high, loss; /* as in ink_metrics */
} ink_compared;

/* Two models on the same rows. Differences are b - a: above 0 means more right answers, or more loss, in b. */
typedef struct ink_comparison {
    size_t size; /* INK_INIT(ink_comparison) sets it */
    size_t rows;
    ink_compared a, b;
    size_t both, only_a, only_b, neither;   /* rows that both, just one, none gets right; together all rows */
    size_t differ;                          /* rows with different answers, right or wrong */
    double difference;                      /* of the accuracies */
    double difference_low, difference_high; /* its 95 % score interval for paired shares (Tango 1998) */
    double p;                               /* McNemar's exact test, two-sided: are both equally good? */
    double loss_difference, loss_error;     /* of the mean losses, with its paired standard error (NaN for one row) */
    int better;                             /* -1: a, 1: b, 0: no significant difference (p is 0.05 or more) */
} ink_comparison;

/* Compares two models on labelled rows. Classes are matched by name, whatever their order in each model. Errors: BAD_DATA
 * (no labels, other features, a label that a model does not know), NO_MEMORY; then *out is all 0. */
INK_API INK_MUST_USE ink_status ink_compare(ink_ctx *ctx, const ink_model *a, const ink_model *b, const ink_data *data,
                                            ink_comparison *out);

/* One of two models that answer with numbers; NaN what its loss has no score for. */
typedef struct ink_compared_numbers {
    double rmse, rmse_low, rmse_high, mae, r2; /* as in ink_metrics */
} ink_compared_numbers;

/* The same for models that answer with numbers. Rows are compared by the mean over targets of their squared errors, or where one model has
 * no rmse, of the errors' sizes. */
typedef struct ink_number_comparison {
    size_t size; /* INK_INIT(ink_number_comparison) sets it */
    size_t rows;
    const char *by; /* the score that goes with that: "rmse" or "mae". Static */
    ink_compared_numbers a, b;
    size_t nearer_a, nearer_b;              /* rows that a, that b is nearer to */
    double difference, error;               /* b - a, of the mean over rows, with its paired standard error */
    double difference_low, difference_high; /* its 95 % interval */
    double p;                               /* two-sided: could both be equally good? */
    int better;                             /* -1: a, 1: b, 0: no significant difference (p is 0.05 or more) */
} ink_number_comparison;

/* Errors: BAD_DATA (no numbers to compare with, other features, a model that answers with classes), NO_MEMORY; then *out is all 0. */
INK_API INK_MUST_USE ink_status ink_compare_numbers(ink_ctx *ctx, const ink_model *a, const ink_model *b,
                                                    const ink_data *data, ink_number_comparison *out);

/* How well one of several targets is answered, in its own unit; of several quantiles the middle one. */
typedef struct ink_target_score {
    double rmse, mae, r2;
} ink_target_score;

/* The scores of target i of the metrics of a run, NULL where there is none. */
INK_API const ink_target_score *ink_run_target(const ink_run *run, size_t i);

/* ------------------------------------------------------------------ network */

/* Row i of the operations that networks are written with: word, and grammar with formula ("dense OUTPUTS [ACTIVATION]: y = act(x W +
 * b)"). False behind the last. */
INK_API bool ink_operation_row(size_t i, const char **word, const char **form);

/* Writes in words what a step of training this network by these settings (batch, optimizer, clip-norm) is compiled to with the
 * context's threads: its stages, between which all threads meet, and how each task is cut. Errors: IO (the sink returned false),
 * NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_model_program(ink_ctx *ctx, const ink_model *model, const ink_settings *set,
                                                  ink_sink sink, void *user);

/* ------------------------------------------------------------------ reports */

/* Writes a page about a model: one HTML file that fetches nothing, with the course of its training, the network itself and, where
 * its inputs are grey images, a pad to try it on. data: labelled rows to judge it on (confusion, calibration, hardest rows, probable
 * label errors), or NULL. title: the page's heading, any text. Errors: BAD_DATA (no labels, other features, a label that the
 * model does not know), IO (the sink returned false), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_report_write(ink_ctx *ctx, const ink_model *model, const ink_data *data,
                                                 const char *title, ink_sink sink, void *user);

/* Rows that a page is made with. data: as above. train: the training part beside them, in which the rows that a misread image is most like are
 * looked for; NULL: there is none, and the page says so. */
typedef struct ink_report_rows {
    size_t size; /* INK_INIT(ink_report_rows) sets it */
    const ink_data *data, *train;
} ink_report_rows;

/* ink_report_write with them; rows are borrowed. Errors: as there; BAD_DATA (train: other features; classes that the model does not know),
 * BAD_ARGUMENT (train without data). */
INK_API INK_MUST_USE ink_status ink_report_write_rows(ink_ctx *ctx, const ink_model *model, const ink_report_rows *rows,
                                                      const char *title, ink_sink sink, void *user);

/* A page that lays runs over each other. All is borrowed. */
typedef struct ink_report_plan {
    size_t size;                    /* INK_INIT(ink_report_plan) sets it */
    const ink_model *const *models; /* [model_count], with the histories 12 at most */
    const char *const *names;       /* [model_count], what the page calls them */
    size_t model_count;
    const char *const *histories; /* [history_count] paths of files that `inkling train --history` wrote */
    size_t history_count;
    const ink_data *data; /* labelled rows to compare the models on; NULL: none */
    const char *title;    /* the page's heading */
} ink_report_plan;

/* Writes a page about several models: curves, scores, settings that differ, with data each model compared with the best (as ink_compare does).
 * A history whose values are those that a model keeps gives it its seconds, any other is a run of its own. What cannot be compared (other data, classes,
 * losses) is in the page, and a warning of the context. Errors: BAD_ARGUMENT (no runs, too many), NOT_FOUND, BAD_FILE (a history), BAD_DATA
 * (as ink_eval), IO (also: the sink returned false), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_report_runs(ink_ctx *ctx, const ink_report_plan *plan, ink_sink sink, void *user);

/* -------------------------------------------------------------------- bench */

/* One thing that `inkling bench` measures. bar and goal are figures to reach, 0 where there are none. */
typedef struct ink_measure {
    const char *name; /* "share-100-all" */
    const char *unit; /* "GFLOP/s", "GB/s", "%", "us", "times" */
    const char *what; /* in words */
    double bar, goal;
    bool smaller_is_better;
} ink_measure;

/* The table of measurements: row i of ink_measure_count(). */
INK_API size_t ink_measure_count(void);
INK_API const ink_measure *ink_measure_row(size_t i);

/* Measures row i for about this many seconds with the context's threads. Errors: BAD_ARGUMENT, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_measure_run(ink_ctx *ctx, size_t i, double seconds, double *value);

#ifdef __cplusplus
}
#endif
#endif
