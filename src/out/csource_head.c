/* csource_head: the header of an exported network: its interface and all that is to be known about it.
 * SPDX-License-Identifier: MIT */
#include "out/csource_parts.h"

#include <inttypes.h>
#include <string.h>

static void put_inputs(const struct inki_csource *source, struct inki_text *file)
{
    const ink_model *model = source->model;
    if (model->encoding) {
        inki_text_put(file, " * inputs    a struct a row with %zu columns; their encoding is inside\n",
                      model->features);
        return;
    }
    if (model->in.height > 1)
        inki_text_put(file, " * inputs    x[%zu]: %zux%zu%s pixels, row by row, ", model->features, model->in.height,
                      model->in.width, model->in.channels > 1 ? " (channels together)" : "");
    else
        inki_text_put(file, " * inputs    x[%zu]: one row of the data, ", model->features);
    inki_text_put(file, "%s; the scaling is inside\n",
                  source->bytes ? "the bytes as they are" : "the values as they are");
}

static void put_network(const struct inki_csource *source, struct inki_text *file)
{
    const ink_model *model = source->model;
    if (model->encoding)
        inki_text_put(file, " * network   %zu columns, %zu inputs (encode) | ", model->features,
                      model->encoding->inputs);
    else
        inki_text_put(file, " * network   %zu inputs (scale %s) | ", model->features, model->scaling);
    inki_c_put_comment(file, model->notation);
    inki_text_put(file, "%sdense %zu%s", *model->notation ? " | " : "", model->outputs,
                  inki_is_classifier(model) ? " softmax" : "");
    if (source->logits) inki_text_put(file, ", the mean of %zu members'", model->members);
    inki_text_add(file, "\n");
    inki_text_put(file, " * weights   %016" PRIx64 ", in %s\n", inki_model_hash(model),
                  source->plan->int8 ? "8 bits with a scale an output; activations of 8 bits, sums of 32"
                                     : "single precision");
    put_inputs(source, file);
    inki_text_put(
        file,
        " * flash     %zu bytes on Cortex-M0, %zu on M4F, %zu on M7 (gcc -Os): %zu of constants, the rest code, "
        "without libgcc's arithmetic\n",
        source->data + source->code[INK_CORTEX_M0], source->data + source->code[INK_CORTEX_M4F],
        source->data + source->code[INK_CORTEX_M7], source->data);
    inki_text_put(file, " * work      %zu multiply-adds%s\n", source->work,
                  model->encoding && !source->plan->int8 ? " at most" : "");
    inki_text_put(
        file,
        " * time      some %.3g ms on a Cortex-M0 at 133 MHz, %.3g ms on an M4F at 64 MHz (gcc -Os): an estimate, by\n"
        " *           instructions in QEMU and %g cycles each%s\n",
        source->milliseconds[0], source->milliseconds[1], INK_C_CYCLES, source->plan->known ? ", without known" : "");
    inki_text_put(file, " * RAM       %zu bytes of workspace, and less than 200 of stack\n", source->ram);
}

/* Names of the classes, or of the numbers. */
static void put_names(const struct inki_csource *source, struct inki_text *file)
{
    const ink_model *model = source->model;
    const bool classes = inki_is_classifier(model);
    const char *key = classes ? "CLASS_NAMES" : "OUTPUT_NAMES";
    inki_text_put(file, "/* Names of %s, for an array of your own: static const char *const names[] = %s_%s; */\n",
                  classes ? "the classes" : "the numbers", source->upper, key);
    inki_text_put(file, "#define %s_%s \\\n    { \\\n", source->upper, key);
    for (size_t i = 0; i < model->outputs; i++) {
        inki_text_add(file, "        \"");
        inki_c_put_literal(file, ink_model_output(model, i));
        inki_text_put(file, "\"%s \\\n", i + 1 < model->outputs ? "," : "");
    }
    inki_text_add(file, "    }\n\n");
}

