/* adjust: class names and transposed images.
 * SPDX-License-Identifier: MIT */
#include "read/adjust.h"

#include "base/mem.h"
#include "base/text.h"
#include "read/pickle.h"
#include "read/sets.h"

#include <string.h>

/* ---------------------------------------------------------------- class names */

/* Cuts the text into names, at the separator or at line ends, without blanks around them and empty ones. Returns how many;
 * names may be NULL. */
static size_t cut_names(char *text, bool lines, const char **names)
{
    const char *const ends = lines ? "\r\n" : ",";
    size_t count = 0;
    for (char *at = text; *at;) {
        size_t length = strcspn(at, ends);
        char *begin = at, *end = at + length, *next = end + (*end != 0);
        while (begin < end && *begin == ' ') begin++;
        while (end > begin && end[-1] == ' ') end--;
        if (end > begin && names) {
            names[count] = begin;
            *end = 0;
        }
        count += end > begin;
        at = next;
    }
    return count;
}

static ink_status name_classes(ink_ctx *ctx, ink_data *data, char *text, bool lines, const char *given)
{
    size_t count = cut_names(text, lines, NULL);
    if (count != data->classes)
        return inki_fail(ctx, INK_BAD_SETTING, "class-names: %s has %zu names; %s has %zu classes (%s … %s)", given,
                         count, data->source, data->classes, data->classes ? data->class_names[0] : "",
                         data->classes ? data->class_names[data->classes - 1] : "");
    const char **names = inki_alloc(ctx, count, sizeof *names);
    if (!names) return INK_NO_MEMORY;
    cut_names(text, lines, names);
    ink_status status = INK_OK;
    for (ink_data *part = data; part && status == INK_OK; part = part->test)
        if (part->labels) status = inki_data_rename_classes(ctx, part, names);
    inki_free(names);
    return status;
}

static ink_status name_known_classes(ink_ctx *ctx, ink_data *data)
{
    const char *const *names = inki_known_classes(data);
    for (ink_data *part = data; part && names; part = part->test) {
        if (!part->labels) continue;
        INK_TRY(inki_data_rename_classes(ctx, part, names));
        part->names_known = true;
    }
    return INK_OK;
}

ink_status inki_adjust_class_names(ink_ctx *ctx, ink_data *data, const char *given)
{
    struct inki_bytes content = {0};
    bool file = inki_path_kind(given) == INKI_PATH_FILE;
    if (!data->labels) return INK_OK;
    if (!*given) return name_known_classes(ctx, data);
    if (file) INK_TRY(inki_bytes_read(ctx, given, &content));
    ink_status status =
        file && inki_pickle_is(content.data, content.size) ? inki_pickle_names(ctx, given, &content) : INK_OK;
    size_t size = file ? content.size : strlen(given);
    char *text = inki_alloc(ctx, size + 1, 1);
    if (text && size) memcpy(text, file ? (const char *)content.data : given, size);
    if (text) text[size] = 0;
    if (status == INK_OK) status = text ? name_classes(ctx, data, text, file, given) : INK_NO_MEMORY;
    inki_free(text);
    inki_bytes_free(ctx, &content);
    return status;
}

/* ------------------------------------------------------------------ transposing */

static ink_status transpose_part(ink_ctx *ctx, ink_data *data)
{
    const size_t size = (data->bytes ? 1 : sizeof(float)) * data->channels, pixels = data->height * data->width;
    const uint8_t *from = data->bytes ? data->bytes : (const uint8_t *)data->floats;
    uint8_t *to = inki_alloc(ctx, data->rows, pixels * size);
    if (!to) return INK_NO_MEMORY;
    for (size_t i = 0; i < data->rows; i++)
        for (size_t y = 0; y < data->height; y++)
            for (size_t x = 0; x < data->width; x++)
                memcpy(to + (i * pixels + x * data->height + y) * size,
                       from + (i * pixels + y * data->width + x) * size, size);
    inki_bytes_free(ctx, &data->block);
    data->block = (struct inki_bytes){.data = to, .size = data->rows * pixels * size};
    if (data->bytes)
        data->bytes = to;
    else
        data->floats = (const float *)(void *)to;
    const size_t height = data->height;
    data->height = data->width;
    data->width = height;
    return INK_OK;
}

ink_status inki_adjust_transpose(ink_ctx *ctx, ink_data *data)
{
    if (data->height == 1)
        return inki_fail(ctx, INK_BAD_SETTING, "transpose: the rows of %s are not images; give their shape (--shape)",
                         data->source);
    for (ink_data *part = data; part; part = part->test) INK_TRY(transpose_part(ctx, part));
    return INK_OK;
}

/* -------------------------------------------------------------------- shape */

/* "28x28", "32x32x3", or "none" for rows that are no images. */
static ink_status read_shape(const ink_data *data, const char *given, size_t shape[3])
{
    size_t count = 0, product = 1;
    char part[24];
    if (strcmp(given, "none") == 0) {
        shape[1] = data->features;
        return INK_OK;
    }
    for (const char *at = given; count < 3; count++) {
        size_t length = strcspn(at, "x");
        snprintf(part, sizeof part, "%.*s", (int)(length < sizeof part ? length : 0), at);
        if (!inki_parse_count(part, &shape[count]) || shape[count] == 0) break;
        if (shape[count] > data->features / product) break;
        product *= shape[count];
        at += length;
        if (!*at) return count > 0 && product == data->features ? INK_OK : INK_BAD_SETTING;
        at++;
    }
    return INK_BAD_SETTING;
}

ink_status inki_adjust_shape(ink_ctx *ctx, ink_data *data, const char *given)
{
    size_t shape[3] = {1, 1, 1};
    if (strcmp(given, "auto") == 0) return INK_OK;
    if (read_shape(data, given, shape) != INK_OK)
        return inki_fail(
            ctx, INK_BAD_SETTING,
            "shape: '%s' is not auto, none, or HEIGHTxWIDTH or HEIGHTxWIDTHxCHANNELS of the %zu values in a row of %s",
            given, data->features, data->source);
    for (ink_data *part = data; part; part = part->test) {
        part->height = shape[0];
        part->width = shape[1];
        part->channels = shape[2];
    }
    return INK_OK;
}

ink_status inki_adjust_check_task(ink_ctx *ctx, const ink_data *data, const ink_settings *set)
{
    if (data->targets && *ink_settings_get(set, "class-names"))
        inki_note(ctx, "class-names has no effect: %s has numbers to predict, not classes", data->source);
    if (!data->labels || strcmp(ink_settings_get(set, "task"), "regress") != 0) return INK_OK;
    return inki_fail(ctx, INK_BAD_SETTING,
                     "task regress: the labels of %s are read as classes; numbers to predict are read from tables: "
                     "write it as one (inkling convert DATA NAME.csv)",
                     data->source);
}
