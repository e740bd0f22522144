/* csource_test: the self-test of an exported network: a program with rows and what must be answered to them.
 * SPDX-License-Identifier: MIT */
#include "out/csource.h"

#include "base/mem.h"
#include "base/text.h"
#include "model/unlike.h"
#include "out/quant_flow.h"

#include <stdio.h>
#include <string.h>

static void put_float(struct inki_text *file, float value)
{
    inki_text_float(file, value, ".0");
    inki_text_add(file, "f");
}

/* A value of an encoded row: a number, or a word by its constant. */
static void put_column(const struct inki_csource *source, size_t j, float x, struct inki_text *file)
{
    const struct inki_column *column = &source->model->encoding->columns[j];
    const struct inki_c_column *named = &source->names.columns[j];
    if (x != x)
        inki_text_add(file, column->number ? "NAN" : named->gap);
    else if (column->number)
        put_float(file, x);
    else if (x >= 0 && (double)x < (double)named->words && named->constants[(size_t)x])
        inki_text_add(file, named->constants[(size_t)x]);
    else
        inki_text_add(file, named->other);
}

static void put_value(const struct inki_csource *source, size_t i, float x, struct inki_text *file)
{
    if (source->model->encoding)
        put_column(source, i, x, file);
    else if (source->bytes)
        inki_text_put(file, "%d", (int)x);
    else
        put_float(file, x);
}

static void put_rows(const struct inki_csource *source, struct inki_text *file, float *x)
{
    const struct inki_expect *expect = &source->expect;
    size_t n = source->model->features;
    if (source->model->encoding)
        inki_text_put(file, "static const struct %s_row rows[ROWS] = {\n", source->name);
    else
        inki_text_put(file, "static const %s rows[ROWS][%s_INPUTS] = {\n", source->bytes ? "uint8_t" : "float",
                      source->upper);
    for (size_t row = 0; row < expect->rows; row++) {
        ink_data_row(expect->data, row, x);
        inki_text_add(file, "    {");
        for (size_t i = 0; i < n; i++) {
            const char *between = i == 0 ? "" : i % 24 ? "," : ",\n     ";
            inki_text_add(file, between);
            put_value(source, i, x[i], file);
        }
        inki_text_add(file, "},\n");
    }
    inki_text_add(file, "};\n\n");
}

/* What the network answers: "CLASSES", or "OUTPUTS" of numbers. */
static const char *count_name(const struct inki_csource *source)
{
    return inki_is_classifier(source->model) ? "CLASSES" : "OUTPUTS";
}

static void put_known(const struct inki_expect *expect, struct inki_text *file)
{
    inki_text_add(file, "/* How like the training each is. */\nstatic const float expected_known[ROWS] = {");
    for (size_t row = 0; row < expect->rows; row++) {
        inki_text_add(file, row == 0 ? "" : row % 8 ? ", " : ",\n    ");
        put_float(file, expect->known[row]);
    }
    inki_text_add(file, "};\n\n");
}

static void put_answers(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_expect *expect = &source->expect;
    const bool classes = inki_is_classifier(source->model);
    inki_text_put(file, "/* %s by the %s. */\nstatic const float expected[ROWS][%s_%s] = {\n",
                  classes ? "Probabilities" : "Numbers",
                  source->plan->int8 ? "same arithmetic on the machine that wrote this" : "model itself", source->upper,
                  count_name(source));
    for (size_t row = 0; row < expect->rows; row++) {
        for (size_t i = 0; i < expect->outputs; i++) {
            inki_text_add(file, i ? ", " : "    {");
            put_float(file, expect->p[row * expect->outputs + i]);
        }
        inki_text_add(file, "},\n");
    }
    inki_text_add(file, "};\n\n");
    if (!classes) return;
    if (expect->known) put_known(expect, file);
    inki_text_add(file, "/* The true classes; -1: unknown. */\nstatic const long truth[ROWS] = {");
    for (size_t row = 0; row < expect->rows; row++)
        inki_text_put(file, "%s%ld", row == 0 ? "" : row % 24 ? ", " : ",\n    ", (long)expect->labels[row]);
    inki_text_add(file, "};\n\n");
}

static const char body[] = "int main(void)\n"
                           "{\n"
                           "    static float p[%s_CLASSES];\n"
                           "    float off = 0.0f%s;\n"
                           "    int row, i, same = 0, right = 0;\n"
                           "    for (row = 0; row < ROWS; row++) {\n"
                           "        int answer = %s_predict%srows[row], p%s), best = 0;\n"
                           "        for (i = 0; i < %s_CLASSES; i++) {\n"
                           "            float d = p[i] - expected[row][i];\n"
                           "            if (%s) best = i;\n"
                           "            if (!(d <= off)) off = d;\n"
                           "            if (!(-d <= off)) off = -d;\n"
                           "        }\n"
                           "%s"
                           "        same += answer == best;\n"
                           "        right += answer == truth[row];\n"
                           "    }\n"
                           "    printf(\"%s: %%d rows, %%d answers as expected, %%d right, probabilities%s within %%lu "
                           "e-9\\n\", ROWS, same, right,\n"
                           "           (unsigned long)(off < 4.0f ? off * 1e9f + 0.5f : 4e9f));\n"
                           "    return same == ROWS && off <= %s ? 0 : 1;\n"
                           "}\n";

