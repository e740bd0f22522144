/* inkling.h: the whole public interface of Inkling, and its manual.
 * SPDX-License-Identifier: MIT
 *
 * Inkling trains small neural-network classifiers. In five calls:
 *
 *     ink_ctx *ctx;  ink_settings *set;  ink_data *data;  ink_model *model;  ink_run *run;
 *     ink_ctx_new(NULL, &ctx);
 *     ink_settings_new(ctx, &set);
 *     ink_settings_set(set, "hidden", "100");
 *     ink_data_load(ctx, "mnist", set, &data);
 *     ink_train(ctx, data, set, NULL, &model, &run);
 *
 * Manners that hold everywhere:
 *  - Every call that can fail returns an ink_status. The sentence that says what went wrong, where, and
 *    what to do is ink_ctx_message(ctx). On failure every `*out` is NULL and nothing else has changed.
 *  - `_new`, `_load`, `_train`, `_split`, `_eval` give an object to the caller; `_free` takes it back and
 *    accepts NULL. Every other pointer is borrowed and lives as long as the object it came from.
 *  - One context serves one calling thread at a time; the context owns the worker threads. Settings, data, models, pictures
 *    and results have no context and may outlive the one they were made in: every call on them that can fail takes the
 *    context to work in, and the sentence is in that one. What is const is never written to, and may be shared by threads,
 *    each with a context of its own. Trainers, predictors and searches work in the context that they were made in, which is
 *    freed after them.
 *  - The library never prints, exits, aborts, installs signal handlers, keeps mutable globals or changes
 *    the locale. The only environment variable it reads is INKLING_KERNELS (portable, avx2 or avx512).
 *  - Callbacks run on the calling thread. A callback that returns false cancels (INK_CANCELLED).
 */
#ifndef INKLING_H
#define INKLING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__) || defined(__clang__)
#define INK_API __attribute__((visibility("default")))
#define INK_MUST_USE __attribute__((warn_unused_result))
#else
#define INK_API
#define INK_MUST_USE
#endif

#define INK_VERSION_MAJOR 0
#define INK_VERSION_MINOR 1
#define INK_VERSION_PATCH 0

/* ---------------------------------------------------------------- status */

/* Every status: name, number, text. */
#define INK_STATUS_LIST(X)                                                                                             \
    X(OK, 0, "done")                                                                                                   \
    X(NO_MEMORY, 1, "out of memory")                                                                                   \
    X(BAD_ARGUMENT, 2, "an argument does not fit")                                                                     \
    X(BAD_SETTING, 3, "a setting is unknown or out of range")                                                          \
    X(NOT_FOUND, 4, "no such file or data set")                                                                        \
    X(BAD_FILE, 5, "a file is damaged or of another kind")                                                             \
    X(BAD_DATA, 6, "the data cannot be used as told")                                                                  \
    X(IO, 7, "reading or writing failed")                                                                              \
    X(UNSUPPORTED, 8, "this build or version cannot do that")                                                          \
    X(DIVERGED, 9, "training diverged")                                                                                \
    X(CANCELLED, 10, "cancelled")                                                                                      \
    X(INTERNAL, 11, "a mistake inside Inkling")

typedef enum ink_status {
#define INK_STATUS_ENUM(name, number, text) INK_##name = number,
    INK_STATUS_LIST(INK_STATUS_ENUM)
#undef INK_STATUS_ENUM
} ink_status;

/* The status' name ("BAD_FILE") and its general text; "UNKNOWN" for a number that is no status. */
INK_API const char *ink_status_name(ink_status status);
INK_API const char *ink_status_text(ink_status status);

/* The version of the library in use, "0.1.0". */
INK_API const char *ink_version(void);

/* --------------------------------------------------------------- context */

typedef struct ink_ctx ink_ctx;

/* Memory hooks. alloc returns at least `size` bytes aligned for any type, or NULL; release takes what alloc gave
 * (never NULL). Both are called by the thread that uses the context, or that frees what was made in it, which may be later
 * than the context itself. */
typedef struct ink_allocator {
    void *(*alloc)(void *user, size_t size);
    void (*release)(void *user, void *block);
    void *user;
} ink_allocator;

/* A context with its own worker threads (none until first needed). allocator NULL: malloc and free.
 * Errors: NO_MEMORY; UNSUPPORTED if INKLING_KERNELS names kernels that this machine cannot run (then *out is NULL). */
INK_API INK_MUST_USE ink_status ink_ctx_new(const ink_allocator *allocator, ink_ctx **out);
INK_API void ink_ctx_free(ink_ctx *ctx);

/* The last failure's sentence, "" before the first. Borrowed, until the next call with this context. */
INK_API const char *ink_ctx_message(const ink_ctx *ctx);

/* How many threads the context works with, the calling one included; 0 means the cores this process may use.
 * Results do not depend on it. Errors: BAD_ARGUMENT over 1024. */
INK_API INK_MUST_USE ink_status ink_ctx_set_threads(ink_ctx *ctx, unsigned threads);
INK_API unsigned ink_ctx_threads(const ink_ctx *ctx);

/* The kernel table in use: "portable", "avx2" or "avx512". */
INK_API const char *ink_ctx_kernels(const ink_ctx *ctx);

/* The kernel tables that this machine can run, from slowest to fastest: row i, NULL after the last. */
INK_API const char *ink_kernels(size_t i);

/* OK if this machine can run the kernels of this name, else UNSUPPORTED with the reason in text[room]: "this processor has no
 * avx512bw, avx512vl", or which kernels there are. (When INKLING_KERNELS is refused there is no context for a sentence.) */
