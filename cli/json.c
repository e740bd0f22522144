/* json: machine-readable results, over jansson.
 * SPDX-License-Identifier: MIT */
#include "json.h"

#include "cli.h"
#include "terminal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

json_t *json_of_real(double value) { return isfinite(value) ? json_real(value) : json_null(); }

json_t *json_of_count(uint64_t value) { return json_integer((json_int_t)value); }

json_t *json_of_hash(uint64_t hash)
{
    char text[17];
    snprintf(text, sizeof text, "%016" PRIx64, hash);
    return json_string(text);
}

json_t *json_of_text(const char *text)
{
    if (!text) return json_null();
    json_t *value = json_string(text);
    char *plain = value ? NULL : strdup(text);
    if (!plain) return value;
    for (char *c = plain; *c; c++)
        if ((unsigned char)*c >= 0x80) *c = '?';
    value = json_string(plain);
    free(plain);
    return value;
}

static bool is_flat(const json_t *value)
{
    size_t i;
    json_t *item;
    const char *key;
    json_array_foreach(value, i, item) if (json_is_array(item) || json_is_object(item)) return false;
    json_object_foreach((json_t *)value, key, item) if (json_is_array(item) || json_is_object(item)) return false;
    return true;
}

static void write_break(FILE *file, bool first, bool flat, int depth)
{
    if (!first) fputs(flat ? ", " : ",", file);
    if (!flat) fprintf(file, "\n%*s", 2 * depth, "");
}

/* Whether a terminal would do more with the text than show it; such text is written in ASCII, escaped. */
static bool is_odd(const char *text)
{
    char *clean = text ? strdup(text) : NULL;
    if (clean) ink_text_clean(clean, true);
    bool odd = clean && strcmp(clean, text) != 0;
    free(clean);
    return odd;
}

static void write_plain(FILE *file, const json_t *value)
{
    char text[TEXT_ROOM];
    if (json_is_real(value))
        fputs(text_exact(text, json_real_value(value)), file);
    else
        json_dumpf(value, file, JSON_ENCODE_ANY | (is_odd(json_string_value(value)) ? JSON_ENSURE_ASCII : 0));
}

static void write_array(FILE *file, const json_t *value, int depth)
{
    size_t i;
    json_t *item;
    bool flat = is_flat(value);
    fputc('[', file);
    json_array_foreach(value, i, item)
    {
        write_break(file, i == 0, flat, depth + 1);
        json_write(file, item, depth + 1);
    }
    if (!flat) write_break(file, true, false, depth);
    fputc(']', file);
}

static void write_object(FILE *file, const json_t *value, int depth)
{
    const char *key;
    json_t *item;
    bool flat = depth > 0 && is_flat(value), first = true;
    fputc('{', file);
    json_object_foreach((json_t *)value, key, item)
    {
        json_t *name = json_string(key);
        write_break(file, first, flat, depth + 1);
        write_plain(file, name);
        fputs(": ", file);
        json_write(file, item, depth + 1);
        json_decref(name);
        first = false;
    }
    if (!flat) write_break(file, true, false, depth);
    fputc('}', file);
}

void json_write(FILE *file, const json_t *value, int depth)
{
    if (json_is_array(value))
        write_array(file, value, depth);
    else if (json_is_object(value))
        write_object(file, value, depth);
    else
        write_plain(file, value);
}

int json_print(json_t *value)
{
    if (!value) return fail(CODE_INTERNAL, "out of memory");
    json_write(stdout, value, 0);
    out_works();
    json_decref(value);
    out("\n");
    return CODE_DONE;
}
