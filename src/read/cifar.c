/* cifar: CIFAR's binary files: of each image the label, or two of which the second counts, then 3x32x32 bytes.
 * SPDX-License-Identifier: MIT
 *
 * Format: https://www.cs.toronto.edu/~kriz/cifar.html. Records have no mark: that a file is one is seen by its size and from all
 * of its labels. */
#include "base/mem.h"
#include "read/array.h"
#include "read/load.h"

#include <stdio.h>
#include <string.h>

enum { SIDE = 32, CHANNELS = 3, PIXELS = SIDE * SIDE * CHANNELS, COARSE = 20, FINE = 100, TEN = 10, LEAST = 2 };

/* How many label bytes each record begins with, 0 if these are none. */
static size_t label_bytes(const uint8_t *bytes, size_t size)
{
    for (size_t labels = 1; labels <= 2; labels++) {
        const size_t record = PIXELS + labels;
        bool fits = size >= LEAST * record && size % record == 0;
        for (size_t at = 0; fits && at < size; at += record)
            fits = labels == 1 ? bytes[at] < TEN : bytes[at] < COARSE && bytes[at + 1] < FINE;
        if (fits) return labels;
    }
    return 0;
}

static bool is_cifar(const uint8_t *bytes, size_t size)
{
    if (size >= 4 && bytes[0] == 0 && bytes[1] == 0 && bytes[2] >= 8 && bytes[2] <= 14 && bytes[3] <= 4)
        return false; /* IDX */
    return label_bytes(bytes, size) > 0;
}

static ink_status read_images(struct inki_source *source, size_t labels, struct inki_labels *numbers, ink_data *data)
{
    const uint8_t *bytes = source->content.data;
    const size_t record = PIXELS + labels, rows = source->content.size / record;
    const size_t dims[] = {rows, SIDE, SIDE, CHANNELS};
    uint8_t *to = inki_data_room(source->ctx, data, rows * PIXELS, 1);
    numbers->values = inki_alloc(source->ctx, rows, sizeof *numbers->values);
    if (!to || !numbers->values) return INK_NO_MEMORY;
    data->bytes = to;
    for (size_t i = 0; i < rows; i++) {
        const uint8_t *from = bytes + i * record + labels;
        numbers->values[i] = from[-1];
        for (size_t c = 0; c < CHANNELS; c++)
            for (size_t k = 0; k < SIDE * SIDE; k++) to[i * PIXELS + k * CHANNELS + c] = from[c * SIDE * SIDE + k];
    }
    numbers->count = rows;
    return inki_data_set_shape(source->ctx, data, dims, 4, source->path);
}

static ink_status read_samples(struct inki_source *source, ink_data **out)
{
    const size_t labels = label_bytes(source->content.data, source->content.size);
    struct inki_labels numbers = {0};
    ink_data *data = NULL;
    *out = NULL;
    INK_TRY(inki_data_begin(source->ctx, source->path, &data));
    ink_status status = read_images(source, labels, &numbers, data);
    if (status == INK_OK)
        status = inki_data_set_labels(source->ctx, data, &numbers, source->path, source->path);
    else
        inki_free(numbers.values);
    if (status != INK_OK) {
        ink_data_free(data);
        return status;
    }
    snprintf(source->decided, sizeof source->decided, "; cifar-%s", labels == 1 ? "10" : "100, fine labels");
    *out = data;
    return INK_OK;
}

const struct inki_reader inki_cifar_reader = {"cifar", "CIFAR's binary files", is_cifar, read_samples, NULL};
