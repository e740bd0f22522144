/* watch: notes while training, when a network does not learn: dead units, and accuracy that stays at chance.
 * SPDX-License-Identifier: MIT */
#include "base/mem.h"
#include "kern/kern.h"
#include "train/trainer.h"

#include <math.h>
#include <string.h>

enum { LOOK_ROWS = 1024, PATIENCE = 10 /* steps */ };
#define ABSURD 10.0    /* times the loss of even answers; r2 below its negative */
#define DEAD_SHARE 0.3 /* reported from this fraction of a layer's units on, and again when half of the rest has died */

bool inki_scale_may_help(const ink_trainer *trainer)
{
    return !trainer->model->encoding && strcmp(trainer->model->scaling, "standard") != 0;
}

/* The share of the largest class: what answering it always would reach. */
static double chance_of(const ink_data *train, size_t *counts)
{
    size_t most = 0;
    for (size_t i = 0; i < train->rows; i++) {
        size_t count = ++counts[inki_data_label(train, i)];
        if (count > most) most = count;
    }
    return (double)most / (double)train->rows;
}

/* Of an image's layer each channel is one; of members' each channel of each. */
static size_t units_of(const struct inki_node *layer) { return layer->members ? layer->outputs : layer->out.channels; }

ink_status inki_watch_begin(ink_trainer *trainer)
{
    const ink_model *model = trainer->model;
    size_t units = 0, *counts = inki_zalloc(trainer->ctx, trainer->train->classes, sizeof *counts);
    if (!counts) return INK_NO_MEMORY;
    trainer->watch.chance_noted = !trainer->train->labels; /* numbers know no such chance */
    if (trainer->train->labels) trainer->watch.chance = chance_of(trainer->train, counts);
    inki_free(counts);
    for (size_t l = 0; l < model->node_count; l++) units += units_of(&model->nodes[l]);
    trainer->watch.lives = inki_alloc(trainer->ctx, units, sizeof *trainer->watch.lives);
    return trainer->watch.lives ? INK_OK : INK_NO_MEMORY;
}

/* Marks the units of a layer whose output is not 0 for one of the chunk's rows, anywhere in an image. */
static void mark_living(const struct inki_node *layer, const float *y, size_t rows, bool *lives)
{
    const size_t units = units_of(layer), pitch = layer->members ? units : inki_pitch(&layer->out);
    for (size_t i = 0; i < rows; i++, y += layer->out_stride)
        for (size_t at = 0; at < layer->outputs; at += pitch)
            for (size_t j = 0; j < units; j++) lives[j] |= y[at + j] != 0;
}

static bool can_die(const ink_model *model, size_t l)
{
    return l + 1 < model->node_count && model->nodes[l].op->activates && model->nodes[l].act == INKI_ACT_relu;
}

/* Marks the units of relu layers that are not 0 for one of the first training rows, as the model stands. */
static void find_living(ink_trainer *trainer, size_t rows)
{
    struct inki_program *program = &trainer->scorer.program;
    const ink_model *model = trainer->model;
    const void *places[INKI_CHUNK_ROWS];
    for (size_t first = 0; first < rows; first += INKI_CHUNK_ROWS) {
        size_t count = rows - first < INKI_CHUNK_ROWS ? rows - first : INKI_CHUNK_ROWS;
        inki_row_places(trainer->train, NULL, first, count, places);
        inki_program_run(
            program, &(struct inki_feed){
                         .from = places, .bytes = trainer->train->bytes != NULL, .rows = count, .fresh = first == 0});
        bool *lives = trainer->watch.lives;
        for (size_t l = 0; l < model->node_count; lives += units_of(&model->nodes[l++]))
            if (can_die(model, l)) mark_living(&model->nodes[l], inki_program_output(program, l), count, lives);
    }
}

