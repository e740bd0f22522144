/* inkling-extra.h: what programs around Inkling need besides inkling.h: the settings table from which help and completions are made,
 * what there is to say about data, comparisons, folds and seeds, searches, reports, source code for microcontrollers, measurements.
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
    size_t looked_at;     /* the first rows, that `missing` and `distinct` of the fields are of; 0: of none */
    size_t rows_left_out; /* since their target is missing, where others have one */
    size_t left_out_line, left_out_column; /* of the first of them in the file, from 1 */
} ink_decisions;

typedef struct ink_field {
    size_t size;              /* INK_INIT(ink_field) sets it */
    const char *name;         /* "" where the file has none */
    const char *handle;       /* what names it in a setting */
    const char *kind;         /* number, category, flag, date, id, target or dropped */
    const char *why;          /* why it is left out; "" if it is not */
    size_t missing, distinct; /* among the first ink_decisions.looked_at rows */
    bool feature;
} ink_field;

/* False where nothing was decided; for a column, where there is none. */
INK_API bool ink_data_decisions(const ink_data *data, ink_decisions *out);
INK_API bool ink_data_field(const ink_data *data, size_t i, ink_field *out);

/* The place of candidate i, the likeliest first; SIZE_MAX after the last. */
INK_API size_t ink_data_candidate(const ink_data *data, size_t i);

/* One column over all rows. Of words, low and the like are those of the words' numbers and mean nothing. What follows `deviation` is of tables alone. */
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
} ink_c_plan;

/* The cores whose flash an export reports. */
typedef enum ink_core { INK_CORTEX_M0 = 0, INK_CORTEX_M4F = 1, INK_CORTEX_M7 = 2, INK_CORE_COUNT = 3 } ink_core;

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
} ink_c_report;

/* Writes PATH.c and PATH.h (PATH may end in .c or .h, or be a folder), and PATH_test.c if plan->check is given: a network in
 * C99 that calls no library and allocates nothing. report may be NULL. Errors: BAD_ARGUMENT (the name; int8 without calibrate);
 * UNSUPPORTED (a layer that C cannot have yet; sums that 32 bits cannot hold); BAD_DATA (data of another kind); IO; NO_MEMORY. */
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

/* ----------------------------------------------------------- many trainings */

/* One training of several: with a seed of its own (setting repeat), on a fold (setting folds), or both. */
typedef struct ink_round {
    size_t number, rounds; /* from 1, of how many; number 0: the last training on all rows, after the folds */
    size_t fold, folds;    /* from 1; both 0 without folds */
    uint64_t seed;
    size_t train_rows, val_rows, test_rows;
    /* When it is finished: */
    /* of the history: the one that the weights are from; scores are NaN if it diverged. Borrowed */
    const ink_epoch *row;
    size_t epochs;                /* epochs trained, those after that row included */
    double test[INK_MOST_SCORES]; /* by row->scores; NaN without a test part */
    double seconds;
    uint64_t hash;     /* of the weights, 0 if it diverged */
    bool diverged;     /* then it does not count in any mean */
    const char *ended; /* as ink_run_ended */
    /* In the callback `finished` only, else NULL. Borrowed for the call: */
    const ink_model *model;
    const ink_run *run;
    const ink_data *valid; /* the rows it was validated on, NULL for none */
    const uint32_t *rows;  /* rows[val_rows]: where they stand in the data; NULL where they are data of their own */
} ink_round;

/* Either may be NULL; one that returns false cancels. */
typedef struct ink_round_hooks {
    size_t size; /* INK_INIT(ink_round_hooks) sets it */
    bool (*progress)(void *user, const ink_round *round, const ink_progress *now); /* as in ink_hooks */
    bool (*finished)(void *user, const ink_round *round);                          /* after each round */
    void *user;
} ink_round_hooks;

/* A score over the rounds; NaN where there are too few of them. */
typedef struct ink_mean {
    size_t size;  /* INK_INIT(ink_mean) sets it */
    size_t count; /* rounds that have this score */
    double mean, lowest, highest;
    double deviation; /* sample standard deviation (n - 1) */
    double error;     /* of the mean: deviation / sqrt(count) */
    /* validation on folds: allows for the training rows that folds share (Nadeau and Bengio 2003) */
    double corrected_error;
} ink_mean;

typedef struct ink_rounds ink_rounds;

