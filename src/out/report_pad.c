/* report_pad: where the network is tried on images: the pad, and rows of the data for it to open with.
 * SPDX-License-Identifier: MIT */
#include "base/base64.h"
#include "base/mem.h"
#include "out/report.h"

/* ----------------------------------------------------------------------- rows */

/* Bytes of a row as the page has it: the values themselves, or each as a float of 32 bits. */
static size_t row_bytes(const struct inki_report *report)
{
    const ink_data *data = report->exam->data;
    return data->bytes ? data->features : 4 * data->features;
}

/* Rows for the page, as they are chosen. */
struct choice {
    const struct inki_exam *exam;
    uint32_t rows[INKI_REPORT_EXAMPLES];
    size_t count, room;
};

static void take_row(struct choice *choice, uint32_t row)
{
    for (size_t i = 0; i < choice->count; i++)
        if (choice->rows[i] == row) return;
    if (choice->count < choice->room) choice->rows[choice->count++] = row;
}

/* The first row of each class; taken[classes], all 0. */
static void take_firsts(struct choice *choice, uint8_t *taken)
{
    const struct inki_exam *exam = choice->exam;
    for (size_t i = 0; i < exam->rows && exam->classes && choice->count < choice->room; i++) {
        if (!taken[exam->answers.labels[i]]) take_row(choice, (uint32_t)i);
        taken[exam->answers.labels[i]] = 1;
    }
}

/* The surest mistakes: they lie at the front of `hardest`. */
static void take_mistakes(struct choice *choice)
{
    const struct inki_exam *exam = choice->exam;
    for (size_t i = 0; exam->classes && i < exam->rows && choice->count < choice->room; i++)
        if (exam->said[exam->hardest[i]] != exam->answers.labels[exam->hardest[i]]) take_row(choice, exam->hardest[i]);
}

static ink_status choose(const struct inki_report *report, struct choice *out)
{
    const struct inki_exam *exam = report->exam;
    const size_t fit = INKI_REPORT_RAW / row_bytes(report),
                 room = fit < INKI_REPORT_EXAMPLES ? fit : INKI_REPORT_EXAMPLES;
    uint8_t *taken = inki_zalloc(report->ctx, exam->classes + 1, 1);
    if (!taken) return INK_NO_MEMORY;
    *out = (struct choice){.exam = exam, .room = room > INKI_REPORT_SHOWN ? room - INKI_REPORT_SHOWN : room};
    take_firsts(out, taken);
    for (size_t i = 0; i < exam->rows && out->count < out->room; i++) take_row(out, (uint32_t)i);
    out->room = room;
    take_mistakes(out);
    inki_free(taken);
    return INK_OK;
}

bool inki_report_has_examples(const struct inki_report *report)
{
    const bool tried = inki_report_has_form(report) || (report->images && inki_report_has_network(report));
    return tried && report->exam && row_bytes(report) <= INKI_REPORT_RAW;
}

static void add_bytes(struct inki_report *report, const float *x)
{
    const ink_data *data = report->exam->data;
    uint8_t *bytes = inki_alloc(report->ctx, data->features, 1);
    for (size_t i = 0; bytes && i < data->features; i++) bytes[i] = (uint8_t)x[i];
    if (bytes) {
        inki_str_add(&report->out, "\"");
        inki_base64_add(&report->out, bytes, data->features);
        inki_str_add(&report->out, "\"");
    }
    report->out.failed |= !bytes;
    inki_free(bytes);
}

static void add_truth(struct inki_report *report, size_t row)
{
    for (size_t t = 0; t < report->model->numbers.targets; t++) {
        inki_str_add(&report->out, t ? "," : "\"truth\":[");
        inki_html_exact(&report->out, inki_exam_truth(report->exam, row, t));
    }
    inki_str_add(&report->out, "]");
}

static ink_status add_example(struct inki_report *report, size_t row)
{
    const struct inki_exam *exam = report->exam;
    float *x = inki_alloc(report->ctx, exam->data->features, sizeof *x);
    if (!x) return INK_NO_MEMORY;
    inki_str_add(&report->out, "{\"row\":%zu,", row);
    if (exam->classes)
        inki_str_add(&report->out, "\"label\":%d", exam->answers.labels[row]);
    else
        add_truth(report, row);
    inki_str_add(&report->out, ",\"x\":");
    ink_data_row(exam->data, row, x);
    ink_status status = INK_OK;
    if (exam->data->bytes)
        add_bytes(report, x);
    else
        status = inki_report_floats(report, x, exam->data->features);
    inki_str_add(&report->out, "}");
    inki_free(x);
    return status;
}

