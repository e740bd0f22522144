/* gather: the images of folders as rows of one data object.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_GATHER_H
#define INKI_GATHER_H

#include "base/file.h"
#include "data/data.h"
#include "read/find.h"

/* Names, or paths with the number of their class. */
struct inki_entry {
    char *name;
    int32_t class;
};

struct inki_list {
    ink_ctx *ctx;
    struct inki_entry *entries;
    size_t count, room;
};

/* The rows of one part as they are gathered. */
struct inki_gathering {
    ink_ctx *ctx;
    struct inki_list classes, files; /* names; paths in the order of rows */
    uint8_t *pixels;                 /* [rows][height][width][channels], of `bytes` bytes each */
    size_t bytes;                    /* 1; 2 once an image of 16 bits came */
    size_t rows, room;               /* in rows */
    size_t height, width, channels;
    size_t skipped; /* files that are no images */
    char first_skipped[64];
};

/* The entries of a folder that are of this kind, sorted; those that begin with a dot and what systems leave behind are not there. */
ink_status inki_list_folder(const char *folder, enum inki_path_kind kind, struct inki_list *out);
void inki_list_free(struct inki_list *list);

/* Takes a copy of the name. Errors: NO_MEMORY. */
ink_status inki_list_put(struct inki_list *list, const char *name);
bool inki_join_path(char out[INKI_PATH_ROOM], const char *folder, const char *name);

/* Whether a file's name ends as images do, also as kinds that cannot be read: leaving those out would hide rows. */
bool inki_is_image_name(const char *name);

void inki_gather_begin(struct inki_gathering *g, ink_ctx *ctx);
void inki_gather_free(struct inki_gathering *g);

/* Lists the images of a folder: of its subfolders, each a class; or its own, without labels, where it has no subfolders. Errors:
 * BAD_DATA (a class without images, too many classes), IO, NO_MEMORY. No images at all are no error. */
ink_status inki_gather_classes(struct inki_gathering *g, const char *folder);
ink_status inki_gather_images(struct inki_gathering *g, const char *folder);

/* Decodes what was listed. Errors: BAD_FILE, with all files that are damaged; BAD_DATA for images of several sizes. */
ink_status inki_gather_read(struct inki_gathering *g);

/* Both parts have the shape of the first. Errors: BAD_DATA. */
ink_status inki_gather_match(struct inki_gathering *train, struct inki_gathering *test);

/* The rows become data, which takes the pixels over; the files' names are the ids of rows without labels. */
ink_status inki_gather_give(struct inki_gathering *g, const char *folder, ink_data **out);

#endif