/* Trains once for each seed from `seed` on (setting repeat) and, with the setting folds, for each of them once for each fold.
 * Each round is a training of its own: split, scaling and weights start from scratch, so that a fold is never seen by the scaling that
 * is evaluated on it. Without folds, round i is ink_train with seed + i; with folds a test part is cut off first, once, with
 * the first seed. Notes that are the same for every round are reported once.
 * *model, if model is not NULL: without folds that of the best round by the monitor (of equal ones the first), the
 * first where there is no validation part; with folds it is trained after them on all their rows, with the first seed, for as
 * many epochs as the best rows of the rounds had on average (steps, if steps or eval-every count in steps).
 * CANCELLED: what was finished is given (look before use: *rounds and *model may be NULL); a round under way is not counted,
 * its model is given if no other is there. DIVERGED: some round did; the others went on and are given. Errors: those of
 * ink_train; BAD_SETTING for checkpoint and resume, and for the schedule plateau with folds and a model. */
INK_API INK_MUST_USE ink_status ink_train_rounds(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                                 const ink_round_hooks *hooks, ink_model **model, ink_rounds **rounds);
INK_API void ink_rounds_free(ink_rounds *rounds);

/* The finished rounds in their order; NULL after the last. */
INK_API size_t ink_rounds_count(const ink_rounds *rounds);
INK_API const ink_round *ink_rounds_get(const ink_rounds *rounds, size_t i);

/* The round whose model was kept, NULL if that is none of them; and the history and test metrics of the model that was given, NULL for none. */
INK_API const ink_round *ink_rounds_kept(const ink_rounds *rounds);
INK_API const ink_run *ink_rounds_run(const ink_rounds *rounds);

/* Of a column ("val_accuracy", "test_loss"), over all finished rounds that did not diverge. */
INK_API void ink_rounds_mean(const ink_rounds *rounds, const char *column, ink_mean *out);

/* ------------------------------------------------------------------- search */

/* The best settings: many trainings (trials) with points of a space of settings, several at a time, kept in one file.
 *
 * The space is a line of terms in the settings' names: batch=32,64 (values), hidden=20|100,50 (texts by |), net=dense 20 relu / dense 40
 * tanh (networks by /), lr=1e-4..0.1:log (any number of a range), lr=1e-4..0.1:log:4 (four of it). What is not in the space is as the
 * settings say. The settings of group "search" say how: method (grid, random, halving, hyperband), objective, trials, keep-one-in,
 * min-epochs, workers; budget is the time for the whole search.
 *
 * Every trial has the same training and validation rows (ink_data_split by the settings) and never sees the test part. Results
 * depend neither on the number of workers and processes nor on who ends first. The store is an SQLite file with every trial,
 * its history, model and checkpoint: a search that was interrupted, also by the end of its process, goes on from there, and
 * several processes may work on one store. Trials train in threads of their own, which allocate by malloc. */
typedef struct ink_search ink_search;

typedef struct ink_trial {
    size_t trial; /* from 1 */
    const char
        *state; /* "waiting", "running", "paused" (until its rung is complete), "done", "stopped" (others were better),
                          "failed" */
    size_t epochs, best_epoch; /* trained, and of the weights that are kept */
    size_t shared_epochs; /* of them, those that were trained for a shorter trial of the grid with the same settings */
    size_t parameters;
    /* Of the weights that are kept, on the validation rows, by ink_search_info.scores, with 95 % intervals where there are some; NaN
     * before there are any. */
    double val[INK_MOST_SCORES], low[INK_MOST_SCORES], high[INK_MOST_SCORES];
    double seconds;      /* spent on it */
    bool as_good;        /* not significantly worse than the best (paired over the validation rows, 95 %) */
    const char *hash;    /* of its weights, "" before there are any */
    const char *message; /* why it failed, else "" */
} ink_trial;

typedef struct ink_search_info {
    size_t size; /* INK_INIT(ink_search_info) sets it */
    size_t trials, waiting, running, paused, done, stopped, failed;
    size_t best;             /* the best trial, 0: none yet */
    size_t smallest;         /* the one with the fewest parameters that is as good, 0: none yet */
    size_t terms;            /* of the space */
    const char *space;       /* in canonical form */
    const char *method;      /* "grid", … */
    const char *objective;   /* "val_loss", "val_accuracy", … */
    const ink_score *scores; /* [score_count]: what the trials' values are. Static */
    size_t score_count;
    size_t score;            /* the one that is the objective */
    const char *data;        /* what was opened */
    uint64_t fingerprint;    /* of all its rows and labels */
    const ink_settings *set; /* the settings that all trials share. Borrowed */
} ink_search_info;

