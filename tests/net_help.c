/* net_help: settings, made-up data, a small writer of .npz files.
 * SPDX-License-Identifier: MIT */
#include "net_help.h"

#include "base/little.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* ---- settings and statuses ---- */

void net_set(const struct fixture *f, const char *text)
{
    char pair[512], *value;
    while (*text) {
        size_t length = strcspn(text, ";");
        assert_true(length < sizeof pair);
        snprintf(pair, sizeof pair, "%.*s", (int)length, text);
        value = strchr(pair, '=');
        assert_non_null(value);
        *value++ = 0;
        help_set(f, pair + strspn(pair, " "), value);
        text += length + (text[length] == ';');
    }
}

void net_reset(struct fixture *f, const char *text)
{
    ink_settings_free(f->set);
    assert_int_equal(ink_settings_new(f->ctx, &f->set), INK_OK);
    net_set(f, text);
}

void net_ok(const struct fixture *f, ink_status status)
{
    if (status != INK_OK) fail_msg("%s: %s", ink_status_name(status), ink_ctx_message(f->ctx));
}

void net_check_near(double got, double wanted, double tolerance, const char *what, const char *file, int line)
{
    if (fabs(got - wanted) <= tolerance) return;
    print_error("%s: %.12g, wanted %.12g, more than %.3g apart\n", what, got, wanted, tolerance);
    _fail(file, line);
}

void net_fails(const struct fixture *f, ink_status got, ink_status status, const char *words)
{
    if (got != status)
        fail_msg("%s instead of %s: %s", ink_status_name(got), ink_status_name(status), ink_ctx_message(f->ctx));
    help_message_has(f, words);
}

/* ---- data ---- */

void net_values(uint64_t seed, size_t count, float low, float high, float *x)
{
    struct inki_rng rng = inki_rng_begin(seed, INKI_RNG_TEST, 0, 0);
    for (size_t i = 0; i < count; i++) x[i] = low + (high - low) * (float)inki_rng_uniform(&rng);
}

void net_labels(uint64_t seed, size_t rows, size_t classes, int32_t *labels)
{
    struct inki_rng rng = inki_rng_begin(seed, INKI_RNG_TEST, 1, 0);
    for (size_t i = 0; i < rows; i++) labels[i] = (int32_t)(i < classes ? i : inki_rng_below(&rng, classes));
}

static ink_data *data_of(const struct fixture *f, size_t rows, size_t features, size_t classes, float *x,
                         int32_t *labels)
{
    ink_data *data = NULL;
    net_ok(f, ink_data_new(f->ctx, rows, features, x, labels, classes, &data));
    free(x);
    free(labels);
    return data;
}

ink_data *net_data(const struct fixture *f, uint64_t seed, size_t rows, size_t features, size_t classes)
{
    float *x = malloc(rows * features * sizeof *x);
    int32_t *labels = malloc(rows * sizeof *labels);
    net_values(seed, rows * features, -1, 1, x);
    net_labels(seed, rows, classes, labels);
    return data_of(f, rows, features, classes, x, labels);
}

ink_data *net_clusters(const struct fixture *f, uint64_t seed, size_t rows, size_t features, size_t classes,
                       float noise)
{
    float *x = malloc(rows * features * sizeof *x), *centres = malloc(classes * features * sizeof *centres);
    int32_t *labels = malloc(rows * sizeof *labels);
    net_values(seed, rows * features, -noise, noise, x);
    net_values(seed + 1, classes * features, -1, 1, centres);
    net_labels(seed, rows, classes, labels);
    for (size_t i = 0; i < rows * features; i++)
        x[i] += centres[(size_t)labels[i / features] * features + i % features];
    free(centres);
    return data_of(f, rows, features, classes, x, labels);
}

/* ---- models ---- */

ink_model *net_model(const struct fixture *f, const char *notation, struct inki_shape in, size_t classes,
                     const float *shift, const float *factor)
{
    ink_model *model = NULL;
    struct inki_model_plan plan = {.notation = notation,
                                   .in = in,
                                   .classes = classes,
                                   .shift = shift,
                                   .factor = factor,
                                   .scaling = shift ? "standard" : "none"};
    net_ok(f, inki_model_begin(f->ctx, &plan, &model));
    net_ok(f, inki_model_init(f->ctx, model, f->set));
    return model;
}

void net_program(const struct fixture *f, const ink_model *model, enum inki_use_for purpose, size_t rows,
                 struct inki_program *out)
{
    struct inki_use use = {.purpose = purpose, .rows = rows, .threads = f->ctx->threads};
    net_ok(f, inki_program_begin(f->ctx, model, &use, out));
}

