/* net_help: what the tests of networks and training share: settings in a line, made-up data, .npz files.
 * SPDX-License-Identifier: MIT */
#ifndef NET_HELP_H
#define NET_HELP_H

#include "data_help.h"

#include "model/program.h"

/* Settings from "name=value; name=value". */
void net_set(const struct fixture *f, const char *text);

/* Fresh settings at their defaults, then as above. */
void net_reset(struct fixture *f, const char *text);

/* Must be INK_OK; fails with the context's sentence. */
void net_ok(const struct fixture *f, ink_status status);

/* got must be within `tolerance` of wanted; NaN is not. */
#define net_near(got, wanted, tolerance) net_check_near(got, wanted, tolerance, #got, __FILE__, __LINE__)
void net_check_near(double got, double wanted, double tolerance, const char *what, const char *file, int line);

/* Must be `status`, with a sentence that has all of `words` (separated by |). */
void net_fails(const struct fixture *f, ink_status got, ink_status status, const char *words);

/* x[count] uniform in [low, high]; labels[rows] in 0..classes-1, every class there if rows allow. */
void net_values(uint64_t seed, size_t count, float low, float high, float *x);
void net_labels(uint64_t seed, size_t rows, size_t classes, int32_t *labels);

/* Data in memory from these (values in [-1, 1]). */
ink_data *net_data(const struct fixture *f, uint64_t seed, size_t rows, size_t features, size_t classes);

/* Data that can be learned: rows around `classes` random centres, with this much noise. */
ink_data *net_clusters(const struct fixture *f, uint64_t seed, size_t rows, size_t features, size_t classes,
                       float noise);

/* A model with scaling (shift and factor may be NULL), initialised by the fixture's settings. */
ink_model *net_model(const struct fixture *f, const char *notation, struct inki_shape in, size_t classes,
                     const float *shift, const float *factor);

/* A program of the fixture's context; must work. Rows are those at once. */
void net_program(const struct fixture *f, const ink_model *model, enum inki_use_for purpose, size_t rows,
                 struct inki_program *out);

/* Runs it on x[rows][features]; the feed says all else. */
void net_run(struct inki_program *program, const float *x, size_t rows, const struct inki_feed *feed);

/* The floats of the block that belong to tensors: used[model->size]. Ownership: the caller, free. */
bool *net_used(const ink_model *model);

/* An array of an archive of starting weights: float32, C order; rank 1 or 2. */
struct net_array {
    const char *name;
    size_t rank, dims[2];
    const float *values;
};

/* Writes a .npz (zip with members stored) into the test's folder; returns its path as help_path does. */
const char *net_npz(const struct fixture *f, const char *name, const struct net_array *arrays, size_t count);

#endif
