/* csource_answer: how an exported network's outputs become its answer: classes with their probabilities, or numbers in their own units.
 * SPDX-License-Identifier: MIT */
#include "out/csource_parts.h"

#include "base/text.h"

/* --------------------------------------------------------------------- classes */

static const char softmax[] =
    "\n/* Logits to probabilities; returns the largest one's place, -1 where they are no numbers. */\n"
    "static int softmax(float *p, uint32_t n)\n"
    "{\n"
    "    uint32_t i, best = 0;\n"
    "    float largest, sum = 0.0f;\n"
    "    for (i = 1; i < n; i++)\n"
    "        if (p[i] > p[best]) best = i;\n"
    "    largest = p[best];\n"
    "    for (i = 0; i < n; i++) {\n"
    "        p[i] = power_of_e(p[i] - largest);\n"
    "        sum += p[i];\n"
    "    }\n"
    "    for (i = 0; i < n; i++) p[i] /= sum;\n"
    "    return sum == sum ? (int)best : -1;\n"
    "}\n";

static const char pool_classes[] =
    "\n/* The mean of %zu members' probabilities, z[members][%zu]; returns the largest one's "
    "place, -1 where they are no "
    "numbers. */\n"
    "static int pool(float *z, float *p)\n"
    "{\n"
    "    uint32_t i, m, best = 0;\n"
    "    for (i = 0; i < %zu; i++) p[i] = 0.0f;\n"
    "    for (m = 0; m < %zu; m++, z += %zu) {\n"
    "        (void)softmax(z, %zu);\n"
    "        for (i = 0; i < %zu; i++) p[i] += z[i] / %zu.0f;\n"
    "    }\n"
    "    for (i = 1; i < %zu; i++)\n"
    "        if (p[i] > p[best]) best = i;\n"
    "    return p[0] == p[0] ? (int)best : -1;\n"
    "}\n";

static void put_threshold(const struct inki_csource *source, struct inki_text *file)
{
    inki_text_add(file, "\n/* The second class from this probability of it on. */\n"
                        "static int decide(int best, const float *p) { return best < 0 ? best : p[1] >= ");
    inki_text_float(file, source->model->threshold, ".0");
    inki_text_add(file, "f; }\n");
}

static void put_classes(const struct inki_csource *source, struct inki_text *file)
{
    const size_t members = source->model->members, classes = source->model->classes;
    inki_text_add(file, softmax);
    if (source->logits)
        inki_text_put(file, pool_classes, members, classes, classes, members, classes, classes, classes, members,
                      classes);
    if (source->model->threshold > 0) put_threshold(source, file);
}

/* --------------------------------------------------------------------- numbers */

bool inki_c_has_logs(const ink_model *model)
{
    bool any = false;
    for (size_t i = 0; model->numbers.scales && i < model->numbers.targets; i++)
        any = any || model->numbers.scales[i].log;
    return any;
}

static void put_targets(const struct inki_numbers *numbers, bool logs, struct inki_text *file)
{
    inki_text_put(file,
                  "\n/* An output z stands for z spread + shift%s, held to low … high. */\n"
                  "static const struct target {\n    float spread, shift, low, high;\n%s} targets[%zu] = {\n",
                  logs ? ", or e to the power of that where it is a logarithm" : "",
                  logs ? "    uint32_t logarithm;\n" : "", numbers->targets);
    for (size_t i = 0; i < numbers->targets; i++) {
        const struct inki_target_scale *scale = &numbers->scales[i];
        const float values[] = {scale->spread, scale->shift, scale->low, scale->high};
        for (size_t k = 0; k < 4; k++) {
            inki_text_add(file, k ? ", " : "    {");
            inki_text_float(file, values[k], ".0");
            inki_text_add(file, "f");
        }
        inki_text_put(file, logs ? ", %d},\n" : "},\n", scale->log);
    }
    inki_text_add(file, "};\n");
}

static const char sorting[] = "    for (i = 0; i < %zu; i++) /* quantiles of a target rise */\n"
                              "        for (k = i; k %% %zu > 0 && y[k] < y[k - 1]; k--) {\n"
                              "            float larger = y[k - 1];\n"
                              "            y[k - 1] = y[k];\n"
                              "            y[k] = larger;\n"
                              "        }\n";

/* Also where outputs are the answers: those that are no numbers are said. */
static void put_numbers(const struct inki_csource *source, struct inki_text *file)
{
    const struct inki_numbers *numbers = &source->model->numbers;
    const size_t outputs = source->model->outputs, each = inki_numbers_each(numbers);
    const bool scaled = numbers->scales != NULL, logs = inki_c_has_logs(source->model);
    if (scaled) put_targets(numbers, logs, file);
    inki_text_put(
        file,
        "\n/* Outputs to answers, in their own units; returns 0, -1 where one is not a number. */\n"
        "static int answer(float *y)\n{\n    uint32_t i%s;\n    int said = 0;\n    for (i = 0; i < %zu; i++) {\n",
        each > 1 ? ", k" : "", outputs);
    if (scaled)
        inki_text_put(file,
                      each > 1 ? "        const struct target *t = targets + i / %zu;\n"
                               : "        const struct target *t = targets + i;\n",
                      each);
    inki_text_add(file,
                  scaled ? "        float z = y[i], u = z * t->spread + t->shift;\n" : "        float z = y[i];\n");
    if (logs) inki_text_add(file, "        if (t->logarithm) u = power_of_e(u);\n");
    if (scaled) inki_text_add(file, "        y[i] = u < t->low ? t->low : u > t->high ? t->high : u;\n");
    inki_text_add(
        file, "        if (z - z != 0.0f) {\n            y[i] = z - z;\n            said = -1;\n        }\n    }\n");
    if (each > 1) inki_text_put(file, sorting, outputs, each);
    inki_text_add(file, "    return said;\n}\n");
}

