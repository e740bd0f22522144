/* csource_encode: an exported network's rows as a struct, and the encoding of their columns (model/encoding.h) as C.
 * SPDX-License-Identifier: MIT
 *
 * What comes out is the list of the inputs that are not 0, with a place of UINT32_MAX behind the last. */
#include "out/csource_parts.h"

#include <string.h>

/* ------------------------------------------------------------------ the header */

static void put_words(const struct inki_csource *source, size_t j, struct inki_text *file)
{
    const struct inki_column *column = &source->model->encoding->columns[j];
    const struct inki_c_column *named = &source->names.columns[j];
    inki_text_add(file, "/* Words of the column '");
    inki_c_put_comment(file, named->title);
    inki_text_put(file, "'. */\nenum %s_%s {\n    %s = -1,%s\n    %s = 0, /* any word that is not here */\n",
                  source->name, named->member, named->gap,
                  column->gap ? "" : " /* counts as any other: the training rows had none */", named->other);
    for (size_t i = 0; i < column->word_count; i++) {
        if (!named->constants[i]) continue;
        inki_text_put(file, "    %s = %u, /* \"", named->constants[i], (unsigned)column->slots_of[i]);
        inki_c_put_comment(file, column->words[i]);
        inki_text_add(file, "\" */\n");
    }
    inki_text_put(file, "};\n#define %s(X)", named->list);
    for (size_t i = 0; i < column->word_count; i++) {
        if (!named->constants[i]) continue;
        inki_text_put(file, " \\\n    X(%s, \"", named->constants[i]);
        inki_c_put_literal(file, column->words[i]);
        inki_text_add(file, "\")");
    }
    inki_text_add(file, "\n\n");
}

static void put_member(const struct inki_csource *source, size_t j, struct inki_text *file)
{
    const struct inki_encoding *encoding = source->model->encoding;
    const struct inki_column *column = &encoding->columns[j];
    const struct inki_c_column *named = &source->names.columns[j];
    const struct inki_column_constants of =
        inki_encoding_of(encoding, source->model->w + source->model->nodes[0].offset, column);
    if (column->number)
        inki_text_put(file, "    float %s;", named->member);
    else
        inki_text_put(file, "    enum %s_%s %s;", source->name, named->member, named->member);
    inki_text_add(file, " /* ");
    if (strcmp(named->title, named->member) != 0) {
        inki_text_add(file, "'");
        inki_c_put_comment(file, named->title);
        inki_text_add(file, "'; ");
    }
    if (column->number)
        inki_text_put(file, "%g to %g in the training rows%s", (double)of.low, (double)of.high,
                      column->gap ? "; " : "");
    inki_text_add(file, column->gap      ? "they had gaps */\n"
                        : column->number ? " */\n"
                                         : "no gaps in the training rows */\n");
}

void inki_c_put_row(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_encoding *encoding = source->model->encoding;
    bool words = false;
    for (size_t j = 0; j < encoding->column_count; j++) {
        words = words || !encoding->columns[j].number;
        if (!encoding->columns[j].number) put_words(source, j, file);
    }
    if (words)
        inki_text_add(file, "/* The words themselves take no memory until they are asked for: each list calls "
                            "X(constant, word) for all. "
                            "*/\n\n");
    inki_text_add(file, "/* One row of the table. NaN, and the constant for it, is a gap. Numbers beyond the training "
                        "rows' count as the "
                        "nearest\n * of these. */\n");
    inki_text_put(file, "struct %s_row {\n", source->name);
    for (size_t j = 0; j < encoding->column_count; j++) put_member(source, j, file);
    inki_text_put(file,
                  "};\n\n/* What the first layer takes that is not 0. */\nstruct %s_input {\n    uint32_t place;\n    "
                  "float value;\n};\n\n",
                  source->name);
}

/* ------------------------------------------------------------------ constants */

