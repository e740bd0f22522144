/* test_traces: optimisers, class weights, the moving average and schedules against ten steps of an independent program in
 * float64 (tests/traces/make.py: PyTorch; NumPy for nesterov's form and the average).
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "traces/traces.h"
#include "train/schedule.h"
#include "train/trainer.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static ink_model *start_model(const struct fixture *f)
{
    ink_model *model = NULL;
    net_ok(f, ink_model_new(f->ctx, "", FEATURES, CLASSES, f->set, &model));
    const struct inki_node *layer = &model->nodes[0];
    for (size_t i = 0; i < CLASSES * FEATURES; i++)
        model->w[layer->offset + layer->op->at(layer, 0, i)] = (float)trace_w[i];
    for (size_t i = 0; i < CLASSES; i++) model->w[layer->offset + layer->op->at(layer, 1, i)] = (float)trace_b[i];
    return model;
}

/* The trace's settings; FILE is the file of class weights. */
static void set_trace(struct fixture *f, const struct trace *trace)
{
    char text[400];
    const char *file = strstr(trace->settings, "FILE"),
               *path = help_write(f, "weights", TRACE_CLASS_WEIGHTS, strlen(TRACE_CLASS_WEIGHTS));
    snprintf(text, sizeof text, "%.*s%s", (int)(file ? file - trace->settings : (long)strlen(trace->settings)),
             trace->settings, file ? path : "");
    net_reset(f, "scale=none; val=0; shuffle=none; steps=10; batch=7; history-steps=true; keep=last");
    net_set(f, text);
}

static void compare(const struct trace *trace, const ink_trainer *trainer)
{
    const ink_model *model = ink_trainer_model(trainer);
    const struct inki_node *layer = &model->nodes[0];
    for (size_t i = 0; i < STEPS; i++)
        if (!(fabs(trainer->run->losses[i] - trace->losses[i]) <= 2e-6 * trace->losses[i]))
            fail_msg("%s: step %zu: loss %.9g, should be %.9g", trace->settings, i + 1, trainer->run->losses[i],
                     trace->losses[i]);
    for (size_t i = 0; i < CLASSES * FEATURES; i++)
        net_near((double)model->w[layer->offset + layer->op->at(layer, 0, i)], trace->w[i], 2e-6);
    for (size_t i = 0; i < CLASSES; i++)
        net_near((double)model->w[layer->offset + layer->op->at(layer, 1, i)], trace->b[i], 2e-6);
}

static void ten_steps(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(traces); i++) {
        ink_data *data = NULL;
        ink_trainer *trainer = NULL;
        ink_epoch row = INK_INIT(ink_epoch);
        bool more = true;
        set_trace(f, &traces[i]);
        ink_model *start = start_model(f);
        net_ok(f, ink_data_new(f->ctx, ROWS, FEATURES, trace_x, trace_labels, CLASSES, &data));
        net_ok(f, ink_trainer_new(f->ctx, data, NULL, f->set, start, &trainer));
        while (more) net_ok(f, ink_trainer_epoch(trainer, NULL, &row, &more));
        assert_int_equal(ink_run_steps(trainer->run), STEPS);
        compare(&traces[i], trainer);
        ink_trainer_free(trainer);
        ink_model_free(start);
        ink_data_free(data);
    }
}

static void ten_rates(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < COUNT(rate_traces); i++) {
        const struct rates *rates = &rate_traces[i];
        struct inki_schedule schedule;
        net_reset(f, "lr=0.1");
        net_set(f, rates->settings);
        inki_schedule_begin(f->set, rates->per_epoch, STEPS, &schedule);
        for (size_t step = 0; step < STEPS; step++)
            if (!(fabs(inki_schedule_rate(&schedule, step) - rates->lr[step]) <= 1e-14))
                fail_msg("%s: step %zu: %.17g, should be %.17g", rates->settings, step,
                         inki_schedule_rate(&schedule, step), rates->lr[step]);
    }
}

/* The rate rises in equal parts, and then the schedule runs as if training began there. */
static void warming_up(void **state)
{
    struct fixture *f = *state;
    struct inki_schedule warm, cold;
    net_reset(f, "schedule=cosine; lr=0.1; min-lr=0.01; warmup=1.5");
    inki_schedule_begin(f->set, 2, 13, &warm);
    net_reset(f, "schedule=cosine; lr=0.1; min-lr=0.01");
    inki_schedule_begin(f->set, 2, 10, &cold);
    for (size_t step = 0; step < 3; step++)
        net_near(inki_schedule_rate(&warm, step), 0.1 * (double)(step + 1) / 3, 1e-15);
    for (size_t step = 0; step < 10; step++)
        assert_true(inki_schedule_rate(&warm, step + 3) == inki_schedule_rate(&cold, step));
    net_reset(f, "lr=0.1; warmup=1000"); /* longer than training: it rises as far as it comes */
    inki_schedule_begin(f->set, 2, 10, &warm);
    net_near(inki_schedule_rate(&warm, 9), 0.1 * 10 / 2000, 1e-15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ten_steps, help_begin, help_end),
        cmocka_unit_test_setup_teardown(ten_rates, help_begin, help_end),
        cmocka_unit_test_setup_teardown(warming_up, help_begin, help_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
