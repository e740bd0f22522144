/* adjust: what settings change about data that is read: the names of its classes, which way its images stand and their shape.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_ADJUST_H
#define INKI_ADJUST_H

#include "data/data.h"

/* given: "a,b,c", or a file with a name a line or CIFAR's batches.meta; "": the names that the data's classes have where it is known (inki_known_classes). Errors: BAD_SETTING for another number of names than the data has classes. */
ink_status inki_adjust_class_names(ink_ctx *ctx, ink_data *data, const char *given);

/* Rows and columns of each image change places, as EMNIST's files need it. Errors: BAD_SETTING for rows that are no images. */
ink_status inki_adjust_transpose(ink_ctx *ctx, ink_data *data);

/* given: the setting shape; for both parts. Errors: BAD_SETTING for one that the features do not fill. */
ink_status inki_adjust_shape(ink_ctx *ctx, ink_data *data, const char *given);

/* Whether the rows have what the setting task asks for: what is no table has classes. A note on names of classes that are none. Errors: BAD_SETTING. */
ink_status inki_adjust_check_task(ink_ctx *ctx, const ink_data *data, const ink_settings *set);

#endif