ink_status inki_report_examples_json(struct inki_report *report)
{
    struct choice choice;
    if (!inki_report_has_examples(report)) return INK_OK;
    INK_TRY(choose(report, &choice));
    inki_str_add(&report->out, "\"examples\":{\"bytes\":%s,\"rows\":[", report->exam->data->bytes ? "true" : "false");
    for (size_t i = 0; i < choice.count; i++) {
        inki_str_add(&report->out, "%s\n", i ? "," : "");
        INK_TRY(add_example(report, choice.rows[i]));
    }
    inki_str_add(&report->out, "]},\n");
    return INK_OK;
}

/* ------------------------------------------------------------------------ pad */

/* Colours are not drawn with one pen: such images are only looked at. */
static bool can_draw(const struct inki_report *report) { return report->model->in.channels == 1; }

/* The page's own pen knows digits. */
static bool draws_digits(const struct inki_report *report)
{
    bool digits = can_draw(report) && report->model->classes > 0;
    for (size_t i = 0; digits && i < report->model->classes; i++) {
        const char *name = inki_report_class(report, i);
        digits = name[0] >= '0' && name[0] <= '9' && !name[1];
    }
    return digits;
}

static void add_canvas(struct inki_report *report)
{
    struct inki_str *out = &report->out;
    inki_str_add(out, "<div><canvas id=\"draw\" width=\"256\" height=\"256\" role=\"img\"");
    inki_str_add(out, can_draw(report) ? " tabindex=\"0\" aria-label=\"Pad to draw on\"></canvas><p>"
                                       : " class=\"shown\" aria-label=\"The image\"></canvas><p>");
    if (inki_report_has_examples(report) || draws_digits(report))
        inki_str_add(out, "<button type=\"button\" id=\"another\">Another</button> ");
    if (can_draw(report)) inki_str_add(out, "<button type=\"button\" id=\"clear\">Clear</button>");
    inki_str_add(out, "</p><p id=\"row\" class=\"dim\"></p></div>\n");
}

static void add_seen(struct inki_report *report)
{
    const struct inki_shape *in = &report->model->in;
    inki_str_add(&report->out,
                 "<div><h3>What it sees</h3><canvas id=\"seen\" width=\"%zu\" height=\"%zu\" role=\"img\" "
                 "aria-label=\"The %s as the network gets it\"></canvas><p class=\"dim\">%zu\xC3\x97%zu%s</p></div>\n",
                 in->width, in->height, can_draw(report) ? "drawing" : "image", in->width, in->height,
                 can_draw(report) ? "; a drawing is cropped to the ink and centred by its mass" : "");
}

ink_status inki_report_pad(struct inki_report *report)
{
    const bool shows = inki_report_has_examples(report);
    if (!report->images || !inki_report_has_network(report) || !(can_draw(report) || shows)) return INK_OK;
    inki_report_begin(report, "pad", "Try it");
    inki_str_add(&report->out,
                 "<p>%s%sThe network runs here, in this page; nothing leaves it.</p>\n<div class=\"pad\">",
                 shows ? "A row of the data, and what the network makes of it. " : "",
                 can_draw(report) ? "Draw your own, with a finger or the mouse. " : "");
    add_canvas(report);
    add_seen(report);
    inki_str_add(
        &report->out,
        "<div class=\"grow\"><h3>What it says: <output id=\"said\">-</output></h3><div id=\"bars\"></div>"
        "<p id=\"unlike\" class=\"dim\" role=\"status\"></p></div>\n"
        "<div class=\"thinks\"><h3>What it thinks</h3><div id=\"hidden\"></div><p class=\"dim\">%s: the further from "
        "the "
        "page's colour, the more active</p></div></div>\n"
        "<noscript><p>The pad needs JavaScript; the rest of the page does without.</p></noscript>\n",
        inki_report_is_dense(report->model) ? "One square per hidden unit"
                                            : "One image per channel, one square per hidden unit");
    inki_report_end(report);
    return INK_OK;
}
