/* csource_known: NAME_predict_known, which also says how like a row is to those of the training.
 * SPDX-License-Identifier: MIT
 *
 * As src/model/unlike.c does it, in double; what the last layer reads and its outputs are those of the exported network. */
#include "out/csource_parts.h"

#include "base/mem.h"
#include "model/unlike.h"

#include <stdio.h>
#include <string.h>

ink_status inki_csource_known_check(const struct inki_csource *source)
{
    if (!source->plan->known) return INK_OK;
    INK_TRY(ink_known_check(source->ctx, source->model));
    if (!source->plan->int8) return INK_OK;
    return inki_fail(
        source->ctx, INK_BAD_ARGUMENT,
        "known is asked of what the layers give in single precision, and int8 rounds it; leave out int8 or "
        "known");
}

/* No layer in front of the last: it reads the scaled row. */
static bool is_bare(const struct inki_csource *source)
{
    return source->model->node_count == (size_t)(source->model->scale ? 2 : 1);
}

static bool takes_row(const struct inki_csource *source) { return source->model->unlike->grid || is_bare(source); }

size_t inki_csource_known_room(const struct inki_csource *source)
{
    const struct inki_unlike *unlike = source->model->unlike;
    return source->plan->known ? 8 * (unlike->sides + unlike->classes) : 0;
}

static size_t constants(const struct inki_csource *source)
{
    const struct inki_unlike *unlike = source->model->unlike;
    struct inki_unlike_tensor tensor;
    size_t count = is_bare(source) && source->model->scale ? 2 * unlike->units : 0;
    for (size_t i = 0; inki_unlike_tensor(unlike, i, &tensor); i++) count += tensor.count;
    return 4 * count + 32;
}

/* Bytes by gcc 12 -Os -mthumb for Cortex-M0, M4F and M7; libgcc's arithmetic in double comes on top. Of images, of others; and with the
 * scaling of a row that the last layer reads. */
static const size_t sizes[2][2][INK_CORE_COUNT] = {
    {{1380, 1440, 955}, {1400, 1452, 992}},
    {{1543, 1582, 1087}, {1680, 1744, 1152}},
};

void inki_csource_known_measure(struct inki_csource *source)
{
    if (!source->plan->known) return;
    const bool grid = source->model->unlike->grid, scaled = is_bare(source) && source->model->scale;
    source->ram = (source->ram + 7) / 8 * 8 + inki_csource_known_room(source);
    source->data += constants(source);
    for (size_t core = 0; core < INK_CORE_COUNT; core++) source->code[core] += sizes[grid][scaled][core];
}

/* ------------------------------------------------------------------- constants */

/* The class means with the last layer's inputs in the source's order: pixel by pixel, of each pixel channel by channel. */
static void put_means(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_unlike *unlike = source->model->unlike;
    const struct inki_node *last = &source->model->nodes[source->model->node_count - 1];
    const size_t units = unlike->units, channels = last->planar && !last->parted ? last->in.channels : 1,
                 pixels = units / channels;
    float *means = inki_alloc(source->ctx, unlike->classes, units * sizeof *means);
    if (!means) {
        file->status = INK_NO_MEMORY;
        return;
    }
    for (size_t c = 0; c < unlike->classes; c++)
        for (size_t i = 0; i < units; i++)
            means[c * units + i] = unlike->means[c * units + i % channels * pixels + i / channels];
    inki_c_put_floats(file, "known_means", 0, means, unlike->classes * units);
    inki_free(means);
}

static void put_constants(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_unlike *unlike = source->model->unlike;
    const struct inki_node *scale = source->model->scale;
    inki_text_add(file,
                  "\n/* Class means of what the last layer reads; a triangle that whitens a row's summary, and the "
                  "class means of that;\n * how far validation rows are. */\n");
    put_means(source, file);
    inki_c_put_floats(file, "known_whiten", 0, unlike->whiten, unlike->sides * (unlike->sides + 1) / 2);
    inki_c_put_floats(file, "known_centres", 0, unlike->centres, unlike->classes * unlike->sides);
    inki_c_put_floats(file, "known_tables", 0, unlike->tables, (INKI_UNLIKE_PARTS + 1) * unlike->levels);
    if (!is_bare(source) || !scale) return;
    const float *w = source->model->w + scale->offset;
    inki_c_put_floats(file, "known_shift", 0, w + scale->op->at(scale, 0, 0), unlike->units);
    inki_c_put_floats(file, "known_factor", 0, w + scale->op->at(scale, 1, 0), unlike->units);
}

