/* write: data out: which files, and all of them or none.
 * SPDX-License-Identifier: MIT */
#include "read/write.h"

#include "base/mem.h"
#include "base/text.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 4 };

/* --------------------------------------------------------------------- files */

/* What is written: a file each, committed together at the end. */
struct files {
    ink_ctx *ctx;
    const ink_data *data; /* the training part */
    struct inki_sink *sinks[FILES_MAX];
    char paths[FILES_MAX][INKI_PATH_ROOM];
    size_t count;
};

/* The file that the rows come from is never written over: it may hold more than they. */
static ink_status check_target(ink_ctx *ctx, const ink_data *data, const char *path)
{
    struct stat source, target;
    if (stat(data->source, &source) != 0 || stat(path, &target) != 0) return INK_OK;
    if (source.st_dev != target.st_dev || source.st_ino != target.st_ino) return INK_OK;
    return inki_fail(ctx, INK_BAD_ARGUMENT, "%s would be overwritten; choose another name", path);
}

static ink_status open_file(struct files *files, const char *stem, const char *middle, const char *end,
                            struct inki_sink **out)
{
    char *path = files->paths[files->count];
    int length = snprintf(path, INKI_PATH_ROOM, "%s%s%s", stem, middle, end);
    if (length < 0 || length >= INKI_PATH_ROOM) return inki_fail(files->ctx, INK_IO, "%s: the path is too long", stem);
    INK_TRY(check_target(files->ctx, files->data, path));
    INK_TRY(inki_sink_new(files->ctx, path, &files->sinks[files->count]));
    *out = files->sinks[files->count++];
    return INK_OK;
}

static ink_status commit(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) INK_TRY(inki_sink_finish(files->sinks[i]));
    for (size_t i = 0; i < files->count; i++) INK_TRY(inki_sink_commit(files->sinks[i]));
    return INK_OK;
}

static void files_free(struct files *files)
{
    for (size_t i = 0; i < files->count; i++) inki_sink_free(files->sinks[i]);
}

static void note_written(ink_ctx *ctx, const ink_data *data, const char *path)
{
    char rows[32];
    inki_note(ctx, "%s: %s rows written", path, inki_format_count(data->rows, rows));
}

static ink_status write_csv(struct files *files, const ink_data *data, const char *stem, const char *end)
{
    struct inki_sink *sink = NULL;
    INK_TRY(open_file(files, stem, "", end, &sink));
    INK_TRY(inki_write_csv(files->ctx, data, sink));
    if (!data->test) return INK_OK;
    INK_TRY(open_file(files, stem, ".test", end, &sink));
    return inki_write_csv(files->ctx, data->test, sink);
}

/* Images and labels of one part; `packed` is ".gz" or "". */
static ink_status write_pair(struct files *files, const ink_data *data, const char *stem, const char *separator,
                             const char *packed)
{
    struct inki_sink *images = NULL, *labels = NULL;
    char end[32];
    int rank = data->height == 1 ? 2 : data->channels == 1 ? 3 : 4;
    snprintf(end, sizeof end, "%sidx%d-ubyte%s", separator, rank, packed);
    INK_TRY(open_file(files, stem, "images", end, &images));
    snprintf(end, sizeof end, "%sidx1-ubyte%s", separator, packed);
    if (data->labels) INK_TRY(open_file(files, stem, "labels", end, &labels));
    return inki_write_idx(files->ctx, data, images, labels);
}

/* STEM-images.idx3-ubyte and STEM-labels.idx1-ubyte; STEM.test-… for the test part. */
static ink_status write_idx(struct files *files, const ink_data *data, const char *stem, const char *packed)
{
    char whole[INKI_PATH_ROOM];
    snprintf(whole, sizeof whole, "%.4000s-", stem);
    INK_TRY(write_pair(files, data, whole, ".", packed));
    snprintf(whole, sizeof whole, "%.4000s.test-", stem);
    return data->test ? write_pair(files, data->test, whole, ".", packed) : INK_OK;
}

/* MNIST's four files in a folder, which is made if need be. */
static ink_status write_folder(struct files *files, const ink_data *data, const char *folder)
{
    char stem[INKI_PATH_ROOM];
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/') length--;
    int size = snprintf(stem, sizeof stem, "%.*s", (int)length, folder);
    if (size < 0 || (size_t)size + 32 > sizeof stem)
        return inki_fail(files->ctx, INK_IO, "%s: the path is too long", folder);
    if (mkdir(stem, 0777) != 0 && errno != EEXIST)
        return inki_fail(files->ctx, INK_IO, "%s: the folder cannot be made: %s", stem, strerror(errno));
    snprintf(stem + size, sizeof stem - (size_t)size, "/train-");
    INK_TRY(write_pair(files, data, stem, "-", ""));
    snprintf(stem + size, sizeof stem - (size_t)size, "/t10k-");
    return data->test ? write_pair(files, data->test, stem, "-", "") : INK_OK;
}

