/* split: training, validation and test part of one data object.
 * SPDX-License-Identifier: MIT
 *
 * The rows are brought into an order, by class if stratified (else all rows are one group), shuffled within each group
 * unless the order of the file is to be kept. Of each group the last rows become test rows, those before them validation
 * rows. Whatever the order was, every part has its rows in increasing order. Shares are of all rows. */
#include "data/data.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/settings.h"
#include "base/text.h"
#include "data/batch.h"

#include <math.h>
#include <string.h>

enum part { TRAIN, VALID, TEST, PARTS };

/* What a setting asks for: rows cut off, or data of its own. */
struct wish {
    size_t count;
    ink_data *data;
};

/* ------------------------------------------------------------------ wishes */

/* Data of its own is read as the training data was, but for what names one file: its labels, the first N rows. */
static ink_status load_own(const ink_data *data, const ink_settings *set, const char *path, ink_data **out)
{
    ink_settings *own;
    *out = NULL;
    INK_TRY(ink_settings_copy(set, &own));
    ink_status status = ink_settings_set(own, "labels", "");
    if (status == INK_OK) status = ink_settings_set(own, "limit", "all");
    if (status == INK_OK) status = ink_data_load(data->ctx, path, own, out);
    ink_settings_free(own);
    return status;
}

/* Evaluation goes by the test part where there is one. */
static void keep_test_part(ink_data **data)
{
    ink_data *test = (*data)->test;
    if (!test) return;
    (*data)->test = NULL;
    ink_data_free(*data);
    *data = test;
}

static ink_status wish_data(const ink_data *data, const ink_settings *set, const char *path, ink_data **out)
{
    INK_TRY(load_own(data, set, path, out));
    keep_test_part(out);
    ink_data *own = *out;
    ink_status status = INK_OK;
    if (own->features != data->features) {
        status =
            inki_fail(data->ctx, INK_BAD_DATA,
                      "%s has %zu features, %s has %zu: they do not belong together; give data of the same columns",
                      path, own->features, data->source, data->features);
    } else if (!own->labels) {
        status = inki_fail(data->ctx, INK_BAD_DATA, "%s: has no labels, so that nothing can be measured on it", path);
    }
    if (status == INK_OK) status = inki_data_check_columns(own, data->columns, data->source);
    if (status == INK_OK) status = inki_data_adopt_classes(own, data);
    if (status == INK_OK) return INK_OK;
    ink_data_free(own);
    *out = NULL;
    return status;
}

static ink_status read_wish(const ink_data *data, const ink_settings *set, enum inki_setting id, struct wish *out)
{
    double number;
    const char *text = inki_get_text(set, id), *name = ink_settings_row(id)->name;
    *out = (struct wish){0};
    if (!*text) return inki_fail(data->ctx, INK_BAD_SETTING, "%s: nothing was given; 0 means none", name);
    if (!inki_parse_real(text, &number)) return wish_data(data, set, text, &out->data);
    if (number < 0 || (number >= 1 && number != floor(number)) || number > UINT32_MAX) {
        return inki_fail(data->ctx, INK_BAD_SETTING, "%s: %s is neither a share below 1 nor a number of rows", name,
                         text);
    }
    out->count = number < 1 ? (size_t)(number * (double)data->rows + 0.5) : (size_t)number;
    if (number > 0 && out->count == 0) {
        inki_note(data->ctx, "%s: %s of %zu rows is less than a row: there is no %s part", name, text, data->rows,
                  id == INKI_VAL ? "validation" : "test");
    }
    return INK_OK;
}