INK_API INK_MUST_USE ink_status ink_kernels_check(const char *name, char *text, size_t room);

/* Remarks on what was decided ("28x28 pictures, scaled by 1/255"), one line each, without a newline. */
typedef void (*ink_note_fn)(void *user, const char *line);
INK_API void ink_ctx_on_note(ink_ctx *ctx, ink_note_fn note, void *user);

/* Takes the next bytes of what is written; returns false when it cannot. */
typedef bool (*ink_sink)(void *user, const char *bytes, size_t count);

/* -------------------------------------------------------------- settings */

typedef struct ink_settings ink_settings;

typedef enum ink_setting_type {
    INK_TYPE_BOOL = 0,   /* true or false */
    INK_TYPE_INT = 1,    /* a whole number in [min, max], or the word */
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
} ink_setting;

/* The table itself: row i of ink_settings_count(). */
INK_API size_t ink_settings_count(void);
INK_API const ink_setting *ink_settings_row(size_t i);

/* Settings at their defaults, and a copy with what was set. Errors: NO_MEMORY. Ownership: the caller, ink_settings_free. */
INK_API INK_MUST_USE ink_status ink_settings_new(ink_ctx *ctx, ink_settings **out);
INK_API INK_MUST_USE ink_status ink_settings_copy(ink_ctx *ctx, const ink_settings *set, ink_settings **out);
INK_API void ink_settings_free(ink_settings *set);

/* Sets one by name from text. Errors: BAD_SETTING (unknown name, with "did you mean"; not a number; out of range;
 * no such choice), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_settings_set(ink_ctx *ctx, ink_settings *set, const char *name, const char *text);

/* The value as text in its shortest exact form; NULL for an unknown name. Borrowed until that name is set again. */
INK_API const char *ink_settings_get(const ink_settings *set, const char *name);

/* The same as values of C. A whole number fits INT and REAL, a choice is a word of a CHOICE or the one word of a number ("full").
 * Errors: as ink_settings_set; BAD_SETTING too for a setting of another type. */
INK_API INK_MUST_USE ink_status ink_settings_set_bool(ink_ctx *ctx, ink_settings *set, const char *name, bool value);
INK_API INK_MUST_USE ink_status ink_settings_set_int(ink_ctx *ctx, ink_settings *set, const char *name, int64_t value);
INK_API INK_MUST_USE ink_status ink_settings_set_real(ink_ctx *ctx, ink_settings *set, const char *name, double value);
INK_API INK_MUST_USE ink_status ink_settings_set_choice(ink_ctx *ctx, ink_settings *set, const char *name,
                                                        const char *word);

/* get_real takes INT too; *word is borrowed until that name is set again. Errors: BAD_SETTING (unknown name; another type; a number
 * that is its word: ink_settings_get tells), then *value is false, 0, NaN or NULL. */
INK_API INK_MUST_USE ink_status ink_settings_get_bool(ink_ctx *ctx, const ink_settings *set, const char *name,
                                                      bool *value);
INK_API INK_MUST_USE ink_status ink_settings_get_int(ink_ctx *ctx, const ink_settings *set, const char *name,
                                                     int64_t *value);
INK_API INK_MUST_USE ink_status ink_settings_get_real(ink_ctx *ctx, const ink_settings *set, const char *name,
                                                      double *value);
INK_API INK_MUST_USE ink_status ink_settings_get_choice(ink_ctx *ctx, const ink_settings *set, const char *name,
                                                        const char **word);

/* True if the value was set by a call, false if it is still the default. */
INK_API bool ink_settings_is_set(const ink_settings *set, const char *name);

/* Settings files: lines "name = value" under [sections] named after the settings' groups, which may be left out; comments
 * begin with ; or #; a line that begins with a space goes on with the line before.
 *
 * Loading takes over what the file says, but for settings that were set before the call: the caller's word counts over the
 * file's (and a hidden that was set over the file's net, an epochs over its steps). On failure nothing has changed. Errors:
 * BAD_FILE with file and line (an unknown name, with "did you mean"; a value that does not fit; the wrong section; a name
 * twice); BAD_SETTING (activation or dropout was set, and the file's net leaves them without meaning); NOT_FOUND; IO;
 * NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_settings_load(ink_ctx *ctx, ink_settings *set, const char *path);

/* Writes what was set, whole or not at all; the other settings follow as comments with their defaults. Errors: BAD_SETTING
 * (a text that such a file cannot hold); IO; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_settings_save(ink_ctx *ctx, const ink_settings *set, const char *path);

/* What a loaded settings file says beside settings: "description", "follows" (which notebook), "why", "data" (DATA to load),
 * "after" (commands that follow a training, one a line), "files" (commands on the notebook's own files, one a line), "space"
 * (what to search). NULL: nothing. Borrowed until it is set again; text NULL takes it away. Copies of settings come without.
 * Errors: BAD_ARGUMENT for another name, NO_MEMORY. */
INK_API const char *ink_settings_about(const ink_settings *set, const char *name);
INK_API INK_MUST_USE ink_status ink_settings_set_about(ink_ctx *ctx, ink_settings *set, const char *name,
                                                       const char *text);

/* The nearest of `count` names to a mistyped one, or NULL if none is near. For messages. */
INK_API const char *ink_did_you_mean(const char *typed, const char *const *names, size_t count);

/* ------------------------------------------------------------------ data */

