/* gather: the images of folders as rows.
 * SPDX-License-Identifier: MIT */
#include "read/gather.h"

#include "base/mem.h"
#include "base/text.h"
#include "image/image.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* -------------------------------------------------------------------- lists */

void inki_list_free(struct inki_list *list)
{
    for (size_t i = 0; i < list->count; i++) inki_free(list->entries[i].name);
    inki_free(list->entries);
    *list = (struct inki_list){.ctx = list->ctx};
}

/* Takes a copy of the name. */
static ink_status list_add(struct inki_list *list, const char *name, int32_t class)
{
    if (list->count == list->room) {
        size_t room = 2 * list->room + 16;
        struct inki_entry *entries = inki_grow(list->ctx, list->entries, list->count, room, sizeof *entries);
        if (!entries) return INK_NO_MEMORY;
        list->entries = entries;
        list->room = room;
    }
    char *copy = inki_copy_text(list->ctx, name);
    if (!copy) return INK_NO_MEMORY;
    list->entries[list->count++] = (struct inki_entry){copy, class};
    return INK_OK;
}

ink_status inki_list_put(struct inki_list *list, const char *name) { return list_add(list, name, 0); }

bool inki_join_path(char out[INKI_PATH_ROOM], const char *folder, const char *name)
{
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    int size = snprintf(out, INKI_PATH_ROOM, "%s%s%s", folder, slash, name);
    return size >= 0 && size < INKI_PATH_ROOM;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct inki_entry *)a)->name, ((const struct inki_entry *)b)->name);
}

static int by_number(const void *a, const void *b)
{
    double x = 0, y = 0;
    inki_parse_real(((const struct inki_entry *)a)->name, &x);
    inki_parse_real(((const struct inki_entry *)b)->name, &y);
    return x < y ? -1 : x > y ? 1 : by_name(a, b);
}

static void list_sort(struct inki_list *list)
{
    bool numbers = true;
    double value;
    for (size_t i = 0; i < list->count && numbers; i++) numbers = inki_parse_real(list->entries[i].name, &value);
    if (list->count > 1) qsort(list->entries, list->count, sizeof *list->entries, numbers ? by_number : by_name);
}

/* Folders that systems leave behind. */
static bool is_litter(const char *name)
{
    static const char *const names[] = {"__MACOSX", "@eaDir"};
    for (size_t i = 0; i < COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) return true;
    return false;
}

/* The entries of a folder that are of this kind, sorted; those that begin with a dot are hidden. */
ink_status inki_list_folder(const char *folder, enum inki_path_kind kind, struct inki_list *out)
{
    char path[INKI_PATH_ROOM];
    ink_status status = INK_OK;
    DIR *stream = opendir(folder);
    if (!stream) return inki_fail(out->ctx, INK_IO, "%s: cannot be opened: %s", folder, strerror(errno));
    for (struct dirent *entry; status == INK_OK && (entry = readdir(stream));) {
        if (*entry->d_name == '.' || is_litter(entry->d_name)) continue;
        if (!inki_join_path(path, folder, entry->d_name))
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
bool inki_is_image_name(const char *name)
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

void inki_gather_begin(struct inki_gathering *g, ink_ctx *ctx)
{
    *g = (struct inki_gathering){.ctx = ctx, .classes.ctx = ctx, .files.ctx = ctx, .bytes = 1};
}

void inki_gather_free(struct inki_gathering *g)
{
    inki_list_free(&g->classes);
    inki_list_free(&g->files);
    inki_free(g->pixels);
}

/* Room for one more row, never for more than there are files. */
static ink_status make_room(struct inki_gathering *g)
{
    if (g->rows < g->room) return INK_OK;
    size_t room = g->room + g->room / 2 + 16, size = g->height * g->width * g->channels * g->bytes;
    if (room > g->files.count) room = g->files.count;
    uint8_t *pixels = inki_grow(g->ctx, g->pixels, g->rows, room, size);
    if (!pixels) return INK_NO_MEMORY;
    g->pixels = pixels;
    g->room = room;
    return INK_OK;
}

/* Copies pixels of so many bytes a value; grey ones three times where RGB is wanted. */
static void copy_as(uint8_t *to, size_t to_channels, const void *from, size_t channels, size_t count, size_t bytes)
{
    if (to_channels == channels) {
        memcpy(to, from, count * channels * bytes);
        return;
    }
    for (size_t i = 0; i < 3 * count; i++) memcpy(to + i * bytes, (const uint8_t *)from + i / 3 * bytes, bytes);
}

/* Grey rows become RGB. */
static ink_status widen(struct inki_gathering *g)
{
    size_t size = g->height * g->width;
    if (g->channels == 3) return INK_OK;
    uint8_t *pixels = inki_alloc(g->ctx, g->room, 3 * size * g->bytes);
    if (!pixels) return INK_NO_MEMORY;
    copy_as(pixels, 3, g->pixels, 1, g->rows * size, g->bytes);
    inki_free(g->pixels);
    g->pixels = pixels;
    g->channels = 3;
    return INK_OK;
}

/* Rows of 8 bits become rows of 16, in which white is white still. */
static ink_status deepen(struct inki_gathering *g)
{
    size_t size = g->height * g->width * g->channels;
    if (g->bytes == 2) return INK_OK;
    uint16_t *deep = inki_alloc(g->ctx, g->room, size * sizeof *deep);
    if (!deep) return INK_NO_MEMORY;
    for (size_t i = 0; i < g->rows * size; i++) deep[i] = (uint16_t)(257 * g->pixels[i]);
    if (g->rows)
        inki_note(g->ctx, "%s: has 16 bits, images before it 8: all values are made 0 to 65535",
                  g->files.entries[g->rows].name);
    inki_free(g->pixels);
    g->pixels = (uint8_t *)deep;
    g->bytes = 2;
    return INK_OK;
}

/* The pixels of an image as the rows have them: of 8 bits among 16 in `made`, which the caller frees. */
static ink_status take_pixels(struct inki_gathering *g, const ink_image *image, uint16_t **made, const void **out)
{
    size_t count = image->height * image->width * image->channels;
    *made = NULL;
    *out = g->bytes == 1 ? (const void *)image->pixels : image->deep;
    if (*out) return INK_OK;
    *made = inki_alloc(g->ctx, count, sizeof **made);
    if (!*made) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) (*made)[i] = (uint16_t)(257 * image->pixels[i]);
    *out = *made;
    return INK_OK;
}

static ink_status add_image(struct inki_gathering *g, const ink_image *image, const char *path)
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
    if (image->deep) INK_TRY(deepen(g));
    if (image->channels > g->channels) INK_TRY(widen(g));
    INK_TRY(make_room(g));
    size_t size = g->height * g->width;
    uint16_t *made;
    const void *pixels;
    INK_TRY(take_pixels(g, image, &made, &pixels));
    copy_as(g->pixels + g->rows++ * size * g->channels * g->bytes, g->channels, pixels, image->channels, size,
            g->bytes);
    inki_free(made);
    return INK_OK;
}

