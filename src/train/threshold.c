/* threshold: from which probability on the second of two classes is the answer.
 * SPDX-License-Identifier: MIT */
#include "base/settings.h"
#include "model/two_classes.h"
#include "train/trainer.h"

#include <math.h>
#include <string.h>

static bool is_asked_for(const ink_settings *set) { return ink_settings_is_set(set, "threshold"); }

ink_status inki_threshold_begin(ink_trainer *trainer, const ink_settings *set)
{
    const double given = inki_get_real(set, INKI_THRESHOLD);
    if (!is_asked_for(set)) return INK_OK;
    if (trainer->model->loss != &inki_two_classes)
        return inki_fail(trainer->ctx, INK_BAD_SETTING,
                         "threshold is for two classes, and the rows have %s; leave it out",
                         trainer->train->targets ? "numbers" : "more");
    trainer->finds_threshold = isnan(given);
    if (trainer->finds_threshold && !trainer->valid)
        return inki_fail(trainer->ctx, INK_BAD_SETTING, "threshold auto needs a validation part; set val, e.g. to 0.1");
    return inki_model_set_threshold(trainer->ctx, trainer->model, trainer->finds_threshold ? 0 : (float)given);
}

/* The scores of the weights that are kept are those with the threshold that goes with them. */
static ink_status score_again(ink_trainer *trainer, const double before[INK_MOST_SCORES], double found)
{
    ink_run *run = trainer->run;
    const size_t balanced = inki_loss_score(trainer->model->loss, "balanced_accuracy");
    double scores[INK_MOST_SCORES];
    INK_TRY(inki_score(&trainer->scorer, trainer->valid, scores));
    if (run->kept < run->epoch_count) memcpy(run->epochs[run->kept].val, scores, sizeof scores);
    inki_note(trainer->ctx,
              "threshold: '%s' is answered from a probability of %.4g on, found on %zu validation rows: balanced "
              "accuracy %.2f %%, %.2f %% without",
              trainer->model->class_names[1], found, trainer->valid->rows, 100 * scores[balanced],
              100 * before[balanced]);
    return INK_OK;
}

ink_status inki_threshold_end(ink_trainer *trainer)
{
    double scores[INK_MOST_SCORES];
    if (!trainer->finds_threshold) return INK_OK;
    INK_TRY(inki_score(&trainer->scorer, trainer->valid, scores));
    const float found = (float)inki_ranks_threshold(&trainer->scorer.ranks);
    if (!(found > 0 && found < 1)) {
        inki_note(trainer->ctx,
                  "threshold: none was found, as the %zu validation rows have one class or one probability only; the "
                  "more probable class is answered",
                  trainer->valid->rows);
        return INK_OK;
    }
    INK_TRY(inki_model_set_threshold(trainer->ctx, trainer->model, found));
    if (trainer->average) INK_TRY(inki_model_set_threshold(trainer->ctx, trainer->average, found));
    return score_again(trainer, scores, (double)found);
}