static void put_workspace(const struct inki_csource *source, struct inki_text *file)
{
    const size_t known = inki_csource_known_room(source);
    const size_t values = source->ram - known - 4 * source->logits - 8 * inki_csource_nonzero(source);
    const bool int8 = source->plan->int8;
    inki_text_put(file,
                  "/* What lies between the layers during a call; nothing is kept from one call to the next. */\n"
                  "struct %s_workspace {\n",
                  source->name);
    if (known) inki_text_put(file, "    double known[%zu];\n", known / 8);
    if (source->model->encoding)
        inki_text_put(file, "    struct %s_input inputs[%zu];\n", source->name, inki_csource_nonzero(source));
    if (source->logits) inki_text_put(file, "    float logits[%zu];\n", source->logits);
    inki_text_put(file, "    %s values[%zu];\n};\n\n", int8 ? "uint8_t" : "float", int8 ? values : values / 4);
}

/* What predict answers. */
static void put_promise(const struct inki_csource *source, struct inki_text *file)
{
    const ink_model *model = source->model;
    const char *what = model->encoding ? "the row" : "x";
    if (!inki_is_classifier(model))
        inki_text_put(file,
                      "/* 0, and in y the numbers, in their own units%s; -1, and NaN in y, where values of %s are so\n"
                      " * large%s that sums overflow. ",
                      model->numbers.levels ? ", quantiles of each in rising order" : "", what,
                      model->encoding ? "" : ", or NaN,");
    else if (model->threshold > 0)
        inki_text_put(file,
                      "/* The second class (1) where its probability is %g or more, else the first (0), and in p the "
                      "probability of each; -1, and NaN in p,\n * where there are none. ",
                      (double)model->threshold);
    else
        inki_text_put(
            file,
            "/* The most probable class, 0 to %s_CLASSES - 1, and in p the probability of each; -1, and NaN in p, "
            "where values\n * of %s are %sso large that sums overflow. ",
            source->upper, what, model->encoding ? "" : "NaN or ");
    inki_text_put(file, "%s is only read. The workspace is\n * a static one in %s.c: one call at a time. */\n",
                  model->encoding ? "The row" : "x", source->file);
}

static void put_interface(const struct inki_csource *source, struct inki_text *file)
{
    const char *upper = source->upper;
    const bool classes = inki_is_classifier(source->model);
    if (!source->model->encoding) inki_text_put(file, "#define %s_INPUTS %zu\n", upper, source->model->features);
    inki_text_put(file, "#define %s_%s %zu\n", upper, classes ? "CLASSES" : "OUTPUTS", source->model->outputs);
    inki_text_put(file, "#define %s_WORKSPACE %zu /* bytes of RAM: sizeof(struct %s_workspace) */\n\n", upper,
                  source->ram, source->name);
    put_names(source, file);
    if (source->model->encoding) inki_c_put_row(source, file);
    put_workspace(source, file);
    put_promise(source, file);
    inki_c_put_signature(source, false, file);
    inki_text_put(file,
                  ";\n\n/* The same with a workspace of the caller's, for calls at the same time. Compiled with "
                  "%s_NO_STATIC defined,\n"
                  " * %s.c has this one only, and needs no RAM of its own. */\n",
                  upper, source->file);
    inki_c_put_signature(source, true, file);
    inki_text_add(file, ";\n");
    if (source->plan->known) inki_csource_known_header(source, file);
}

void inki_csource_header(const struct inki_csource *source, struct inki_text *file)
{
    inki_text_put(file, "/* %s.h: a neural network in plain C99, written by Inkling %s.\n *\n", source->file,
                  ink_version());
    put_network(source, file);
    inki_text_put(file,
                  " *\n * No memory is allocated, no library is called. float must be of 32 bits (IEEE 754). */\n"
                  "#ifndef %s_H\n#define %s_H\n\n%s#include <stdint.h>\n\n"
                  "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
                  source->upper, source->upper, source->plan->prepare ? "#include <stddef.h>\n" : "");
    put_interface(source, file);
    if (source->plan->prepare) inki_csource_prepare_header(source, file);
    inki_text_add(file, "\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
}
