/* rows: the activations, optimisers and losses there are, one row each; their arithmetic is one function each in vec_tpl.h, and
 * in model/loss.c.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ROWS_H
#define INKI_ROWS_H

/* name (as in the notation and the setting `activation`), formula, whether init auto means He's. */
#define INKI_ACTIVATIONS(X)                                                                                            \
    X(relu, "y = max(0, z)", true)                                                                                     \
    X(leaky_relu, "y = z if z > 0, else 0.01 z", true)                                                                 \
    X(tanh, "y = tanh(z)", false)                                                                                      \
    X(sigmoid, "y = 1 / (1 + exp(-z))", false)                                                                         \
    X(gelu, "y = z (1 + erf(z / sqrt 2)) / 2", true)                                                                   \
    X(identity, "y = z", false)

/* name, blocks of state beside the weights, default rate, formula (g: gradient with the l2 term, t: step from 1). */
#define INKI_OPTIMIZERS(X)                                                                                             \
    X(sgd, 0, 0.2, "w = w - lr g")                                                                                     \
    X(momentum, 1, 0.01, "v = momentum v + (1 - dampening) g; w = w - lr v")                                           \
    X(nesterov, 2, 0.01, "as momentum, with g taken at w - momentum v")                                                \
    X(rmsprop, 1, 0.001, "s = 0.99 s + 0.01 g^2; w = w - lr g / (sqrt s + 1e-8)")                                      \
    X(adam, 2, 0.001,                                                                                                  \
      "m = 0.9 m + 0.1 g; s = 0.999 s + 0.001 g^2; w = w - lr m' / (sqrt s' + 1e-8), ' bias-corrected")                \
    X(adamw, 2, 0.001, "as adam without the l2 term in g; w = w - lr l2 w before")

/* name; the table of what they are is in model/loss.c, in this order. */
#define INKI_LOSSES(X)                                                                                                 \
    X(cross_entropy)                                                                                                   \
    X(mse)                                                                                                             \
    X(mae)                                                                                                             \
    X(huber)                                                                                                           \
    X(quantile)

/* The scores that losses have beside themselves; monitors are chosen from them. */
#define INKI_SCORES(X)                                                                                                 \
    X(accuracy)                                                                                                        \
    X(auc)                                                                                                             \
    X(average_precision)                                                                                               \
    X(balanced_accuracy)                                                                                               \
    X(f1)                                                                                                              \
    X(brier)                                                                                                           \
    X(rmse)                                                                                                            \
    X(mae)                                                                                                             \
    X(r2)                                                                                                              \
    X(pinball)                                                                                                         \
    X(coverage)

enum inki_activation {
#define INKI_ACTIVATION_ENUM(name, formula, he) INKI_ACT_##name,
    INKI_ACTIVATIONS(INKI_ACTIVATION_ENUM)
#undef INKI_ACTIVATION_ENUM
        INKI_ACT_COUNT
};

enum inki_optimizer {
#define INKI_OPTIMIZER_ENUM(name, states, lr, formula) INKI_OPT_##name,
    INKI_OPTIMIZERS(INKI_OPTIMIZER_ENUM)
#undef INKI_OPTIMIZER_ENUM
        INKI_OPT_COUNT
};

enum inki_loss_number {
#define INKI_LOSS_ENUM(name) INKI_LOSS_##name,
    INKI_LOSSES(INKI_LOSS_ENUM)
#undef INKI_LOSS_ENUM
        INKI_LOSS_COUNT
};

/* "a|b|c" from a list of rows, as a constant pointer. */
#define INKI_CHOICE_OF(name, ...) "|" #name
#define INKI_ACTIVATION_CHOICES (&(INKI_ACTIVATIONS(INKI_CHOICE_OF))[1])
#define INKI_LOSS_OF(name) "|" #name
#define INKI_LOSS_CHOICES "auto" INKI_LOSSES(INKI_LOSS_OF)
#define INKI_LOSS_VALUES INKI_LOSS_CHOICES ":Q,…"
#define INKI_MONITOR_OF(name) "|val_" #name
#define INKI_MONITOR_CHOICES "auto|val_loss" INKI_SCORES(INKI_MONITOR_OF)
#define INKI_OPTIMIZER_CHOICES "auto" INKI_OPTIMIZERS(INKI_CHOICE_OF)

/* The networks of whoever names none (train/defaults.h). */
#define INKI_PLAIN_NET "dense 512 relu | dropout 0.4 | dense 128 relu | dropout 0.2"
#define INKI_DRAWING_NET                                                                                               \
    "conv 16 5x5 pad valid nobias | maxpool 2 | batchnorm relu | conv 32 3x3 pad valid nobias | maxpool 2 | "          \
    "batchnorm relu | conv 64 3x3 pad valid nobias | batchnorm relu"
#define INKI_OTHER_NET                                                                                                 \
    "conv 24 5x5 nobias | maxpool 2 | batchnorm relu | conv 48 3x3 nobias | batchnorm relu | "                         \
    "conv 48 3x3 nobias | maxpool 2 | batchnorm relu | conv 64 3x3 nobias | batchnorm relu | "                         \
    "conv 64 3x3 nobias | batchnorm relu | globalpool"

#endif
