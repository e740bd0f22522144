/* folder: a folder of images: a subfolder a class.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_FOLDER_H
#define INKI_FOLDER_H

#include "data/data.h"
#include "read/find.h"
#include "read/gather.h"

/* Reads FOLDER/CLASS/IMAGE, or FOLDER/train/CLASS/IMAGE with test and val beside train (also training, testing, validation and the
 * like); rows of val are joined to the training rows, and a test folder without the classes is not used: both is said. Images
 * of a folder without subfolders become rows without labels, whose ids are the files' names. Classes
 * are the subfolders, by name, numbers by value; rows are their PNG and JPEG images by name. All have one size; they are
 * grey if all are, else RGB. Names that begin with a dot are left out; so is what does not end as an image, which `decided`
 * says. Errors: NOT_FOUND (no such layout), BAD_DATA (an empty class, sizes that differ), those of inki_image_decode with
 * the image's path, IO, NO_MEMORY. */
ink_status inki_folder_read(ink_ctx *ctx, const char *folder, char *decided, size_t room, ink_data **out);

/* inner: the one subfolder, if that is itself a set, of subfolders or of files that are no images; "" if it is not. Errors: IO,
 * NO_MEMORY. */
ink_status inki_folder_inner(ink_ctx *ctx, const char *folder, char inner[INKI_PATH_ROOM]);

/* Whether the folder has images, in itself or in one subfolder, and a table beside them that names them: train.csv, labels.csv, or the
 * only one. unused: other folders and tables; the caller frees it. Errors: IO, NO_MEMORY. */
ink_status inki_folder_find_table(ink_ctx *ctx, const char *folder, char images[INKI_PATH_ROOM],
                                  char table[INKI_PATH_ROOM], struct inki_list *unused, bool *found);

#endif
