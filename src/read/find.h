/* find: where data lies: named sets, the four IDX files of a folder, the labels that go with a file of samples.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_FIND_H
#define INKI_FIND_H

#include "data/data.h"

enum { INKI_PATH_ROOM = 4096 }; /* longer paths cannot be opened */

/* The files of a folder; "" for what is not there. */
struct inki_idx_files {
    char images[INKI_PATH_ROOM], labels[INKI_PATH_ROOM], test_images[INKI_PATH_ROOM], test_labels[INKI_PATH_ROOM];
};

/* Names as in train-images-idx3-ubyte, train-images.idx3-ubyte or train-images, with or without .gz; t10k- or test- for
 * the test part. True if there are training images. */
bool inki_find_idx(const char *folder, struct inki_idx_files *out);

/* The folder of a named set: in each of data_path's folders (colon separated), then ./data, then where a system's
 * package puts it. False if `name` names no set or none is there. */
bool inki_find_set(const char *name, const char *data_path, char folder[INKI_PATH_ROOM]);

/* Fails with NOT_FOUND: where the set was looked for and how to get it; or that there is neither a file nor a set. */
ink_status inki_set_missing(ink_ctx *ctx, const char *name, const char *data_path);

/* What the classes of a published set are called whose files have numbers: Fashion-MNIST is known by the labels of its 60,000 training or
 * 10,000 test rows in their order, whatever file they come from, as long as they are called "0" to "9". NULL for data that is not known. */
const char *const *inki_known_classes(const ink_data *data);

/* The labels beside a file of samples: train-images-idx3-ubyte -> train-labels-idx1-ubyte, x.npy -> y.npy, X_train.npy ->
 * y_train.npy, each with or without .gz. False if none is there. */
bool inki_find_labels(const char *samples, char labels[INKI_PATH_ROOM]);

#endif
