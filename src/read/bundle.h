/* bundle: folders of several files that are one set: CIFAR's batches, arrays named as those of an archive, a file a class.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_BUNDLE_H
#define INKI_BUNDLE_H

#include "read/gather.h"

enum inki_bundle_kind {
    INKI_NO_BUNDLE,
    INKI_BATCHES,     /* data_batch_1 …, or train: rows and labels in each file; test_batch, or test */
    INKI_ARRAY_FILES, /* X_train.npy, y_train.npy and the like */
    INKI_CLASS_FILES, /* ape.npy, bee.npy: the rows of one class each */
};

struct inki_bundle {
    enum inki_bundle_kind kind;
    struct inki_list train, test; /* paths: of batches and class files in order; of arrays the rows */
    char labels[INKI_PATH_ROOM], test_labels[INKI_PATH_ROOM]; /* of arrays; "" if there are none */
    char names[INKI_PATH_ROOM];                               /* the file that names the classes; "" if there is none */
    struct inki_list others;                                  /* names of files that are no part of it */
};

/* What the files of a folder are. Errors: IO, NO_MEMORY. Ownership: the caller, inki_bundle_free, also on failure. */
ink_status inki_bundle_find(ink_ctx *ctx, const char *folder, struct inki_bundle *out);
void inki_bundle_free(struct inki_bundle *bundle);

/* The file beside a single batch that names its classes. False if there is none. */
bool inki_bundle_names(const char *path, char names[INKI_PATH_ROOM]);

/* The class of a file: its name without folder and endings. */
void inki_bundle_class(const char *path, char name[256]);

#endif