static const char pool_numbers[] = "\n/* The answer by the mean of %zu members' outputs, z[members][%zu]. */\n"
                                   "static int pool(const float *z, float *y)\n"
                                   "{\n"
                                   "    uint32_t i, m;\n"
                                   "    for (i = 0; i < %zu; i++) {\n"
                                   "        y[i] = 0.0f;\n"
                                   "        for (m = 0; m < %zu; m++) y[i] += z[m * %zu + i];\n"
                                   "        y[i] /= %zu.0f;\n"
                                   "    }\n"
                                   "    return answer(y);\n"
                                   "}\n";

/* ------------------------------------------------------------------------- all */

void inki_c_put_answer(const struct inki_csource *source, struct inki_text *file)
{
    const size_t outputs = source->model->outputs, members = source->model->members;
    if (inki_is_classifier(source->model)) {
        put_classes(source, file);
        return;
    }
    put_numbers(source, file);
    if (source->logits) inki_text_put(file, pool_numbers, members, outputs, outputs, members, outputs, members);
}

void inki_c_put_return(const struct inki_csource *source, struct inki_text *file)
{
    const bool classes = inki_is_classifier(source->model), decided = source->model->threshold > 0;
    inki_text_add(file, decided ? "return decide(" : "return ");
    if (source->logits)
        inki_text_put(file, "pool(workspace->logits, %s)", source->out);
    else
        inki_text_put(file, classes ? "softmax(%s, l->outputs)" : "answer(%s)", source->out);
    inki_text_put(file, decided ? ", %s);\n" : ";\n", source->out);
}

bool inki_c_needs_powers(const struct inki_csource *source, const bool seen[INKI_ACT_COUNT])
{
    return inki_is_classifier(source->model) || inki_c_has_logs(source->model) ||
           (seen && (seen[INKI_ACT_tanh] || seen[INKI_ACT_sigmoid] || seen[INKI_ACT_gelu]));
}

/* ------------------------------------------------------------------ signatures */

static void put_parameters(const struct inki_csource *source, bool known, struct inki_text *file)
{
    const bool classes = inki_is_classifier(source->model);
    if (source->model->encoding)
        inki_text_put(file, "const struct %s_row *row, ", source->name);
    else
        inki_text_put(file, "const %s x[%s_INPUTS], ", source->bytes ? "uint8_t" : "float", source->upper);
    inki_text_put(file, "float %s[%s_%s]%s)", source->out, source->upper, classes ? "CLASSES" : "OUTPUTS",
                  known ? ", float *known" : "");
}

static void put_call(const struct inki_csource *source, bool in, bool known, struct inki_text *file)
{
    const char *name = source->name, *of = known ? "_known" : "";
    if (in)
        inki_text_put(file, "int %s_predict%s_in(struct %s_workspace *workspace, ", name, of, name);
    else
        inki_text_put(file, "int %s_predict%s(", name, of);
    put_parameters(source, known, file);
}

void inki_c_put_signature(const struct inki_csource *source, bool in, struct inki_text *file)
{
    put_call(source, in, false, file);
}

void inki_c_put_known_signature(const struct inki_csource *source, bool in, struct inki_text *file)
{
    put_call(source, in, true, file);
}

void inki_c_put_begin(const struct inki_csource *source, struct inki_text *file)
{
    inki_text_add(file, "\n");
    put_call(source, true, source->plan->known, file);
    inki_text_put(file, "\n{\n    const struct layer *l = layers;\n    const void *from = %s;\n",
                  source->model->encoding ? "encode(row, workspace->inputs)" : "x");
}

/* Functions that call NAME_predict_known_in. */
static void put_caller(const struct inki_csource *source, bool in, bool known, struct inki_text *file)
{
    const char *row = source->model->encoding ? "row" : "x";
    inki_text_add(file, "\n");
    put_call(source, in, known, file);
    inki_text_put(file, "\n{\n    return %s_predict_known_in(%s, %s, %s, %s);\n}\n", source->name,
                  in ? "workspace" : "&memory", row, source->out, known ? "known" : "0");
}

static void put_callers(const struct inki_csource *source, struct inki_text *file)
{
    put_caller(source, true, false, file);
    inki_text_put(file, "\n#ifndef %s_NO_STATIC\nstatic struct %s_workspace memory;\n", source->upper, source->name);
    put_caller(source, false, false, file);
    put_caller(source, false, true, file);
    inki_text_add(file, "#endif\n");
}

void inki_c_put_static(const struct inki_csource *source, struct inki_text *file)
{
    const char *name = source->name;
    if (source->plan->known) {
        put_callers(source, file);
        return;
    }
    inki_text_put(file, "\n#ifndef %s_NO_STATIC\n", source->upper);
    inki_c_put_signature(source, false, file);
    inki_text_put(
        file,
        "\n{\n    static struct %s_workspace workspace;\n    return %s_predict_in(&workspace, %s, %s);\n}\n#endif\n",
        name, name, source->model->encoding ? "row" : "x", source->out);
}
