/* sized: structs that begin with their size, in and out.
 * SPDX-License-Identifier: MIT */
#include "base/sized.h"

#include <string.h>

static size_t size_of(const void *sized)
{
    size_t size;
    memcpy(&size, sized, sizeof size);
    return size;
}

/* Whether all that is not known here is 0. */
static bool rest_is_empty(const void *from, size_t size)
{
    const unsigned char *bytes = from;
    for (size_t i = size; i < size_of(from); i++)
        if (bytes[i]) return false;
    return true;
}

bool inki_sized_fits(const void *from, size_t size)
{
    return size_of(from) > sizeof(size_t) && rest_is_empty(from, size);
}

ink_status inki_sized_take(ink_ctx *ctx, const char *name, const void *from, void *to, size_t size)
{
    size_t given = size_of(from);
    memset(to, 0, size);
    if (given <= sizeof given)
        return inki_fail(ctx, INK_BAD_ARGUMENT, "%s: its size is %zu; begin with INK_INIT(%s)", name, given, name);
    if (!rest_is_empty(from, size))
        return inki_fail(ctx, INK_BAD_ARGUMENT,
                         "%s: its size is %zu; expected %zu or fields that are 0 behind it: this is Inkling %s", name,
                         given, size, ink_version());
    memcpy(to, from, given < size ? given : size);
    memcpy(to, &size, sizeof size);
    return INK_OK;
}

void inki_sized_give(void *to, void *from, size_t size, size_t first)
{
    size_t given = size_of(to), filled = given >= first && given < size ? given : size;
    memcpy(from, &filled, sizeof filled);
    memcpy(to, from, filled);
}