static void put_number_constants(const struct inki_csource *source, const float *w, struct inki_text *file)
{
    static const char *const kinds[] = {
        [INKI_BINS_NONE] = "NONE", [INKI_BINS_HAT] = "HAT", [INKI_BINS_PLE] = "PLE", [INKI_BINS_NORMAL] = "NORMAL"};
    const struct inki_encoding *encoding = source->model->encoding;
    inki_text_put(file, "\nstatic const struct number numbers[%zu] = {\n", encoding->numbers);
    for (size_t j = 0; j < encoding->column_count; j++) {
        const struct inki_column *column = &encoding->columns[j];
        if (!column->number) continue;
        const struct inki_column_constants of = inki_encoding_of(encoding, w, column);
        const float ends[] = {of.shift, of.factor, of.low, of.high};
        inki_text_add(file, "    {");
        for (size_t i = 0; i < 4; i++) {
            inki_text_float(file, ends[i], ".0");
            inki_text_add(file, "f, ");
        }
        if (column->knots)
            inki_text_put(file, "knots%zu, ", j + 1);
        else
            inki_text_add(file, "0, ");
        if (column->value_count)
            inki_text_put(file, "values%zu, ", j + 1);
        else
            inki_text_add(file, "0, ");
        inki_text_put(file, "%zu, %zu, %zu, %s, %d},\n", column->first, column->knots, column->value_count,
                      kinds[column->bins], column->gap);
    }
    inki_text_add(file, "};\n");
}

static void put_word_constants(const struct inki_encoding *encoding, struct inki_text *file)
{
    inki_text_put(file, "\nstatic const struct words words[%zu] = {\n", encoding->column_count - encoding->numbers);
    for (size_t j = 0; j < encoding->column_count; j++) {
        const struct inki_column *column = &encoding->columns[j];
        if (!column->number)
            inki_text_put(file, "    {%zu, %zu, %d, %d},\n", column->first, column->flag ? 3 : column->slot_count,
                          column->flag, column->gap);
    }
    inki_text_add(file, "};\n");
}

static void put_arrays(const struct inki_encoding *encoding, const float *w, struct inki_text *file)
{
    for (size_t j = 0; j < encoding->column_count; j++) {
        const struct inki_column *column = &encoding->columns[j];
        if (!column->number) continue;
        const struct inki_column_constants of = inki_encoding_of(encoding, w, column);
        const bool normal = column->bins == INKI_BINS_NORMAL;
        if (column->knots)
            inki_c_put_joined(file, "knots", j + 1, of.knots, column->knots, of.scores, normal ? column->knots : 0);
        if (column->value_count) inki_c_put_floats(file, "values", j + 1, column->values, column->value_count);
    }
}

/* ------------------------------------------------------------------ functions */

static const char number_struct[] = "\n/* Numbers: z = (x - shift) factor, x held to low … high. Bins, by knots e0 < "
                                    "e1 < …: with j the last that is not above x, and f\n"
                                    " * how far x is towards the next, HAT: inputs j and j + 1 are 1 - f and f; PLE: "
                                    "those before j are 1, j is f; NORMAL: z lies\n"
                                    " * between scores, which are behind the knots. Values have an input each, behind "
                                    "one for all others. Gaps have the last, if any. "
                                    "*/\n"
                                    "enum bins { NONE, HAT, PLE, NORMAL };\n"
                                    "struct number {\n"
                                    "    float shift, factor, low, high;\n"
                                    "    const float *knots, *values;\n"
                                    "    uint32_t place, knot_count, value_count; /* place: of z */\n"
                                    "    uint8_t bins, gap;\n"
                                    "};\n";

static const char word_struct[] =
    "\n/* Words: an input for each constant; of a flag one, which is 0, -1 or 1. Gaps have the last, if any. */\n"
    "struct words {\n"
    "    uint32_t place, count;\n"
    "    uint8_t flag, gap;\n"
    "};\n";

static const char put_function[] = "\nstatic struct %s_input *put(struct %s_input *to, uint32_t place, float value)\n"
                                   "{\n"
                                   "    to->place = place;\n"
                                   "    to->value = value;\n"
                                   "    return value < 0.0f || value > 0.0f ? to + 1 : to;\n"
                                   "}\n";

