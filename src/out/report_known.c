/* report_known: what tells rows unlike all that a model was trained on, for the page's script.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "model/unlike.h"
#include "out/report.h"

/* The class means with the last layer's inputs in the page's order: pixel by pixel, of each pixel channel by channel. */
static ink_status add_means(struct inki_report *report)
{
    const struct inki_unlike *unlike = report->model->unlike;
    const struct inki_node *last = &report->model->nodes[report->model->node_count - 1];
    const size_t units = unlike->units, channels = last->planar && !last->parted ? last->in.channels : 1,
                 pixels = units / channels;
    float *means = inki_alloc(report->ctx, unlike->classes, units * sizeof *means);
    if (!means) return INK_NO_MEMORY;
    for (size_t c = 0; c < unlike->classes; c++)
        for (size_t i = 0; i < units; i++)
            means[c * units + i] = unlike->means[c * units + i % channels * pixels + i / channels];
    ink_status status = inki_report_floats(report, means, unlike->classes * units);
    inki_free(means);
    return status;
}

ink_status inki_report_known_json(struct inki_report *report)
{
    const struct inki_unlike *unlike = report->model->unlike;
    struct inki_unlike_tensor tensor;
    if (!unlike) return INK_OK;
    inki_str_add(&report->out, ",\n\"known\":{\"grid\":%zu,\"sides\":%zu,\"levels\":%zu,\"means\":", unlike->grid,
                 unlike->sides, unlike->levels);
    INK_TRY(add_means(report));
    for (size_t i = 1; inki_unlike_tensor(unlike, i, &tensor); i++) {
        inki_str_add(&report->out, ",\n\"%s\":", tensor.name + sizeof "known." - 1);
        INK_TRY(inki_report_floats(report, tensor.values, tensor.count));
    }
    inki_str_add(&report->out, "}");
    return INK_OK;
}