/* ------------------------------------------------------------------- functions */

/* LEVELS, BACK */
static const char tables[] =
    "\n/* The place of x among the ascending values of a table, between entries in proportion. */\n"
    "static double place_in(const float *table, double x)\n"
    "{\n"
    "    uint32_t k = 1;\n"
    "    if (x <= (double)table[0]) return 0.0;\n"
    "    while (k < %zu && (double)table[k] < x) k++;\n"
    "    if (k == %zu) return %zu.0;\n"
    "    return (double)(k - 1) + (x - (double)table[k - 1]) / ((double)table[k] - (double)table[k - 1]);\n"
    "}\n"
    "\n/* How rare a distance is: beyond the last entry a table goes on as its last %zu steps do, up to four times its "
    "length. */\n"
    "static double rarity(const float *table, double x)\n"
    "{\n"
    "    const double place = place_in(table, x), last = %zu.0, end = (double)table[%zu];\n"
    "    double step, beyond;\n"
    "    if (place <= last) return place;\n"
    "    step = (end - (double)table[%zu]) / %zu.0;\n"
    "    beyond = step > 0.0 ? (x - end) / step : 4.0 * last;\n"
    "    return beyond < 3.0 * last ? last + beyond : 4.0 * last;\n"
    "}\n"
    "\n/* 2^(-k/4): the share of rows that entry k of a table stands for. */\n"
    "static double share_of(uint32_t k)\n"
    "{\n"
    "    static const double quarters[4] = {1.0, 0.84089641525371450, 0.70710678118654752, 0.59460355750136051};\n"
    "    double share = quarters[k %% 4];\n"
    "    for (; k >= 4; k -= 4) share *= 0.5;\n"
    "    return share;\n"
    "}\n"
    "\n/* 1 / sqrt(v) */\n"
    "static double known_rate(double v)\n"
    "{\n"
    "    union {\n"
    "        uint64_t bits;\n"
    "        double value;\n"
    "    } guess;\n"
    "    uint32_t i;\n"
    "    guess.value = v;\n"
    "    guess.bits = UINT64_C(0x5fe6eb50c7b537a9) - (guess.bits >> 1);\n"
    "    for (i = 0; i < 5; i++) guess.value *= 1.5 - 0.5 * v * guess.value * guess.value;\n"
    "    return guess.value;\n"
    "}\n";

/* grid, grid, channels; then height, grid twice, width, grid twice, width, channels */
static const char blocks[] =
    "    for (i = 0; i < %zu; i++)\n"
    "        for (j = 0; j < %zu; j++)\n"
    "            for (c = 0; c < %zu; c++) { /* the means of blocks of the image */\n"
    "                const uint32_t bottom = (i + 1) * %zu / %zu, left = j * %zu / %zu, right = (j + 1) * %zu / %zu;\n"
    "                uint32_t row = i * %zu / %zu, column, pixels = 0;\n"
    "                double sum = 0.0;\n"
    "                for (; row < bottom; row++)\n"
    "                    for (column = left; column < right; column++, pixels++) sum += (double)x[(row * %zu + column) "
    "* %zu + c];\n"
    "                *v++ = sum / (double)pixels;\n"
    "            }\n"
    "    v = room;\n";

static void put_blocks(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_shape *in = &source->model->in;
    const size_t grid = source->model->unlike->grid;
    inki_text_put(file, blocks, grid, grid, in->channels, in->height, grid, in->width, grid, in->width, grid,
                  in->height, grid, in->width, in->channels);
}

/* sides; units, sides; the value */
static const char folds[] = "    for (j = 0; j < %zu; j++) { /* the means of every so many values */\n"
                            "        uint32_t count = 0;\n"
                            "        double sum = 0.0;\n"
                            "        for (i = j; i < %zu; i += %zu, count++) sum += %s;\n"
                            "        v[j] = sum / (double)count;\n"
                            "    }\n";

/* outputs; classes, units, value; units, value, value */
static const char known_begin[] =
    "    double *v = room, *far = room + %zu, most = 0.0, best = 0.0, squares = 0.0, place, share;\n"
    "    const float *w = known_means0;\n"
    "    uint32_t i, j, c;\n"
    "    for (c = 0; c < %zu; c++) {\n"
    "        double answer = (double)z[c];\n"
    "%s"
    "        if (c == 0 || answer > most) most = answer;\n"
    "    }\n"
    "    for (c = 0; c < %zu; c++) {\n"
    "        double along = 0.0;\n"
    "        for (i = 0; i < %zu; i++) along += %s * (double)*w++;\n"
    "        if (c == 0 || along > best) best = along;\n"
    "    }\n"
    "    for (i = 0; i < %zu; i++) squares += %s * %s;\n";

