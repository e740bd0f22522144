/* start: the network that training begins with: scaling fitted on the training rows, fresh or given weights.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_START_H
#define INKI_START_H

#include "data/data.h"
#include "model/model.h"

/* The loss that the setting names, or that goes with the data's targets. Errors: BAD_SETTING (a loss for others; settings that go
 * with classes alone). */
ink_status inki_loss_from(ink_ctx *ctx, const ink_settings *set, const ink_data *data, const struct inki_loss **out);

/* A new model for these rows by the settings scale, net, hidden, activation, dropout, init, seed, init-from, init-layout. */
ink_status inki_start_model(ink_ctx *ctx, const ink_data *train, const ink_settings *set, ink_model **out);

/* Puts the weights of a file (.npz or pickle, as weights.h says, or a model) into the model. layout: index in the choices of
 * init-layout. Errors: BAD_DATA with the array's name and both shapes, BAD_FILE, UNSUPPORTED, NO_MEMORY. */
ink_status inki_start_from(ink_ctx *ctx, ink_model *model, const char *path, int layout);

#endif
