/* folder: images in class folders, and other layouts of images.
 * SPDX-License-Identifier: MIT */
#include "read/folder.h"

#include "base/text.h"
#include "image/image.h"
#include "read/gather.h"
#include "read/load.h"
#include "read/names.h"

#include <stdio.h>
#include <string.h>

/* ---------------------------------------------------------------------- layouts */

/* The subfolder of one of these names, in any case; false if there is none. */
static ink_status find_part(ink_ctx *ctx, const char *folder, enum inki_part part, char path[INKI_PATH_ROOM])
{
    struct inki_list list = {.ctx = ctx};
    ink_status status = inki_list_folder(folder, INKI_PATH_FOLDER, &list);
    *path = 0;
    for (size_t i = 0; status == INK_OK && i < list.count && !*path; i++) {
        const char *name = list.entries[i].name;
        if (inki_part_named(name, strlen(name)) == part) inki_join_path(path, folder, name);
    }
    inki_list_free(&list);
    return status;
}

static ink_status count_inside(ink_ctx *ctx, const char *folder, size_t *folders, size_t *images)
{
    struct inki_list inside = {.ctx = ctx}, files = {.ctx = ctx};
    ink_status status = inki_list_folder(folder, INKI_PATH_FOLDER, &inside);
    if (status == INK_OK) status = inki_list_folder(folder, INKI_PATH_FILE, &files);
    *folders = inside.count;
    *images = 0;
    for (size_t i = 0; i < files.count; i++) *images += inki_is_image_name(files.entries[i].name);
    inki_list_free(&inside);
    inki_list_free(&files);
    return status;
}