typedef struct ink_data ink_data;

typedef enum ink_part { INK_PART_ALL = 0, INK_PART_TRAIN = 1, INK_PART_TEST = 2 } ink_part;

typedef struct ink_data_info {
    size_t rows, features, classes; /* classes is 0 when there are no labels */
    size_t height, width, channels; /* height*width*channels == features; height is 1 when no picture shape is known */
    bool bytes;                     /* values are kept as bytes 0..255, else as floats */
    bool labelled;
    size_t targets;     /* numbers a row that are to be answered with, 0 where there are labels or nothing */
    size_t test_rows;   /* rows of the test part that the data brings along, 0 for none */
    const char *source; /* what was opened: a path or a set's name */
} ink_data_info;

/* Opens DATA: a named set ("mnist", "fashion"), a folder of four IDX files, or a file whose kind is told from its
 * content. Uses the settings of group "data" (labels, limit, data-path). What was decided goes to the note callback.
 * Errors: NOT_FOUND, BAD_FILE, BAD_DATA, IO, UNSUPPORTED, NO_MEMORY; the message has file, line or byte. */
INK_API INK_MUST_USE ink_status ink_data_load(ink_ctx *ctx, const char *path, const ink_settings *set, ink_data **out);

/* From memory: x[rows][features]; labels[rows] in 0..classes-1, or NULL with classes 0. Both are copied.
 * Errors: BAD_DATA for a value that is not finite or a label out of range; BAD_ARGUMENT; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_new(ink_ctx *ctx, size_t rows, size_t features, const float *x,
                                             const int32_t *labels, size_t classes, ink_data **out);

/* Rows in the caller's memory. */
typedef struct ink_rows {
    size_t rows, features;
    const float *floats;             /* [rows][features]; NULL if bytes are given */
    const uint8_t *bytes;            /* the same as bytes; NULL if floats are given */
    const int32_t *labels;           /* [rows], 0..classes-1; NULL: none, and classes is 0 */
    size_t classes;                  /* 1 to 65536 */
    const char *const *class_names;  /* [classes], then rows of one class can be trained on; NULL: "0", "1", … */
    const float *weights;            /* [rows], of each row in the training loss, 0 or more; NULL: all 1 */
    const float *targets;            /* [rows][target_count], numbers to answer with instead of classes; NULL: none */
    size_t target_count;             /* 0 without targets */
    const char *const *target_names; /* [target_count]; NULL: "target", or "target1", "target2", … */
} ink_rows;

/* Data over the caller's values, which are not copied: they must stay as they are until the data is freed. All else is
 * copied. Errors: BAD_DATA for a value that is not finite, a label or a weight out of range; BAD_ARGUMENT; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_wrap(ink_ctx *ctx, const ink_rows *rows, ink_data **out);
INK_API void ink_data_free(ink_data *data);

/* What the data is, without a look at its values. */
INK_API void ink_data_describe(const ink_data *data, ink_data_info *out);

/* A hash of shape, values and labels, the test part left out: the same rows have the same one, however they are kept. Each call
 * reads all values. */
INK_API uint64_t ink_data_fingerprint(const ink_data *data);

/* The name of class i, or NULL. */
INK_API const char *ink_data_class(const ink_data *data, size_t i);

/* The name of target i, or NULL. */
INK_API const char *ink_data_target(const ink_data *data, size_t i);

/* Row i as floats, raw values: x[features]. Returns its label, -1 without labels. i < rows. */
INK_API int32_t ink_data_row(const ink_data *data, size_t i, float *x);

/* Rows of one part: TEST is the part the data brings along, TRAIN the rest, ALL the training part followed by
 * the test part. Where it brings no test part, TEST is an error and TRAIN is ALL. The result borrows from
 * `data`, which must live longer. Errors: BAD_DATA, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_part(ink_ctx *ctx, const ink_data *data, ink_part part, ink_data **out);

/* The rows [begin, end), and rows[count] by number from 0, in that order; a row may come several times. The test part that the data
 * brings along is in neither. The results borrow from `data`. Errors: BAD_ARGUMENT (no rows; a row that is not there), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_range(ink_ctx *ctx, const ink_data *data, size_t begin, size_t end,
                                               ink_data **out);
INK_API INK_MUST_USE ink_status ink_data_select(ink_ctx *ctx, const ink_data *data, const uint32_t *rows, size_t count,
                                                ink_data **out);

/* Splits by the settings val, test, stratify, shuffle, seed. *valid and *test are NULL where there is none.
 * The test part that the data brings along becomes *test. The results borrow from `data`. Errors: as ink_data_load. */
INK_API INK_MUST_USE ink_status ink_data_split(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                               ink_data **train, ink_data **valid, ink_data **test);

/* Writes data, its test part too, in the format that the path's ending tells, each file whole or not at all:
 *   OUT.npz            x_train, y_train (x_test, y_test): uint8 or float32 rows, int64 labels, class_names where these are words
 *   OUT.csv, .csv.gz   a header, the label, the values: label,pixel0,…; the test part goes to OUT.test.csv
 *   OUT.idx, .idx.gz   OUT-images.idx3-ubyte and OUT-labels.idx1-ubyte; the test part to OUT.test-images…; values 0 to 255
 *   FOLDER/            train-images-idx3-ubyte and the three others of MNIST, in a folder that is made if need be
 * Each file is told to the note callback. Errors: BAD_ARGUMENT (another ending; the file that the
 * data was loaded from), BAD_DATA (what the format cannot hold), IO,
 * NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_save(ink_ctx *ctx, const ink_data *data, const char *path);

/* One column over all rows. */
typedef struct ink_column {
    const char *name; /* NULL where the file gives none */
    double low, high, mean, deviation;
} ink_column;

