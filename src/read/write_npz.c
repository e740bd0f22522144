/* write_npz: data as a NumPy archive with Keras' names.
 * SPDX-License-Identifier: MIT */
#include "read/write.h"

#include "base/mem.h"
#include "read/npz_write.h"

enum { BLOCK = 4096 }; /* labels written at once */

static ink_status put_rows(struct inki_npz_writer *npz, const ink_data *data, const char *name)
{
    bool images = data->height > 1;
    const size_t flat[] = {data->rows, data->features};
    const size_t shape[] = {data->rows, data->height, data->width, data->channels};
    size_t rank = !images ? 2 : data->channels == 1 ? 3 : 4;
    size_t size = data->features * (data->bytes ? sizeof *data->bytes : sizeof *data->floats);
    const char *values = data->bytes ? (const char *)data->bytes : (const char *)data->floats;
    INK_TRY(inki_npz_write_open(npz, name, data->bytes ? "u1" : "f4", images ? shape : flat, rank));
    for (size_t i = 0; i < data->rows; i++)
        INK_TRY(inki_npz_write_put(npz, values + inki_data_base(data, i) * size, size));
    return inki_npz_write_close(npz);
}

static ink_status put_labels(struct inki_npz_writer *npz, const ink_data *data, const struct inki_numbers *numbers,
                             const char *name)
{
    int64_t block[BLOCK];
    INK_TRY(inki_npz_write_open(npz, name, "i8", &data->rows, 1));
    for (size_t i = 0; i < data->rows;) {
        size_t count = 0;
        while (count < BLOCK && i < data->rows) block[count++] = numbers->values[inki_data_label(data, i++)];
        INK_TRY(inki_npz_write_put(npz, block, count * sizeof *block));
    }
    return inki_npz_write_close(npz);
}

static ink_status put_part(struct inki_npz_writer *npz, const ink_data *data, const struct inki_numbers *numbers,
                           const char *x, const char *y)
{
    INK_TRY(put_rows(npz, data, x));
    return data->labels ? put_labels(npz, data, numbers, y) : INK_OK;
}

/* Both parts have the same classes. Where the numbers alone do not give these back, the labels are places in class_names. */
static ink_status put_all(struct inki_npz_writer *npz, const ink_data *data, struct inki_numbers *numbers)
{
    bool named = data->labels && !numbers->come_back;
    for (size_t c = 0; c < data->classes && named; c++) numbers->values[c] = (int32_t)c;
    INK_TRY(put_part(npz, data, numbers, "x_train", "y_train"));
    if (data->test) INK_TRY(put_part(npz, data->test, numbers, "x_test", "y_test"));
    const char *const *names = (const char *const *)data->class_names;
    return named ? inki_npz_write_texts(npz, "class_names", names, data->classes) : INK_OK;
}

ink_status inki_write_npz(ink_ctx *ctx, const ink_data *data, const char *path)
{
    struct inki_npz_writer *npz;
    struct inki_numbers numbers;
    INK_TRY(inki_numbers_of(ctx, data, &numbers));
    ink_status status = inki_npz_write_begin(ctx, path, &npz);
    if (status == INK_OK) {
        status = put_all(npz, data, &numbers);
        if (status == INK_OK)
            status = inki_npz_write_commit(npz);
        else
            inki_npz_write_abort(npz);
    }
    inki_free(numbers.values);
    return status;
}
