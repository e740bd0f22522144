/* folder: images in class folders.
 * SPDX-License-Identifier: MIT */
#include "read/folder.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/find.h"
#include "read/load.h"
#include "image/image.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* -------------------------------------------------------------------- lists */

/* Names, or paths with the number of their class. */
struct entry {
    char *name;
    int32_t class;
};

struct list {
    ink_ctx *ctx;
    struct entry *entries;
    size_t count, room;
};

static void list_free(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) inki_free(list->ctx, list->entries[i].name);
    inki_free(list->ctx, list->entries);
    *list = (struct list){.ctx = list->ctx};
}

/* Takes a copy of the name. */
static ink_status list_add(struct list *list, const char *name, int32_t class)
{
    if (list->count == list->room) {
        size_t room = 2 * list->room + 16;
        struct entry *entries = inki_grow(list->ctx, list->entries, list->count, room, sizeof *entries);
        if (!entries) return INK_NO_MEMORY;
        list->entries = entries;
        list->room = room;
    }
    char *copy = inki_copy_text(list->ctx, name);
    if (!copy) return INK_NO_MEMORY;
    list->entries[list->count++] = (struct entry){copy, class};
    return INK_OK;
}

static bool join(char out[INKI_PATH_ROOM], const char *folder, const char *name)
{
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    int size = snprintf(out, INKI_PATH_ROOM, "%s%s%s", folder, slash, name);
    return size >= 0 && size < INKI_PATH_ROOM;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int by_number(const void *a, const void *b)
{
    double x = 0, y = 0;
    inki_parse_real(((const struct entry *)a)->name, &x);
    inki_parse_real(((const struct entry *)b)->name, &y);
    return x < y ? -1 : x > y ? 1 : by_name(a, b);
}

static void list_sort(struct list *list)
{
    bool numbers = true;
    double value;
    for (size_t i = 0; i < list->count && numbers; i++) numbers = inki_parse_real(list->entries[i].name, &value);
    if (list->count > 1) qsort(list->entries, list->count, sizeof *list->entries, numbers ? by_number : by_name);
}

/* The entries of a folder that are of this kind, sorted; those that begin with a dot are hidden. */
static ink_status read_folder(const char *folder, enum inki_path_kind kind, struct list *out)
{
    char path[INKI_PATH_ROOM];
    ink_status status = INK_OK;
    DIR *stream = opendir(folder);
    if (!stream) return inki_fail(out->ctx, INK_IO, "%s: cannot be opened: %s", folder, strerror(errno));
    for (struct dirent *entry; status == INK_OK && (entry = readdir(stream));) {
        if (*entry->d_name == '.') continue;
        if (!join(path, folder, entry->d_name))
            status = inki_fail(out->ctx, INK_IO, "%s/%s: the path is too long", folder, entry->d_name);
        else if (inki_path_kind(path) == kind)
            status = list_add(out, entry->d_name, 0);
    }
    closedir(stream);
    list_sort(out);
    return status;
}

/* ------------------------------------------------------------------ images */

/* Whether a file's name ends as images do, also as kinds that cannot be read: leaving those out would hide rows. */
static bool is_image_name(const char *name)
{
    static const char *const ends[] = {".png", ".jpg",  ".jpeg", ".jpe",  ".gif",  ".bmp",
                                       ".tif", ".tiff", ".webp", ".heic", ".heif", ".avif"};
    size_t length = strlen(name);
    if (length > 3 && strcasecmp(name + length - 3, ".gz") == 0) length -= 3;
    for (size_t i = 0; i < COUNT(ends); i++) {
        size_t end = strlen(ends[i]);
        if (length > end && strncasecmp(name + length - end, ends[i], end) == 0) return true;
    }
    return false;
}

/* The rows of one part as they are gathered. */
struct gathering {
    ink_ctx *ctx;
    struct list classes, files; /* names; paths in the order of rows */
    uint8_t *pixels;            /* [rows][height][width][channels] */
    size_t rows, room;          /* in rows */
    size_t height, width, channels;
    size_t skipped; /* files that are no images */
    char first_skipped[64];
};

static void gathering_free(struct gathering *g)
{
    list_free(&g->classes);
    list_free(&g->files);
    inki_free(g->ctx, g->pixels);
}

/* Room for one more row, never for more than there are files. */
static ink_status make_room(struct gathering *g)
{
    if (g->rows < g->room) return INK_OK;
    size_t room = g->room + g->room / 2 + 16, size = g->height * g->width * g->channels;
    if (room > g->files.count) room = g->files.count;
    uint8_t *pixels = inki_grow(g->ctx, g->pixels, g->rows, room, size);
    if (!pixels) return INK_NO_MEMORY;
    g->pixels = pixels;
    g->room = room;
    return INK_OK;
}

static void copy_as(uint8_t *to, size_t to_channels, const uint8_t *from, size_t channels, size_t count)
{
    if (to_channels == channels) {
        memcpy(to, from, count * channels);
        return;
    }
    for (size_t i = 0; i < count; i++) memset(to + 3 * i, from[i], 3);
}

/* Grey rows become RGB. */
static ink_status widen(struct gathering *g)
{
    size_t size = g->height * g->width;
    if (g->channels == 3) return INK_OK;
    uint8_t *pixels = inki_alloc(g->ctx, g->room, 3 * size);
    if (!pixels) return INK_NO_MEMORY;
    copy_as(pixels, 3, g->pixels, 1, g->rows * size);
    inki_free(g->ctx, g->pixels);
    g->pixels = pixels;
    g->channels = 3;
    return INK_OK;
}

static ink_status add_image(struct gathering *g, const ink_image *image, const char *path)
{
    if (g->rows == 0) {
        g->height = image->height;
        g->width = image->width;
        g->channels = image->channels;
    }
    if (image->height != g->height || image->width != g->width) {
        return inki_fail(g->ctx, INK_BAD_DATA,
                         "%s: %zux%zu pixels, but %s has %zux%zu; all images of a set need one size: scale them first",
                         path, image->width, image->height, g->files.entries[0].name, g->width, g->height);
    }
    if (image->channels > g->channels) INK_TRY(widen(g));
    INK_TRY(make_room(g));
    size_t size = g->height * g->width;
    copy_as(g->pixels + g->rows++ * size * g->channels, g->channels, image->pixels, image->channels, size);
    return INK_OK;
}

static ink_status read_images(struct gathering *g)
{
    for (size_t i = 0; i < g->files.count; i++) {
        const char *path = g->files.entries[i].name;
        ink_image *image;
        INK_TRY(ink_image_load(g->ctx, path, &image));
        ink_status status = add_image(g, image, path);
        ink_image_free(image);
        if (status != INK_OK) return status;
    }
    return INK_OK;
}

/* ------------------------------------------------------------------- classes */

/* Adds the images of one class folder to the files. */
static ink_status list_class(struct gathering *g, const char *folder, int32_t class)
{
    char path[INKI_PATH_ROOM];
    struct list names = {.ctx = g->ctx};
    size_t before = g->files.count;
    ink_status status = read_folder(folder, INKI_PATH_FILE, &names);
    for (size_t i = 0; status == INK_OK && i < names.count; i++) {
        const char *name = names.entries[i].name;
        if (is_image_name(name))
            status = join(path, folder, name) ? list_add(&g->files, path, class) : INK_OK;
        else if (g->skipped++ == 0)
            snprintf(g->first_skipped, sizeof g->first_skipped, "%.60s", name);
    }
    list_free(&names);
    if (status != INK_OK || g->files.count > before) return status;
    return inki_fail(g->ctx, INK_BAD_DATA,
                     "%s: holds no PNG or JPEG images; every subfolder must be a class with images", folder);
}

static ink_status list_classes(struct gathering *g, const char *folder)
{
    char path[INKI_PATH_ROOM];
    INK_TRY(read_folder(folder, INKI_PATH_FOLDER, &g->classes));
    if (g->classes.count > INKI_CLASSES_MAX)
        return inki_fail(g->ctx, INK_BAD_DATA, "%s: %zu class folders; expected at most %d", folder, g->classes.count,
                         INKI_CLASSES_MAX);
    for (size_t i = 0; i < g->classes.count; i++) {
        if (join(path, folder, g->classes.entries[i].name)) INK_TRY(list_class(g, path, (int32_t)i));
    }
    return INK_OK;
}

static ink_status make_labels(const struct gathering *g, struct inki_labels *out)
{
    size_t size = 0, count = g->classes.count;
    for (size_t i = 0; i < count; i++) size += strlen(g->classes.entries[i].name) + 1;
    *out = (struct inki_labels){.count = g->rows, .classes = count};
    out->values = inki_alloc(g->ctx, g->rows, sizeof *out->values);
    out->names = inki_alloc(g->ctx, 1, count * sizeof *out->names + size);
    if (!out->values || !out->names) {
        inki_free(g->ctx, out->values);
        inki_free(g->ctx, out->names);
        return INK_NO_MEMORY;
    }
    char *text = (char *)(out->names + count);
    for (size_t i = 0; i < count; i++) {
        out->names[i] = text;
        text = stpcpy(text, g->classes.entries[i].name) + 1;
    }
    for (size_t i = 0; i < g->rows; i++) out->values[i] = g->files.entries[i].class;
    return INK_OK;
}

/* The rows become data, which takes the pixels over. */
static ink_status give(struct gathering *g, const char *folder, ink_data **out)
{
    struct inki_labels labels;
    INK_TRY(inki_data_begin(g->ctx, folder, out));
    ink_data *data = *out;
    size_t size = g->rows * g->height * g->width * g->channels;
    data->block = (struct inki_bytes){.data = g->pixels, .size = size};
    data->bytes = g->pixels;
    g->pixels = NULL;
    const size_t dims[] = {g->rows, g->height, g->width, g->channels};
    INK_TRY(inki_data_set_shape(g->ctx, data, dims, g->channels == 1 ? 3 : 4, folder));
    INK_TRY(make_labels(g, &labels));
    return inki_data_set_labels(g->ctx, data, &labels, folder, folder);
}

/* ------------------------------------------------------------------- layouts */

/* The subfolder of one of these names that itself holds folders; false if there is none. */
static bool find_part(const char *folder, const char *const names[2], char path[INKI_PATH_ROOM])
{
    for (size_t i = 0; i < 4; i++) { /* each also with a capital */
        char name[32];
        snprintf(name, sizeof name, "%s", names[i / 2]);
        if (i % 2) name[0] = (char)(name[0] - 'a' + 'A');
        if (join(path, folder, name) && inki_path_kind(path) == INKI_PATH_FOLDER) return true;
    }
    return false;
}

/* Whether the folder itself holds folders. */
static ink_status has_folders(ink_ctx *ctx, const char *folder, bool *out)
{
    struct list list = {.ctx = ctx};
    ink_status status = read_folder(folder, INKI_PATH_FOLDER, &list);
    *out = list.count > 0;
    list_free(&list);
    return status;
}

static ink_status not_a_set(ink_ctx *ctx, const char *folder)
{
    struct list files = {.ctx = ctx};
    size_t images = 0;
    ink_status status = read_folder(folder, INKI_PATH_FILE, &files);
    for (size_t i = 0; i < files.count; i++) images += is_image_name(files.entries[i].name);
    list_free(&files);
    if (status != INK_OK) return status;
    if (images) {
        return inki_fail(
            ctx, INK_NOT_FOUND,
            "%s: holds %zu images but no class folders: put those of each class into a subfolder, or name the "
            "images themselves to predict",
            folder, images);
    }
    return inki_fail(ctx, INK_NOT_FOUND,
                     "%s: the folder holds neither training images (train-images-idx3-ubyte, .gz or not) nor one "
                     "subfolder per class with PNG or JPEG images",
                     folder);
}

static ink_status gather(struct gathering *g, const char *folder)
{
    INK_TRY(list_classes(g, folder));
    if (g->files.count == 0) return not_a_set(g->ctx, folder);
    return read_images(g);
}

/* Both parts have the shape of the first. */
static ink_status match(struct gathering *train, struct gathering *test)
{
    if (test->height != train->height || test->width != train->width) {
        return inki_fail(train->ctx, INK_BAD_DATA, "%s: %zux%zu pixels, but %s has %zux%zu; both parts need one size",
                         test->files.entries[0].name, test->width, test->height, train->files.entries[0].name,
                         train->width, train->height);
    }
    if (test->channels > train->channels) INK_TRY(widen(train));
    return train->channels > test->channels ? widen(test) : INK_OK;
}

static ink_status read_parts(struct gathering *train, const char *train_folder, struct gathering *test,
                             const char *test_folder, ink_data **out)
{
    INK_TRY(gather(train, train_folder));
    if (*test_folder) {
        INK_TRY(gather(test, test_folder));
        INK_TRY(match(train, test));
    }
    INK_TRY(give(train, train_folder, out));
    return *test_folder ? give(test, test_folder, &(*out)->test) : INK_OK;
}

ink_status inki_folder_read(ink_ctx *ctx, const char *folder, char decided[256], ink_data **out)
{
    static const char *const train_names[] = {"train", "training"}, *const test_names[] = {"test", "testing"};
    char train_folder[INKI_PATH_ROOM], test_folder[INKI_PATH_ROOM] = "";
    struct gathering train = {.ctx = ctx, .classes.ctx = ctx, .files.ctx = ctx}, test = train;
    bool split = find_part(folder, train_names, train_folder);
    *out = NULL;
    if (split) INK_TRY(has_folders(ctx, train_folder, &split));
    if (!split) snprintf(train_folder, sizeof train_folder, "%s", folder);
    if (split && !find_part(folder, test_names, test_folder)) *test_folder = 0;
    ink_status status = read_parts(&train, train_folder, &test, test_folder, out);
    size_t skipped = train.skipped + test.skipped;
    if (status == INK_OK && skipped)
        snprintf(decided, 256,
                 skipped == 1 ? "; %zu file that is not an image skipped: %s"
                              : "; %zu files that are not images skipped: %s …",
                 skipped, train.skipped ? train.first_skipped : test.first_skipped);
    gathering_free(&train);
    gathering_free(&test);
    if (status == INK_OK) return INK_OK;
    ink_data_free(*out);
    *out = NULL;
    return status;
}

/* --------------------------------------------------------------- one image */

/* A single image is detected by its content, so that it gets a sentence of its own. */
static ink_status refuse_image(struct inki_source *source, ink_data **out)
{
    *out = NULL;
    return inki_fail(source->ctx, INK_BAD_DATA,
                     "%s: one image is not a data set; put images into a folder with one subfolder per class, or pass "
                     "this one to predict",
                     source->path);
}

const struct inki_reader inki_image_reader = {"image", "images in class folders", inki_image_is, refuse_image, NULL};
