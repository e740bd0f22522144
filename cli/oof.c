/* oof: out-of-fold answers as a table.
 * SPDX-License-Identifier: MIT */
#include "oof.h"

#include "cli.h"
#include "terminal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static void write_head(struct oof *oof)
{
    FILE *file = oof->out.file;
    fprintf(file, "ID,%sfold,label,answer", oof->seeds ? "seed," : "");
    for (size_t c = 0; c < oof->classes; c++) {
        fputc(',', file);
        csv_field(file, "p_", ink_data_class(oof->data, c));
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
    oof->classes = info.classes;
    oof->seeds = seeds;
    oof->p = calloc(info.rows, info.classes * sizeof *oof->p + 1);
    oof->row_p = calloc(info.rows, info.classes * sizeof *oof->row_p + 1);
    oof->x = calloc(info.features, sizeof *oof->x);
    oof->fold = calloc(info.rows, sizeof *oof->fold);
    if (!oof->p || !oof->row_p || !oof->x || !oof->fold)
        return fail(CODE_INTERNAL, "out of memory for the answers to %zu rows", info.rows);
    int code = out_file_begin(&oof->out, oof->path);
    if (code == CODE_DONE) write_head(oof);
    return code;
}

static size_t most_probable(const float *p, size_t classes)
{
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (p[c] > p[best]) best = c;
    return best;
}

static void write_row(struct oof *oof, size_t row)
{
    FILE *file = oof->out.file;
    const float *p = oof->p + row * oof->classes;
    int32_t label = ink_data_row(oof->data, row, oof->x);
    fprintf(file, "%zu,", row);
    if (oof->seeds) fprintf(file, "%" PRIu64 ",", oof->seed);
    fprintf(file, "%zu,", oof->fold[row]);
    csv_field(file, "", ink_data_class(oof->data, (size_t)label));
    fputc(',', file);
    csv_field(file, "", ink_data_class(oof->data, most_probable(p, oof->classes)));
    for (size_t c = 0; c < oof->classes; c++) fprintf(file, ",%.9g", (double)p[c]);
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
    ink_status status = ink_predict_data(ctx, round->model, round->valid, oof->row_p);
    if (status != INK_OK) return status;
    for (size_t i = 0; i < round->val_rows; i++) {
        size_t row = round->rows[i];
        oof->fold[row] = round->fold;
        memcpy(oof->p + row * oof->classes, oof->row_p + i * oof->classes, oof->classes * sizeof *oof->p);
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
    *oof = (struct oof){.path = code == CODE_DONE && oof->written ? oof->path : NULL};
    return code;
}
