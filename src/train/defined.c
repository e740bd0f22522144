/* defined: scores that some rows have not.
 * SPDX-License-Identifier: MIT */
#include "train/defined.h"

#include <string.h>

static bool has_one_class(const ink_data *data)
{
    for (size_t i = 1; i < data->rows; i++)
        if (inki_data_label(data, i) != inki_data_label(data, 0)) return false;
    return true;
}

static bool has_one_target(const ink_data *data)
{
    const size_t bytes = data->target_count * sizeof(float);
    for (size_t i = 1; i < data->rows; i++)
        if (memcmp(inki_data_targets(data, i), inki_data_targets(data, 0), bytes) != 0) return false;
    return true;
}

const char *inki_score_undefined(const struct inki_loss *loss, size_t score, const ink_data *data)
{
    const char *name = loss->scores[score].name;
    if (data->rows == 0) return NULL;
    const bool of_order = strcmp(name, "auc") == 0 || strcmp(name, "average_precision") == 0;
    const bool of_second = strcmp(name, "f1") == 0 && inki_data_label(data, 0) == 0;
    if (data->labels && (of_order || of_second) && has_one_class(data)) return "have one class only";
    if (data->targets && strcmp(name, "r2") == 0 && has_one_target(data)) return "have one target only";
    return NULL;
}
