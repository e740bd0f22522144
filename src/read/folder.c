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

/* How much a file beside images looks like the table that names them: 2 by its name, 1 by its ending, 0 not at all. */
static int table_rank(const char *name)
{
    static const char *const known[] = {"train", "labels", "train_labels", "trainlabels", "annotations"};
    const char *dot = strrchr(name, '.');
    if (!dot || (strcmp(dot, ".csv") != 0 && strcmp(dot, ".tsv") != 0 && strcmp(dot, ".txt") != 0)) return 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) == (size_t)(dot - name) && strncmp(known[i], name, strlen(known[i])) == 0) return 2;
    return strcmp(dot, ".txt") != 0;
}

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

ink_status inki_folder_inner(ink_ctx *ctx, const char *folder, char inner[INKI_PATH_ROOM])
{
    struct inki_list folders = {.ctx = ctx}, files = {.ctx = ctx};
    size_t inside = 0, images = 0, tables = 0;
    *inner = 0;
    ink_status status = inki_list_folder(folder, INKI_PATH_FOLDER, &folders);
    if (status == INK_OK) status = inki_list_folder(folder, INKI_PATH_FILE, &files);
    for (size_t i = 0; i < files.count; i++)
        tables += inki_is_image_name(files.entries[i].name) || table_rank(files.entries[i].name) > 0;
    if (status == INK_OK && folders.count == 1 && tables == 0 && inki_join_path(inner, folder, folders.entries[0].name))
        status = count_inside(ctx, inner, &inside, &images);
    else
        *inner = 0;
    if (images) *inner = 0;
    inki_list_free(&folders);
    inki_list_free(&files);
    return status;
}

/* Among the folders those that hold images and no folders: the only one, or that of the training part. */
static ink_status find_images(ink_ctx *ctx, const char *folder, const struct inki_list *folders,
                              char images[INKI_PATH_ROOM])
{
    size_t found = 0, inside, count;
    char path[INKI_PATH_ROOM];
    *images = 0;
    for (size_t i = 0; i < folders->count; i++) {
        const char *name = folders->entries[i].name;
        if (!inki_join_path(path, folder, name)) continue;
        INK_TRY(count_inside(ctx, path, &inside, &count));
        if (inside || count == 0) continue;
        bool train = inki_part_named(name, strlen(name)) == INKI_TRAIN;
        if (found++ == 0 || train) memcpy(images, path, sizeof path);
        if (train) found = 1, i = folders->count;
    }
    if (found != 1) *images = 0;
    return INK_OK;
}

/* The last part of a path. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static ink_status list_unused(const struct inki_list *folders, const struct inki_list *files, const char *images,
                              const char *table, struct inki_list *unused)
{
    for (size_t i = 0; i < folders->count; i++)
        if (strcmp(folders->entries[i].name, base_name(images)) != 0)
            INK_TRY(inki_list_put(unused, folders->entries[i].name));
    for (size_t i = 0; i < files->count; i++)
        if (table_rank(files->entries[i].name) > 0 && strcmp(files->entries[i].name, base_name(table)) != 0)
            INK_TRY(inki_list_put(unused, files->entries[i].name));
    return INK_OK;
}

/* Images in one subfolder, or in the folder itself, and the table beside them. */
ink_status inki_folder_find_table(ink_ctx *ctx, const char *folder, char images[INKI_PATH_ROOM],
                                  char table[INKI_PATH_ROOM], struct inki_list *unused, bool *found)
{
    struct inki_list folders = {.ctx = ctx}, files = {.ctx = ctx};
    int best = 0;
    size_t own = 0, equal = 0;
    *found = false;
    *table = 0;
    ink_status status = inki_list_folder(folder, INKI_PATH_FOLDER, &folders);
    if (status == INK_OK) status = inki_list_folder(folder, INKI_PATH_FILE, &files);
    for (size_t i = 0; status == INK_OK && i < files.count; i++) {
        int rank = table_rank(files.entries[i].name);
        own += inki_is_image_name(files.entries[i].name);
        equal = rank > best ? 1 : equal + (rank > 0 && rank == best);
        if (rank > best) best = rank, inki_join_path(table, folder, files.entries[i].name);
    }
    if (status == INK_OK && own == 0) status = find_images(ctx, folder, &folders, images);
    if (own && folders.count == 0) snprintf(images, INKI_PATH_ROOM, "%s", folder);
    *found = status == INK_OK && *images && best > 0 && equal == 1;
    if (*found) status = list_unused(&folders, &files, images, table, unused);
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
