/* folder: a folder of images: a subfolder a class.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_FOLDER_H
#define INKI_FOLDER_H

#include "data/data.h"

/* Reads FOLDER/CLASS/IMAGE, or FOLDER/train/CLASS/IMAGE and FOLDER/test/CLASS/IMAGE (also training and testing). Classes
 * are the subfolders, by name, numbers by value; rows are their PNG and JPEG images by name. All have one size; they are
 * grey if all are, else RGB. Names that begin with a dot are left out; so is what does not end as an image, which `decided`
 * says. Errors: NOT_FOUND (no such layout), BAD_DATA (an empty class, sizes that differ), those of inki_image_decode with
 * the image's path, IO, NO_MEMORY. */
ink_status inki_folder_read(ink_ctx *ctx, const char *folder, char decided[256], ink_data **out);

#endif
