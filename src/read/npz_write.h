/* npz_write: NumPy's .npz out: arrays one after another into a zip archive that appears whole or not at all.
 * SPDX-License-Identifier: MIT
 *
 *     struct inki_npz_writer *npz;
 *     INK_TRY(inki_npz_write_begin(ctx, path, &npz));
 *     ink_status status = inki_npz_write_add(npz, "W1", "f4", (size_t[]){inputs, outputs}, 2, w);
 *     if (status == INK_OK) return inki_npz_write_commit(npz);
 *     inki_npz_write_abort(npz);
 *     return status;
 */
#ifndef INKI_NPZ_WRITE_H
#define INKI_NPZ_WRITE_H

#include "base/file.h"

enum { INKI_NPZ_RANK_MAX = 4 };

struct inki_npz_writer;

/* Errors: IO, NO_MEMORY. Ownership: the caller, until _commit or _abort. */
ink_status inki_npz_write_begin(ink_ctx *ctx, const char *path, struct inki_npz_writer **out);

/* One array: values[dims[0]]…[dims[rank-1]] in C order, as this machine keeps them. dtype is NumPy's name without the byte
 * order: "u1", "i4", "i8", "f4", "f8" and the like; rank 0 is a single value. Bytes are deflated, wider elements stored. The
 * values are not needed afterwards. Errors: IO, NO_MEMORY; BAD_ARGUMENT for a name of more than 59 bytes. */
ink_status inki_npz_write_add(struct inki_npz_writer *npz, const char *name, const char *dtype, const size_t *dims,
                              size_t rank, const void *values);

/* The same in pieces: _open says the shape, _put brings the values from first to last (in all what dims ask for), _close. */
ink_status inki_npz_write_open(struct inki_npz_writer *npz, const char *name, const char *dtype, const size_t *dims,
                               size_t rank);
ink_status inki_npz_write_put(struct inki_npz_writer *npz, const void *values, size_t size);
ink_status inki_npz_write_close(struct inki_npz_writer *npz);

/* texts[count] (UTF-8) as an array of strings (dtype U). Errors: as _add. */
ink_status inki_npz_write_texts(struct inki_npz_writer *npz, const char *name, const char *const *texts, size_t count);

/* Finishes the archive, which takes the path's place (flush, fsync, rename); frees the writer, also when it fails. */
ink_status inki_npz_write_commit(struct inki_npz_writer *npz);

/* Removes what was written and frees the writer; NULL is fine. */
void inki_npz_write_abort(struct inki_npz_writer *npz);

#endif
