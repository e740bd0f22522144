/* accept: whether a network can be trained and validated on rows: what would end as a loss that is no number is named before.
 * SPDX-License-Identifier: MIT */
#include "train/accept.h"

#include "base/settings.h"
#include "base/text.h"

#include <math.h>
#include <string.h>

/* The first value that is not finite; false if all are. */
static bool find_nonfinite(const ink_data *data, size_t *row, size_t *column)
{
    for (size_t i = 0; data->floats && i < data->rows; i++) {
        const float *x = data->floats + inki_data_base(data, i) * data->features;
        for (size_t j = 0; j < data->features; j++) {
            if (isfinite(x[j])) continue;
            *row = inki_data_base(data, i);
            *column = j;
            return true;
        }
    }
    return false;
}

static const char *source_of(const ink_data *data) { return data->source ? data->source : "the data"; }

static ink_status refuse_value(ink_ctx *ctx, const ink_data *data, size_t row, size_t column)
{
    char place[INKI_COLUMN_TEXT];
    const float value = data->floats[row * data->features + column];
    inki_data_column_text(data, column, place);
    if (!isnan(value) || data->height > 1)
        return inki_fail(ctx, INK_BAD_DATA, "%s: %s of row %zu (from 0) is %g; expected a finite number",
                         source_of(data), place, row, (double)value);
    return inki_fail(ctx, INK_BAD_DATA,
                     "%s: %s has a gap in row %zu (from 0), and the network has no encoding, which gaps need: it began "
                     "with rows without gaps; begin with a model that was trained with the setting numbers (standard), "
                     "begin anew without one, or fill the gap",
                     source_of(data), place, row);
}

/* The first target without a logarithm that the model needs; false if there is none. */
static bool find_unscaled(const ink_model *model, const ink_data *data, size_t *row, size_t *target)
{
    const struct inki_numbers *numbers = &model->numbers;
    if (!data->targets || !numbers->scales || data->target_count != numbers->targets) return false;
    for (size_t i = 0; i < data->rows; i++)
        for (size_t t = 0; t < data->target_count; t++) {
            if (!numbers->scales[t].log || inki_data_targets(data, i)[t] > 0) continue;
            *row = inki_data_base(data, i);
            *target = t;
            return true;
        }
    return false;
}

ink_status inki_accept_rows(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    size_t row, at;
    if (!model->encoding && find_nonfinite(data, &row, &at)) return refuse_value(ctx, data, row, at);
    if (!find_unscaled(model, data, &row, &at)) return INK_OK;
    return inki_fail(ctx, INK_BAD_DATA,
                     "%s: the target '%s' is %g in row %zu (from 0), and the network answers with its logarithm "
                     "(target-scale log), which only numbers above 0 have; train one with target-scale standard",
                     source_of(data), data->target_names[at], (double)data->targets[row * data->target_count + at],
                     row);
}

void inki_accept_note(ink_ctx *ctx, const ink_model *model, const ink_data *data)
{
    size_t row, at;
    if (!find_unscaled(model, data, &row, &at)) return;
    inki_note(ctx,
              "%s: no loss: the target '%s' is %g in row %zu (from 0), and the network answers with its logarithm "
              "(target-scale log), which only numbers above 0 have",
              source_of(data), data->target_names[at], (double)data->targets[row * data->target_count + at], row);
}

static bool has_low_target(const ink_data *data)
{
    for (size_t i = 0; data->targets && i < data->rows; i++)
        for (size_t t = 0; t < data->target_count; t++)
            if (!(inki_data_targets(data, i)[t] > 0)) return true;
    return false;
}

static ink_status change_setting(ink_ctx *ctx, const ink_settings *set, ink_settings **own, const char *name,
                                 const char *value)
{
    if (!*own) INK_TRY(ink_settings_copy(ctx, set, own));
    return ink_settings_set(ctx, *own, name, value);
}

ink_status inki_accept_part(ink_ctx *ctx, const ink_data *part, const ink_settings *set, ink_settings **own)
{
    size_t row, column;
    if (!part) return INK_OK;
    const bool open = !ink_settings_is_set(set, "numbers") && part->height <= 1 && part->channels <= 1;
    if (open && find_nonfinite(part, &row, &column)) INK_TRY(change_setting(ctx, set, own, "numbers", "auto"));
    if (strcmp(ink_settings_get(set, "target-scale"), "auto") != 0 || !has_low_target(part)) return INK_OK;
    return change_setting(ctx, set, own, "target-scale", "standard");
}