/* sides, classes, sides; classes; levels, levels, levels, last */
static const char known_end[] =
    "    for (w = known_whiten0, i = 0; i < %zu; i++) {\n"
    "        double y = 0.0;\n"
    "        for (j = 0; j <= i; j++) y += v[j] * (double)*w++;\n"
    "        for (c = 0; c < %zu; c++) {\n"
    "            const double d = y - (double)known_centres0[c * %zu + i];\n"
    "            far[c] = i ? far[c] + d * d : d * d;\n"
    "        }\n"
    "    }\n"
    "    for (c = 1; c < %zu; c++)\n"
    "        if (far[c] < far[0]) far[0] = far[c];\n"
    "    place = rarity(known_tables0, -most) + rarity(known_tables0 + %zu, squares > 0.0 ? -best * "
    "known_rate(squares) : 0.0) +\n"
    "            rarity(known_tables0 + %zu, far[0]);\n"
    "    place = place_in(known_tables0 + %zu, place);\n"
    "    if (!(place <= %zu.0)) return 0.0f;\n"
    "    share = share_of((uint32_t)place);\n"
    "    return (float)(share + (place - (double)(uint32_t)place) * (share_of((uint32_t)place + 1) - share));\n"
    "}\n";

void inki_c_put_known(const struct inki_csource *source, struct inki_text *file)
{
    if (!source->plan->known) return;
    const struct inki_unlike *unlike = source->model->unlike;
    const size_t levels = unlike->levels, last = levels - 1, back = levels > 9 ? 8 : last;
    const bool bare = is_bare(source);
    const char *value = !bare                  ? "(double)from[i]"
                        : source->model->scale ? "(((double)x[i] - (double)known_shift0[i]) * (double)known_factor0[i])"
                                               : "(double)x[i]";
    put_constants(source, file);
    inki_text_put(file, tables, levels, levels, levels, back, last, last, last - back, back);
    inki_text_add(file,
                  "\n/* Of the share of validation rows that are at least as unlike: of the row, what the last layer "
                  "reads, and its outputs z. */\nstatic float known_of(");
    if (takes_row(source)) inki_text_put(file, "const %s *x, ", source->bytes ? "uint8_t" : "float");
    inki_text_put(file, "%sconst float *z, double *room)\n{\n", bare ? "" : "const float *from, ");
    char mean[160] = "";
    if (source->logits)
        snprintf(mean, sizeof mean,
                 "        for (i = 1; i < %zu; i++) answer += (double)z[i * %zu + c]; /* the members' mean */\n"
                 "        answer /= %zu.0;\n",
                 source->model->members, source->model->outputs, source->model->members);
    inki_text_put(file, known_begin, unlike->sides, source->model->outputs, mean, unlike->classes, unlike->units, value,
                  unlike->units, value, value);
    if (unlike->grid)
        put_blocks(source, file);
    else
        inki_text_put(file, folds, unlike->sides, unlike->units, unlike->sides, value);
    inki_text_put(file, known_end, unlike->sides, unlike->classes, unlike->sides, unlike->classes, levels, 2 * levels,
                  3 * levels, last);
}

void inki_c_put_known_call(const struct inki_csource *source, struct inki_text *file)
{
    if (!source->plan->known) return;
    inki_text_put(file, "        if (!l->activate && known) *known = known_of(%s%sto, workspace->known);\n",
                  takes_row(source) ? "x, " : "", is_bare(source) ? "" : "from, ");
}

/* ------------------------------------------------------------------ the header */

void inki_csource_known_header(const struct inki_csource *source, struct inki_text *file)
{
    inki_text_put(
        file, "\n/* The same, and in *known how like the row is to those of the training: the share of the validation "
              "rows, 0 to 1, that\n * are at least as unlike. Below 0.01 it is nothing that the network knows: so are "
              "1 %% of rows like the training's. double\n * must be of 64 bits (IEEE 754). */\n");
    inki_c_put_known_signature(source, false, file);
    inki_text_add(file, ";\n");
    inki_c_put_known_signature(source, true, file);
    inki_text_add(file, ";\n");
}
