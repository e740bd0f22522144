/* inkling.h: Inkling for programs that train or use small neural networks, and its manual. What only programs around it need is in inkling-extra.h (the
 * settings table, reports, …), many trainings at once in inkling-many.h (seeds, folds, searches, several processes).
 * SPDX-License-Identifier: MIT
 *
 * In five calls:
 *
 *     ink_ctx *ctx;  ink_settings *set;  ink_data *data;  ink_model *model;  ink_run *run;
 *     ink_ctx_new(NULL, &ctx);
 *     ink_settings_new(ctx, &set);
 *     ink_settings_set(ctx, set, "hidden", "100");
 *     ink_data_load(ctx, "mnist", set, &data);
 *     ink_train(ctx, data, set, NULL, &model, &run);
 *
 * Manners that hold everywhere:
 *  - Every call that can fail returns an ink_status, which must be looked at, and takes the context that it may fail in. What was found,
 *    where, what was expected and what to do is a sentence in that context: ink_ctx_message(ctx). On failure *out is NULL and nothing
 *    else has changed; where a call gives something all the same (a training that was cancelled), it says so.
 *  - One context serves one thread at a time, and owns the worker threads. Settings, data, models, images, runs and rounds are values:
 *    they know no context and may outlive the one that they were made in. What is const is never written to, so that threads may
 *    share it, each with a context of its own. Trainers, predictors and searches are at work: they keep the context that they were
 *    made in, fail in it, and are freed before it.
 *  - `_new`, `_copy`, `_load`, `_read`, `_train`, `_split`, `_eval` and their kin give an object to the caller; `_free` takes it back and
 *    accepts NULL. Every other pointer is borrowed, and good as long as the object that it came from; data that was cut out of data
 *    borrows its rows.
 *  - Structs that the caller makes begin with their size; INK_INIT sets it. A program that was built for a version with fewer fields gets, and
 *    gives, those that it knows; fields that this version does not know must be 0 (else BAD_ARGUMENT). Structs that the library makes and hands
 *    out by pointer may grow at their end. Enumerators and statuses keep their numbers.
 *  - Callbacks run on the calling thread. One that returns false ends the call (CANCELLED, for a sink IO).
 *  - Arrays are in row-major order, float32 unless it is said otherwise; x[rows][features] says their shape. Times are seconds.
 *  - The library never prints, exits, aborts, installs signal handlers, keeps mutable globals, changes the locale or the caller's
 *    floating-point modes. The only environment variable that it reads is INKLING_KERNELS (a name of ink_kernels).
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

/* How a struct that begins with its size comes to it, in C and C++; all else is 0: ink_rows rows = INK_INIT(ink_rows); */
#ifdef __cplusplus
#define INK_INIT(type) ink_init<type>()
#else
#define INK_INIT(type)                                                                                                 \
    {                                                                                                                  \
        .size = sizeof(type)                                                                                           \
    }
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
    X(BAD_DATA, 6, "the data cannot be used")                                                                          \
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
    size_t size; /* INK_INIT(ink_allocator) sets it */
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

/* The kernel table in use: "portable", "avx2", "avx512" or "neon". */
INK_API const char *ink_ctx_kernels(const ink_ctx *ctx);

/* Remarks on what was decided ("28x28 images, scaled by 1/255"), one line each, without a newline. */
typedef void (*ink_note_fn)(void *user, const char *line);
INK_API void ink_ctx_on_note(ink_ctx *ctx, ink_note_fn note, void *user);

/* Takes the next bytes of what is written; returns false when it cannot. */
typedef bool (*ink_sink)(void *user, const char *bytes, size_t count);

/* -------------------------------------------------------------- settings */

/* What to do, by name: "lr", "hidden", "val", … as `inkling help settings` lists them. */
typedef struct ink_settings ink_settings;

/* Settings at their defaults, and a copy with what was set. Errors: NO_MEMORY. Ownership: the caller, ink_settings_free. */
INK_API INK_MUST_USE ink_status ink_settings_new(ink_ctx *ctx, ink_settings **out);
INK_API INK_MUST_USE ink_status ink_settings_copy(ink_ctx *ctx, const ink_settings *set, ink_settings **out);
INK_API void ink_settings_free(ink_settings *set);

