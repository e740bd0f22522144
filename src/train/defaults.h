/* defaults: what `auto` stands for in the settings that go by the network and the data.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_DEFAULTS_H
#define INKI_DEFAULTS_H

#include "data/data.h"
#include "model/model.h"

/* Tables of fewer rows to train on have no rows to spare for validation: they are trained by steps, whose number folds choose. */
enum { INKI_SMALL_TABLE = 3000, INKI_NET_ROOM = 384 };

/* The hidden layers of whoever names none, for such rows, of which `rows` are there to train on: images have others than tables, and drawings
 * (small images, most of which is one plain colour) others than photographs. */
void inki_default_net(const ink_settings *set, const ink_data *data, size_t rows, char net[INKI_NET_ROOM]);

/* Whether the hidden layers are left to that. Of a table's, activation, dropout and ensemble change something and leave the rest. */
bool inki_net_is_open(const ink_settings *set, const ink_data *data);

/* The same of a table, with this share of dropout where none is given. */
void inki_table_net(const ink_settings *set, const ink_data *data, size_t rows, double dropout,
                    char net[INKI_NET_ROOM]);

/* A copy of the settings in which net, optimizer, lr, schedule, epochs, batch, l2, ema, early-stop, keep and val say what they stand for with
 * these data, of which `rows` are there to train and validate with (0: no matter), `valid`: some for validation; start: the model that training
 * goes on with, NULL for a fresh one (else the data may be NULL). Errors: NO_MEMORY. Ownership: the caller, ink_settings_free. */
ink_status inki_settings_resolve(ink_ctx *ctx, const ink_settings *set, const ink_data *data, size_t rows, bool valid,
                                 const ink_model *start, ink_settings **out);

/* Whether how long to train is left to the program, and folds of the training rows are to choose it (length.h). */
bool inki_length_is_open(const ink_settings *set, const ink_data *data, size_t rows);

/* Notes on settings that have no effect here, and on those that replace the default network. Errors: NO_MEMORY. */
ink_status inki_settings_remark(ink_ctx *ctx, const ink_settings *set, const ink_data *data, const ink_model *start);

#endif
