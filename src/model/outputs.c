/* outputs: what a model answers with: classes or numbers, and their names.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "inkling-extra.h"
#include "model/model.h"
#include "model/two_classes.h"

#include <string.h>

ink_status inki_only_classes(ink_ctx *ctx, const ink_model *model, const char *what)
{
    if (inki_is_classifier(model)) return INK_OK;
    return inki_fail(ctx, INK_UNSUPPORTED, "the network answers with numbers (loss %s), and %s supports classes only",
                     model->loss->name, what);
}

bool inki_same_classes(char *const *a, size_t a_count, char *const *b, size_t b_count)
{
    bool same = a_count == b_count;
    for (size_t i = 0; same && i < a_count; i++) same = strcmp(a[i], b[i]) == 0;
    return same;
}

size_t ink_model_answer(const ink_model *model, const float *p)
{
    size_t answer = 0;
    if (model->classes == 2) return (size_t)inki_two_answer(p, model->threshold);
    for (size_t i = 1; i < model->classes; i++)
        if (p[i] > p[answer]) answer = i;
    return answer;
}

const char *ink_model_class(const ink_model *model, size_t i)
{
    return i < model->classes ? model->class_names[i] : NULL;
}

const char *ink_model_target(const ink_model *model, size_t i)
{
    return model->target_names && i < model->numbers.targets ? model->target_names[i] : NULL;
}

const char *ink_model_output(const ink_model *model, size_t i)
{
    if (model->output_names) return i < model->outputs ? model->output_names[i] : NULL;
    return model->class_names ? ink_model_class(model, i) : ink_model_target(model, i);
}