static void look_for_dead(ink_trainer *trainer, const ink_epoch *row)
{
    const bool scale = inki_scale_may_help(trainer);
    const ink_model *model = trainer->model;
    size_t rows = trainer->train->rows < LOOK_ROWS ? trainer->train->rows : LOOK_ROWS, units = 0;
    bool *lives = trainer->watch.lives;
    for (size_t l = 0; l < model->node_count; l++) {
        for (size_t j = 0; j < units_of(&model->nodes[l]); j++) lives[units++] = false;
    }
    find_living(trainer, rows);
    for (size_t l = 0; l < model->node_count; lives += units_of(&model->nodes[l++])) {
        const struct inki_node *layer = &model->nodes[l];
        size_t dead = 0;
        if (!can_die(model, l)) continue;
        for (size_t j = 0; j < units_of(layer); j++) dead += !lives[j];
        const size_t padding = layer->members * layer->out.padding, all = units_of(layer) - padding;
        dead -= padding; /* which is always 0 */
        double share = (double)dead / (double)all;
        if (share < DEAD_SHARE || share < trainer->watch.dead + (1 - trainer->watch.dead) / 2) continue;
        trainer->watch.dead = share;
        inki_note(trainer->ctx,
                  "step %zu: layer %s: %zu of %zu relu units output 0 for all of %zu training rows (dead units) and no "
                  "longer learn; try lr %g%s activation leaky_relu%s",
                  row->step, layer->name, dead, all, rows, row->lr / 10, scale ? "," : " or",
                  scale ? " or scale standard" : "");
    }
}

/* Two standard errors above chance, or less: what differs from it by more has left it. Where four reach 1 there are too few rows to
 * tell, or only one class. */
static void look_for_chance(ink_trainer *trainer, const ink_epoch *row)
{
    double accuracy = ink_epoch_value(row, "train_accuracy"), chance = trainer->watch.chance,
           error = sqrt(chance * (1 - chance) / (double)trainer->train->rows);
    if (chance + 4 * error >= 1 || accuracy > chance + 2 * error) return;
    trainer->watch.chance_noted = true;
    inki_note(trainer->ctx,
              "step %zu: still at chance: training accuracy %.1f %%, and the largest class alone has %.1f %%; try lr "
              "%g or %g,%s or check that labels match their rows (inkling data)",
              row->step, 100 * accuracy, 100 * chance, row->lr * 10, row->lr / 10,
              inki_scale_may_help(trainer) ? " scale standard," : "");
}

/* Dead units are looked for after 1, 2, 4, 8, … rows of the history; chance from the second row on, once, when there were steps enough
 * to leave it. */
void inki_watch_row(ink_trainer *trainer, const ink_epoch *row)
{
    struct inki_watch *watch = &trainer->watch;
    size_t rows = ++watch->rows;
    if ((rows & (rows - 1)) == 0) look_for_dead(trainer, row);
    if (rows >= 2 && trainer->step >= PATIENCE && !watch->chance_noted) look_for_chance(trainer, row);
}

/* Weights that answer worse than one answer for all rows would: a training that came apart without a number that is not finite. */
void inki_watch_end(const ink_trainer *trainer)
{
    const ink_run *run = trainer->run;
    if (run->kept >= run->epoch_count) return;
    const ink_epoch *row = &run->epochs[run->kept];
    const bool valid = trainer->valid != NULL, classes = trainer->train->labels != NULL,
               scale = inki_scale_may_help(trainer);
    const double *values = valid ? row->val : row->train;
    double score = ink_epoch_value(row, classes ? valid ? "val_accuracy" : "train_accuracy"
                                        : valid ? "val_r2"
                                                : "train_r2");
    double even = classes ? log((double)trainer->train->classes) : 0;
    if (classes ? values[INK_LOSS] < ABSURD * even || score > trainer->watch.chance : !(score < -ABSURD)) return;
    inki_note(
        trainer->ctx,
        "the weights that are kept answer worse than %s for all rows would: %s loss %.4g, %s %.4g; the training went "
        "wrong: try lr %g%s clip-norm 1%s",
        classes ? "one class" : "the mean", valid ? "validation" : "training", values[INK_LOSS],
        classes ? "accuracy" : "r2", score, row->lr / 10, scale ? "," : " or", scale ? " or scale standard" : "");
}