/* Sets one by name from text. Errors: BAD_SETTING (unknown name, with "did you mean"; not a number; out of range;
 * no such choice), BAD_ARGUMENT (NULL), NO_MEMORY. Words count in any case, with - or _. */
INK_API INK_MUST_USE ink_status ink_settings_set(ink_ctx *ctx, ink_settings *set, const char *name, const char *text);

/* The value as text in its shortest exact form; NULL for an unknown name. Borrowed until that name is set again. */
INK_API const char *ink_settings_get(const ink_settings *set, const char *name);

/* The same as values of C. An integer fits INT and REAL, a choice is a word of a CHOICE or the one word of a number ("full").
 * Errors: as ink_settings_set; BAD_SETTING too for a setting of another type. */
INK_API INK_MUST_USE ink_status ink_settings_set_bool(ink_ctx *ctx, ink_settings *set, const char *name, bool value);
INK_API INK_MUST_USE ink_status ink_settings_set_int(ink_ctx *ctx, ink_settings *set, const char *name, int64_t value);
INK_API INK_MUST_USE ink_status ink_settings_set_real(ink_ctx *ctx, ink_settings *set, const char *name, double value);
INK_API INK_MUST_USE ink_status ink_settings_set_choice(ink_ctx *ctx, ink_settings *set, const char *name,
                                                        const char *word);