typedef struct ink_search_progress {
    size_t trials, ended, running;    /* ended: done, stopped or failed */
    size_t best;                      /* trial, 0: none yet */
    double best_val[INK_MOST_SCORES]; /* its scores */
    double seconds, seconds_left;     /* of this call; NaN while nothing is known */
    const ink_trial *finished;        /* a trial that has just come to the end of its part in this process, or NULL */
} ink_search_progress;

/* Called a few times a second, on the calling thread. A callback that returns false ends the search; it can be resumed. */
typedef struct ink_search_hooks {
    size_t size; /* INK_INIT(ink_search_hooks) sets it */
    bool (*progress)(void *user, const ink_search_progress *now);
    void *user;
    bool serve; /* others ask for trials too, through ink_search_answer: until no trial is left and they have left */
    bool anew;  /* with serve: those who asked an earlier process have ended with it; what they held is free at once */
} ink_search_hooks;

/* Plans a search in a new store, or resumes the one that is there if nothing has changed; a random search or a grid may get more
 * trials. data is borrowed until _free; its name (ink_data_info.source) is kept for those who join. Errors: BAD_SETTING
 * (the space; what is now other than in the store, named); BAD_DATA (other rows than in the store; no validation part); BAD_FILE (the
 * file is something else); IO; UNSUPPORTED (a build without SQLite); NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_search_new(ink_ctx *ctx, const char *store, const ink_data *data,
                                               const ink_settings *set, const char *space, ink_search **out);

/* A store to look at, without data; it cannot be run. info.data, info.set and info.space are what ink_data_load and
 * ink_search_new need to join it. Errors: NOT_FOUND, BAD_FILE, IO, UNSUPPORTED, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_search_open(ink_ctx *ctx, const char *store, ink_search **out);
INK_API void ink_search_free(ink_search *search);

/* Works until no trial is left or the budget is spent, together with other processes that do the same. A trial that cannot be
 * trained (diverges, has no memory, bad settings) has failed, and the search continues. hooks may be NULL. Errors: CANCELLED (by
 * the callback), IO, BAD_FILE, NO_MEMORY, BAD_ARGUMENT (the store was only opened). */
INK_API INK_MUST_USE ink_status ink_search_run(ink_search *search, const ink_search_hooks *hooks);

/* Workers where the store is not: a search over a link works as one with a store, on the same data; ink_search_run claims trials and hands them in by
 * asking the process that has the store, which answers while it runs (hooks.serve). name: who is asked, in sentences. ask carries a request (JSON,
 * and behind a 0 the bytes of models and checkpoints) to ink_search_answer there, and what that writes back to the sink; it is called by several threads at a time. It may take its time
 * and try again: a request that comes twice does no harm. What is not INK_OK ends the work, with a sentence in why[room]. name and
 * user are borrowed until ink_search_free. */
typedef struct ink_search_link {
    size_t size; /* INK_INIT(ink_search_link) sets it */
    const char *name;
    ink_status (*ask)(void *user, const char *request, size_t size, ink_sink sink, void *to, char *why, size_t room);
    void *user;
} ink_search_link;

/* As ink_search_open: what is searched there, to load the data by and to begin with ink_search_new_over. It has no trials. Errors: those of ask;
 * BAD_FILE (no search answers there); IO (it says what is wrong); UNSUPPORTED, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_search_open_over(ink_ctx *ctx, const ink_search_link *link, ink_search **out);

/* As ink_search_new, to take part: data, settings, space and version are compared before anything is asked for. Its trials are as of this
 * call; results, models and histories are with the store. Errors: BAD_SETTING, BAD_DATA, UNSUPPORTED (what differs, named); those of ask. */
INK_API INK_MUST_USE ink_status ink_search_new_over(ink_ctx *ctx, const ink_search_link *link, const ink_data *data,
                                                    const ink_settings *set, const char *space, ink_search **out);

/* Answers a request, whoever it is from, on any thread while ink_search_run works with hooks.serve: at a time one a context, which is not the search's.
 * After ink_search_run, until ink_search_free, it still takes what is handed in, and gives no more trials.  * The answer is JSON too, perhaps with bytes behind it; *code is what HTTP would say: 200; 400 (not a request), 404 (no such worker or trial), 409 (the trial is
 * another's by now), 500 (the store cannot be used), each with a sentence as "error". Errors: BAD_ARGUMENT (not this one's store), IO (the
 * sink returned false), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_search_answer(ink_search *search, ink_ctx *ctx, const char *request, size_t size,
                                                  ink_sink sink, void *user, unsigned *code);

/* What is in the store, as of the last _new, _open, _run or _refresh. Everything is borrowed until the next of them. */
INK_API void ink_search_describe(const ink_search *search, ink_search_info *out);
INK_API INK_MUST_USE ink_status ink_search_refresh(ink_search *search);

