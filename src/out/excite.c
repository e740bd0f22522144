/* excite: what rows, and where in them, excite the channels and units of a network over images most.
 * SPDX-License-Identifier: MIT */
#include "out/excite.h"

#include "base/mem.h"
#include "train/metrics.h"

#include <math.h>
#include <string.h>

/* ---------------------------------------------------------- receptive fields */

/* Along side `side` of what a layer gives; from: of what it takes. */
static struct inki_sight field_behind(const struct inki_plain_layer *layer, struct inki_sight from, size_t side)
{
    const struct inki_frame *frame = &layer->frame;
    const size_t window = side ? frame->columns : frame->rows, margin = side ? frame->left : frame->top;
    return (struct inki_sight){.size = from.size + (window - 1) * from.step,
                               .step = from.step * frame->stride,
                               .before = from.before + margin * from.step};
}

/* Of the sum of two: all that either sees. */
static struct inki_sight unite(struct inki_sight a, struct inki_sight b, struct inki_sight whole)
{
    if (a.step != b.step) return whole;
    const size_t before = a.before > b.before ? a.before : b.before, behind_a = a.size - a.before,
                 behind_b = b.size - b.before;
    return (struct inki_sight){before + (behind_a > behind_b ? behind_a : behind_b), a.step, before};
}

/* fields[count + 1]: as inki_plain_layer.from counts. */
static void find_fields(const struct inki_plain *plain, const struct inki_shape *in, size_t side,
                        struct inki_sight *fields)
{
    const struct inki_sight whole = {.size = side ? in->width : in->height};
    fields[0] = (struct inki_sight){.size = 1, .step = 1};
    for (size_t l = 0; l < plain->count; l++) {
        const struct inki_plain_layer *layer = &plain->layers[l];
        const struct inki_sight from = fields[layer->from[0]];
        switch (layer->kind) {
        case INKI_PLAIN_DENSE:
            fields[l + 1] = whole;
            break;
        case INKI_PLAIN_NORM:
        case INKI_PLAIN_PIXEL_NORM:
            fields[l + 1] = from;
            break;
        case INKI_PLAIN_SUM:
            fields[l + 1] = unite(from, fields[layer->from[1]], whole);
            break;
        default:
            fields[l + 1] = field_behind(layer, from, side);
        }
    }
}

/* -------------------------------------------------------------------- layers */

/* The only layer that takes what layer l gives; NULL: there are several. */
static const struct inki_plain_layer *only_taker(const struct inki_plain *plain, size_t l)
{
    const struct inki_plain_layer *taker = NULL;
    for (size_t i = l + 1; i < plain->count; i++)
        for (size_t s = 0; s < (plain->layers[i].kind == INKI_PLAIN_SUM ? 2 : 1); s++) {
            if (plain->layers[i].from[s] != l + 1) continue;
            if (taker) return NULL;
            taker = &plain->layers[i];
        }
    return taker;
}

static bool is_norm(const struct inki_plain_layer *layer)
{
    return layer && (layer->kind == INKI_PLAIN_NORM || layer->kind == INKI_PLAIN_PIXEL_NORM);
}

/* The layer behind whose activation layer l's values are looked at. */
static const struct inki_plain_layer *ending_of(const struct inki_plain *plain, size_t l)
{
    const struct inki_plain_layer *at = &plain->layers[l];
    while (at->act == INKI_ACT_identity) {
        const struct inki_plain_layer *next = only_taker(plain, (size_t)(at - plain->layers));
        if (next && next->kind == INKI_PLAIN_MAX) next = only_taker(plain, (size_t)(next - plain->layers));
        if (!is_norm(next)) break;
        at = next;
    }
    return at;
}

static bool is_wanted(const struct inki_plain *plain, size_t l)
{
    const enum inki_plain_kind kind = plain->layers[l].kind;
    if (kind == INKI_PLAIN_CONV) return l > 0;
    return kind == INKI_PLAIN_DENSE && l + 1 < plain->count;
}

static ink_status add_layer(struct inki_excite *excite, const struct inki_plain *plain, size_t l,
                            const struct inki_sight *rows, const struct inki_sight *columns)
{
    const struct inki_plain_layer *end = ending_of(plain, l);
    const size_t at = (size_t)(end - plain->layers) + 1;
    struct inki_excited_layer *layer = &excite->layers[excite->count++];
    *layer = (struct inki_excited_layer){
        .node = plain->layers[l].node, .behind = end->node, .sight = {rows[at], columns[at]}, .out = end->out};
    layer->units = inki_zalloc(excite->ctx, end->out.channels, sizeof *layer->units);
    if (!layer->units) return INK_NO_MEMORY;
    for (size_t u = 0; u < end->out.channels; u++) layer->units[u].least = INFINITY;
    return INK_OK;
}

static ink_status find_layers(struct inki_excite *excite, const struct inki_plain *plain, const struct inki_shape *in)
{
    struct inki_sight *fields = inki_alloc(excite->ctx, plain->count + 1, 2 * sizeof *fields);
    ink_status status = INK_NO_MEMORY;
    excite->layers = inki_alloc(excite->ctx, plain->count, sizeof *excite->layers);
    if (fields && excite->layers) {
        find_fields(plain, in, 0, fields);
        find_fields(plain, in, 1, fields + plain->count + 1);
        status = INK_OK;
    }
    for (size_t l = 0; status == INK_OK && l < plain->count; l++)
        if (is_wanted(plain, l)) status = add_layer(excite, plain, l, fields, fields + plain->count + 1);
    inki_free(fields);
    return status;
}