/* Whether labels have to do with their rows: over a sample of `rows` rows (0: too few rows or labels to tell), how often the
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
    double low, high;          /* over all values */
    const ink_column *columns; /* [features] */
    const size_t *class_rows;  /* [classes] */
    size_t constant_columns;
    size_t duplicate_rows;   /* rows that equal an earlier row */
    size_t conflicting_rows; /* those of them with another label */
    size_t shared_rows;      /* rows that the other data has too */
    ink_label_check labels;
    size_t finding_count;
    const ink_finding *findings;
} ink_survey;

/* Looks at all rows, and beside them at the other part's (or NULL). Kinds of findings: constant_columns, unscaled_columns,
 * class_imbalance, absent_classes, duplicate_rows, conflicting_rows, shared_rows, shuffled_labels. Errors: NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_survey(ink_ctx *ctx, const ink_data *data, const ink_data *other,
                                                ink_survey **out);
INK_API void ink_survey_free(ink_survey *survey);
/* Fold `fold` (from 0) of the setting folds: *valid gets its rows, *train all others. Drawn by the settings stratify,
 * shuffle and seed; the test part that the data brings along is in none. The results borrow from `data`. Errors: BAD_SETTING
 * (folds is not set), BAD_DATA (fewer rows than folds, no labels, one class only), BAD_ARGUMENT, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_fold(ink_ctx *ctx, const ink_data *data, const ink_settings *set, size_t fold,
                                              ink_data **train, ink_data **valid);

/* -------------------------------------------------------------- pictures */

typedef struct ink_picture ink_picture;

/* What was found in a picture, and what was done to it. */
typedef struct ink_picture_view {
    size_t height, width, channels; /* of the picture; channels 1: grey, 3: RGB */
    bool as_it_is;                  /* it had the wanted size and a plain background: nothing was cropped or moved */
    bool dark_ink;                  /* dark on light: it was turned */
    size_t top, left, ink_height, ink_width; /* where the ink is, in the picture's pixels; 0 with as_it_is */
    double contrast;                         /* of ink and background, 0 to 1 */
} ink_picture_view;

/* Whether the file at `path` is a picture of some kind, told from its first bytes. False where there is no such file. */
INK_API bool ink_picture_is(const char *path);

/* Reads a PNG or JPEG file. Transparent parts become white. Errors: NOT_FOUND, BAD_FILE (damaged), UNSUPPORTED (another kind
 * of picture, or a library that was not there when Inkling was built), IO, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_picture_load(ink_ctx *ctx, const char *path, ink_picture **out);

/* The same from a file's content, bytes[size]; `name` is what messages call it. */
INK_API INK_MUST_USE ink_status ink_picture_read(ink_ctx *ctx, const void *bytes, size_t size, const char *name,
                                                 ink_picture **out);
INK_API void ink_picture_free(ink_picture *picture);

/* The whole picture as grey, 0 to 1, brought to x[height][width]; nothing is turned or moved. Errors: BAD_ARGUMENT. */
INK_API INK_MUST_USE ink_status ink_picture_grey(ink_ctx *ctx, const ink_picture *picture, size_t height, size_t width,
                                                 float *x);

/* Prepares a picture of one digit as those of MNIST were: the light on it levelled, dark ink on a light page turned to light
 * on black, specks left out, cropped to the ink, fitted into 20/28 of the frame with its aspect kept, and moved so that its
 * centre of mass is in the middle. A picture of the wanted size on plain black or white only gets light on black. Fills
 * x[height][width] with 0 (black) to 1. Errors: BAD_DATA if no ink can be seen, BAD_ARGUMENT for sides beyond 8 to 256,
 * NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_picture_fit(ink_ctx *ctx, const ink_picture *picture, size_t height, size_t width,
                                                float *x, ink_picture_view *out);

/* ----------------------------------------------------------------- model */

typedef struct ink_model ink_model;

typedef struct ink_model_info {
    size_t features, classes, layers, parameters;
    size_t outputs; /* values a row that it answers with: one a class, or one a target; classes is 0 then */
    size_t height, width, channels; /* of the input; height 1 when no picture shape is known */
    const char *notation;           /* "dense 100 relu": hidden layers only */
    const char *scaling;            /* "none", "255", "minmax", "standard" */
    uint64_t hash;                  /* of the weights, independent of their layout in memory */
    double black, white; /* the values of such pixels in what it was trained on; NaN where that cannot be told */
} ink_model_info;

typedef struct ink_layer_info {
    const char *kind;       /* "scale", "dense", "dropout" */
    const char *name;       /* "dense1", as in the file's tensor names; "" for layers without tensors */
    const char *activation; /* "relu"; "" where there is none */
    size_t inputs, outputs, parameters;
} ink_layer_info;

/* A network with fresh weights (settings init, activation, seed; with the loss mse, `classes` is the number of targets) from the notation, e.g. "dense 100 relu | dense 64 tanh";
 * the output layer is added. "" is a single layer. Errors: BAD_SETTING with the position in the notation; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_model_new(ink_ctx *ctx, const char *notation, size_t features, size_t classes,
                                              const ink_settings *set, ink_model **out);
INK_API INK_MUST_USE ink_status ink_model_load(ink_ctx *ctx, const char *path, ink_model **out);
INK_API void ink_model_free(ink_model *model);

/* Writes one .safetensors file, whole or not at all. Errors: IO, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_model_save(ink_ctx *ctx, const ink_model *model, const char *path);

/* The bytes of that file, piece by piece, and a model from bytes[size], which are free again after the call; `name` is what messages
 * call them. Errors: IO (the sink returned false), NO_MEMORY; as ink_model_load. */
