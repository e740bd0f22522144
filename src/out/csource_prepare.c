/* csource_prepare: NAME_prepare, which makes of a grey photo of a digit what ink_image_fit makes of it.
 * SPDX-License-Identifier: MIT
 *
 * It is the library's own source, as embedded by the build (base/within.h says what holds in such files): whatever changes there,
 * changes here. What an export has of its own is the kind of image, the place of the arrays, and the range of the values. */
#include "out/csource.h"

#include "out/prepare.h"

#include <math.h>
#include <string.h>

/* Pixels a side that are looked at unless the user says otherwise; the most, and the strokes, are the library's. */
enum { SIDE = 128, LARGEST_SIDE = 256, SMALLEST_FRAME = 8, LARGEST_FRAME = 64 };

/* --------------------------------------------------------------- what it takes */

static struct inki_c_frame frame_of(const ink_model *model)
{
    struct inki_c_frame frame = {.height = model->in.height, .width = model->in.width};
    size_t side = (size_t)(sqrt((double)model->features) + 0.5);
    if (frame.height == 1 && side * side == model->features && side >= 16) frame.height = frame.width = side;
    return frame;
}

static bool is_between(size_t n, size_t least, size_t most) { return n >= least && n <= most; }

ink_status inki_csource_prepare_check(struct inki_csource *source)
{
    const ink_model *model = source->model;
    ink_ctx *ctx = source->ctx;
    double *black = &source->frame.black, *white = &source->frame.white;
    if (!source->plan->prepare) return INK_OK;
    if (model->encoding)
        return inki_fail(ctx, INK_BAD_ARGUMENT,
                         "prepare makes rows of photos of digits, and the model takes a table's columns; leave it out");
    source->frame = frame_of(model);
    if (model->in.channels > 1 || !is_between(source->frame.height, SMALLEST_FRAME, LARGEST_FRAME) ||
        !is_between(source->frame.width, SMALLEST_FRAME, LARGEST_FRAME))
        return inki_fail(ctx, INK_BAD_ARGUMENT,
                         "prepare makes rows of photos of digits for models that take grey images of %d to %d pixels a "
                         "side; this one takes %zux%zux%zu values; leave it out",
                         SMALLEST_FRAME, LARGEST_FRAME, model->in.height, model->in.width, model->in.channels);
    inki_model_range(model, black, white);
    if (!isfinite(*black) || !isfinite(*white))
        return inki_fail(ctx, INK_BAD_ARGUMENT,
                         "prepare needs to know the values of black and white, and the model was trained without "
                         "scaling; train it with --scale 255 or minmax");
    if (source->bytes && (*black < 0 || *white > UINT8_MAX))
        return inki_fail(ctx, INK_BAD_ARGUMENT,
                         "prepare: the model's pixels go from %g to %g, which bytes do not; export with --input floats",
                         *black, *white);
    return INK_OK;
}

/* ------------------------------------------------------------------ the header */

static const char interface[] =
    "\n/* %s_prepare.c: a grey photo of a digit becomes x, as `inkling predict` prepares it: turned light on dark,\n"
    " * its light evened, cropped to the ink, fitted into 20/28 of %zux%zu pixels and centred by its mass.\n"
    " *\n"
    " * grey[height][width] is the photo, 0 black, of any size; it is only read. Returns 0, and x is the row for\n"
    " * %s_predict; or 1 where no ink is found, and x is not touched.\n"
    " *\n"
    " * Of a photo whose longer side has up to %s_PREPARE_SIDE pixels x is the program's%s; a larger one is\n"
    " * looked at in %s_PREPARE_SIDE pixels, and nearer where the ink is, and differs a little. With %d it is the\n"
    " * program's for photos of any size. Define it for both files, from %d to %d, to change it. */\n"
    "#ifndef %s_PREPARE_SIDE\n"
    "#define %s_PREPARE_SIDE %d\n"
    "#endif\n"
    "#define %s_PREPARE_WORKSPACE (16uL * %s_PREPARE_SIDE * (%s_PREPARE_SIDE + 5uL) + %zuuL) /* bytes of RAM, at most "
    "*/\n\n";