static ink_status read_wishes(const ink_data *data, const ink_settings *set, struct wish *valid, struct wish *test)
{
    INK_TRY(read_wish(data, set, INKI_VAL, valid));
    INK_TRY(read_wish(data, set, INKI_TEST, test));
    if (data->test && (test->count || test->data)) {
        return inki_fail(data->ctx, INK_BAD_SETTING,
                         "test: %s brings a test part of its own (%zu rows); leave the setting at 0", data->source,
                         data->test->rows);
    }
    if (valid->count + test->count < data->rows) return INK_OK;
    return inki_fail(data->ctx, INK_BAD_DATA,
                     "%s: %zu validation and %zu test rows of %zu leave none for training; ask for "
                     "fewer (settings val and test)",
                     data->source, valid->count, test->count, data->rows);
}

/* --------------------------------------------------------------- which rows */

struct plan {
    const ink_data *data;
    size_t groups;
    size_t *begin;        /* [groups + 1]: where each group's rows begin in `order` */
    size_t *count[PARTS]; /* [groups]: rows of the group that go to each part */
    uint32_t *order;      /* [rows] */
    uint8_t *part;        /* [rows] */
};

static size_t group_of(const struct plan *plan, size_t row)
{
    return plan->groups > 1 ? (size_t)inki_data_label(plan->data, row) : 0;
}

static ink_status plan_begin(const ink_data *data, bool stratify, struct plan *plan)
{
    size_t groups = stratify ? data->classes : 1;
    *plan = (struct plan){.data = data, .groups = groups};
    plan->begin = inki_zalloc(data->ctx, 1 + (PARTS + 1) * groups, sizeof *plan->begin);
    plan->order = inki_alloc(data->ctx, data->rows, sizeof *plan->order);
    plan->part = inki_alloc(data->ctx, data->rows, sizeof *plan->part);
    if (!plan->begin || !plan->order || !plan->part) return INK_NO_MEMORY;
    for (size_t part = 0; part < PARTS; part++) plan->count[part] = plan->begin + 1 + (part + 1) * groups;
    return INK_OK;
}

static void plan_end(struct plan *plan)
{
    inki_free(plan->data->ctx, plan->begin);
    inki_free(plan->data->ctx, plan->order);
    inki_free(plan->data->ctx, plan->part);
}

/* Counting sort: rows by group, in increasing order within it. count[TRAIN] ends as the group's size. */
static void sort_rows(struct plan *plan)
{
    size_t rows = plan->data->rows, *seen = plan->count[TRAIN];
    for (size_t i = 0; i < rows; i++) plan->begin[group_of(plan, i) + 1]++;
    for (size_t g = 0; g < plan->groups; g++) plan->begin[g + 1] += plan->begin[g];
    for (size_t i = 0; i < rows; i++) {
        size_t g = group_of(plan, i);
        plan->order[plan->begin[g] + seen[g]++] = (uint32_t)i;
    }
}

/* What a group's quota loses by rounding down, in parts of rows_left. Products stay below 2^64: rows are below 2^32. */
static size_t rest_of(const struct plan *plan, size_t group, size_t total, size_t rows_left)
{
    return total * plan->count[TRAIN][group] % rows_left;
}