INK_API INK_MUST_USE ink_status ink_model_write(ink_ctx *ctx, const ink_model *model, ink_sink sink, void *user);
INK_API INK_MUST_USE ink_status ink_model_read(ink_ctx *ctx, const void *bytes, size_t size, const char *name,
                                               ink_model **out);

/* A tensor of the weights: "dense1.weight" (outputs, inputs), "dense1.bias" (outputs). Values follow one another in row-major order,
 * as in the model file. */
typedef struct ink_tensor {
    char name[64];
    size_t rank, dims[4];
    size_t count; /* of values: the product of dims[rank] */
    bool frozen;  /* training leaves it alone: scaling */
} ink_tensor;

/* Tensor i in the order of the file; false, and *out all 0, behind the last. */
INK_API bool ink_model_tensor(const ink_model *model, size_t i, ink_tensor *out);

/* A tensor's values by its name: values[count]. Errors: BAD_ARGUMENT (no such tensor; another count). */
INK_API INK_MUST_USE ink_status ink_model_get_tensor(ink_ctx *ctx, const ink_model *model, const char *name,
                                                     size_t count, float *values);

/* Puts values[dims[0]]…[dims[rank-1]] in its place; what the metadata say of the training stays. Nobody may use the model meanwhile, and
 * predictors made of it before are no longer valid. Errors: BAD_ARGUMENT (no such tensor; another shape), BAD_DATA (a value that
 * is not finite): nothing has changed then. */
INK_API INK_MUST_USE ink_status ink_model_set_tensor(ink_ctx *ctx, ink_model *model, const char *name,
                                                     const size_t *dims, size_t rank, const float *values);

/* The formats that a model can be exported to: name, what it is. */
#define INK_EXPORT_LIST(X)                                                                                             \
    X(c, "C99 source and header for a microcontroller; see --int8")                                                    \
    X(onnx, "ONNX, opset 17: raw inputs in, probabilities and labels out")                                             \
    X(json, "JSON: layers, weights and metadata as text")                                                              \
    X(npz, "NumPy archive: W1, b1, ... with W as (inputs, outputs), scaling, classes")

/* Writes the model for another program, by the name of a row above ("npz"); whole or not at all. Errors: BAD_ARGUMENT (no such
 * format), UNSUPPORTED (a network that the format cannot hold), IO, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_model_export(ink_ctx *ctx, const ink_model *model, const char *format,
                                                 const char *path);

/* A model from another program's file, told by its content: ONNX (dense networks), JSON as export writes it, .safetensors of
 * PyTorch's linear layers, .npz or a pickle of arrays W1, b1, W2, b2, … (of which notation, classes, scale_shift, scale_factor, scaling
 * and input_shape are understood too). For arrays that do not tell, the settings activation and init-layout count. Nothing is left
 * out without a word. Errors: NOT_FOUND, IO, BAD_FILE, BAD_DATA, BAD_SETTING; UNSUPPORTED (a node of ONNX or a tensor that is not
 * known, by its name; a build without ONNX or .npz); NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_model_import(ink_ctx *ctx, const char *path, const ink_settings *set,
                                                 ink_model **out);

/* What an exported network takes: the values of the data it was trained on as they were (AUTO), bytes, or floats. */
typedef enum ink_c_inputs { INK_C_AUTO = 0, INK_C_BYTES = 1, INK_C_FLOATS = 2 } ink_c_inputs;

/* How a model becomes C source. All zero: float weights, names from the path. The data is borrowed. */
typedef struct ink_c_plan {
    const char *name;          /* begins every name in the source, e.g. "digits"; NULL: taken from the path */
    bool int8;                 /* weights and activations of 8 bits, sums of 32; else single precision */
    ink_c_inputs inputs;       /* BYTES: `const uint8_t x[]`, FLOATS: `const float x[]`, both raw: scaling is inside */
    const ink_data *calibrate; /* int8 needs it: rows that ranges are taken from, best the training rows */
    const ink_data *compare;   /* int8: labelled rows on which both answers are counted; NULL: none */
    const ink_data *check;     /* rows for a self-test beside the source, best of the test part; NULL: none */
    size_t check_rows;         /* the first so many of them */
} ink_c_plan;

/* The cores whose flash an export tells. */
typedef enum ink_core { INK_CORTEX_M0 = 0, INK_CORTEX_M4F = 1, INK_CORTEX_M7 = 2, INK_CORE_COUNT = 3 } ink_core;

/* Sizes are bytes, as arm-none-eabi-size counts them after gcc -Os: flash is text + data, within 2 %; ram is data + bss. */
typedef struct ink_c_report {
    bool bytes;                           /* the inputs are uint8_t */
    size_t flash, ram;                    /* flash: the most of the cores' */
    size_t flash_cores[INK_CORE_COUNT];   /* by ink_core */
    size_t rows;                          /* of `compare`; 0: nothing was compared */
    double float_accuracy, int8_accuracy; /* shares of those rows */
    double equal;                         /* share of rows with the same answer */
    size_t check_rows;                    /* in the self-test */
} ink_c_report;