/* get_real takes INT too; *word is borrowed until that name is set again. Errors: BAD_SETTING (unknown name; another type; a number
 * that is its word: ink_settings_get returns it), then *value is false, 0, NaN or NULL. */
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
 * begin with ; or #; a line that begins with a space continues the line before.
 *
 * Loading takes over what the file says, but for settings that were set before the call: the caller's word counts over the
 * file's (and a hidden that was set over the file's net, an epochs over its steps). On failure nothing has changed. Errors:
 * BAD_FILE with file and line (an unknown name, with "did you mean"; a value that does not fit; the wrong section; a name
 * twice); BAD_SETTING (activation or dropout was set, and the file's net leaves them without meaning); NOT_FOUND; IO; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_settings_load(ink_ctx *ctx, ink_settings *set, const char *path);

/* Writes what was set, whole or not at all; the other settings follow as comments with their defaults. Errors: BAD_SETTING
 * (a text that such a file cannot hold); IO; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_settings_save(ink_ctx *ctx, const ink_settings *set, const char *path);

/* ------------------------------------------------------------------ data */

/* Rows of values, with labels or targets or without, and the test part that they bring along. */
typedef struct ink_data ink_data;

typedef enum ink_part { INK_PART_ALL = 0, INK_PART_TRAIN = 1, INK_PART_TEST = 2 } ink_part;

/* Texts are borrowed from the data. */
typedef struct ink_data_info {
    size_t size;                    /* INK_INIT(ink_data_info) sets it */
    size_t rows, features, classes; /* classes is 0 when there are no labels */
    size_t height, width, channels; /* height*width*channels == features; height is 1 when no image shape is known */
    bool bytes;                     /* values are kept as bytes 0..255, else as floats */
    bool labelled;
    size_t targets;     /* numbers a row that are to be answered with, 0 where there are labels or nothing */
    size_t test_rows;   /* rows of the test part that the data brings along, 0 for none */
    const char *source; /* what was opened: a path or a set's name */
} ink_data_info;

/* Opens DATA: a named set ("mnist", "fashion"), a folder of four IDX files, or a file whose kind is detected from its
 * content. Uses the settings of group "data" (labels, limit, data-path). What was decided goes to the note callback.
 * Errors: NOT_FOUND, BAD_FILE, BAD_DATA, IO, UNSUPPORTED, NO_MEMORY; the message has file, line or byte. */
INK_API INK_MUST_USE ink_status ink_data_load(ink_ctx *ctx, const char *path, const ink_settings *set, ink_data **out);

typedef struct ink_model ink_model;

/* The same for rows that a model is to answer: of a table with names the columns that it was trained on, in its order (what else
 * there is, is left out), and its label column. Errors: as above. */
INK_API INK_MUST_USE ink_status ink_data_load_for(ink_ctx *ctx, const char *path, const ink_settings *set,
                                                  const ink_model *model, ink_data **out);

/* The name of row i and of the column that names come from (an id; "" without a name), or NULL where rows have none. They live as
 * long as the data. */
INK_API const char *ink_data_id(const ink_data *data, size_t i);
INK_API const char *ink_data_id_column(const ink_data *data);

/* From memory: x[rows][features]; labels[rows] in 0..classes-1, or NULL with classes 0. Both are copied.
 * Errors: BAD_DATA for a value that is not finite or a label out of range; BAD_ARGUMENT; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_new(ink_ctx *ctx, size_t rows, size_t features, const float *x,
                                             const int32_t *labels, size_t classes, ink_data **out);

/* Rows in the caller's memory. */
typedef struct ink_rows {
    size_t size; /* INK_INIT(ink_rows) sets it */
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
    size_t height, width, channels;  /* of the images that rows are, pixel by pixel; all 0: none are known */
} ink_rows;

/* Data over the caller's values, which are not copied: they must stay as they are until the data is freed. All else is
 * copied. Errors: BAD_DATA for a value that is not finite, a label or a weight out of range; BAD_ARGUMENT; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_wrap(ink_ctx *ctx, const ink_rows *rows, ink_data **out);
INK_API void ink_data_free(ink_data *data);

/* What the data is, without a look at its values. */
INK_API void ink_data_describe(const ink_data *data, ink_data_info *out);

/* A hash of shape, values and labels, the test part left out: the same rows have the same one, however they are kept. Each call reads all values. */
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

/* Writes data, its test part too, in the format of the path's extension, each file whole or not at all:
 *   OUT.npz            x_train, y_train (x_test, y_test): uint8 or float32 rows, int64 labels, class_names where these are words
 *   OUT.csv, .csv.gz   a header, the label, the values: label,pixel0,…; the test part goes to OUT.test.csv
 *   OUT.idx, .idx.gz   OUT-images.idx3-ubyte and OUT-labels.idx1-ubyte; the test part to OUT.test-images…; values 0 to 255
 *   FOLDER/            train-images-idx3-ubyte and the three others of MNIST, in a folder that is made if need be
 * Each file is reported to the note callback. Errors: BAD_ARGUMENT (another ending; the file that the
 * data was loaded from), BAD_DATA (what the format cannot hold), IO, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_save(ink_ctx *ctx, const ink_data *data, const char *path);

/* Fold `fold` (from 0) of the setting folds: *valid gets its rows, *train all others. Drawn by the settings stratify,
 * shuffle and seed; the test part that the data brings along is in none. The results borrow from `data`. Errors: BAD_SETTING
 * (folds is not set), BAD_DATA (fewer rows than folds, no labels, one class only), BAD_ARGUMENT, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_data_fold(ink_ctx *ctx, const ink_data *data, const ink_settings *set, size_t fold,
                                              ink_data **train, ink_data **valid);

/* ---------------------------------------------------------------- images */

/* A PNG or JPEG file as bytes, grey or RGB. */
typedef struct ink_image ink_image;

/* What was found in an image, and what was done to it. */
typedef struct ink_image_view {
    size_t size;                    /* INK_INIT(ink_image_view) sets it */
    size_t height, width, channels; /* of the image; channels 1: grey, 3: RGB */
    bool as_it_is;                  /* it had the wanted size and a plain background: nothing was cropped or moved */
    bool dark_ink;                  /* dark on light: it was turned */
    size_t top, left, ink_height, ink_width; /* where the ink is, in the image's pixels; 0 with as_it_is */
    double contrast;                         /* of ink and background, 0 to 1 */
} ink_image_view;

/* Whether the file at `path` is an image of some kind, detected from its first bytes. False where there is no such file. */
INK_API bool ink_image_is(const char *path);

/* Reads a PNG or JPEG file. Transparent parts become white. Errors: NOT_FOUND, BAD_FILE (damaged), UNSUPPORTED (another kind
 * of image, or a library that was not there when Inkling was built), IO, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_image_load(ink_ctx *ctx, const char *path, ink_image **out);

/* The same from a file's content, bytes[size]; `name` is what messages call it. */
INK_API INK_MUST_USE ink_status ink_image_read(ink_ctx *ctx, const void *bytes, size_t size, const char *name,
                                               ink_image **out);
INK_API void ink_image_free(ink_image *image);

/* The whole image as grey, 0 to 1, brought to x[height][width]; nothing is turned or moved. Errors: BAD_ARGUMENT. */
INK_API INK_MUST_USE ink_status ink_image_grey(ink_ctx *ctx, const ink_image *image, size_t height, size_t width,
                                               float *x);

/* Prepares an image of one digit as those of MNIST were: the light on it levelled, dark ink on a light page turned to light
 * on black, specks left out, cropped to the ink, fitted into 20/28 of the frame with its aspect kept, and moved so that its
 * centre of mass is in the middle. An image of the wanted size on plain black or white only gets light on black. Fills
 * x[height][width] with 0 (black) to 1. Errors: BAD_DATA if no ink can be seen, BAD_ARGUMENT for sides beyond 8 to 256, NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_image_fit(ink_ctx *ctx, const ink_image *image, size_t height, size_t width,
                                              float *x, ink_image_view *out);

/* ----------------------------------------------------------------- model */

/* A network with its weights, scaling, classes and metadata; rows are given raw. */
typedef struct ink_model ink_model;

/* Texts are borrowed from the model. */
typedef struct ink_model_info {
    size_t size; /* INK_INIT(ink_model_info) sets it */
    size_t features, classes, layers, parameters;
    size_t outputs; /* values a row that it answers with: one a class, or one a target; classes is 0 then */
    size_t height, width, channels; /* of the input; height 1 when no image shape is known */
    const char *notation;           /* "dense 100 relu": hidden layers only */
    const char *scaling;            /* "none", "255", "minmax", "standard" */
    uint64_t hash;                  /* of the weights, independent of their layout in memory */
    double black, white;            /* the values of such pixels in what it was trained on; NaN where that is unknown */
} ink_model_info;

/* The same of a layer. */
typedef struct ink_layer_info {
    size_t size;            /* INK_INIT(ink_layer_info) sets it */
    const char *kind;       /* "scale", "dense", "dropout" */
    const char *name;       /* "dense1", as in the file's tensor names; "" for layers without tensors */
    const char *activation; /* "relu"; "" where there is none */
    size_t inputs, outputs, parameters;
    size_t height, width, channels; /* of its outputs; 1, 1, outputs where these have no places */
    size_t multiply_adds;           /* with its weights, for a row */
    size_t bytes;                   /* of its parameters, running averages too, and of the outputs for a row */
} ink_layer_info;

/* A network with fresh weights (settings init, activation, seed) from the notation, e.g. "dense 100 relu | dense 64 tanh"; the output
 * layer is added. "" is a single layer. With the loss mse, `classes` is the number of targets. Errors: BAD_SETTING with the position in the notation; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_model_new(ink_ctx *ctx, const char *notation, size_t features, size_t classes,
                                              const ink_settings *set, ink_model **out);

/* The model of a .safetensors file. Errors: NOT_FOUND, IO, BAD_FILE (damaged, not a model's, a weight that is not finite), UNSUPPORTED (a newer Inkling's), NO_MEMORY. */
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
    size_t size; /* INK_INIT(ink_tensor) sets it */
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

/* A model from another program's file, detected by its content: ONNX (dense networks), JSON as export writes it, .safetensors of
 * PyTorch's linear layers, .npz or a pickle of arrays W1, b1, W2, b2, … (of which notation, classes, scale_shift, scale_factor, scaling
 * and input_shape are understood too). For arrays that do not say, the settings activation and init-layout count (set NULL: the
 * defaults). Nothing is left out without a word. Errors: NOT_FOUND, IO, BAD_FILE, BAD_DATA, BAD_SETTING; UNSUPPORTED (a node of ONNX or a tensor that is not
 * known, by its name; a build without ONNX or .npz); NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_model_import(ink_ctx *ctx, const char *path, const ink_settings *set,
                                                 ink_model **out);

/* What a network is; layer i < layers; the name of class i, NULL behind the last. */
INK_API void ink_model_describe(const ink_model *model, ink_model_info *out);
INK_API void ink_model_layer(const ink_model *model, size_t i, ink_layer_info *out);
INK_API const char *ink_model_class(const ink_model *model, size_t i);
INK_API const char *ink_model_target(const ink_model *model, size_t i); /* the name of target i, or NULL */

/* A text of the model's metadata ("seed", "settings", "metrics", …), or NULL. */
INK_API const char *ink_model_metadata(const ink_model *model, const char *key);

/* Answers for raw rows, probabilities of the classes or numbers: x[rows][features] -> p[rows][outputs]. Threads may share the model, each with a
 * context of its own. A single row is worked on by the calling thread in its stack (64 KB of it), without allocation, unless
 * the network is too wide for that (784 features and 2,000 units fit) or the context has a note callback, which a warning may go to. Errors: BAD_ARGUMENT; BAD_DATA: a row has a value that is
 * not finite, or one so large that the outputs of a layer are not, with both their names; NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_predict(ink_ctx *ctx, const ink_model *model, size_t rows, const float *x,
                                            float *p);

/* Whether rows are like those that the model was trained on. ink_predict and ink_predict_data look for themselves, and give a warning to
 * the context's note callback, if there is one; with a predictor, or without a callback, ask here: false for rows x[rows][features]
 * of another scale or far outside of the range in training, and the text says what was found, "column 3: …". Models that keep no range
 * hold for all rows. The object is independent of the model, and may be shared by threads. Errors: NO_MEMORY. */
typedef struct ink_range ink_range;
INK_API INK_MUST_USE ink_status ink_range_new(ink_ctx *ctx, const ink_model *model, ink_range **out);
INK_API void ink_range_free(ink_range *range);
INK_API bool ink_range_holds(const ink_range *range, size_t rows, const float *x, char *text, size_t room);

/* The same for the rows of a data set: p[rows][outputs]. Errors: as ink_predict; BAD_DATA if the features differ. */
INK_API INK_MUST_USE ink_status ink_predict_data(ink_ctx *ctx, const ink_model *model, const ink_data *data, float *p);

/* A model made ready for many calls: what ink_predict allocates each time is allocated once. The model is borrowed and must not
 * change; any number of predictors may share it, each in a thread with a context of its own. `rows` are worked on at a time, at
 * most; a call may bring more. Errors: BAD_ARGUMENT (no rows), NO_MEMORY. */
typedef struct ink_predictor ink_predictor;
INK_API INK_MUST_USE ink_status ink_predictor_new(ink_ctx *ctx, const ink_model *model, size_t rows,
                                                  ink_predictor **out);
INK_API void ink_predictor_free(ink_predictor *predictor);

/* Raw rows x[rows][features], floats or bytes -> p[rows][outputs], the bits of ink_predict. Allocates nothing while
 * all outputs are finite. Errors: BAD_DATA as ink_predict (the rows before have their answers), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_predictor_run(ink_predictor *predictor, size_t rows, const float *x, float *p);
INK_API INK_MUST_USE ink_status ink_predictor_run_bytes(ink_predictor *predictor, size_t rows, const uint8_t *x,
                                                        float *p);

/* -------------------------------------------------------- run and metrics */

/* What came of a training or an evaluation: history, metrics. */
typedef struct ink_run ink_run;

typedef struct ink_class_score {
    size_t size;
    size_t rows, predicted; /* rows of this class; rows that were taken for it */
    double precision, recall, f1;
} ink_class_score;

/* What a network is judged by: the loss that it is trained by, which is always the first, and the scores that go with that loss.
 * With train_, val_ or test_ in front, the name is that of a column in histories and results: "val_accuracy". */
typedef struct ink_score {
    const char *name;      /* "loss", "accuracy", "auc", "rmse", "r2", … */
    bool higher_is_better; /* else lower is */
    bool share;            /* from 0 to 1, shown as per cent */
} ink_score;

enum { INK_LOSS = 0, INK_MOST_SCORES = 8 };

typedef struct ink_metrics {
    size_t rows, classes;
    const ink_score *scores; /* [score_count]. Static */
    size_t score_count;
    double score[INK_MOST_SCORES]; /* score[INK_LOSS] is the mean loss; those beyond the count are NaN */
    double low[INK_MOST_SCORES], high[INK_MOST_SCORES]; /* their 95 % intervals, NaN where there are none */
    double loss;                                        /* score[INK_LOSS] */
    /* Of classes: */
    double accuracy;                         /* share of rows whose most probable class is right */
    double accuracy_low, accuracy_high;      /* 95 % Wilson interval */
    double calibration_error;                /* expected calibration error over 15 bins of confidence */
    const double *top;                       /* top[k-1]: share of rows whose class is among the k most probable */
    size_t top_count;                        /* min(5, classes) */
    const ink_class_score *const *per_class; /* [classes] */
    const uint64_t *confusion;               /* [classes][classes]: row = true class, column = answer */
} ink_metrics;

/* One row of the history. Values that do not exist are NaN. */
typedef struct ink_epoch {
    size_t size;             /* INK_INIT(ink_epoch) sets it */
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

/* The row whose weights the model has: the best, or the last (the setting keep, no validation part, a training that diverged); count if
 * there are no rows. */
INK_API size_t ink_run_kept(const ink_run *run);

/* The loss of each step, if the setting history-steps was true: loss[0] is step 1. */
INK_API size_t ink_run_steps(const ink_run *run);
INK_API const double *ink_run_step_losses(const ink_run *run);

/* Why training ended: "finished 5 of 5 epochs", "no improvement for 30 epochs", "cancelled", "diverged …". */
INK_API const char *ink_run_ended(const ink_run *run);

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
    size_t size; /* INK_INIT(ink_hooks) sets it */
    bool (*progress)(void *user, const ink_progress *now);
    void *user;
} ink_hooks;

/* Splits, scales, trains and evaluates, once: folds and repeat are for ink_train_rounds. hooks may be NULL. The model has the best weights by the monitor (or the last,
 * setting keep). On CANCELLED and DIVERGED the model and the run are given all the same if an epoch was finished
 * (they may be NULL: look before use). Errors: those of ink_data_split and ink_model_new; BAD_DATA; DIVERGED; CANCELLED. */
INK_API INK_MUST_USE ink_status ink_train(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                          const ink_hooks *hooks, ink_model **model, ink_run **run);

/* The same from a model of the same features and classes on, with its layers and its scaling, whatever the settings say of
 * these; start NULL is ink_train. The optimiser starts from scratch. */
INK_API INK_MUST_USE ink_status ink_train_from(ink_ctx *ctx, const ink_data *data, const ink_settings *set,
                                               const ink_hooks *hooks, const ink_model *start, ink_model **model,
                                               ink_run **run);

/* The loop by hand. train, valid (or NULL) and the settings are borrowed until _free; the context's number of threads may change
 * meanwhile. start NULL: fresh weights; else it is copied. Errors: those of ink_train. */
typedef struct ink_trainer ink_trainer;
INK_API INK_MUST_USE ink_status ink_trainer_new(ink_ctx *ctx, const ink_data *train, const ink_data *valid,
                                                const ink_settings *set, const ink_model *start, ink_trainer **out);

/* Trains to the next history row and fills *row (all 0 if there is none); *more is false when training has ended. hooks may be NULL.
 * Errors: DIVERGED (the weights are those of the last finished row), CANCELLED, BAD_ARGUMENT (it had ended), IO (a checkpoint), NO_MEMORY. */
INK_API INK_MUST_USE ink_status ink_trainer_epoch(ink_trainer *trainer, const ink_hooks *hooks, ink_epoch *row,
                                                  bool *more);

/* The network as it is now (best weights once training has ended). Borrowed. */
INK_API const ink_model *ink_trainer_model(const ink_trainer *trainer);
INK_API void ink_trainer_free(ink_trainer *trainer);

#ifdef __cplusplus
}

template <typename type> inline type ink_init()
{
    type fresh = {};
    fresh.size = sizeof(type);
    return fresh;
}
#endif
#endif
