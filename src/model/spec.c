/* spec: the notation for networks.
 * SPDX-License-Identifier: MIT */
#include "model/spec.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "model/model.h"

#include <stdio.h>
#include <string.h>

enum { MOST_WORDS = 16 };

/* One layer's words, cut from a copy of the notation; columns count from 1. */
struct words {
    const char *word[MOST_WORDS];
    size_t column[MOST_WORDS + 1]; /* the one behind the last: where the layer ends */
    size_t count;
};

static ink_status wrong(ink_ctx *ctx, const char *notation, size_t column, const char *what)
{
    return inki_fail(ctx, INK_BAD_SETTING, "net '%.80s%s', column %zu: %s", notation, strlen(notation) > 80 ? "…" : "",
                     column, what);
}

static ink_status unknown_layer(ink_ctx *ctx, const char *notation, const struct words *words)
{
    const char *names[8], *near;
    char what[160];
    size_t count = 0;
    for (size_t i = 0; i < inki_op_count && count < 8; i++)
        if (inki_ops[i]->parse) names[count++] = inki_ops[i]->word;
    near = ink_did_you_mean(words->word[0], names, count);
    snprintf(what, sizeof what, "there is no layer '%.40s'; did you mean '%s'?", words->word[0],
             near ? near : "dense 100 relu");
    return wrong(ctx, notation, words->column[0], what);
}

/* Cuts words until the next '|' or the end; *text is moved behind it. */
static bool cut_words(char *copy, char **text, struct words *out)
{
    char *at = *text;
    out->count = 0;
    for (;;) {
        while (*at == ' ' || *at == '\t') *at++ = 0;
        out->column[out->count] = (size_t)(at - copy) + 1;
        if (!*at || *at == '|') break;
        if (out->count == MOST_WORDS) return false;
        out->word[out->count++] = at;
        while (*at && *at != ' ' && *at != '\t' && *at != '|') at++;
    }
    *text = *at ? at + 1 : NULL;
    *at = 0;
    return true;
}

static ink_status parse_layer(ink_ctx *ctx, const char *notation, const struct words *words, struct inki_node *layer)
{
    const struct inki_op *op = NULL;
    size_t bad = 0;
    for (size_t i = 0; i < inki_op_count; i++)
        if (inki_ops[i]->parse && strcmp(inki_ops[i]->word, words->word[0]) == 0) op = inki_ops[i];
    if (!op) return unknown_layer(ctx, notation, words);
    layer->op = op;
    const char *what = op->parse(layer, words->word + 1, words->count - 1, &bad);
    if (!what) return INK_OK;
    if (bad + 1 > words->count) bad = words->count - 1;
    return wrong(ctx, notation, words->column[bad + 1], what);
}

static ink_status parse_all(ink_ctx *ctx, const char *notation, char *copy, struct inki_shape in,
                            struct inki_node *layers, size_t *count)
{
    struct words words;
    char *text = copy;
    while (text) {
        if (!cut_words(copy, &text, &words))
            return wrong(ctx, notation, words.column[MOST_WORDS], "too many words for one layer");
        if (words.count == 0)
            return wrong(ctx, notation, words.column[0], "a layer is missing here, such as 'dense 100 relu'");
        if (*count == INKI_MOST_LAYERS) return wrong(ctx, notation, words.column[0], "256 layers are the most");
        struct inki_node *layer = &layers[*count];
        memset(layer, 0, sizeof *layer);
        layer->in = *count ? layers[*count - 1].out : in;
        INK_TRY(parse_layer(ctx, notation, &words, layer));
        ++*count;
    }
    return INK_OK;
}

ink_status inki_spec_parse(ink_ctx *ctx, const char *notation, struct inki_shape in, struct inki_node *layers,
                           size_t *count)
{
    *count = 0;
    if (strspn(notation, " \t") == strlen(notation)) return INK_OK;
    if (strlen(notation) > INKI_MOST_NOTATION)
        return wrong(ctx, notation, INKI_MOST_NOTATION, "the notation is too long");
    char *copy = inki_copy_text(ctx, notation);
    if (!copy) return INK_NO_MEMORY;
    ink_status status = parse_all(ctx, notation, copy, in, layers, count);
    inki_free(ctx, copy);
    return status;
}

bool inki_spec_print(const struct inki_node *layers, size_t count, char *text, size_t room)
{
    size_t used = 0;
    *text = 0;
    for (size_t i = 0; i < count; i++) {
        char one[64];
        layers[i].op->print(&layers[i], one, sizeof one);
        int wrote = snprintf(text + used, room - used, "%s%s", i ? " | " : "", one);
        if (wrote < 0 || (size_t)wrote >= room - used) return false;
        used += (size_t)wrote;
    }
    return true;
}

/* "100,64" to "dense 100 relu | dropout 0.2 | dense 64 relu | dropout 0.2". */
static ink_status hidden_notation(ink_ctx *ctx, const ink_settings *set, struct inki_str *out)
{
    const char *at = inki_get_text(set, INKI_HIDDEN), *act = ink_settings_get(set, "activation");
    const char *rate = ink_settings_get(set, "dropout");
    if (strcmp(at, "0") == 0 || !*at) {
        inki_str_add(out, "%s", "");
        return INK_OK;
    }
    for (;;) {
        size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits > 7 || (at[digits] && at[digits] != ','))
            return inki_fail(ctx, INK_BAD_SETTING, "hidden: '%s' is not a list of widths such as 100 or 100,64",
                             inki_get_text(set, INKI_HIDDEN));
        inki_str_add(out, "%sdense %.*s %s", out->length ? " | " : "", (int)digits, at, act);
        if (inki_get_real(set, INKI_DROPOUT) > 0) inki_str_add(out, " | dropout %s", rate);
        if (!at[digits]) return INK_OK;
        at += digits + 1;
    }
}

/* The default of net stands for "nothing was said": one word about the layers, and the short settings hold. */
static bool net_holds(const ink_settings *set)
{
    return ink_settings_is_set(set, "net") ||
           (!ink_settings_is_set(set, "hidden") && !ink_settings_is_set(set, "activation") &&
            !ink_settings_is_set(set, "dropout"));
}

ink_status inki_notation_from(ink_ctx *ctx, const ink_settings *set, char **out)
{
    struct inki_str str = {.ctx = ctx};
    ink_status status = INK_OK;
    *out = NULL;
    if (net_holds(set))
        inki_str_add(&str, "%s", inki_get_text(set, INKI_NET));
    else
        status = hidden_notation(ctx, set, &str);
    if (status == INK_OK && str.failed) status = INK_NO_MEMORY;
    if (status == INK_OK)
        *out = str.text;
    else
        inki_free(ctx, str.text);
    return status;
}