/* Writes PATH.c and PATH.h (PATH may end in .c or .h, or be a folder), and PATH_test.c if plan->check is given: a network in
 * C99 that calls no library and allocates nothing. report may be NULL. Errors: BAD_ARGUMENT (the name; int8 without calibrate);
 * UNSUPPORTED (a layer that is not dense; sums that 32 bits cannot hold); BAD_DATA (data of another kind); IO; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_model_export_c(ink_ctx *ctx, const ink_model *model, const ink_c_plan *plan,
                                                   const char *path, ink_c_report *report);

INK_API void ink_model_describe(const ink_model *model, ink_model_info *out);
INK_API void ink_model_layer(const ink_model *model, size_t i, ink_layer_info *out);
INK_API const char *ink_model_class(const ink_model *model, size_t i);
INK_API const char *ink_model_target(const ink_model *model, size_t i); /* the name of target i, or NULL */

/* A text of the model's metadata ("seed", "settings", "metrics", …), or NULL. */
INK_API const char *ink_model_metadata(const ink_model *model, const char *key);

/* Answers for raw rows, probabilities of the classes or numbers: x[rows][features] -> p[rows][outputs]. Threads may share the model, each with a
 * context of its own. A single row is worked on by the calling thread in its stack (64 KB of it), without allocation, unless
 * the network is too wide for that (784 features and 2,000 units fit). Errors: BAD_ARGUMENT, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_predict(ink_ctx *ctx, const ink_model *model, size_t rows, const float *x,
                                            float *p);

/* The same for the rows of a data set: p[rows][outputs]. Errors: BAD_DATA if the features differ. */
INK_API INK_MUST_USE ink_status ink_predict_data(ink_ctx *ctx, const ink_model *model, const ink_data *data, float *p);

/* A model made ready for many calls: what ink_predict allocates each time is allocated once. The model is borrowed and must not
 * change; any number of predictors may share it, each in a thread with a context of its own. `rows` are worked on at a time, at
 * most; a call may bring more. Errors: BAD_ARGUMENT (no rows), NO_MEMORY. */
typedef struct ink_predictor ink_predictor;
INK_API INK_MUST_USE ink_status ink_predictor_new(ink_ctx *ctx, const ink_model *model, size_t rows,
                                                  ink_predictor **out);
INK_API void ink_predictor_free(ink_predictor *predictor);

/* Raw rows x[rows][features], floats or bytes -> p[rows][outputs], the bits of ink_predict. Allocates nothing and cannot fail. */
INK_API void ink_predictor_run(ink_predictor *predictor, size_t rows, const float *x, float *p);
INK_API void ink_predictor_run_bytes(ink_predictor *predictor, size_t rows, const uint8_t *x, float *p);

/* -------------------------------------------------------- run and metrics */

typedef struct ink_run ink_run;

typedef struct ink_class_score {
    size_t rows, predicted; /* rows of this class; rows that were taken for it */
    double precision, recall, f1;
} ink_class_score;

/* What a network is judged by: the loss that it is trained by, which is always the first, and the scores that go with that loss.
 * With train_, val_ or test_ in front, the name is that of a column in histories and results: "val_accuracy". */
typedef struct ink_score {
    const char *name;      /* "loss", "accuracy", "rmse", "mae", "r2" */
    bool higher_is_better; /* else lower is */
    bool share;            /* from 0 to 1, shown as per cent */
} ink_score;

enum { INK_LOSS = 0, INK_MOST_SCORES = 4 };

typedef struct ink_metrics {
    size_t rows, classes;
    const ink_score *scores; /* [score_count]. Static */
    size_t score_count;
    double score[INK_MOST_SCORES]; /* score[INK_LOSS] is the mean loss; those beyond the count are NaN */
    double low[INK_MOST_SCORES], high[INK_MOST_SCORES]; /* their 95 % intervals, NaN where there are none */
    double loss;                                        /* score[INK_LOSS] */
    /* Of classes: */
    double accuracy;                    /* share of rows whose most probable class is right */
    double accuracy_low, accuracy_high; /* 95 % Wilson interval */
    double calibration_error;           /* expected calibration error over 15 bins of confidence */
    const double *top;                  /* top[k-1]: share of rows whose class is among the k most probable */
    size_t top_count;                   /* min(5, classes) */
    const ink_class_score *per_class;   /* [classes] */
    const uint64_t *confusion;          /* [classes][classes]: row = true class, column = answer */
} ink_metrics;

/* One row of the history. Values that do not exist are NaN. */
typedef struct ink_epoch {
    size_t epoch;            /* from 1 */
    size_t step;             /* steps done since training began */
    size_t steps_total;      /* steps that the settings ask for */
    double lr;               /* the rate of the last step */
    const ink_score *scores; /* [score_count]: what train and val are. Static */
    size_t score_count;
    size_t monitor;                /* which of them `best` goes by */
    double train[INK_MOST_SCORES]; /* over all rows trained on since the row before */
    double val[INK_MOST_SCORES];   /* over the validation rows */
    double seconds;                /* since training began */
    double rows_per_second;        /* training only, evaluation left out */
    bool best;                     /* the best so far by the monitor */
} ink_epoch;

/* A value of the row by the name of its column: "train_loss", "val_accuracy"; NaN if there is none of that name. */
INK_API double ink_epoch_value(const ink_epoch *row, const char *column);

