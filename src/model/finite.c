/* finite: answers that are not numbers, and what made them so.
 * SPDX-License-Identifier: MIT */
#include "model/finite.h"

#include <math.h>
#include <stdio.h>

bool inki_all_finite(const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isfinite(values[i])) return false;
    return true;
}

const char *inki_first_nonfinite(const struct inki_program *program, size_t rows)
{
    const ink_model *model = program->model;
    const size_t last = model->node_count - 1;
    for (size_t i = 0; i < last; i++) {
        const float *y = inki_program_output(program, i);
        for (size_t row = 0; y && row < rows; row++)
            if (!inki_all_finite(y + row * model->nodes[i].out_stride, model->nodes[i].outputs))
                return model->nodes[i].name;
    }
    return model->nodes[last].name;
}

/* "row 3 (from 0) of x.csv" */
static void name_row(const struct inki_answerless *row, char text[static 300])
{
    snprintf(text, 300, "row %zu (from 0)%s%.240s", row->row, row->source ? " of " : "",
             row->source ? row->source : "");
}

/* The place of the value that is not finite, else of the largest. */
static size_t find_largest(const float *x, size_t count)
{
    size_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(x[i])) return i;
        if (fabsf(x[i]) > fabsf(x[largest])) largest = i;
    }
    return largest;
}

static ink_status refuse_inputs(ink_ctx *ctx, const char *place, const float *x, size_t features, bool encoded,
                                const char *layer)
{
    size_t largest = find_largest(x, features);
    if (!isfinite(x[largest]) && !encoded)
        return inki_fail(ctx, INK_BAD_DATA, "%s: value %zu (from 0) is %g; expected a finite number", place, largest,
                         (double)x[largest]);
    return inki_fail(ctx, INK_BAD_DATA,
                     "%s: no answer: the outputs of layer %s are not finite; the largest of the row's values is %g "
                     "(value %zu, from 0): expected values like those the model was trained on",
                     place, layer, (double)x[largest], largest);
}

ink_status inki_answer_refuse(ink_ctx *ctx, const ink_model *model, const struct inki_answerless *row)
{
    char place[300];
    struct inki_program program;
    struct inki_use use = {.purpose = INKI_FOR_PREDICTING, .rows = 1, .threads = 1, .observe = true};
    INK_TRY(inki_program_begin(ctx, model, &use, &program));
    inki_program_run(&program, &(struct inki_feed){.from = &row->x, .bytes = row->bytes, .rows = 1, .fresh = true});
    const char *layer = inki_first_nonfinite(&program, 1);
    name_row(row, place);
    ink_status status =
        row->bytes ? inki_fail(ctx, INK_BAD_DATA, "%s: no answer: the outputs of layer %s are not finite", place, layer)
                   : refuse_inputs(ctx, place, row->x, model->features, model->encoding, layer);
    inki_program_end(&program);
    return status;
}
