/* onnx_numbers: the end of the graph of a network that answers with numbers.
 * SPDX-License-Identifier: MIT
 *
 * outputs -> of an ensemble their mean -> Mul (spread), Add (shift) -> Exp where the target is a logarithm -> Max, Min (the range) -> of quantiles
 * TopK (those of a target in rising order) -> values [batch][outputs]. */
#include "out/onnx_build.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"

#include <string.h>

/* One number of each output: of its target, by its place in struct inki_target_scale, or whether it is a logarithm. */
enum column { SPREAD, SHIFT, LOG, PLAIN, LOW, HIGH };

static float number_of(const struct inki_target_scale *scale, enum column column)
{
    const float numbers[] = {scale->spread, scale->shift, scale->log, !scale->log, scale->low, scale->high};
    return numbers[column];
}

static void add_column(struct inki_onnx_build *b, const char *name, enum column column)
{
    const struct inki_numbers *of = &b->from->numbers;
    const size_t outputs = b->from->outputs, each = inki_numbers_each(of);
    float *values = inki_onnx_memory(b, outputs, sizeof *values);
    for (size_t j = 0; values && j < outputs; j++) values[j] = number_of(&of->scales[j / each], column);
    if (values) inki_onnx_add_floats(b, name, values, &outputs, 1);
}

/* now = op(now, other); other NULL: of one input. */
static void add_step(struct inki_onnx_build *b, const char *op, const char *name, const char *other,
                     struct inki_onnx_name *now)
{
    inki_onnx_add_node(b, op, name, (const char *const[INKI_ONNX_INPUTS]){now->name, other}, name, NULL);
    *now = (struct inki_onnx_name){""};
    memcpy(now->name, name, strlen(name) + 1);
}

/* Of targets of both kinds: e^x log + x plain, where x log is x or 0 in front. */
static void add_both(struct inki_onnx_build *b, struct inki_onnx_name *now)
{
    struct inki_onnx_name plain = *now;
    add_column(b, "target_log", LOG);
    add_column(b, "target_plain", PLAIN);
    add_step(b, "Mul", "logarithms", "target_log", now);
    add_step(b, "Exp", "exponentials", NULL, now);
    add_step(b, "Mul", "powers", "target_log", now);
    add_step(b, "Mul", "others", "target_plain", &plain);
    add_step(b, "Add", "both", plain.name, now);
}

static void add_scales(struct inki_onnx_build *b, struct inki_onnx_name *now)
{
    const struct inki_numbers *of = &b->from->numbers;
    size_t logs = 0;
    for (size_t i = 0; i < of->targets; i++) logs += of->scales[i].log;
    add_column(b, "target_spread", SPREAD);
    add_column(b, "target_shift", SHIFT);
    add_step(b, "Mul", "spread", "target_spread", now);
    add_step(b, "Add", "unscaled", "target_shift", now);
    if (logs == of->targets)
        add_step(b, "Exp", "exponentials", NULL, now);
    else if (logs)
        add_both(b, now);
    add_column(b, "target_low", LOW);
    add_column(b, "target_high", HIGH);
    add_step(b, "Max", "at_least", "target_low", now);
    add_step(b, "Min", "at_most", "target_high", now);
}

/* The mean of all members' outputs. */
static void add_mean(struct inki_onnx_build *b, struct inki_onnx_name *now)
{
    const int64_t shape[] = {-1, (int64_t)b->from->members, (int64_t)b->from->outputs}, members = 1;
    inki_onnx_add_int64s(b, "members.shape", shape, 3);
    inki_onnx_add_node(b, "Reshape", "members", (const char *const[INKI_ONNX_INPUTS]){now->name, "members.shape"},
                       "members.outputs", NULL);
    Inki__Onnx__Node *mean =
        inki_onnx_add_node(b, "ReduceMean", "mean", (const char *const[INKI_ONNX_INPUTS]){"members.outputs"}, "mean",
                           "the answer of all members");
    if (!mean) return;
    inki_onnx_add_ints(b, mean, "axes", &members, 1);
    inki_onnx_add_int(b, mean, "keepdims", 0);
    *now = (struct inki_onnx_name){"mean"};
}

/* The quantiles of each target in rising order. */
static void add_order(struct inki_onnx_build *b, struct inki_onnx_name *now)
{
    const int64_t levels = (int64_t)b->from->numbers.levels, apart[] = {-1, (int64_t)b->from->numbers.targets, levels},
                  together[] = {-1, (int64_t)b->from->outputs};
    inki_onnx_add_int64s(b, "target_apart", apart, 3);
    inki_onnx_add_int64s(b, "target_levels", &levels, 1);
    inki_onnx_add_int64s(b, "target_together", together, 2);
    add_step(b, "Reshape", "target_quantiles", "target_apart", now);
    Inki__Onnx__Node *order =
        inki_onnx_add_node(b, "TopK", "target_order", (const char *const[INKI_ONNX_INPUTS]){now->name, "target_levels"},
                           "target_rising", "of each target from the lowest quantile on");
    char **both = inki_onnx_memory(b, 2, sizeof *both);
    if (!order || !both) return;
    both[0] = order->output[0];
    both[1] = inki_onnx_text(b, "target_places");
    order->output = both;
    order->n_output = 2;
    inki_onnx_add_int(b, order, "axis", -1);
    inki_onnx_add_int(b, order, "largest", 0);
    inki_onnx_add_int(b, order, "sorted", 1);
    *now = (struct inki_onnx_name){"target_rising"};
    add_step(b, "Reshape", "target_row", "target_together", now);
}

ink_status inki_onnx_add_numbers(struct inki_onnx_build *b, struct inki_onnx_name *now)
{
    if (b->from->members > 1) add_mean(b, now);
    if (b->from->numbers.scales) add_scales(b, now);
    if (b->from->numbers.levels > 1) add_order(b, now);
    inki_onnx_add_node(b, "Identity", "values", (const char *const[INKI_ONNX_INPUTS]){now->name}, "values",
                       "the numbers that are answered, in their own units");
    return b->failed ? INK_NO_MEMORY : INK_OK;
}

#endif