/* Damaged images, named together, so that they can be removed together. */
struct broken {
    size_t count;
    char list[600], first[400];
};

static void add_broken(struct broken *broken, const struct inki_gathering *g, const char *path)
{
    size_t used = strlen(broken->list);
    if (broken->count++ == 0) snprintf(broken->first, sizeof broken->first, "%s", ink_ctx_message(g->ctx));
    if (used + strlen(path) + 4 < sizeof broken->list)
        snprintf(broken->list + used, sizeof broken->list - used, "%s%s", used ? ", " : "", path);
}

ink_status inki_gather_read(struct inki_gathering *g)
{
    struct broken broken = {0};
    for (size_t i = 0; i < g->files.count; i++) {
        const char *path = g->files.entries[i].name;
        ink_image *image;
        ink_status status = ink_image_load(g->ctx, path, &image);
        if (status == INK_BAD_FILE) {
            add_broken(&broken, g, path);
            continue;
        }
        INK_TRY(status);
        status = broken.count ? INK_OK : add_image(g, image, path);
        ink_image_free(image);
        if (status != INK_OK) return status;
    }
    if (broken.count == 0) return INK_OK;
    if (broken.count == 1) return inki_fail(g->ctx, INK_BAD_FILE, "%s", broken.first);
    return inki_fail(g->ctx, INK_BAD_FILE, "%s; and %zu more of %zu images cannot be read: remove or replace %s",
                     broken.first, broken.count - 1, g->files.count, broken.list);
}

/* ------------------------------------------------------------------- classes */

/* Adds the images of one class folder to the files. */
static ink_status list_class(struct inki_gathering *g, const char *folder, int32_t class)
{
    char path[INKI_PATH_ROOM];
    struct inki_list names = {.ctx = g->ctx};
    size_t before = g->files.count;
    ink_status status = inki_list_folder(folder, INKI_PATH_FILE, &names);
    for (size_t i = 0; status == INK_OK && i < names.count; i++) {
        const char *name = names.entries[i].name;
        if (inki_is_image_name(name))
            status = inki_join_path(path, folder, name) ? list_add(&g->files, path, class) : INK_OK;
        else if (g->skipped++ == 0)
            snprintf(g->first_skipped, sizeof g->first_skipped, "%.60s", name);
    }
    inki_list_free(&names);
    if (status != INK_OK || g->files.count > before) return status;
    return inki_fail(g->ctx, INK_BAD_DATA,
                     "%s: holds no PNG or JPEG images; every subfolder must be a class with images", folder);
}