/* Compares a model's answers with the labels or targets. Errors: BAD_DATA (none of the model's kind, other features or classes), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_eval(ink_ctx *ctx, const ink_model *model, const ink_data *data, ink_run **out);
INK_API void ink_run_free(ink_run *run);

/* Metrics of the test part (from ink_train) or of the data (from ink_eval); NULL if there are none. */
INK_API const ink_metrics *ink_run_metrics(const ink_run *run);

/* The history: rows 0..count-1, the index of the best row (count if there is none). */
INK_API size_t ink_run_epochs(const ink_run *run);
INK_API const ink_epoch *ink_run_epoch(const ink_run *run, size_t i);
INK_API size_t ink_run_best(const ink_run *run);

/* The loss of each step, if the setting history-steps was true: loss[0] is step 1. */
INK_API size_t ink_run_steps(const ink_run *run);
INK_API const double *ink_run_step_losses(const ink_run *run);

/* Why training ended: "all epochs done", "no improvement for 30 epochs", "cancelled", "diverged …". */
INK_API const char *ink_run_ended(const ink_run *run);

/* One of two models that are compared. */
typedef struct ink_compared {
    size_t right;
    double accuracy, accuracy_low, accuracy_high, loss; /* as in ink_metrics */
} ink_compared;

/* Two models on the same rows. Differences are b - a: above 0 means more right answers, or more loss, in b. */
typedef struct ink_comparison {
    size_t rows;
    ink_compared a, b;
    size_t both, only_a, only_b, neither;   /* rows that both, just one, none gets right; together all rows */
    size_t differ;                          /* rows with different answers, right or wrong */
    double difference;                      /* of the accuracies */
    double difference_low, difference_high; /* its 95 % score interval for paired shares (Tango 1998) */
    double p;                               /* McNemar's exact test, two-sided: are both equally good? */
    double loss_difference, loss_error;     /* of the mean losses, with its paired standard error (NaN for one row) */
    int better;                             /* -1: a, 1: b, 0: cannot be told on these rows (p is 0.05 or more) */
} ink_comparison;

/* Compares two models on labelled rows. Classes are matched by name, whatever their order in each model. Errors: BAD_DATA
 * (no labels, other features, a label that a model does not know), NO_MEMORY; then *out is all 0. */
INK_API INK_MUST_USE ink_status ink_compare(ink_ctx *ctx, const ink_model *a, const ink_model *b, const ink_data *data,
                                            ink_comparison *out);

/* ----------------------------------------------------------------- report */

/* Writes a page about a model: one HTML file that fetches nothing, with the course of its training, the network itself and, where
 * its inputs are grey pictures, a pad to try it on. data: labelled rows to judge it on (confusion, calibration, hardest rows, probable
 * label errors), or NULL. title: the page's heading, any text. Errors: BAD_DATA (no labels, other features, a label that the
 * model does not know), IO (the sink returned false), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_report_write(ink_ctx *ctx, const ink_model *model, const ink_data *data,
                                                 const char *title, ink_sink sink, void *user);

/* ------------------------------------------------------------------ train */

/* Called at each history row and, with row NULL, a few times a second between them. A callback that returns false ends
 * training after the current step. */
typedef struct ink_progress {
    size_t epoch, epochs;     /* the current epoch, from 1, and how many were asked for */
    size_t step, steps_total; /* steps done, steps asked for */
    double seconds, rows_per_second, seconds_left;
    const ink_epoch *row; /* the finished row of the history, or NULL */
} ink_progress;

typedef struct ink_hooks {
    bool (*progress)(void *user, const ink_progress *now);
    void *user;
} ink_hooks;

/* Splits, scales, trains and evaluates, once: folds and repeat are for ink_train_rounds. hooks may be NULL. The model has the best weights by the monitor (or the last,
 * setting keep). On CANCELLED and DIVERGED the model and the run are given all the same if an epoch was finished
 * (they may be NULL: look before use). Errors: those of ink_data_split and ink_model_new; BAD_DATA; DIVERGED; CANCELLED. */
INK_API INK_MUST_USE ink_status ink_train(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                          const ink_hooks *hooks, ink_model **model, ink_run **run);

/* The same from a model of the same features and classes on, with its layers and its scaling, whatever the settings say of
 * these; start NULL is ink_train. The optimiser begins anew. */
INK_API INK_MUST_USE ink_status ink_train_from(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                               const ink_hooks *hooks, const ink_model *start, ink_model **model,
                                               ink_run **run);

/* The loop by hand. train, valid (or NULL) and the settings are borrowed until _free. start NULL: fresh weights. */
typedef struct ink_trainer ink_trainer;
INK_API INK_MUST_USE ink_status ink_trainer_new(ink_ctx *ctx, const ink_data *train, const ink_data *valid,
                                                const ink_settings *set, const ink_model *start, ink_trainer **out);

/* Trains to the next history row and fills *row; *more is false when training has ended.
 * Errors: DIVERGED (the weights are those of the last finished row), CANCELLED. */
INK_API INK_MUST_USE ink_status ink_trainer_epoch(ink_trainer *trainer, const ink_hooks *hooks, ink_epoch *row,
                                                  bool *more);

/* The network as it is now (best weights once training has ended). Borrowed. */
INK_API const ink_model *ink_trainer_model(const ink_trainer *trainer);
INK_API void ink_trainer_free(ink_trainer *trainer);

/* --------------------------------------------------------- many trainings */

