/* numbers: outputs, answers and what lies between.
 * SPDX-License-Identifier: MIT */
#include "model/numbers.h"

#include "base/mem.h"
#include "base/rng.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

float inki_target_scaled(const struct inki_target_scale *scale, float target)
{
    double u = (double)target;
    if (scale->log) u = target > 0 ? inki_log(u) : (double)NAN;
    return (float)((u - (double)scale->shift) / (double)scale->spread);
}

float inki_target_answer(const struct inki_target_scale *scale, float z)
{
    if (!isfinite(z)) return NAN;
    double u = (double)scale->shift + (double)scale->spread * (double)z;
    float answer = (float)(scale->log ? inki_exp(u) : u);
    return answer < scale->low ? scale->low : answer > scale->high ? scale->high : answer;
}

/* NaN stays where it is. */
static void sort(float *values, size_t count)
{
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && values[k] < values[k - 1]; k--) {
            float value = values[k];
            values[k] = values[k - 1];
            values[k - 1] = value;
        }
}

void inki_numbers_answer(const struct inki_numbers *numbers, size_t rows, size_t stride, float *z)
{
    if (!numbers) return;
    const size_t each = inki_numbers_each(numbers);
    for (size_t i = 0; i < rows; i++, z += stride)
        for (size_t j = 0; j < numbers->targets; j++) {
            for (size_t q = 0; numbers->scales && q < each; q++)
                z[j * each + q] = inki_target_answer(&numbers->scales[j], z[j * each + q]);
            sort(z + j * each, each);
        }
}

/* ------------------------------------------------------------------- quantiles */

const char *inki_levels_read(const char *text, struct inki_numbers *out)
{
    for (out->levels = 0;; text++) {
        double level;
        size_t length = inki_parse_number(text, strlen(text), &level);
        if (length == 0 || !(level > 0 && level < 1))
            return "expected numbers between 0 and 1 with commas, as in 0.1,0.5,0.9";
        if (out->levels == INKI_MOST_LEVELS) return "expected 15 quantiles at most";
        out->level[out->levels] = (float)level;
        if (out->levels && out->level[out->levels] <= out->level[out->levels - 1])
            return "expected quantiles that rise, as in 0.1,0.5,0.9";
        out->levels++;
        text += length;
        if (!*text) return NULL;
        if (*text != ',') return "expected numbers between 0 and 1 with commas, as in 0.1,0.5,0.9";
    }
}

void inki_levels_text(const struct inki_numbers *numbers, char *out, size_t room)
{
    size_t used = 0;
    *out = 0;
    for (size_t i = 0; i < numbers->levels && used < room; i++)
        used += (size_t)snprintf(out + used, room - used, "%s%.7g", i ? "," : "", (double)numbers->level[i]);
}

bool inki_levels_equal(const struct inki_numbers *a, const struct inki_numbers *b)
{
    bool same = a->levels == b->levels;
    for (size_t i = 0; same && i < a->levels; i++) same = a->level[i] == b->level[i];
    return same;
}

/* ------------------------------------------------------------------- as text */

static void add_float(struct inki_str *text, const char *name, float value)
{
    char number[24];
    inki_format_float(value, number);
    inki_str_add(text, ",\"%s\":%s", name, number);
}

char *inki_scales_text(ink_ctx *ctx, const struct inki_target_scale *scales, size_t count)
{
    struct inki_str text = {.ctx = ctx};
    for (size_t i = 0; i < count; i++) {
        inki_str_add(&text, "%s{\"log\":%s", i ? "," : "[", scales[i].log ? "true" : "false");
        add_float(&text, "shift", scales[i].shift);
        add_float(&text, "spread", scales[i].spread);
        add_float(&text, "low", scales[i].low);
        add_float(&text, "high", scales[i].high);
        inki_str_add(&text, "}");
    }
    inki_str_add(&text, "]");
    if (!text.failed) return text.text;
    inki_free(text.text);
    return NULL;
}

static bool read_float(const json_t *object, const char *name, float *value)
{
    const json_t *number = json_object_get(object, name);
    *value = (float)json_number_value(number);
    return json_is_number(number) && isfinite(*value);
}

static bool read_scale(const json_t *object, struct inki_target_scale *scale)
{
    const json_t *is_log = json_object_get(object, "log");
    scale->log = json_is_true(is_log);
    return json_is_boolean(is_log) && read_float(object, "shift", &scale->shift) &&
           read_float(object, "spread", &scale->spread) && read_float(object, "low", &scale->low) &&
           read_float(object, "high", &scale->high) && scale->spread > 0 && scale->low <= scale->high &&
           (!scale->log || scale->low > 0);
}

bool inki_scales_read(const char *text, struct inki_target_scale *scales, size_t count)
{
    json_t *list = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    bool good = json_array_size(list) == count;
    for (size_t i = 0; good && i < count; i++) good = read_scale(json_array_get(list, i), &scales[i]);
    json_decref(list);
    return good;
}