ink_status inki_gather_classes(struct inki_gathering *g, const char *folder)
{
    char path[INKI_PATH_ROOM];
    INK_TRY(inki_list_folder(folder, INKI_PATH_FOLDER, &g->classes));
    if (g->classes.count > INKI_CLASSES_MAX)
        return inki_fail(g->ctx, INK_BAD_DATA, "%s: %zu class folders; expected at most %d", folder, g->classes.count,
                         INKI_CLASSES_MAX);
    for (size_t i = 0; i < g->classes.count; i++) {
        if (inki_join_path(path, folder, g->classes.entries[i].name)) INK_TRY(list_class(g, path, (int32_t)i));
    }
    return INK_OK;
}

ink_status inki_gather_images(struct inki_gathering *g, const char *folder)
{
    struct inki_list names = {.ctx = g->ctx};
    char path[INKI_PATH_ROOM];
    ink_status status = inki_list_folder(folder, INKI_PATH_FILE, &names);
    for (size_t i = 0; status == INK_OK && i < names.count; i++)
        if (inki_is_image_name(names.entries[i].name) && inki_join_path(path, folder, names.entries[i].name))
            status = list_add(&g->files, path, 0);
    inki_list_free(&names);
    return status;
}

static ink_status make_labels(const struct inki_gathering *g, struct inki_labels *out)
{
    size_t size = 0, count = g->classes.count;
    for (size_t i = 0; i < count; i++) size += strlen(g->classes.entries[i].name) + 1;
    *out = (struct inki_labels){.count = g->rows, .classes = count};
    out->values = inki_alloc(g->ctx, g->rows, sizeof *out->values);
    out->names = inki_alloc(g->ctx, 1, count * sizeof *out->names + size);
    if (!out->values || !out->names) {
        inki_free(out->values);
        inki_free(out->names);
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

/* Values of 16 bits become floats, or bytes if all are such. */
static ink_status give_deep(struct inki_gathering *g, ink_data *data)
{
    const uint16_t *deep = (const uint16_t *)(const void *)g->pixels;
    size_t count = g->rows * g->height * g->width * g->channels, most = 0;
    for (size_t i = 0; i < count; i++) most = deep[i] > most ? deep[i] : most;
    if (most <= UINT8_MAX) {
        for (size_t i = 0; i < count; i++) g->pixels[i] = (uint8_t)deep[i]; /* in place, from the front */
        g->bytes = 1;
        return INK_OK;
    }
    float *floats = inki_data_room(g->ctx, data, count, sizeof *floats);
    if (!floats) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) floats[i] = (float)deep[i];
    data->floats = floats;
    return INK_OK;
}

static ink_status give_pixels(struct inki_gathering *g, ink_data *data)
{
    if (g->bytes == 2) INK_TRY(give_deep(g, data));
    if (g->bytes == 2) return INK_OK;
    size_t size = g->rows * g->height * g->width * g->channels;
    data->block = (struct inki_bytes){.data = g->pixels, .size = size};
    data->bytes = g->pixels;
    g->pixels = NULL;
    return INK_OK;
}

/* The names of the files, without their folder. */
static ink_status give_ids(const struct inki_gathering *g, ink_data *data)
{
    for (size_t i = 0; i < g->rows; i++) {
        const char *path = g->files.entries[i].name, *slash = strrchr(path, '/');
        const char *name = slash ? slash + 1 : path;
        INK_TRY(inki_ids_add(g->ctx, &data->ids, "image", name, strlen(name)));
    }
    return INK_OK;
}

ink_status inki_gather_give(struct inki_gathering *g, const char *folder, ink_data **out)
{
    struct inki_labels labels;
    INK_TRY(inki_data_begin(g->ctx, folder, out));
    ink_data *data = *out;
    INK_TRY(give_pixels(g, data));
    const size_t dims[] = {g->rows, g->height, g->width, g->channels};
    INK_TRY(inki_data_set_shape(g->ctx, data, dims, g->channels == 1 ? 3 : 4, folder));
    if (g->classes.count == 0) return give_ids(g, data);
    INK_TRY(make_labels(g, &labels));
    return inki_data_set_labels(g->ctx, data, &labels, folder, folder);
}

/* Both parts have the shape of the first. */
ink_status inki_gather_match(struct inki_gathering *train, struct inki_gathering *test)
{
    if (test->height != train->height || test->width != train->width) {
        return inki_fail(train->ctx, INK_BAD_DATA, "%s: %zux%zu pixels, but %s has %zux%zu; both parts need one size",
                         test->files.entries[0].name, test->width, test->height, train->files.entries[0].name,
                         train->width, train->height);
    }
    if (test->bytes > train->bytes) INK_TRY(deepen(train));
    if (train->bytes > test->bytes) INK_TRY(deepen(test));
    if (test->channels > train->channels) INK_TRY(widen(train));
    return train->channels > test->channels ? widen(test) : INK_OK;
}