/* From the rarest validation row on `known` falls to 0 at once, and roundings decide. */
static const char known_off[] = "        if (!(known <= %s) || expected_known[row] > %s) {\n"
                                "            known -= expected_known[row];\n"
                                "            if (!(known <= off)) off = known;\n"
                                "            if (!(-known <= off)) off = -known;\n"
                                "        }\n";

static void put_body(const struct inki_csource *source, const char *of, const char *rule, const char *within,
                     struct inki_text *file)
{
    const bool known = source->plan->known;
    char call[16], least[40] = "", compare[400] = "";
    if (known) {
        inki_format_float((float)(1.001 * inki_unlike_level(source->model->unlike->levels - 1)), least);
        strcat(least, "f");
        snprintf(compare, sizeof compare, known_off, least, least);
    }
    snprintf(call, sizeof call, "%s(%s", known ? "_known" : "", of);
    inki_text_put(file, body, source->upper, known ? ", known" : "", source->name, call, known ? ", &known" : "",
                  source->upper, rule, compare, source->name, known ? " and known" : "", within);
}

/* Distances are shares of the largest of the expected numbers. */
static const char numbers_body[] =
    "int main(void)\n"
    "{\n"
    "    static float y[%s_OUTPUTS];\n"
    "    float off = 0.0f, most = 0.0f;\n"
    "    int row, i, said = 0;\n"
    "    for (row = 0; row < ROWS; row++)\n"
    "        for (i = 0; i < %s_OUTPUTS; i++) {\n"
    "            float e = expected[row][i];\n"
    "            if (e > most || -e > most) most = e < 0.0f ? -e : e;\n"
    "        }\n"
    "    for (row = 0; row < ROWS; row++) {\n"
    "        said += %s_predict(%srows[row], y) == 0;\n"
    "        for (i = 0; i < %s_OUTPUTS; i++) {\n"
    "            float d = y[i] - expected[row][i];\n"
    "            if (!(d <= off)) off = d;\n"
    "            if (!(-d <= off)) off = -d;\n"
    "        }\n"
    "    }\n"
    "    if (most > 0.0f) off /= most;\n"
    "    printf(\"%s: %%d rows, %%d answers, within %%lu e-9 of the largest\\n\", ROWS, said,\n"
    "           (unsigned long)(off < 4.0f ? off * 1e9f + 0.5f : 4e9f));\n"
    "    return said == ROWS && off <= %s ? 0 : 1;\n"
    "}\n";

/* Whether bytes are made of floats on the way. */
static bool has_floats(const struct inki_quant_flow *quant)
{
    for (size_t i = 0; quant && i < quant->flow.count; i++)
        if (quant->flow.steps[i].kind == INKI_STEP_SCALE || quant->flow.steps[i].kind == INKI_STEP_NORM) return true;
    return false;
}

/* When class i is the answer to a row rather than those before. */
static void put_rule(const struct inki_csource *source, char out[96])
{
    char threshold[32];
    inki_format_float(source->model->threshold, threshold);
    if (source->model->threshold > 0)
        snprintf(out, 96, "i == 1 && expected[row][1] >= %s%s", threshold, strpbrk(threshold, ".e") ? "f" : ".0f");
    else
        snprintf(out, 96, "expected[row][i] > expected[row][best]");
}

void inki_csource_test(const struct inki_csource *source, struct inki_text *file)
{
    const char *upper = source->upper, *of = source->model->encoding ? "&" : "";
    char rule[96];
    float *x = inki_alloc(source->ctx, source->model->features, sizeof *x);
    if (!x) {
        file->status = INK_NO_MEMORY;
        return;
    }
    inki_text_put(file,
                  "/* %s_test.c: checks %s.c on rows that the network was not trained on; ends with 0 if all is well.\n"
                  " * Written by Inkling %s.  cc -std=c99 %s_test.c %s.c && ./a.out */\n"
                  "#include \"%s.h\"\n\n%s#include <stdio.h>\n\nenum { ROWS = %zu };\n\n",
                  source->file, source->file, ink_version(), source->file, source->file, source->file,
                  source->model->encoding ? "#include <math.h>\n" : "", source->expect.rows);
    put_rows(source, file, x);
    put_answers(source, file);
    put_rule(source, rule);
    /* Integers are the same everywhere; floats that become bytes may round to another one. */
    bool loose = source->plan->int8 && (!source->bytes || has_floats(source->quant.images));
    const char *within = loose ? "0.02f" : "1e-5f";
    if (inki_is_classifier(source->model))
        put_body(source, of, rule, within, file);
    else
        inki_text_put(file, numbers_body, upper, upper, source->name, of, upper, source->name, within);
    inki_free(x);
}
