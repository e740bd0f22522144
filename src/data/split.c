/* split: training, validation and test rows of one data object.
 * SPDX-License-Identifier: MIT
 *
 * The rows are brought into an order, by class if stratified (else all rows are one group), shuffled within each group
 * unless the order of the file is to be kept. Of each group the last rows become test rows, those before them validation
 * rows. Whatever the order was, every part has its rows in increasing order. */
#include "data/split.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/settings.h"
#include "data/batch.h"

struct plan {
    const ink_data *data;
    size_t groups;
    size_t *begin;             /* [groups + 1]: where each group's rows begin in `order` */
    size_t *count[INKI_PARTS]; /* [groups]: rows of the group that go to each part */
    uint32_t *order;           /* [rows] */
    uint8_t *part;             /* [rows] */
};

static size_t group_of(const struct plan *plan, size_t row)
{
    return plan->groups > 1 ? (size_t)inki_data_label(plan->data, row) : 0;
}

static ink_status plan_begin(ink_ctx *ctx, const ink_data *data, bool stratify, struct plan *plan)
{
    size_t groups = stratify ? data->classes : 1;
    *plan = (struct plan){.data = data, .groups = groups};
    plan->begin = inki_zalloc(ctx, 1 + (INKI_PARTS + 1) * groups, sizeof *plan->begin);
    plan->order = inki_alloc(ctx, data->rows, sizeof *plan->order);
    plan->part = inki_alloc(ctx, data->rows, sizeof *plan->part);
    if (!plan->begin || !plan->order || !plan->part) return INK_NO_MEMORY;
    for (size_t part = 0; part < INKI_PARTS; part++) plan->count[part] = plan->begin + 1 + (part + 1) * groups;
    return INK_OK;
}

static void plan_end(struct plan *plan)
{
    inki_free(plan->begin);
    inki_free(plan->order);
    inki_free(plan->part);
}

/* Counting sort: rows by group, in increasing order within it. count[INKI_PART_TRAIN] ends as the group's size. */
static void sort_rows(struct plan *plan)
{
    size_t rows = plan->data->rows, *seen = plan->count[INKI_PART_TRAIN];
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
    return total * plan->count[INKI_PART_TRAIN][group] % rows_left;
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
static void apportion(struct plan *plan, enum inki_part part, size_t total, size_t rows_left)
{
    size_t extra = total, *left = plan->count[INKI_PART_TRAIN], *count = plan->count[part];
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
        for (size_t part = 0; part < INKI_PARTS; part++) {
            for (size_t i = 0; i < plan->count[part][g]; i++) plan->part[*row++] = (uint8_t)part;
        }
    }
}

/* The rows of a part in increasing order; `order` has served and holds them. *out is NULL if there are none. */
static ink_status view_part(ink_ctx *ctx, struct plan *plan, enum inki_part part, ink_data **out)
{
    static const char *const names[INKI_PARTS] = {
        [INKI_PART_TRAIN] = "training", [INKI_PART_VALID] = "validation", [INKI_PART_TEST] = "test"};
    size_t count = 0;
    *out = NULL;
    for (size_t i = 0; i < plan->data->rows; i++) {
        if (plan->part[i] == part) plan->order[count++] = (uint32_t)i;
    }
    bool all = count == plan->data->rows;
    if (count == 0) return INK_OK;
    INK_TRY(inki_data_view(ctx, plan->data, all ? NULL : plan->order, count, out));
    if (!all) (*out)->part = names[part];
    return INK_OK;
}

ink_status inki_check_stratify(ink_ctx *ctx, const ink_data *data, const ink_settings *set)
{
    if (!data->targets || !inki_get_bool(set, INKI_STRATIFY)) return INK_OK;
    return inki_fail(ctx, INK_BAD_SETTING,
                     "stratify keeps the proportions of classes, and the targets of %s are numbers; leave it out",
                     data->source);
}

ink_status inki_data_cut(ink_ctx *ctx, const ink_data *data, const ink_settings *set, size_t valid, size_t test,
                         ink_data *parts[INKI_PARTS])
{
    struct plan plan;
    ink_status status = plan_begin(ctx, data, inki_get_bool(set, INKI_STRATIFY), &plan);
    if (status == INK_OK) {
        sort_rows(&plan);
        if (inki_get_choice(set, INKI_SHUFFLE) != INKI_SHUFFLE_NONE)
            shuffle_groups(&plan, inki_get_int(set, INKI_SEED));
        apportion(&plan, INKI_PART_TEST, test, data->rows);
        apportion(&plan, INKI_PART_VALID, valid, data->rows - test);
        mark_parts(&plan);
        for (size_t part = 0; part < INKI_PARTS && status == INK_OK; part++)
            status = view_part(ctx, &plan, (enum inki_part)part, &parts[part]);
    }
    plan_end(&plan);
    return status;
}
