/* names: the table of names.
 * SPDX-License-Identifier: MIT */
#include "read/names.h"

#include "base/text.h"

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

/* For names that none of the pairs has: forms of a name of the training part, and words for rows and for labels. */
static const char *const forms[][2] = {{"", "_train"}, {"train_", ""}, {"", "train"},  {"train", ""},
                                       {"", "_tr"},    {"", "_TRAIN"}, {"TRAIN_", ""}, {"", ""}};
static const char *const row_words[] = {"X",        "x",     "data",   "images",  "image",
                                        "features", "feats", "inputs", "samples", "imgs"};
static const char *const label_words[] = {"y",       "Y",       "labels", "label",   "target",
                                          "targets", "classes", "class",  "outputs", "t"};

static const char *const words[INKI_PARTS][8] = {
    [INKI_TRAIN] = {"training", "train", "TRAIN", "tr"},
    [INKI_VALID] = {"validation", "valid", "val", "dev", "VALID", "VAL"},
    [INKI_TEST] = {"testing", "test", "t10k", "TEST", "te", "holdout"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *inki_part_word(enum inki_part part, size_t i)
{
    return i < sizeof words[0] / sizeof *words[0] ? words[part][i] : NULL;
}

/* The first pair that is there, with its labels or, if that will do, without. */
static bool find_pair(inki_has *has, const void *archive, bool without, struct inki_names *out)
{
    for (size_t i = 0; i < COUNT(pairs); i++) {
        if (!has(archive, pairs[i][0]) || (!without && !has(archive, pairs[i][1]))) continue;
        snprintf(out->x, sizeof out->x, "%s", pairs[i][0]);
        snprintf(out->y, sizeof out->y, "%s", pairs[i][1]);
        return true;
    }
    return false;
}

/* A word for rows and one for labels, in the same form. */
static bool find_words(inki_has *has, const void *archive, const char *const form[2], struct inki_names *out)
{
    for (size_t i = 0; i < COUNT(row_words); i++) {
        snprintf(out->x, sizeof out->x, "%s%s%s", form[0], row_words[i], form[1]);
        if (!has(archive, out->x)) continue;
        for (size_t k = 0; k < COUNT(label_words); k++) {
            snprintf(out->y, sizeof out->y, "%s%s%s", form[0], label_words[k], form[1]);
            if (has(archive, out->y)) return true;
        }
    }
    return false;
}

/* `name` with its word for training replaced; "" if it has none. */
static void rename_part(const char *name, const char *word, char out[64])
{
    const char *at = NULL, *old;
    *out = 0;
    for (size_t i = 0; !at && (old = inki_part_word(INKI_TRAIN, i)); i++) {
        at = strstr(name, old);
        if (at) snprintf(out, 64, "%.*s%s%s", (int)(at - name), name, word, at + strlen(old));
    }
}

/* X -> X_test, Xtest, or test_X. */
enum { JOINS = 3 };
static void join_word(const char *name, const char *word, int way, char out[64])
{
    if (way < 2)
        snprintf(out, 64, "%.40s%s%s", name, way ? "" : "_", word);
    else
        snprintf(out, 64, "%s_%.40s", word, name);
}

/* Where the names of the training part have no word for it: that of the other part behind or before them. */
static void find_plain_part(inki_has *has, const void *archive, const char *const pair[2], enum inki_part part,
                            struct inki_names *out)
{
    const char *word;
    for (size_t i = 0; !*out->x && (word = inki_part_word(part, i)); i++)
        for (int way = 0; way < JOINS && !*out->x; way++) {
            join_word(pair[0], word, way, out->x);
            join_word(pair[1], word, way, out->y);
            if (!has(archive, out->x)) *out->x = 0;
            if (!*out->x || !*pair[1] || !has(archive, out->y)) *out->y = 0;
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
    if (!*out->x) find_plain_part(has, archive, pair, part, out);
}

/* "ROWS,LABELS" or "ROWS". */
static bool read_given(const char *given, struct inki_names *out)
{
    const char *comma = strchr(given, ',');
    size_t length = comma ? (size_t)(comma - given) : strlen(given);
    if (length == 0 || length >= sizeof out->x || (comma && (!comma[1] || strlen(comma + 1) >= sizeof out->y)))
        return false;
    snprintf(out->x, sizeof out->x, "%.*s", (int)length, given);
    snprintf(out->y, sizeof out->y, "%s", comma ? comma + 1 : "");
    return true;
}

static bool is_given(const char *given) { return strcmp(given, "auto") != 0; }

/* out->y may be what is not there. */
static bool find_training(inki_has *has, const void *archive, const char *given, struct inki_names *out)
{
    if (is_given(given)) return read_given(given, out) && has(archive, out->x) && (!*out->y || has(archive, out->y));
    if (find_pair(has, archive, false, out)) return true;
    for (size_t i = 0; i < COUNT(forms); i++)
        if (find_words(has, archive, forms[i], out)) return true;
    return find_pair(has, archive, true, out);
}

bool inki_names_are_four(inki_has *has, const void *archive, const char *given)
{
    return !is_given(given) && has(archive, "arr_0") && has(archive, "arr_1") && has(archive, "arr_2") &&
           has(archive, "arr_3") && !has(archive, "arr_4");
}

void inki_names_of_four(bool sklearn, struct inki_names out[INKI_PARTS])
{
    memset(out, 0, INKI_PARTS * sizeof *out);
    snprintf(out[INKI_TRAIN].x, sizeof out->x, "arr_0");
    snprintf(out[INKI_TRAIN].y, sizeof out->y, "%s", sklearn ? "arr_2" : "arr_1");
    snprintf(out[INKI_TEST].x, sizeof out->x, "%s", sklearn ? "arr_1" : "arr_2");
    snprintf(out[INKI_TEST].y, sizeof out->y, "arr_3");
}

bool inki_names_find(inki_has *has, const void *archive, const char *given, struct inki_names out[INKI_PARTS])
{
    memset(out, 0, INKI_PARTS * sizeof *out);
    if (!find_training(has, archive, given, &out[INKI_TRAIN])) return false;
    const char *const pair[] = {out[INKI_TRAIN].x, out[INKI_TRAIN].y};
    if (is_given(given) && !*pair[1]) return true; /* these rows only */
    find_part(has, archive, pair, INKI_VALID, &out[INKI_VALID]);
    find_part(has, archive, pair, INKI_TEST, &out[INKI_TEST]);
    if (!has(archive, out[INKI_TRAIN].y)) *out[INKI_TRAIN].y = 0;
    return true;
}

ink_status inki_names_missing(ink_ctx *ctx, const char *where, const char *given, const char *list)
{
    struct inki_names names;
    const char *holds = *list ? list : "nothing";
    if (!is_given(given))
        return inki_fail(ctx, INK_BAD_DATA,
                         "%s: no x_train and y_train, X and y, data and target or the like in it; it holds: %s; name "
                         "the rows and labels: --arrays ROWS,LABELS",
                         where, holds);
    if (!read_given(given, &names))
        return inki_fail(ctx, INK_BAD_SETTING, "arrays: '%s' is not one or two names, ROWS,LABELS; %s holds: %s", given,
                         where, holds);
    return inki_fail(ctx, INK_BAD_SETTING, "arrays: '%s' is not in %s; it holds: %s", given, where, holds);
}

bool inki_names_labelled(ink_ctx *ctx, const char *where, struct inki_names names[INKI_PARTS])
{
    const struct inki_names *train = &names[INKI_TRAIN];
    for (size_t i = INKI_TRAIN + 1; i < INKI_PARTS; i++) {
        if (!*names[i].x || !*names[i].y == !*train->y) continue;
        if (!*train->y) return false;
        inki_note(ctx, "%s: %s has no labels, and is left out; --arrays %s takes it alone", where, names[i].x,
                  names[i].x);
        *names[i].x = 0;
    }
    return true;
}

enum inki_part inki_part_named(const char *word, size_t length)
{
    static const char *const others[INKI_PARTS][3] = {[INKI_TRAIN] = {"public", "learn"},
                                                      [INKI_VALID] = {"eval"},
                                                      [INKI_TEST] = {"publictest", "privatetest", "holdout"}};
    for (int part = 0; part < INKI_PARTS; part++) {
        const char *name;
        for (size_t i = 0; i < 3 + COUNT(words[0]); i++) {
            name = i < 3 ? others[part][i] : inki_part_word((enum inki_part)part, i - 3);
            size_t k = 0;
            while (name && k < length && name[k] && inki_lower(word[k]) == name[k]) k++;
            if (name && k == length && !name[k]) return (enum inki_part)part;
        }
    }
    return INKI_PARTS;
}