/* One training of several: with a seed of its own (setting repeat), on a fold (setting folds), or both. */
typedef struct ink_round {
    size_t number, rounds; /* from 1, of how many; number 0: the last training on all rows, after the folds */
    size_t fold, folds;    /* from 1; both 0 without folds */
    uint64_t seed;
    size_t train_rows, val_rows, test_rows;
    /* When it is finished: */
    ink_epoch row;                /* the row of the history that the weights are from; scores are NaN if it diverged */
    size_t epochs;                /* epochs trained, those after that row included */
    double test[INK_MOST_SCORES]; /* by row.scores; NaN without a test part */
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
    bool (*progress)(void *user, const ink_round *round, const ink_progress *now); /* as in ink_hooks */
    bool (*finished)(void *user, const ink_round *round);                          /* after each round */
    void *user;
} ink_round_hooks;

/* A score over the rounds; NaN where there are too few of them. */
typedef struct ink_mean {
    size_t count; /* rounds that have this score */
    double mean, lowest, highest;
    double deviation; /* sample standard deviation (n - 1) */
    double error;     /* of the mean: deviation / sqrt(count) */
    double
        corrected_error; /* validation on folds: allows for the training rows that folds share (Nadeau and Bengio 2003) */
} ink_mean;

typedef struct ink_rounds ink_rounds;

/* Trains once for each seed from `seed` on (setting repeat) and, with the setting folds, for each of them once for each fold.
 * Each round is a training of its own: split, scaling and weights begin anew, so that a fold is never seen by the scaling that
 * is judged on it. Without folds, round i is ink_train with seed + i; with folds a test part is cut off first, once, with
 * the first seed. Notes that are the same for every round are told once.
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

/* The round whose model was kept, NULL if that is none of them; and the history and test metrics of the model that was given,
 * NULL for none. */
INK_API const ink_round *ink_rounds_kept(const ink_rounds *rounds);
INK_API const ink_run *ink_rounds_run(const ink_rounds *rounds);

/* Of a column ("val_accuracy", "test_loss"), over all finished rounds that did not diverge. */
INK_API void ink_rounds_mean(const ink_rounds *rounds, const char *column, ink_mean *out);
/* ----------------------------------------------------------------- search */

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
    bool as_good;        /* cannot be told apart from the best (paired over the validation rows, 95 %) */
    const char *hash;    /* of its weights, "" before there are any */
    const char *message; /* why it failed, else "" */
} ink_trial;

typedef struct ink_search_info {
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

/* Called a few times a second, on the calling thread. A callback that returns false ends the search; it can be gone on with. */
typedef struct ink_search_hooks {
    bool (*progress)(void *user, const ink_search_progress *now);
    void *user;
} ink_search_hooks;

/* Plans a search in a new store, or goes on with the one that is there if nothing has changed; a random search or a grid may get more
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
 * trained (diverges, has no memory, bad settings) has failed, and the search goes on. hooks may be NULL. Errors: CANCELLED (by
 * the callback), IO, BAD_FILE, NO_MEMORY, BAD_ARGUMENT (the store was only opened). */
INK_API INK_MUST_USE ink_status ink_search_run(ink_search *search, const ink_search_hooks *hooks);

/* What is in the store, as of the last _new, _open, _run or _refresh. Everything is borrowed until the next of them. */
INK_API void ink_search_describe(const ink_search *search, ink_search_info *out);
INK_API INK_MUST_USE ink_status ink_search_refresh(ink_search *search);

/* Trials by rank, from 0: those with a result by the objective (of equal ones the lower number), then the others. NULL past the
 * end. */
INK_API const ink_trial *ink_search_trial(const ink_search *search, size_t rank);

/* Term i of the space: its setting's name, and how much it mattered: the share of the variance of the trials' ranks that it explains
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

/* Trains the settings of a trial anew on the training and the validation rows together, for as many epochs as its kept weights
 * had, and tests it where there is a test part. data must be the search's. hooks may be NULL. Errors: BAD_DATA (other rows);
 * BAD_SETTING (schedule plateau, which needs a validation part); those of ink_train. */
INK_API INK_MUST_USE ink_status ink_search_refit(ink_search *search, size_t trial, const ink_data *data,
                                                 const ink_hooks *hooks, ink_model **model, ink_run **run);

/* ------------------------------------------------------------ this build */

/* What the library can be built without. */
typedef struct ink_feature {
    const char *name;    /* "npz" */
    const char *library; /* "libzip" */
    const char *what;    /* in words */
    bool built_in;
} ink_feature;

INK_API size_t ink_feature_count(void);
INK_API const ink_feature *ink_feature_row(size_t i);

/* A data set that is known by name, as it was published. */
typedef struct ink_named_set {
    const char *name;
    const char *fetch; /* what brings it */
    size_t rows, test_rows, features, classes;
    uint64_t fingerprint, test_fingerprint; /* of both parts, by ink_data_fingerprint */
} ink_named_set;

INK_API size_t ink_named_set_count(void);
INK_API const ink_named_set *ink_named_set_row(size_t i);

/* The folders that named set i is looked for in by these settings, in their order: folder[room] gets number `place`, and *there
 * tells whether it has training images; the first of those is the one that is used. False after the last. */
INK_API bool ink_named_set_place(const ink_settings *set, size_t i, size_t place, char *folder, size_t room,
                                 bool *there);

/* Writes a page about a search, as ink_report_write does about a model: what is best, what mattered, each setting of the space
 * against the objective, the trials as a table (the best 1,000 of them). Errors: IO (the sink returned false), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_report_search(ink_ctx *ctx, const ink_search *search, const char *title,
                                                  ink_sink sink, void *user);

/* ------------------------------------------------------------------ bench */

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