/* ------------------------------------------------------------------- dispatch */

/* Whether the path ends so; stem[] gets what is before. */
static bool ends_with(const char *path, const char *end, char stem[INKI_PATH_ROOM])
{
    size_t length = strlen(path), end_length = strlen(end);
    if (length <= end_length || length >= INKI_PATH_ROOM || strcmp(path + length - end_length, end) != 0) return false;
    memcpy(stem, path, length - end_length);
    stem[length - end_length] = 0;
    return stem[length - end_length - 1] != '/';
}

static bool is_folder(const char *path)
{
    size_t length = strlen(path);
    return (length > 0 && path[length - 1] == '/') || inki_path_kind(path) == INKI_PATH_FOLDER;
}

static ink_status write_files(struct files *files, const ink_data *data, const char *path)
{
    char stem[INKI_PATH_ROOM];
    if (ends_with(path, ".csv", stem)) return write_csv(files, data, stem, ".csv");
    if (ends_with(path, ".csv.gz", stem)) return write_csv(files, data, stem, ".csv.gz");
    bool packed = ends_with(path, ".idx.gz", stem), plain = !packed && ends_with(path, ".idx", stem);
    if (!packed && !plain && !is_folder(path)) {
        return inki_fail(
            files->ctx, INK_BAD_ARGUMENT,
            "%s: unknown file extension; expected .npz, .csv or .csv.gz, .idx or .idx.gz (a pair of files), or a "
            "folder FOLDER/ for four files as MNIST's",
            path);
    }
    INK_TRY(inki_check_idx(files->ctx, data));
    if (data->test) INK_TRY(inki_check_idx(files->ctx, data->test));
    return packed || plain ? write_idx(files, data, stem, packed ? ".gz" : "") : write_folder(files, data, path);
}

static bool has_gaps(const ink_data *data)
{
    for (size_t i = 0; data->floats && i < data->rows; i++) {
        const float *x = data->floats + inki_data_base(data, i) * data->features;
        for (size_t j = 0; j < data->features; j++)
            if (!isfinite(x[j])) return true;
    }
    return false;
}

/* What tables have beside numbers and classes only CSV can hold. */
static ink_status check_form(ink_ctx *ctx, const ink_data *data, const char *path)
{
    char stem[INKI_PATH_ROOM];
    if (ends_with(path, ".csv", stem) || ends_with(path, ".csv.gz", stem)) return INK_OK;
    const char *what = data->categories ? "columns of words"
                       : data->targets  ? "numbers to predict"
                       : has_gaps(data) ? "gaps or infinite values"
                                        : NULL;
    if (!what) return INK_OK;
    return inki_fail(ctx, INK_UNSUPPORTED, "%s: %s can be written as CSV alone; name the file NAME.csv or NAME.csv.gz",
                     path, what);
}

ink_status ink_data_save(ink_ctx *ctx, const ink_data *data, const char *path)
{
    char stem[INKI_PATH_ROOM];
    INK_TRY(check_form(ctx, data, path));
    if (ends_with(path, ".npz", stem)) {
        INK_TRY(check_target(ctx, data, path));
        INK_TRY(inki_write_npz(ctx, data, path));
        char rows[32], count[32], test[48] = "";
        if (data->test) snprintf(test, sizeof test, ", %s test rows", inki_format_count(data->test->rows, count));
        inki_note(ctx, "%s: %s rows%s written", path, inki_format_count(data->rows, rows), test);
        return INK_OK;
    }
    struct files *files = inki_zalloc(ctx, 1, sizeof *files);
    if (!files) return INK_NO_MEMORY;
    files->ctx = ctx;
    files->data = data;
    ink_status status = write_files(files, data, path);
    if (status == INK_OK) status = commit(files);
    size_t half = data->test ? files->count / 2 : files->count;
    for (size_t i = 0; status == INK_OK && i < files->count; i++)
        note_written(ctx, i < half ? data : data->test, files->paths[i]);
    files_free(files);
    inki_free(files);
    return status;
}
