/* provenance: what a model's file says of how it was made, so that it can be proved (again.c).
 * SPDX-License-Identifier: MIT */
#ifndef INKI_PROVENANCE_H
#define INKI_PROVENANCE_H

#include "data/data.h"
#include "model/model.h"

/* Keys of the metadata: settings that were given their defaults, where being given says something; the hash of the starting weights,
 * where these came from elsewhere; rows and fingerprints of the parts. */
#define INKI_GIVEN_KEY "given"
#define INKI_START_KEY "start_hash"
#define INKI_SPLIT_KEY "split"

/* Writes into the model's metadata how it came to be: data (`print` is its fingerprint), settings, the metrics of the row whose weights it has. No times.
 * Errors: NO_MEMORY. */
ink_status inki_record_provenance(ink_ctx *ctx, ink_model *model, const ink_data *data, uint64_t print,
                                  const ink_settings *set, const ink_run *run);

/* The hash of the weights that training began with, where they came from elsewhere. Errors: NO_MEMORY. */
ink_status inki_record_start(ink_ctx *ctx, ink_model *model, uint64_t hash);

/* The parts; valid and test may be NULL. Errors: NO_MEMORY. */
ink_status inki_record_split(ink_ctx *ctx, ink_model *model, const ink_data *train, const ink_data *valid,
                             const ink_data *test);

#endif
