/* csource_test: the self-test of an exported network: a program with rows and what must be answered to them.
 * SPDX-License-Identifier: MIT */
#include "out/csource.h"

#include "base/mem.h"
#include "out/quant_flow.h"

static void put_float(struct inki_text *file, float value)
{
    inki_text_float(file, value, ".0");
    inki_text_add(file, "f");
}

static void put_rows(const struct inki_csource *source, struct inki_text *file, float *x)
{
    const struct inki_expect *expect = &source->expect;
    size_t n = source->model->features;
    inki_text_put(file, "static const %s rows[ROWS][%s_INPUTS] = {\n", source->bytes ? "uint8_t" : "float",
                  source->upper);
    for (size_t row = 0; row < expect->rows; row++) {
        ink_data_row(expect->data, row, x);
        inki_text_add(file, "    {");
        for (size_t i = 0; i < n; i++) {
            const char *between = i == 0 ? "" : i % 24 ? "," : ",\n     ";
            inki_text_add(file, between);
            if (source->bytes)
                inki_text_put(file, "%d", (int)x[i]);
            else
                put_float(file, x[i]);
        }
        inki_text_add(file, "},\n");
    }
    inki_text_add(file, "};\n\n");
}

static void put_answers(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_expect *expect = &source->expect;
    inki_text_put(file, "/* Probabilities by the %s. */\nstatic const float expected[ROWS][%s_CLASSES] = {\n",
                  source->plan->int8 ? "same arithmetic on the machine that wrote this" : "model itself",
                  source->upper);
    for (size_t row = 0; row < expect->rows; row++) {
        for (size_t i = 0; i < expect->classes; i++) {
            inki_text_add(file, i ? ", " : "    {");
            put_float(file, expect->p[row * expect->classes + i]);
        }
        inki_text_add(file, "},\n");
    }
    inki_text_add(file, "};\n\n/* The true classes; -1: unknown. */\nstatic const long truth[ROWS] = {");
    for (size_t row = 0; row < expect->rows; row++)
        inki_text_put(file, "%s%ld", row == 0 ? "" : row % 24 ? ", " : ",\n    ", (long)expect->labels[row]);
    inki_text_add(file, "};\n\n");
}

static const char body[] = "int main(void)\n"
                           "{\n"
                           "    static float p[%s_CLASSES];\n"
                           "    float off = 0.0f;\n"
                           "    int row, i, same = 0, right = 0;\n"
                           "    for (row = 0; row < ROWS; row++) {\n"
                           "        int answer = %s_predict(rows[row], p), best = 0;\n"
                           "        for (i = 0; i < %s_CLASSES; i++) {\n"
                           "            float d = p[i] - expected[row][i];\n"
                           "            if (expected[row][i] > expected[row][best]) best = i;\n"
                           "            if (!(d <= off)) off = d;\n"
                           "            if (!(-d <= off)) off = -d;\n"
                           "        }\n"
                           "        same += answer == best;\n"
                           "        right += answer == truth[row];\n"
                           "    }\n"
                           "    printf(\"%s: %%d rows, %%d answers as expected, %%d right, probabilities within %%lu "
                           "e-9\\n\", ROWS, same, right,\n"
                           "           (unsigned long)(off < 4.0f ? off * 1e9f + 0.5f : 4e9f));\n"
                           "    return same == ROWS && off <= %s ? 0 : 1;\n"
                           "}\n";

/* Whether bytes are made of floats on the way. */
static bool has_floats(const struct inki_quant_flow *quant)
{
    for (size_t i = 0; quant && i < quant->flow.count; i++)
        if (quant->flow.steps[i].kind == INKI_STEP_SCALE || quant->flow.steps[i].kind == INKI_STEP_NORM) return true;
    return false;
}

void inki_csource_test(const struct inki_csource *source, struct inki_text *file)
{
    const char *upper = source->upper;
    float *x = inki_alloc(source->ctx, source->model->features, sizeof *x);
    if (!x) {
        file->status = INK_NO_MEMORY;
        return;
    }
    inki_text_put(file,
                  "/* %s_test.c: checks %s.c on rows that the network was not trained on; ends with 0 if all is well.\n"
                  " * Written by Inkling %s.  cc -std=c99 %s_test.c %s.c && ./a.out */\n"
                  "#include \"%s.h\"\n\n#include <stdio.h>\n\nenum { ROWS = %zu };\n\n",
                  source->file, source->file, ink_version(), source->file, source->file, source->file,
                  source->expect.rows);
    put_rows(source, file, x);
    put_answers(source, file);
    /* Integers are the same everywhere; floats that become bytes may round to another one. */
    bool loose = source->plan->int8 && (!source->bytes || has_floats(source->quant.images));
    inki_text_put(file, body, upper, source->name, upper, source->name, loose ? "0.02f" : "1e-5f");
    inki_free(x);
}