static ink_status not_a_set(ink_ctx *ctx, const char *folder)
{
    struct inki_list files = {.ctx = ctx};
    char list[300] = "";
    ink_status status = inki_list_folder(folder, INKI_PATH_FILE, &files);
    for (size_t i = 0, used = 0; i < files.count && i < 6 && used + 40 < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%.40s", i ? ", " : "", files.entries[i].name);
    inki_list_free(&files);
    if (status != INK_OK) return status;
    return inki_fail(ctx, INK_NOT_FOUND,
                     "%s: the folder holds neither training images (train-images-idx3-ubyte, .gz or not) nor one "
                     "subfolder per class with PNG or JPEG images%s%s",
                     folder, *list ? "; it holds: " : "", list);
}

/* Images in class folders, or of the folder itself where it has no folders in it. */
static ink_status gather(struct inki_gathering *g, const char *folder)
{
    size_t folders, images;
    INK_TRY(count_inside(g->ctx, folder, &folders, &images));
    if (folders && images) inki_note(g->ctx, "%s: %zu images beside the class folders are not used", folder, images);
    INK_TRY(folders ? inki_gather_classes(g, folder) : inki_gather_images(g, folder));
    if (g->files.count == 0) return not_a_set(g->ctx, folder);
    return inki_gather_read(g);
}

/* Whether a test folder's images have classes: those of a folder "unknown", or of none, have not. */
static ink_status has_classes(const struct inki_gathering *train, const char *folder, bool *out)
{
    struct inki_list list = {.ctx = train->ctx};
    size_t known = 0;
    ink_status status = inki_list_folder(folder, INKI_PATH_FOLDER, &list);
    for (size_t i = 0; i < list.count; i++)
        for (size_t k = 0; k < train->classes.count; k++)
            known += strcmp(list.entries[i].name, train->classes.entries[k].name) == 0;
    *out = list.count > 1 || known > 0;
    inki_list_free(&list);
    return status;
}

/* A part beside the training part, matched to it, and its classes. */
static ink_status read_part(struct inki_gathering *train, struct inki_gathering *part, const char *folder)
{
    bool labelled;
    INK_TRY(has_classes(train, folder, &labelled));
    if (!labelled) {
        inki_warn(train->ctx, "%s: has no folders of the training classes, and is not used", folder);
        return INK_OK;
    }
    INK_TRY(gather(part, folder));
    return inki_gather_match(train, part);
}

static ink_status join_valid(ink_ctx *ctx, struct inki_gathering *valid, const char *folder, ink_data **data)
{
    ink_data *more = NULL, *joined;
    ink_status status = inki_gather_give(valid, folder, &more);
    if (status == INK_OK) status = inki_data_adopt_classes(ctx, more, *data);
    if (status == INK_OK) status = inki_data_join(ctx, *data, more, &joined);
    if (status == INK_OK) {
        inki_note(ctx, "%s: its %zu rows are joined to the training rows", folder, more->rows);
        ink_data_free(*data);
        *data = joined;
    }
    ink_data_free(more);
    return status;
}

/* The three parts, as they are gathered. */
struct parts {
    struct inki_gathering train, valid, test;
    char train_folder[INKI_PATH_ROOM], valid_folder[INKI_PATH_ROOM], test_folder[INKI_PATH_ROOM];
};

static ink_status read_parts(ink_ctx *ctx, struct parts *parts, ink_data **out)
{
    INK_TRY(gather(&parts->train, parts->train_folder));
    if (*parts->valid_folder) INK_TRY(read_part(&parts->train, &parts->valid, parts->valid_folder));
    if (*parts->test_folder) INK_TRY(read_part(&parts->train, &parts->test, parts->test_folder));
    INK_TRY(inki_gather_give(&parts->train, parts->train_folder, out));
    if (*parts->test_folder && !parts->test.rows)
        INK_TRY(inki_decided_unused(ctx, &(*out)->decided, parts->test_folder));
    if (parts->valid.rows) INK_TRY(join_valid(ctx, &parts->valid, parts->valid_folder, out));
    return parts->test.rows ? inki_gather_give(&parts->test, parts->test_folder, &(*out)->test) : INK_OK;
}

/* FOLDER/train with class folders in it makes FOLDER one of parts. */
static ink_status find_parts(ink_ctx *ctx, const char *folder, struct parts *parts)
{
    size_t folders = 0, images = 0;
    INK_TRY(find_part(ctx, folder, INKI_TRAIN, parts->train_folder));
    if (*parts->train_folder) INK_TRY(count_inside(ctx, parts->train_folder, &folders, &images));
    *parts->valid_folder = *parts->test_folder = 0;
    if (folders == 0) {
        snprintf(parts->train_folder, sizeof parts->train_folder, "%s", folder);
        return INK_OK;
    }
    INK_TRY(find_part(ctx, folder, INKI_VALID, parts->valid_folder));
    return find_part(ctx, folder, INKI_TEST, parts->test_folder);
}

ink_status inki_folder_read(ink_ctx *ctx, const char *folder, char *decided, size_t room, ink_data **out)
{
    struct parts parts;
    *out = NULL;
    inki_gather_begin(&parts.train, ctx);
    inki_gather_begin(&parts.valid, ctx);
    inki_gather_begin(&parts.test, ctx);
    ink_status status = find_parts(ctx, folder, &parts);
    if (status == INK_OK) status = read_parts(ctx, &parts, out);
    size_t skipped = parts.train.skipped + parts.valid.skipped + parts.test.skipped;
    if (status == INK_OK && skipped)
        snprintf(decided, room,
                 skipped == 1 ? "; %zu file that is not an image skipped: %s"
                              : "; %zu files that are not images skipped: %s …",
                 skipped, parts.train.skipped ? parts.train.first_skipped : parts.test.first_skipped);
    inki_gather_free(&parts.train);
    inki_gather_free(&parts.valid);
    inki_gather_free(&parts.test);
    if (status == INK_OK) return INK_OK;
    ink_data_free(*out);
    *out = NULL;
    return status;
}

/* The only subfolder, of images alone, and the table beside it: train.csv, labels.csv, or the only one. */
ink_status inki_folder_find_table(ink_ctx *ctx, const char *folder, char images[INKI_PATH_ROOM],
                                  char table[INKI_PATH_ROOM], bool *found)
{
    struct inki_list folders = {.ctx = ctx}, files = {.ctx = ctx};
    size_t inside = 0, count = 0, tables = 0;
    *found = false;
    *table = 0;
    ink_status status = inki_list_folder(folder, INKI_PATH_FOLDER, &folders);
    if (status == INK_OK) status = inki_list_folder(folder, INKI_PATH_FILE, &files);
    for (size_t i = 0; status == INK_OK && i < files.count; i++) {
        const char *name = files.entries[i].name;
        size_t length = strlen(name);
        if (length < 5 || strcmp(name + length - 4, ".csv") != 0) continue;
        bool known =
            strcmp(name, "train.csv") == 0 || strcmp(name, "labels.csv") == 0 || strcmp(name, "train_labels.csv") == 0;
        if (tables++ == 0 || known) inki_join_path(table, folder, name);
        if (known) tables = 1, i = files.count;
    }
    if (status == INK_OK && folders.count == 1 && inki_join_path(images, folder, folders.entries[0].name))
        status = count_inside(ctx, images, &inside, &count);
    *found = status == INK_OK && folders.count == 1 && inside == 0 && count > 0 && tables == 1;
    inki_list_free(&folders);
    inki_list_free(&files);
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