/* Bytes besides the planes: what describes the page, and x before it has the model's range. */
static size_t rest(const struct inki_csource *source) { return 1024 + 4 * source->frame.height * source->frame.width; }

static void put_signature(const struct inki_csource *source, bool in, struct inki_text *file)
{
    inki_text_put(file, "int %s_prepare%s(%sconst uint8_t *grey, size_t width, size_t height, %s x[%s_INPUTS])",
                  source->name, in ? "_in" : "", in ? "void *workspace, " : "", source->bytes ? "uint8_t" : "float",
                  source->upper);
}

void inki_csource_prepare_header(const struct inki_csource *source, struct inki_text *file)
{
    const char *upper = source->upper;
    inki_text_put(file, interface, source->file, source->frame.height, source->frame.width, source->name, upper,
                  source->bytes ? ",\n * rounded to bytes" : " to the bit", upper, LARGEST_SIDE, LARGEST_FRAME,
                  LARGEST_SIDE, upper, upper, SIDE, upper, upper, upper, rest(source));
    put_signature(source, false, file);
    inki_text_put(
        file,
        ";\n\n/* The same with %s_PREPARE_WORKSPACE bytes of the caller's, aligned as a double is. Compiled with\n"
        " * %s_NO_STATIC it is the only one. */\n",
        upper, upper);
    put_signature(source, true, file);
    inki_text_add(file, ";\n");
}

void inki_csource_prepare_measure(const struct inki_csource *source, ink_c_report *report)
{
    if (!source->plan->prepare) return;
    report->prepare_side = SIDE;
    report->prepare_ram = 16 * SIDE * (SIDE + 5) + rest(source);
}

/* ------------------------------------------------------------------ the source */

static const char before[] =
    "/* %s_prepare.c: makes x of a grey photo of a digit; %s.h says how.\n"
    " * Written by Inkling %s, with its own sources of that: the same arithmetic, in any C99.\n"
    " * Called of the C library: memcpy, memset, floor, frexp, ldexp, fmin, fmax and their like; nothing is allocated. "
    "*/\n"
    "#include \"%s.h\"\n\n"
    "#include <math.h>\n#include <stdbool.h>\n#include <string.h>\n\n"
    "#if %s_PREPARE_SIDE < %d || %s_PREPARE_SIDE > %d\n"
    "#error \"%s_PREPARE_SIDE must be %d to %d\"\n"
    "#endif\n\n"
    "#define INKI_EXPORTED\n"
    "#define INKI_WITHIN static\n\n"
    "typedef struct ink_image {\n"
    "    size_t height, width;\n"
    "    const uint8_t *pixels;\n"
    "} ink_image;\n\n"
    "static double inki_image_grey(const ink_image *image, size_t y, size_t x)\n"
    "{\n"
    "    return image->pixels[y * image->width + x] / 255.0;\n"
    "}\n\n";

static const char workspace[] =
    "\n/* ------------------------------------------------------------ the workspace */\n\n"
    "enum { PREPARE_SIDE = %s_PREPARE_SIDE, PREPARE_PIXELS = PREPARE_SIDE * PREPARE_SIDE, PREPARE_STROKES = "
    "PREPARE_SIDE };\n\n"
    "/* Labels and the stack are used while values and spare are not. */\n"
    "struct prepare_work {\n"
    "    struct inki_page page;\n"
    "    struct inki_stroke strokes[PREPARE_STROKES];\n"
    "    float grey[PREPARE_PIXELS], ink[PREPARE_PIXELS], line[2 * PREPARE_SIDE], x[%s_INPUTS];\n"
    "    union {\n"
    "        float values[PREPARE_PIXELS];\n"
    "        uint32_t labels[PREPARE_PIXELS];\n"
    "    } a;\n"
    "    union {\n"
    "        float spare[PREPARE_PIXELS];\n"
    "        uint32_t stack[PREPARE_PIXELS];\n"
    "    } b;\n"
    "};\n\n"
    "/* Does not compile if it is larger than %s.h says. */\n"
    "typedef char prepare_work_fits[sizeof(struct prepare_work) <= %s_PREPARE_WORKSPACE ? 1 : -1];\n\n";