static const char number_function[] =
    "\nstatic float held(float x, float low, float high) { return x < low ? low : x > high ? high : x; }\n"
    "\nstatic struct %s_input *number(struct %s_input *to, const struct number *c, float x)\n"
    "{\n"
    "    uint32_t i, j = 0, last = c->knot_count - 1, place = c->place;\n"
    "    uint32_t bins = c->bins == HAT ? c->knot_count : c->bins == PLE ? last : 0, values = place + 1 + bins;\n"
    "    float f = 0.0f, z;\n"
    "    if (x != x) {\n"
    "        if (c->gap) return put(to, values + (c->value_count ? c->value_count + 1 : 0), 1.0f);\n"
    "        return c->value_count ? put(to, values, 1.0f) : to;\n"
    "    }\n"
    "    if (c->bins != NONE) {\n"
    "        z = held(x, c->knots[0], c->knots[last]);\n"
    "        while (j + 1 < last && c->knots[j + 1] <= z) j++;\n"
    "        f = (z - c->knots[j]) / (c->knots[j + 1] - c->knots[j]);\n"
    "    }\n"
    "    z = (held(x, c->low, c->high) - c->shift) * c->factor;\n"
    "    if (c->bins == NORMAL) z = c->knots[last + 1 + j] + f * (c->knots[last + 2 + j] - c->knots[last + 1 + j]);\n"
    "    to = put(to, place++, z);\n"
    "    if (c->bins == HAT) to = put(put(to, place + j, 1.0f - f), place + j + 1, f);\n"
    "    if (c->bins == PLE) {\n"
    "        for (i = 0; i < j; i++) to = put(to, place + i, 1.0f);\n"
    "        to = put(to, place + j, f);\n"
    "    }\n"
    "    if (c->value_count == 0) return to;\n"
    "    for (i = 0; i < c->value_count && c->values[i] != x; i++) {\n"
    "    }\n"
    "    return put(to, values + (i < c->value_count ? i + 1 : 0), 1.0f);\n"
    "}\n";

static const char word_function[] =
    "\nstatic struct %s_input *word(struct %s_input *to, const struct words *c, int32_t x)\n"
    "{\n"
    "    uint32_t place = x > 0 && (uint32_t)x < c->count ? (uint32_t)x : 0;\n"
    "    if (x == -1 && c->gap) return put(to, c->place + (c->flag ? 1 : c->count), 1.0f);\n"
    "    if (c->flag) return put(to, c->place, place == 0 ? 0.0f : place == 1 ? -1.0f : 1.0f);\n"
    "    return put(to, c->place + place, 1.0f);\n"
    "}\n";

static void put_encode(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_encoding *encoding = source->model->encoding;
    const char *name = source->name;
    size_t numbers = 0, words = 0;
    inki_text_put(file, "\nstatic const struct %s_input *encode(const struct %s_row *row, struct %s_input *to)\n{\n",
                  name, name, name);
    inki_text_put(file, "    const struct %s_input *const inputs = to;\n", name);
    for (size_t j = 0; j < encoding->column_count; j++) {
        const char *member = source->names.columns[j].member;
        if (encoding->columns[j].number)
            inki_text_put(file, "    to = number(to, numbers + %zu, row->%s);\n", numbers++, member);
        else
            inki_text_put(file, "    to = word(to, words + %zu, (int32_t)row->%s);\n", words++, member);
    }
    inki_text_add(file, "    to->place = UINT32_MAX;\n    return inputs;\n}\n");
}

void inki_c_put_encoding(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_encoding *encoding = source->model->encoding;
    const float *w = source->model->w + source->model->nodes[0].offset;
    const char *name = source->name;
    const bool words = encoding->column_count > encoding->numbers;
    put_arrays(encoding, w, file);
    if (encoding->numbers) {
        inki_text_add(file, number_struct);
        put_number_constants(source, w, file);
    }
    if (words) {
        inki_text_add(file, word_struct);
        put_word_constants(encoding, file);
    }
    inki_text_put(file, put_function, name, name);
    if (encoding->numbers) inki_text_put(file, number_function, name, name);
    if (words) inki_text_put(file, word_function, name, name);
    put_encode(source, file);
}

/* As they are laid out above. */
size_t inki_c_encoding_data(const struct inki_encoding *encoding)
{
    size_t data = 40 * encoding->numbers + 12 * (encoding->column_count - encoding->numbers);
    for (size_t j = 0; j < encoding->column_count; j++) {
        const struct inki_column *column = &encoding->columns[j];
        data += 4 * column->value_count + (column->bins == INKI_BINS_NORMAL ? 8 : 4) * column->knots;
    }
    return data;
}
