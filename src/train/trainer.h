/* trainer: the training loop's state.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TRAINER_H
#define INKI_TRAINER_H

#include "base/lock.h"
#include "data/batch.h"
#include "train/augment.h"
#include "train/checkpoint.h"
#include "train/lanes.h"
#include "train/lists.h"
#include "train/metrics.h"
#include "train/optim.h"
#include "train/peers.h"
#include "train/run.h"
#include "train/schedule.h"

/* What has been said already about a training that does not learn, and what is needed to see it. */
struct inki_watch {
    double chance; /* share of the largest class */
    bool *lives;   /* [units of all layers] */
    size_t rows;   /* of the history so far */
    double dead;   /* largest fraction of dead units reported */
    bool chance_noted, worst_noted;
};

struct ink_trainer {
    ink_ctx *ctx;
    const ink_settings *set; /* as they were given; own: what they stand for here */
    ink_settings *own;
    const ink_data *train, *valid; /* valid NULL: none */
    ink_model *model;
    /* a model of its own, whose weights are the moving average of the model's; NULL: none is wanted */
    ink_model *average;
    ink_run *run;
    struct inki_batches batches;
    struct inki_lists lists; /* of train */
    struct inki_lanes lanes;
    struct inki_peers peers;
    struct inki_scorer scorer; /* validation */
    struct inki_optim optim;
    struct inki_schedule schedule;
    struct inki_augment augment;
    float *g;      /* gradient, [model->size] */
    float *best_w; /* weights of the best row; NULL when the last are kept */
    float *row_w;  /* weights of the last finished row, to fall back on */
    double ema;    /* its decay */
    float smoothing;
    uint64_t seed;
    bool step_now;        /* the step under way is taken with the gradient, where the program can */
    float *class_weights; /* [classes], or NULL for all 1 */
    double *target_mean;  /* [outputs], over the training rows; NULL for classes */
    bool finds_threshold; /* at the end, on the validation rows */
    bool step_losses;
    size_t monitor;                                              /* the score that the best row goes by */
    size_t step, steps_total, per_epoch, eval_every, early_stop; /* early_stop in steps, 0: none */
    size_t stop_step;                                            /* ends here, whatever the budget; 0: nowhere */
    double budget;                                               /* seconds, 0: none */
    double best[INK_MOST_SCORES];                                /* validation scores of the best row */
    size_t best_step;                                            /* 0: none yet */
    /* By the monotonic clock; started: as if training had never been interrupted; began_here: in this process. */
    double started, began_here, elapsed, training_seconds, last_call;
    struct inki_checkpoints checkpoints;
    struct inki_lock lock;             /* of the checkpoint */
    uint64_t start_hash;               /* of the starting weights */
    bool start_given;                  /* they are another model's, or a file's */
    uint64_t train_print, valid_print; /* fingerprints of the rows; 0: not worked out yet */
    bool replay;                       /* resumed: the existing rows have not been reported yet */
    /* since the last row: */
    struct inki_sums sums;
    struct inki_watch watch;
};

/* What is validated, kept and given to the caller: the average, where there is one. */
static inline ink_model *inki_trainer_kept(const ink_trainer *trainer)
{
    return trainer->average ? trainer->average : trainer->model;
}

/* One step (step.c). Errors: DIVERGED, NO_MEMORY. */
ink_status inki_trainer_step(ink_trainer *trainer);

/* Gives back what steps and validation compute in; there are none after it. */
void inki_trainer_end_steps(ink_trainer *trainer);

/* Ends training as diverged in `step` (from 1), whose result is not finite: falls back on row_w and names the layer. */
ink_status inki_diverged(ink_trainer *trainer, size_t step);

/* Whether inputs are scaled in another way than by their deviation, so that advice may name it. */
bool inki_scale_may_help(const ink_trainer *trainer);

/* Errors: NO_MEMORY. */
ink_status inki_watch_begin(ink_trainer *trainer);

/* After each row of the history: notes about units that no longer learn and training that stays at chance (watch.c). */
void inki_watch_row(ink_trainer *trainer, const ink_epoch *row);

/* When training has ended: a note about weights that are worse than none. */
void inki_watch_end(const ink_trainer *trainer);

/* "90", "90s", "1.5m", "2h" in seconds; false if it is none of these, or not above 0 and below 1e9 s. */
bool inki_seconds(const char *text, double *seconds);

/* The setting threshold: what it asks for, and once training has ended, what is found on the validation rows, into the model. Errors: BAD_SETTING,
 * NO_MEMORY. */
ink_status inki_threshold_begin(ink_trainer *trainer, const ink_settings *set);
ink_status inki_threshold_end(ink_trainer *trainer);

/* The caller's hooks, all 0 for NULL. Errors: BAD_ARGUMENT. */
ink_status inki_hooks_take(ink_ctx *ctx, const ink_hooks *hooks, ink_hooks *out);

/* Whether the setting early-stop has ended training. */
bool inki_trainer_is_early(const ink_trainer *trainer);

/* The score of a loss by a column's name, "val_accuracy", which the setting `setting` has. Errors: BAD_SETTING. */
ink_status inki_choose_score(ink_ctx *ctx, const struct inki_loss *loss, const char *setting, const char *name,
                             size_t *score);

/* The score that the setting monitor names, of those that the loss has. Errors: BAD_SETTING. */
ink_status inki_monitor(ink_ctx *ctx, const ink_settings *set, const struct inki_loss *loss, size_t *score);

/* The setting budget in seconds (0: none). Errors: BAD_SETTING. */
ink_status inki_budget(ink_ctx *ctx, const char *text, double *seconds);

/* The setting class-weight for these rows: *weights[classes], or NULL for none. Errors: BAD_SETTING, NOT_FOUND, BAD_DATA (also
 * if all rows have weight 0, their own or their class'), NO_MEMORY. Ownership: the caller, inki_free. */
ink_status inki_class_weights(ink_ctx *ctx, const ink_data *data, const char *setting, float **weights);

#endif
