/* oof: out-of-fold answers as a table.
 * SPDX-License-Identifier: MIT */
#include "oof.h"

#include "cli.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Classes have a column of probabilities each, numbers one of answers, as those of predict. */
static void write_head(const struct oof *oof, const ink_model *model)
{
    FILE *file = oof->out.file;
    fprintf(file, "ID,%sfold%s", oof->seeds ? "seed," : "", oof->numbers ? "" : ",label,answer");
    for (size_t i = 0; i < oof->outputs; i++) {
        const char *name = ink_model_output(model, i);
        fputc(',', file);
        csv_field(file, oof->numbers ? "" : "p_", name ? name : "?");
    }
    fputc('\n', file);
}

int oof_begin(struct oof *oof, const ink_data *data, bool seeds)
{
    ink_data_info info = INK_INIT(ink_data_info);
    if (!oof->path) return CODE_DONE;
    ink_data_describe(data, &info);
    oof->data = data;
    oof->rows = info.rows;
    oof->numbers = info.targets > 0;
    oof->seeds = seeds;
    oof->x = calloc(info.features, sizeof *oof->x);
    oof->fold = calloc(info.rows, sizeof *oof->fold);
    oof->answer = calloc(info.rows, sizeof *oof->answer);
    if (!oof->x || !oof->fold || !oof->answer)
        return fail(CODE_INTERNAL, "out of memory for the answers to %zu rows", info.rows);
    return out_file_begin(&oof->out, oof->path);
}

/* Room for the answers, of which there are as many as the first model has. */
static bool make_room(struct oof *oof, const ink_model *model)
{
    ink_model_info info = INK_INIT(ink_model_info);
    if (oof->p) return true;
    ink_model_describe(model, &info);
    oof->outputs = info.outputs;
    oof->p = calloc(oof->rows, info.outputs * sizeof *oof->p);
    oof->row_p = calloc(oof->rows, info.outputs * sizeof *oof->row_p);
    if (!oof->p || !oof->row_p) return false;
    write_head(oof, model);
    return true;
}

static void write_classes(const struct oof *oof, size_t row)
{
    FILE *file = oof->out.file;
    int32_t label = ink_data_row(oof->data, row, oof->x);
    fputc(',', file);
    csv_field(file, "", ink_data_class(oof->data, (size_t)label));
    fputc(',', file);
    csv_field(file, "", ink_data_class(oof->data, oof->answer[row]));
}

static void write_row(struct oof *oof, size_t row)
{
    FILE *file = oof->out.file;
    const float *p = oof->p + row * oof->outputs;
    fprintf(file, "%zu,", row);
    if (oof->seeds) fprintf(file, "%" PRIu64 ",", oof->seed);
    fprintf(file, "%zu", oof->fold[row]);
    if (!oof->numbers) write_classes(oof, row);
    for (size_t i = 0; i < oof->outputs; i++) fprintf(file, ",%.9g", (double)p[i]);
    fputc('\n', file);
    oof->written++;
}

/* The rows of the seed under way. */
static void flush(struct oof *oof)
{
    for (size_t row = 0; row < oof->rows && !ferror(oof->out.file); row++)
        if (oof->fold[row]) write_row(oof, row);
    memset(oof->fold, 0, oof->rows * sizeof *oof->fold);
}

ink_status oof_add(struct oof *oof, ink_ctx *ctx, const ink_round *round)
{
    if (!oof->out.file || round->diverged || !round->rows) return INK_OK;
    if (round->seed != oof->seed) flush(oof);
    oof->seed = round->seed;
    if (!make_room(oof, round->model)) return INK_NO_MEMORY;
    ink_status status = ink_predict_data(ctx, round->model, round->valid, oof->row_p);
    if (status != INK_OK) return status;
    for (size_t i = 0; i < round->val_rows; i++) {
        const size_t row = round->rows[i];
        oof->fold[row] = round->fold;
        oof->answer[row] = ink_model_answer(round->model, oof->row_p + i * oof->outputs);
        memcpy(oof->p + row * oof->outputs, oof->row_p + i * oof->outputs, oof->outputs * sizeof *oof->p);
    }
    return INK_OK;
}

int oof_end(struct oof *oof)
{
    int code = CODE_DONE;
    if (oof->out.file) {
        flush(oof);
        code = out_file_end(&oof->out, oof->written > 0);
    }
    if (code == CODE_DONE && oof->written) talk("%zu answers written to %s", oof->written, oof->path);
    free(oof->p);
    free(oof->row_p);
    free(oof->x);
    free(oof->fold);
    free(oof->answer);
    *oof = (struct oof){.path = code == CODE_DONE && oof->written ? oof->path : NULL};
    return code;
}