/* The smallest rest such that at most `extra` groups lost as much or more. */
static size_t find_bound(const struct plan *plan, size_t total, size_t rows_left, size_t extra)
{
    size_t low = 1, high = rows_left;
    while (low < high) {
        size_t middle = low + (high - low) / 2, found = 0;
        for (size_t g = 0; g < plan->groups; g++) found += rest_of(plan, g, total, rows_left) >= middle;
        if (found <= extra)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* Takes `total` rows for a part from what each group still has, by its share: quotas rounded down, then one more for the
 * largest remainders (of equal ones, the first). */
static void apportion(struct plan *plan, enum part part, size_t total, size_t rows_left)
{
    size_t extra = total, *left = plan->count[TRAIN], *count = plan->count[part];
    for (size_t g = 0; g < plan->groups; g++) extra -= count[g] = total * left[g] / rows_left;
    size_t bound = find_bound(plan, total, rows_left, extra), above = 0;
    for (size_t g = 0; g < plan->groups; g++) above += rest_of(plan, g, total, rows_left) >= bound;
    extra -= above;
    for (size_t g = 0; g < plan->groups; g++) {
        size_t rest = rest_of(plan, g, total, rows_left);
        bool at_bound = rest + 1 == bound && extra > 0;
        if (at_bound) extra--;
        count[g] += rest >= bound || at_bound;
    }
    for (size_t g = 0; g < plan->groups; g++) left[g] -= count[g];
}

static void shuffle_groups(struct plan *plan, uint64_t seed)
{
    struct inki_rng rng = inki_rng_begin(seed, INKI_RNG_SPLIT, 0, 0);
    for (size_t g = 0; g < plan->groups; g++)
        inki_rng_shuffle(&rng, plan->order + plan->begin[g], plan->begin[g + 1] - plan->begin[g]);
}

/* Each group's rows are laid out as training, validation, test. */
static void mark_parts(struct plan *plan)
{
    for (size_t g = 0; g < plan->groups; g++) {
        const uint32_t *row = plan->order + plan->begin[g];
        for (size_t part = 0; part < PARTS; part++) {
            for (size_t i = 0; i < plan->count[part][g]; i++) plan->part[*row++] = (uint8_t)part;
        }
    }
}

/* The rows of a part in increasing order; `order` has served and holds them. *out is NULL if there are none. */
static ink_status view_part(struct plan *plan, enum part part, ink_data **out)
{
    size_t count = 0;
    *out = NULL;
    for (size_t i = 0; i < plan->data->rows; i++) {
        if (plan->part[i] == part) plan->order[count++] = (uint32_t)i;
    }
    bool all = count == plan->data->rows;
    return count ? inki_data_view(plan->data, all ? NULL : plan->order, count, out) : INK_OK;
}

static ink_status cut(const ink_data *data, const ink_settings *set, size_t valid, size_t test, ink_data *parts[PARTS])
{
    struct plan plan;
    ink_status status = plan_begin(data, inki_get_bool(set, INKI_STRATIFY), &plan);
    if (status == INK_OK) {
        sort_rows(&plan);
        if (inki_get_choice(set, INKI_SHUFFLE) != INKI_SHUFFLE_NONE)
            shuffle_groups(&plan, inki_get_int(set, INKI_SEED));
        apportion(&plan, TEST, test, data->rows);
        apportion(&plan, VALID, valid, data->rows - test);
        mark_parts(&plan);
        for (size_t part = 0; part < PARTS && status == INK_OK; part++)
            status = view_part(&plan, (enum part)part, &parts[part]);
    }
    plan_end(&plan);
    return status;
}

static ink_status split(const ink_data *data, const ink_settings *set, ink_data *parts[PARTS])
{
    struct wish valid = {0}, test = {0};
    ink_status status = read_wishes(data, set, &valid, &test);
    if (status == INK_OK) status = cut(data, set, valid.count, test.count, parts);
    if (status == INK_OK && data->test) status = inki_data_view(data->test, NULL, data->test->rows, &parts[TEST]);
    if (status == INK_OK && valid.data) {
        parts[VALID] = valid.data;
        valid.data = NULL;
    }
    if (status == INK_OK && test.data) {
        parts[TEST] = test.data;
        test.data = NULL;
    }
    ink_data_free(valid.data);
    ink_data_free(test.data);
    return status;
}

ink_status ink_data_split(const ink_data *data, const ink_settings *set, ink_data **train, ink_data **valid,
                          ink_data **test)
{
    ink_data *parts[PARTS] = {NULL};
    *train = *valid = *test = NULL;
    if (data->labels || inki_get_bool(set, INKI_STRATIFY)) INK_TRY(inki_data_check_classes(data));
    ink_status status = split(data, set, parts);
    if (status != INK_OK) {
        for (size_t part = 0; part < PARTS; part++) ink_data_free(parts[part]);
        return status;
    }
    *train = parts[TRAIN];
    *valid = parts[VALID];
    *test = parts[TEST];
    return INK_OK;
}