/* Trials by rank, from 0: those with a result by the objective (of equal ones the lower number), then the others. NULL past the end. */
INK_API const ink_trial *ink_search_trial(const ink_search *search, size_t rank);

/* Term i of the space: its setting's name, and how much it mattered: the fraction of the variance of the trials' ranks that it explains
 * alone (one-way analysis of variance, adjusted for the number of values: epsilon squared; ranges in bins of equal counts; failed
 * trials rank last); with rungs, at the end of the first. NaN where there are too few trials. NULL past the end. */
INK_API const char *ink_search_term(const ink_search *search, size_t i, double *share);

/* The value of a setting of the space in a trial, as text; NULL if there is none. */
INK_API const char *ink_search_value(const ink_search *search, size_t trial, const char *name);

/* All settings of a trial, as ink_train would take them. Ownership: the caller. Errors: BAD_ARGUMENT (no such trial). */
INK_API INK_MUST_USE ink_status ink_search_settings(const ink_search *search, size_t trial, ink_settings **out);

/* A trial's network with the weights that are kept, and its history. Errors: BAD_ARGUMENT (it has none yet). */
INK_API INK_MUST_USE ink_status ink_search_model(ink_search *search, size_t trial, ink_model **out);
INK_API INK_MUST_USE ink_status ink_search_history(ink_search *search, size_t trial, ink_run **out);

/* Retrains the settings of a trial on the training and the validation rows together, for as many epochs as its kept weights
 * had, and tests it where there is a test part. data must be the search's. hooks may be NULL. Errors: BAD_DATA (other rows);
 * BAD_SETTING (schedule plateau, which needs a validation part); those of ink_train. */
INK_API INK_MUST_USE ink_status ink_search_refit(ink_search *search, size_t trial, const ink_data *data,
                                                 const ink_hooks *hooks, ink_model **model, ink_run **run);

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

/* Writes a page about a search, as ink_report_write does about a model: what is best, what mattered, each setting of the space
 * against the objective, the trials as a table (the best 1,000 of them). Errors: IO (the sink returned false), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_report_search(ink_ctx *ctx, const ink_search *search, const char *title,
                                                  ink_sink sink, void *user);

/* -------------------------------------------------- several processes, one training */

/* Bytes that go to a rank, or come from it. */
typedef struct ink_comm_block {
    void *at;
    size_t bytes;
} ink_comm_block;

/* What joins processes ("ranks", numbered from 0) that train together: MPI, sockets, anything that moves bytes. The library knows no
 * network; `inkling-mpi` has these callbacks over MPI (mpi/comm.c). Each rank makes the same calls with the same data and settings in a context
 * of its own, and each gets the same model, bit for bit what one process trains alone. What depends on the time (the setting budget, a
 * progress callback that cancels) is decided by rank 0; it alone writes and reads checkpoints. */
typedef struct ink_comm {
    size_t size; /* INK_INIT(ink_comm) sets it */
    unsigned rank, ranks;
    /* Sends give[r] to each rank r and fills take[r] with what that gives to this one, at once; both have `ranks` blocks. Those of 0 bytes and
     * those of the own rank are left out. What one side gives is as long as what the other takes. All ranks make the same calls in the same order. Returns when all of
     * give may be overwritten and all of take is there; false, with a sentence in why[room], when that can no longer come: the rank has
     * ended, or the link is cut. It may wait as long as a step of the slowest rank takes. Called by the thread that uses the context. */
    bool (*exchange)(void *user, const ink_comm_block *give, const ink_comm_block *take, char *why, size_t room);
    /* What to call a rank in sentences, "node7", borrowed; or NULL: its number has to do. */
    const char *(*name)(void *user, unsigned rank);
    void *user;
    /* How many ranks, this one included, may use the cores that this one may use: of as many threads as there are cores, which is the
     * default, each has its share. 0: 1. */
    size_t beside;
} ink_comm;

/* From here on trainings in this context are made together with the other ranks (comm is copied; NULL, or one rank: alone). Not while one is under
 * way. What fails in one rank fails in all that still meet it: IO, with the sentence of `exchange`; before the first step BAD_DATA or BAD_SETTING where a rank has another version, machine, kernels,
 * data, setting or starting weights than rank 0. Errors: BAD_ARGUMENT (no callback, a rank that is none). */
INK_API INK_MUST_USE ink_status ink_ctx_set_comm(ink_ctx *ctx, const ink_comm *comm);

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
