/* find: where data lies: the four IDX files of a folder, the labels that go with a file of samples. Named sets are in sets.h.
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

/* The labels beside a file of samples: train-images-idx3-ubyte -> train-labels-idx1-ubyte, x.npy -> y.npy, X_train.npy ->
 * y_train.npy, each with or without .gz. False if none is there. */
bool inki_find_labels(const char *samples, char labels[INKI_PATH_ROOM]);

#endif
