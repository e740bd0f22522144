/* names: the table of names.
 * SPDX-License-Identifier: MIT */
#include "data/names.h"

#include <stdio.h>
#include <string.h>

/* Rows and labels. Where the name of the rows has "train" in it, the other parts' names have their word in its place. The
 * first row whose two names are there counts. */
static const char *const pairs[][2] = {
    {"x_train", "y_train"},
    {"X_train", "y_train"},
    {"X_train", "Y_train"},
    {"train_x", "train_y"},
    {"train_X", "train_y"},
    {"train_X", "train_Y"},
    {"trainX", "trainY"},
    {"trainX", "trainy"},
    {"train_images", "train_labels"},
    {"training_images", "training_labels"},
    {"train_img", "train_label"},
    {"train_data", "train_labels"},
    {"train_data", "train_label"},
    {"train_data", "train_target"},
    {"train_features", "train_labels"},
    {"X", "y"},
    {"X", "Y"},
    {"x", "y"},
    {"x", "t"},
    {"data", "target"},
    {"data", "targets"},
    {"data", "labels"},
    {"data", "label"},
    {"data", "fine_labels"},
    {"images", "labels"},
    {"images", "target"},
    {"images", "targets"},
    {"image", "label"},
    {"features", "labels"},
    {"features", "target"},
    {"inputs", "targets"},
    {"inputs", "labels"},
    {"arr_0", "arr_1"}, /* np.savez(path, x, y) */
};

static const char *const words[INKI_PARTS][5] = {
    [INKI_TRAIN] = {"training", "train"},
    [INKI_VALID] = {"validation", "valid", "val", "dev"},
    [INKI_TEST] = {"testing", "test", "t10k"},
};

const char *inki_part_word(enum inki_part part, size_t i)
{
    return i < sizeof words[0] / sizeof *words[0] ? words[part][i] : NULL;
}

/* Rows with labels are better than rows without. */
static size_t choose(inki_has *has, const void *archive)
{
    const size_t count = sizeof pairs / sizeof *pairs;
    for (size_t i = 0; i < count; i++) {
        if (has(archive, pairs[i][0]) && has(archive, pairs[i][1])) return i;
    }
    for (size_t i = 0; i < count; i++) {
        if (has(archive, pairs[i][0])) return i;
    }
    return count;
}

/* `name` with its word for training replaced; "" if it has none. */
static void rename_part(const char *name, const char *word, char out[32])
{
    const char *at = NULL, *old;
    *out = 0;
    for (size_t i = 0; !at && (old = inki_part_word(INKI_TRAIN, i)); i++) {
        at = strstr(name, old);
        if (at) snprintf(out, 32, "%.*s%s%s", (int)(at - name), name, word, at + strlen(old));
    }
}

static void find_part(inki_has *has, const void *archive, const char *const pair[2], enum inki_part part,
                      struct inki_names *out)
{
    const char *word;
    *out->x = *out->y = 0;
    for (size_t i = 0; !*out->x && (word = inki_part_word(part, i)); i++) {
        rename_part(pair[0], word, out->x);
        rename_part(pair[1], word, out->y);
        if (!has(archive, out->x)) *out->x = 0;
        if (!*out->x || !has(archive, out->y)) *out->y = 0;
    }
}

bool inki_names_find(inki_has *has, const void *archive, struct inki_names out[INKI_PARTS])
{
    size_t row = choose(has, archive);
    if (row == sizeof pairs / sizeof *pairs) return false;
    snprintf(out[INKI_TRAIN].x, sizeof out->x, "%s", pairs[row][0]);
    snprintf(out[INKI_TRAIN].y, sizeof out->y, "%s", has(archive, pairs[row][1]) ? pairs[row][1] : "");
    find_part(has, archive, pairs[row], INKI_VALID, &out[INKI_VALID]);
    find_part(has, archive, pairs[row], INKI_TEST, &out[INKI_TEST]);
    return true;
}