/* ---------------------------------------------------------------------- rows */

static void insert(struct inki_excited_unit *unit, struct inki_excited new)
{
    size_t at = unit->count < INKI_EXCITED ? unit->count++ : INKI_EXCITED;
    for (; at > 0 && new.value > unit->best[at - 1].value; at--)
        if (at < INKI_EXCITED) unit->best[at] = unit->best[at - 1];
    if (at < INKI_EXCITED) unit->best[at] = new;
}

/* y: what a row gave, pixel by pixel, `pitch` floats each. */
static void look_at_row(struct inki_excited_layer *layer, const float *y, size_t pitch, uint32_t row)
{
    const size_t places = layer->out.height * layer->out.width;
    for (size_t u = 0; u < layer->out.channels; u++) {
        struct inki_excited_unit *unit = &layer->units[u];
        struct inki_excited best = {.value = -INFINITY, .row = row};
        for (size_t p = 0; p < places; p++) {
            const float value = y[p * pitch + u];
            unit->least = fminf(unit->least, value);
            if (!(value > best.value)) continue;
            best.value = value;
            best.place = (uint32_t)p;
        }
        insert(unit, best);
    }
}

/* Row i of those that are looked at, evenly from all. */
static uint32_t row_at(size_t i, size_t rows, size_t all) { return (uint32_t)((uint64_t)i * all / rows); }

/* all: rows of the data. */
static void look_at_rows(struct inki_excite *excite, const struct inki_program *program, size_t first, size_t count,
                         size_t all)
{
    for (size_t l = 0; l < excite->count; l++) {
        struct inki_excited_layer *layer = &excite->layers[l];
        const struct inki_node *node = layer->behind;
        const float *y = inki_program_output(program, (size_t)(node - program->model->nodes));
        for (size_t i = 0; i < count; i++)
            look_at_row(layer, y + i * node->out_stride, inki_pitch(&node->out), row_at(first + i, excite->rows, all));
    }
}

/* What is not above the least does not excite. */
static void drop_least(struct inki_excite *excite)
{
    for (size_t l = 0; l < excite->count; l++)
        for (size_t u = 0; u < excite->layers[l].out.channels; u++) {
            struct inki_excited_unit *unit = &excite->layers[l].units[u];
            while (unit->count > 0 && !(unit->best[unit->count - 1].value > unit->least)) unit->count--;
        }
}

static ink_status choose_rows(ink_ctx *ctx, const ink_data *data, ink_data **out)
{
    const size_t count = data->rows < INKI_EXCITE_ROWS ? data->rows : INKI_EXCITE_ROWS;
    uint32_t *rows = inki_alloc(ctx, count, sizeof *rows);
    if (!rows) return INK_NO_MEMORY;
    for (size_t i = 0; i < count; i++) rows[i] = row_at(i, count, data->rows);
    ink_status status = inki_data_view(ctx, data, rows, count, out);
    inki_free(rows);
    return status;
}

static ink_status look(struct inki_excite *excite, const ink_model *model, const ink_data *data)
{
    struct inki_scorer *scorer = inki_alloc(excite->ctx, 1, sizeof *scorer);
    ink_data *rows = NULL;
    if (!scorer) return INK_NO_MEMORY;
    ink_status status = choose_rows(excite->ctx, data, &rows);
    if (status == INK_OK) status = inki_scorer_begin(excite->ctx, model, scorer);
    if (status == INK_OK) {
        excite->rows = rows->rows;
        for (size_t first = 0; first < rows->rows; first += INKI_CHUNK_ROWS) {
            const size_t count = inki_chunk_at(rows, first);
            inki_scorer_run(scorer, rows, first, count, first == 0, &(struct inki_loss_call){0});
            look_at_rows(excite, &scorer->program, first, count, data->rows);
        }
        drop_least(excite);
        inki_scorer_end(scorer);
    }
    ink_data_free(rows);
    inki_free(scorer);
    return status;
}

ink_status inki_excite_begin(ink_ctx *ctx, const ink_model *model, const ink_data *data, struct inki_excite *out)
{
    struct inki_plain plain;
    *out = (struct inki_excite){.ctx = ctx};
    if (model->members > 1) return INK_OK;
    ink_status status = inki_plain_begin(ctx, model, "", NULL, &plain);
    if (status == INK_UNSUPPORTED) return INK_OK; /* layers of a kind that nobody who walks a network knows */
    if (status != INK_OK) return status;
    status = find_layers(out, &plain, &model->in);
    inki_plain_end(&plain);
    if (status == INK_OK && out->count) status = look(out, model, data);
    if (status != INK_OK) inki_excite_end(out);
    return status;
}

void inki_excite_end(struct inki_excite *excite)
{
    ink_ctx *ctx = excite->ctx;
    for (size_t l = 0; excite->layers && l < excite->count; l++) inki_free(excite->layers[l].units);
    inki_free(excite->layers);
    *excite = (struct inki_excite){.ctx = ctx};
}
