/* schema: whether columns are those that somebody else knows.
 * SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "data/data.h"

#include <string.h>

static bool is_plain(char c)
{
    return (c >= '0' && c <= '9') || (inki_lower(c) >= 'a' && inki_lower(c) <= 'z') || (uint8_t)c >= 128;
}

bool inki_names_alike(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (*a && !is_plain(*a)) a++;
        while (*b && !is_plain(*b)) b++;
        if (!*a || inki_lower(*a) != inki_lower(*b)) return !*a && !*b;
    }
}

/* Whether the two have a name in common, as far as is looked. */
static bool share_a_name(char *const *a, char *const *b, size_t count)
{
    const size_t most = count < 1000 ? count : 1000;
    for (size_t i = 0; i < count; i++) {
        if (inki_names_alike(a[i], b[i])) return true;
    }
    for (size_t i = 0; i < most * most; i++) {
        if (inki_names_alike(a[i / most], b[i % most])) return true;
    }
    return false;
}

/* The name at this place, or one that only looks like it and is not exactly the name of another place. */
static bool is_at_place(char *const *names, size_t count, const char *name, size_t i)
{
    if (strcmp(name, names[i]) == 0) return true;
    if (!inki_names_alike(name, names[i])) return false;
    for (size_t k = 0; k < count; k++)
        if (strcmp(name, names[k]) == 0) return false;
    return true;
}

ink_status inki_data_check_columns(ink_ctx *ctx, const ink_data *data, char *const *names, const char *where)
{
    size_t i = 0;
    if (!data->columns || !names) return INK_OK;
    while (i < data->features && is_at_place(names, data->features, data->columns[i], i)) i++;
    if (i == data->features) return INK_OK;
    if (!share_a_name(data->columns, names, data->features)) {
        inki_note(ctx, "%s: no column name occurs in %s (%s … %s); assuming the same columns in the same order",
                  data->source, where, names[0], names[data->features - 1]);
        return INK_OK;
    }
    return inki_fail(ctx, INK_BAD_DATA,
                     "%s: column '%s' stands where %s has '%s': the columns must be the same and in the same order",
                     data->source, data->columns[i], where, names[i]);
}