static const char begin[] = "static void begin(struct prepare_work *work)\n"
                            "{\n"
                            "    struct inki_page *page = &work->page;\n"
                            "    memset(page, 0, sizeof *page);\n"
                            "    page->plan.side = PREPARE_SIDE;\n"
                            "    page->plan.least = PREPARE_SIDE < 128 ? PREPARE_SIDE : 128;\n"
                            "    page->plan.pixels = PREPARE_PIXELS;\n"
                            "    page->plan.strokes = PREPARE_STROKES;\n"
                            "    page->strokes = work->strokes;\n"
                            "    page->grey = work->grey;\n"
                            "    page->ink_plane = work->ink;\n"
                            "    page->values = work->a.values;\n"
                            "    page->labels = work->a.labels;\n"
                            "    page->spare = work->b.spare;\n"
                            "    page->stack = work->b.stack;\n"
                            "    page->line = work->line;\n"
                            "}\n\n";

static void put_functions(const struct inki_csource *source, struct inki_text *file)
{
    const size_t height = source->frame.height, width = source->frame.width;
    put_signature(source, true, file);
    inki_text_put(file,
                  "\n{\n"
                  "    struct prepare_work *work = workspace;\n"
                  "    const ink_image image = {height, width, grey};\n"
                  "    bool turned;\n"
                  "    size_t i;\n"
                  "    if (height == 0 || width == 0) return 1;\n"
                  "    begin(work);\n"
                  "    if (!take_as_it_is(&image, %zu, %zu, work->x, &turned)) {\n"
                  "        if (!find_page(&work->page, &image)) return 1;\n"
                  "        inki_page_fit(&work->page, %zu, %zu, work->x);\n"
                  "    }\n"
                  "    for (i = 0; i < %s_INPUTS; i++) x[i] = (%s)(%.17g + %.17g * (double)work->x[i]%s);\n"
                  "    return 0;\n}\n",
                  height, width, height, width, source->upper, source->bytes ? "uint8_t" : "float", source->frame.black,
                  source->frame.white - source->frame.black, source->bytes ? " + 0.5" : "");
    inki_text_put(file, "\n#ifndef %s_NO_STATIC\n", source->upper);
    put_signature(source, false, file);
    inki_text_put(file,
                  "\n{\n"
                  "    static struct prepare_work work;\n"
                  "    return %s_prepare_in(&work, grey, width, height, x);\n}\n#endif\n",
                  source->name);
}

static bool begins(const char *line, const char *with) { return strncmp(line, with, strlen(with)) == 0; }

/* A source without its #include lines, and without what stays in the library. */
static void put_source(struct inki_text *file, const char *text)
{
    bool left_out = false;
    while (*text) {
        const size_t length = strcspn(text, "\n") + 1;
        const bool ends = left_out && begins(text, "#endif");
        left_out = left_out || begins(text, "#ifndef INKI_EXPORTED");
        if (!left_out && !begins(text, "#include")) inki_text_put(file, "%.*s", (int)length, text);
        if (ends) left_out = false;
        text += length;
    }
    inki_text_add(file, "\n");
}

void inki_csource_prepare(const struct inki_csource *source, struct inki_text *file)
{
    static const char *const sources[] = {inki_prepare_exp_log_h, inki_prepare_exp_log_c, inki_prepare_plane_h,
                                          inki_prepare_plane_c,   inki_prepare_light_h,   inki_prepare_light_c,
                                          inki_prepare_page_h,    inki_prepare_page_c,    inki_prepare_digit_c};
    const char *upper = source->upper;
    inki_text_put(file, before, source->file, source->file, ink_version(), source->file, upper, LARGEST_FRAME, upper,
                  LARGEST_SIDE, upper, LARGEST_FRAME, LARGEST_SIDE);
    for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) put_source(file, sources[i]);
    inki_text_put(file, workspace, upper, upper, source->file, upper);
    inki_text_add(file, begin);
    put_functions(source, file);
}
