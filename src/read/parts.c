/* parts: what the settings val and test ask for: a share or number of the rows, or data of their own, which is read.
 * SPDX-License-Identifier: MIT
 *
 * Shares are of all rows. */
#include "data/extent.h"
#include "data/split.h"
#include "read/load.h"

#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

/* What a setting asks for: rows cut off, or data of its own. */
struct wish {
    size_t count;
    ink_data *data;
};

/* The form of the dates that each feature is a part of, else 0; NULL where nothing was decided. Errors: NO_MEMORY. */
static ink_status date_forms(ink_ctx *ctx, const ink_data *data, uint8_t **out)
{
    *out = NULL;
    if (!data->columns || !data->decided || !data->decided->count) return INK_OK;
    *out = inki_alloc(ctx, data->features, 1);
    if (!*out) return INK_NO_MEMORY;
    for (size_t j = 0; j < data->features; j++) (*out)[j] = inki_decided_date_form(data->decided, data->columns[j]);
    return INK_OK;
}

/* Data of its own is read as the training data was, but for what is of one file: its labels, rows that are named, the first N. */
static ink_status load_own(ink_ctx *ctx, const ink_data *data, const ink_settings *set, const char *path,
                           ink_data **out)
{
    uint8_t *forms = NULL;
    INK_TRY(date_forms(ctx, data, &forms));
    const struct inki_expected expected = {.features = data->features,
                                           .columns = data->columns,
                                           .categories = data->categories,
                                           .date_forms = forms,
                                           .target = inki_decided_target(data->decided),
                                           .id = inki_decided_id(data->decided),
                                           .classes = data->labels != NULL,
                                           .targets = data->target_names,
                                           .target_count = data->target_count,
                                           .where = data->source};
    ink_settings *own = NULL;
    *out = NULL;
    ink_status status = ink_settings_copy(ctx, set, &own);
    static const char *const of_one_file[][2] = {{"labels", ""}, {"drop-rows", ""}, {"relabel", ""}, {"limit", "all"}};
    for (size_t i = 0; status == INK_OK && i < sizeof of_one_file / sizeof *of_one_file; i++)
        status = ink_settings_set(ctx, own, of_one_file[i][0], of_one_file[i][1]);
    if (status == INK_OK) status = inki_data_load_for(ctx, path, own, &expected, out);
    ink_settings_free(own);
    inki_free(forms);
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

static ink_status compare_ranges(ink_ctx *ctx, const ink_data *own, const ink_data *data)
{
    struct inki_extent known;
    INK_TRY(inki_extent_measure(ctx, data, &known));
    inki_extent_compare(ctx, own, &known, data->source);
    inki_extent_free(&known);
    return INK_OK;
}

static ink_status wish_data(ink_ctx *ctx, const ink_data *data, const ink_settings *set, const char *path,
                            ink_data **out)
{
    INK_TRY(load_own(ctx, data, set, path, out));
    keep_test_part(out);
    ink_data *own = *out;
    ink_status status = INK_OK;
    if (own->features != data->features) {
        status =
            inki_fail(ctx, INK_BAD_DATA,
                      "%s has %zu features, %s has %zu: they do not belong together; use data with the same columns",
                      path, own->features, data->source, data->features);
    } else if (data->targets ? own->target_count != data->target_count : !own->labels) {
        status = inki_fail(ctx, INK_BAD_DATA, "%s: has no %s, so nothing can be measured on it", path,
                           data->targets ? "such targets" : "labels");
    }
    if (status == INK_OK) status = inki_data_check_columns(ctx, own, data->columns, data->source);
    if (status == INK_OK) status = inki_data_adopt_classes(ctx, own, data);
    if (status == INK_OK) status = compare_ranges(ctx, own, data);
    if (status == INK_OK) return INK_OK;
    ink_data_free(own);
    *out = NULL;
    return status;
}

static ink_status read_wish(ink_ctx *ctx, const ink_data *data, const ink_settings *set, enum inki_setting id,
                            struct wish *out)
{
    double number;
    const char *text = inki_get_text(set, id), *name = ink_settings_row(id)->name;
    *out = (struct wish){0};
    if (!*text) return inki_fail(ctx, INK_BAD_SETTING, "%s: is empty; 0 means none", name);
    if (id == INKI_VAL && strcmp(text, "auto") == 0) text = "0.1";
    if (!inki_parse_real(text, &number)) return wish_data(ctx, data, set, text, &out->data);
    if (number < 0 || (number >= 1 && number != floor(number)) || number > UINT32_MAX) {
        return inki_fail(ctx, INK_BAD_SETTING, "%s: %s is neither a fraction below 1 nor a number of rows", name, text);
    }
    out->count = number < 1 ? (size_t)(number * (double)data->rows + 0.5) : (size_t)number;
    if (number > 0 && out->count == 0) {
        inki_note(ctx, "%s: %s of %zu rows is less than one row, so that there is no %s part", name, text, data->rows,
                  id == INKI_VAL ? "validation" : "test");
    }
    return INK_OK;
}

static ink_status read_wishes(ink_ctx *ctx, const ink_data *data, const ink_settings *set, struct wish *valid,
                              struct wish *test)
{
    INK_TRY(read_wish(ctx, data, set, INKI_VAL, valid));
    INK_TRY(read_wish(ctx, data, set, INKI_TEST, test));
    if (data->test && (test->count || test->data)) {
        return inki_fail(ctx, INK_BAD_SETTING,
                         "test: %s already contains a test part (%zu rows); leave the setting at 0", data->source,
                         data->test->rows);
    }
    if (valid->count + test->count < data->rows) return INK_OK;
    return inki_fail(
        ctx, INK_BAD_DATA,
        "%s: %zu validation and %zu test rows of %zu leave none for training; use fewer (settings val and test)",
        data->source, valid->count, test->count, data->rows);
}

static ink_status split(ink_ctx *ctx, const ink_data *data, const ink_settings *set, ink_data *parts[INKI_PARTS])
{
    struct wish valid = {0}, test = {0};
    ink_status status = read_wishes(ctx, data, set, &valid, &test);
    if (status == INK_OK) status = inki_data_cut(ctx, data, set, valid.count, test.count, parts);
    if (status == INK_OK && data->test)
        status = inki_data_view(ctx, data->test, NULL, data->test->rows, &parts[INKI_PART_TEST]);
    if (status == INK_OK && valid.data) {
        parts[INKI_PART_VALID] = valid.data;
        valid.data = NULL;
    }
    if (status == INK_OK && test.data) {
        parts[INKI_PART_TEST] = test.data;
        test.data = NULL;
    }
    ink_data_free(valid.data);
    ink_data_free(test.data);
    return status;
}

ink_status ink_data_split(ink_ctx *ctx, const ink_data *data, const ink_settings *set, ink_data **train,
                          ink_data **valid, ink_data **test)
{
    ink_data *parts[INKI_PARTS] = {NULL};
    *train = *valid = *test = NULL;
    INK_TRY(inki_check_stratify(ctx, data, set));
    if (data->labels || inki_get_bool(set, INKI_STRATIFY)) INK_TRY(inki_data_check_classes(ctx, data));
    ink_status status = split(ctx, data, set, parts);
    if (status != INK_OK) {
        for (size_t part = 0; part < INKI_PARTS; part++) ink_data_free(parts[part]);
        return status;
    }
    *train = parts[INKI_PART_TRAIN];
    *valid = parts[INKI_PART_VALID];
    *test = parts[INKI_PART_TEST];
    return INK_OK;
}
