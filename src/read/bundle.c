/* bundle: which files of a folder belong together.
 * SPDX-License-Identifier: MIT */
#include "read/bundle.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void inki_bundle_free(struct inki_bundle *bundle)
{
    inki_list_free(&bundle->train);
    inki_list_free(&bundle->test);
    inki_list_free(&bundle->others);
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), size = strlen(end);
    return length >= size && strcmp(name + length - size, end) == 0;
}

/* ---------------------------------------------------------------------- batches */

/* data_batch_1, data_batch_2.bin: CIFAR-10's. */
static bool is_batch(const char *name)
{
    static const char begin[] = "data_batch_";
    const char *at = name + sizeof begin - 1;
    if (strncmp(name, begin, sizeof begin - 1) != 0 || *at < '0' || *at > '9') return false;
    while (*at >= '0' && *at <= '9') at++;
    return !*at || strcmp(at, ".bin") == 0;
}

/* CIFAR-100 has one file a part: train and test, as pickles or as train.bin and test.bin. */
static bool is_single(const char *name, const char *part)
{
    size_t length = strlen(part);
    return strncmp(name, part, length) == 0 && (!name[length] || strcmp(name + length, ".bin") == 0);
}

static bool names_classes(const char *name)
{
    static const char *const names[] = {"batches.meta", "batches.meta.txt", "meta", "fine_label_names.txt"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

bool inki_bundle_names(const char *path, char names[INKI_PATH_ROOM])
{
    static const char *const beside[] = {"batches.meta", "batches.meta.txt"};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const bool ten = is_batch(name) || is_single(name, "test_batch"),
               hundred = is_single(name, "train") || is_single(name, "test");
    const int folder = (int)(name - path);
    for (size_t i = 0; ten && i < sizeof beside / sizeof *beside; i++)
        if (snprintf(names, INKI_PATH_ROOM, "%.*s%s", folder, path, beside[i]) < INKI_PATH_ROOM &&
            inki_path_kind(names) == INKI_PATH_FILE)
            return true;
    return hundred && snprintf(names, INKI_PATH_ROOM, "%.*smeta", folder, path) < INKI_PATH_ROOM &&
           inki_path_kind(names) == INKI_PATH_FILE;
}

static ink_status find_batches(const char *folder, const struct inki_list *files, struct inki_bundle *out)
{
    char path[INKI_PATH_ROOM];
    size_t batches = 0, singles = 0;
    for (size_t i = 0; i < files->count; i++) {
        batches += is_batch(files->entries[i].name);
        singles += is_single(files->entries[i].name, "train") || is_single(files->entries[i].name, "test");
    }
    if (batches == 0 && singles < 2) return INK_OK;
    out->kind = INKI_BATCHES;
    for (size_t i = 0; i < files->count; i++) {
        const char *name = files->entries[i].name;
        bool train = batches ? is_batch(name) : is_single(name, "train");
        bool test = is_single(name, batches ? "test_batch" : "test");
        if (!inki_join_path(path, folder, name)) continue;
        if (train || test)
            INK_TRY(inki_list_put(train ? &out->train : &out->test, path));
        else if (names_classes(name))
            memcpy(out->names, path, sizeof path);
        else
            INK_TRY(inki_list_put(&out->others, name));
    }
    return INK_OK;
}

/* ----------------------------------------------------------------------- arrays */

static bool is_array(const char *name) { return ends_with(name, ".npy") || ends_with(name, ".npy.gz"); }

/* Whether NAME.npy or NAME.npy.gz is among the files; its path. */
static bool has_array(const void *archive, const char *name)
{
    const struct inki_list *files = archive;
    size_t length = strlen(name);
    for (size_t i = 0; length && i < files->count; i++)
        if (strncmp(files->entries[i].name, name, length) == 0 && is_array(files->entries[i].name + length) &&
            files->entries[i].name[length] == '.')
            return true;
    return false;
}

static bool array_path(const char *folder, const struct inki_list *files, const char *name, char path[INKI_PATH_ROOM])
{
    size_t length = strlen(name);
    *path = 0;
    for (size_t i = 0; length && i < files->count; i++)
        if (strncmp(files->entries[i].name, name, length) == 0 && files->entries[i].name[length] == '.' &&
            is_array(files->entries[i].name + length))
            return inki_join_path(path, folder, files->entries[i].name);
    return false;
}

/* Whether a file is that of the rows or labels of a part that is read. */
static bool is_array_of(const struct inki_names names[INKI_PARTS], const char *file)
{
    for (size_t part = 0; part < INKI_PARTS; part++) {
        if (part == INKI_VALID) continue;
        for (int labels = 0; labels < 2; labels++) {
            const char *name = labels ? names[part].y : names[part].x;
            size_t length = strlen(name);
            if (length && strncmp(file, name, length) == 0 && file[length] == '.' && is_array(file + length))
                return true;
        }
    }
    return false;
}

static ink_status find_arrays(const char *folder, const struct inki_list *files, struct inki_bundle *out)
{
    struct inki_names names[INKI_PARTS];
    char path[INKI_PATH_ROOM];
    if (!inki_names_find(has_array, files, "auto", names)) return INK_OK;
    out->kind = INKI_ARRAY_FILES;
    for (size_t i = 0; i < files->count; i++)
        if (!is_array_of(names, files->entries[i].name)) INK_TRY(inki_list_put(&out->others, files->entries[i].name));
    if (array_path(folder, files, names[INKI_TRAIN].x, path)) INK_TRY(inki_list_put(&out->train, path));
    array_path(folder, files, names[INKI_TRAIN].y, out->labels);
    if (array_path(folder, files, names[INKI_TEST].x, path)) INK_TRY(inki_list_put(&out->test, path));
    array_path(folder, files, names[INKI_TEST].y, out->test_labels);
    return INK_OK;
}

/* ------------------------------------------------------------------ class files */

void inki_bundle_class(const char *path, char name[256])
{
    const char *slash = strrchr(path, '/'), *begin = slash ? slash + 1 : path;
    size_t length = strlen(begin);
    if (ends_with(begin, ".gz")) length -= 3;
    if (length > 4) length -= 4; /* .npy */
    snprintf(name, 256, "%.*s", (int)(length < 255 ? length : 255), begin);
}

/* All files are arrays, and none has a name that says otherwise. */
static ink_status find_class_files(const char *folder, const struct inki_list *files, struct inki_bundle *out)
{
    char path[INKI_PATH_ROOM];
    size_t arrays = 0;
    for (size_t i = 0; i < files->count; i++) arrays += is_array(files->entries[i].name);
    if (arrays < 2) return INK_OK;
    out->kind = INKI_CLASS_FILES;
    for (size_t i = 0; i < files->count; i++) {
        const char *name = files->entries[i].name;
        if (!is_array(name))
            INK_TRY(inki_list_put(&out->others, name));
        else if (inki_join_path(path, folder, name))
            INK_TRY(inki_list_put(&out->train, path));
    }
    return INK_OK;
}

ink_status inki_bundle_find(ink_ctx *ctx, const char *folder, struct inki_bundle *out)
{
    struct inki_list files = {.ctx = ctx};
    *out = (struct inki_bundle){.train.ctx = ctx, .test.ctx = ctx, .others.ctx = ctx};
    ink_status status = inki_list_folder(folder, INKI_PATH_FILE, &files);
    if (status == INK_OK) status = find_batches(folder, &files, out);
    if (status == INK_OK && !out->kind) status = find_arrays(folder, &files, out);
    if (status == INK_OK && !out->kind) status = find_class_files(folder, &files, out);
    inki_list_free(&files);
    return status;
}
