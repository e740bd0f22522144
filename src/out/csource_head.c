/* csource_head: the header of an exported network: its interface and all that is to be known about it.
 * SPDX-License-Identifier: MIT */
#include "out/csource.h"

#include <inttypes.h>
#include <string.h>

/* Text within a comment: nothing may end it, nor the line. */
static void put_plain(struct inki_text *file, const char *text)
{
    for (size_t i = 0; text[i] && i < 400; i++) {
        char c = text[i];
        bool ends = c == '/' && i > 0 && text[i - 1] == '*';
        inki_text_put(file, "%c", (unsigned char)c < 32 || ends ? '?' : c);
    }
}

/* Text within a string literal: escapes in octal, which have an end, and no trigraphs. */
static void put_literal(struct inki_text *file, const char *text)
{
    for (size_t i = 0; text[i] && i < 200; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 32 || c > 126 || c == '"' || c == '\\' || c == '?')
            inki_text_put(file, "\\%03o", c);
        else
            inki_text_put(file, "%c", c);
    }
}

static void put_network(const struct inki_csource *source, struct inki_text *file)
{
    const ink_model *model = source->model;
    inki_text_put(file, " * network   %zu inputs (scale %s) | ", model->features, model->scaling);
    put_plain(file, model->notation);
    inki_text_put(file, "%sdense %zu softmax", *model->notation ? " | " : "", model->classes);
    if (source->logits) inki_text_put(file, ", the mean of %zu members'", model->members);
    inki_text_add(file, "\n");
    inki_text_put(file, " * weights   %016" PRIx64 ", in %s\n", inki_model_hash(model),
                  source->plan->int8 ? "8 bits with a scale an output; activations of 8 bits, sums of 32"
                                     : "single precision");
    if (model->in.height > 1)
        inki_text_put(file, " * inputs    x[%zu]: %zux%zu%s pixels, row by row, ", model->features, model->in.height,
                      model->in.width, model->in.channels > 1 ? " (channels together)" : "");
    else
        inki_text_put(file, " * inputs    x[%zu]: one row of the data, ", model->features);
    inki_text_put(file, "%s; the scaling is inside\n",
                  source->bytes ? "the bytes as they are" : "the values as they are");
    inki_text_put(
        file,
        " * flash     %zu bytes on Cortex-M0, %zu on M4F, %zu on M7 (gcc -Os): %zu of constants, the rest code, "
        "without libgcc's arithmetic\n",
        source->data + source->code[INK_CORTEX_M0], source->data + source->code[INK_CORTEX_M4F],
        source->data + source->code[INK_CORTEX_M7], source->data);
    inki_text_put(file, " * work      %zu multiply-adds\n", source->work);
    inki_text_put(file, " * RAM       %zu bytes of workspace, and less than 200 of stack\n", source->ram);
}

static void put_classes(const struct inki_csource *source, struct inki_text *file)
{
    const ink_model *model = source->model;
    inki_text_put(
        file,
        "/* Names of the classes, for an array of your own: static const char *const names[] = %s_CLASS_NAMES; */\n",
        source->upper);
    inki_text_put(file, "#define %s_CLASS_NAMES \\\n    { \\\n", source->upper);
    for (size_t i = 0; i < model->classes; i++) {
        inki_text_add(file, "        \"");
        put_literal(file, model->class_names[i]);
        inki_text_put(file, "\"%s \\\n", i + 1 < model->classes ? "," : "");
    }
    inki_text_add(file, "    }\n\n");
}

static void put_interface(const struct inki_csource *source, struct inki_text *file)
{
    const char *name = source->name, *upper = source->upper, *input = source->bytes ? "uint8_t" : "float";
    const bool int8 = source->plan->int8;
    const size_t values = source->ram - 4 * source->logits;
    inki_text_put(file, "#define %s_INPUTS %zu\n#define %s_CLASSES %zu\n", upper, source->model->features, upper,
                  source->model->classes);
    inki_text_put(file, "#define %s_WORKSPACE %zu /* bytes of RAM: sizeof(struct %s_workspace) */\n\n", upper,
                  source->ram, name);
    put_classes(source, file);
    inki_text_put(file,
                  "/* What lies between the layers during a call; nothing is kept from one call to the next. */\n"
                  "struct %s_workspace {\n",
                  name);
    if (source->logits) inki_text_put(file, "    float logits[%zu];\n", source->logits);
    inki_text_put(file, "    %s values[%zu];\n};\n\n", int8 ? "uint8_t" : "float", int8 ? values : values / 4);
    inki_text_put(
        file,
        "/* The most probable class, 0 to %s_CLASSES - 1, and in p the probability of each; -1, and NaN in p, "
        "where values\n * of x are NaN or so large that sums overflow. x is only read. The workspace is\n"
        " * a static one in %s.c: one call at a time. */\n"
        "int %s_predict(const %s x[%s_INPUTS], float p[%s_CLASSES]);\n\n",
        upper, source->file, name, input, upper, upper);
    inki_text_put(file,
                  "/* The same with a workspace of the caller's, for calls at the same time. Compiled with "
                  "%s_NO_STATIC defined,\n"
                  " * %s.c has this one only, and needs no RAM of its own. */\n"
                  "int %s_predict_in(struct %s_workspace *workspace, const %s x[%s_INPUTS], float p[%s_CLASSES]);\n",
                  upper, source->file, name, name, input, upper, upper);
}

void inki_csource_header(const struct inki_csource *source, struct inki_text *file)
{
    inki_text_put(file, "/* %s.h: a neural network in plain C99, written by Inkling %s.\n *\n", source->file,
                  ink_version());
    put_network(source, file);
    inki_text_put(file,
                  " *\n * No memory is allocated, no library is called. float must be of 32 bits (IEEE 754). */\n"
                  "#ifndef %s_H\n#define %s_H\n\n#include <stdint.h>\n\n"
                  "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n",
                  source->upper, source->upper);
    put_interface(source, file);
    inki_text_add(file, "\n#ifdef __cplusplus\n}\n#endif\n#endif\n");
}