void net_run(struct inki_program *program, const float *x, size_t rows, const struct inki_feed *feed)
{
    const void *from[INKI_CHUNK_ROWS];
    struct inki_feed with = *feed;
    assert_true(rows <= INKI_CHUNK_ROWS);
    for (size_t i = 0; i < rows; i++) from[i] = x + i * program->model->features;
    with.from = from;
    with.rows = rows;
    inki_program_run(program, &with);
}

bool *net_used(const ink_model *model)
{
    bool *used = calloc(model->size, sizeof *used);
    struct inki_param tensor;
    for (size_t l = 0; l < model->node_count; l++) {
        const struct inki_node *layer = &model->nodes[l];
        for (size_t t = 0; inki_param(layer, t, &tensor); t++) {
            for (size_t i = 0; i < tensor.count; i++) {
                size_t at = layer->op->at(layer, t, i);
                assert_true(at < layer->size);
                assert_false(used[layer->offset + at]); /* two elements in one place */
                used[layer->offset + at] = true;
            }
        }
    }
    return used;
}

/* ---- .npz ---- */

static void put(FILE *file, uint64_t value, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) fputc((int)(value >> 8 * i & 255), file);
}

/* The array as a .npy (version 1); returns its size. Little-endian machines. */
static size_t make_npy(const struct net_array *array, uint8_t *out)
{
    char header[119], shape[64];
    size_t count = array->rank == 1 ? array->dims[0] : array->dims[0] * array->dims[1];
    if (array->rank == 1)
        snprintf(shape, sizeof shape, "(%zu,)", array->dims[0]);
    else
        snprintf(shape, sizeof shape, "(%zu, %zu)", array->dims[0], array->dims[1]);
    int used = snprintf(header, sizeof header, "{'descr': '<f4', 'fortran_order': False, 'shape': %s, }", shape);
    memset(header + used, ' ', sizeof header - (size_t)used);
    header[117] = '\n';
    memcpy(out, "\x93NUMPY\1\0\x76\0", 10);
    memcpy(out + 10, header, 118);
    memcpy(out + 128, array->values, count * 4);
    inki_swap_little(out + 128, count, 4);
    return 128 + count * 4;
}

/* A member's header: the local one with its bytes, or the one in the directory, which says where the local one is. */
static void put_member(FILE *file, const struct net_array *array, bool directory, long *at)
{
    size_t values = array->dims[0] * (array->rank == 1 ? 1 : array->dims[1]);
    uint8_t *npy = malloc(128 + 4 * values);
    size_t size = make_npy(array, npy);
    const uint64_t common[][2] = {{20, 2},
                                  {0, 2},
                                  {0, 2},
                                  {0, 2},
                                  {33, 2}, /* stored; 1980-01-01 */
                                  {crc32(0, npy, (uInt)size), 4},
                                  {size, 4},
                                  {size, 4},
                                  {strlen(array->name) + 4, 2},
                                  {0, 2}};
    if (!directory) *at = ftell(file);
    put(file, directory ? 0x02014b50 : 0x04034b50, 4);
    if (directory) put(file, 20, 2);
    for (size_t i = 0; i < COUNT(common); i++) put(file, common[i][0], (size_t)common[i][1]);
    if (directory) {
        put(file, 0, 6);
        put(file, 0, 4);
        put(file, (uint64_t)*at, 4);
    }
    fprintf(file, "%s.npy", array->name);
    if (!directory) fwrite(npy, 1, size, file);
    free(npy);
}

const char *net_npz(const struct fixture *f, const char *name, const struct net_array *arrays, size_t count)
{
    const char *path = help_path(f, name);
    FILE *file = fopen(path, "wb");
    long at[32];
    assert_non_null(file);
    assert_true(count < COUNT(at));
    for (size_t i = 0; i < count; i++) put_member(file, &arrays[i], false, &at[i]);
    long begin = ftell(file);
    for (size_t i = 0; i < count; i++) put_member(file, &arrays[i], true, &at[i]);
    long end = ftell(file);
    const uint64_t tail[][2] = {{0x06054b50, 4},      {0, 4}, {count, 2}, {count, 2}, {(uint64_t)(end - begin), 4},
                                {(uint64_t)begin, 4}, {0, 2}};
    for (size_t i = 0; i < COUNT(tail); i++) put(file, tail[i][0], (size_t)tail[i][1]);
    assert_int_equal(fclose(file), 0);
    return path;
}
