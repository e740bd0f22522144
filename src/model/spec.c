/* spec: the notation for networks.
 * SPDX-License-Identifier: MIT */
#include "model/spec.h"
#include "base/mem.h"
#include "base/settings.h"
#include "base/text.h"
#include "model/foreign.h"
#include "model/model.h"

#include <stdio.h>
#include <string.h>

enum { MOST_WORDS = 16, MOST_DEPTH = 16 };

/* The words of one layer; columns count from 1. */
struct words {
    const char *word[MOST_WORDS];
    size_t column[MOST_WORDS + 1]; /* the one behind the last: where the layer ends */
    size_t count;
};

/* A notation while it is read:
 *     chain = layer { "|" layer }        layer = WORD { WORD } | WORD "(" chain [ "&" chain ] ")" { WORD } */
struct reading {
    ink_ctx *ctx;
    const char *notation;
    char *copy, *at; /* words are cut from a copy */
    char stop;       /* what ended the last words: one of "|&()", or 0 at the end */
    struct inki_shape in;
    struct inki_node *nodes;
    size_t count, depth;
};

static ink_status wrong_at(const struct reading *r, size_t column, const char *what)
{
    return inki_fail(r->ctx, INK_BAD_SETTING, "net '%.80s%s', column %zu: %s", r->notation,
                     strlen(r->notation) > 80 ? "…" : "", column, what);
}

static ink_status unknown_layer(const struct reading *r, const struct words *words)
{
    const char *names[16], *near, *answer;
    char what[320];
    size_t count = 0;
    bool known = inki_foreign_layer(words->word[0], &answer);
    if (strspn(words->word[0], "0123456789,") == strlen(words->word[0])) {
        known = true;
        answer = "write 'dense 100 relu'; the setting hidden takes widths alone, as in 100,50";
    }
    if (known) {
        snprintf(what, sizeof what, "'%.40s' is not a layer here: %s", words->word[0], answer);
        return wrong_at(r, words->column[0], what);
    }
    for (size_t i = 0; i < inki_op_count && count < 16; i++)
        if (inki_ops[i]->parse) names[count++] = inki_ops[i]->word;
    near = ink_did_you_mean(words->word[0], names, count);
    snprintf(what, sizeof what, "unknown layer '%.40s'; did you mean '%s'?", words->word[0],
             near ? near : "dense 100 relu");
    return wrong_at(r, words->column[0], what);
}

/* Cuts words until one of "|&()" or the end. */
static ink_status cut_words(struct reading *r, struct words *out)
{
    out->count = 0;
    for (;;) {
        while (*r->at == ' ' || *r->at == '\t') *r->at++ = 0;
        out->column[out->count] = (size_t)(r->at - r->copy) + 1;
        if (!*r->at || strchr("|&()", *r->at)) break;
        if (out->count == MOST_WORDS) return wrong_at(r, out->column[MOST_WORDS], "too many words for one layer");
        out->word[out->count++] = r->at;
        r->at += strcspn(r->at, " \t|&()");
    }
    r->stop = *r->at;
    if (r->stop) *r->at++ = 0;
    return INK_OK;
}

/* A new node behind `source`: the number of the node in front, from 1; 0: the network's input. */
static ink_status begin_node(struct reading *r, const struct inki_op *op, size_t source, size_t column)
{
    if (r->count == INKI_MOST_LAYERS) return wrong_at(r, column, "at most 256 layers are supported");
    struct inki_node *node = &r->nodes[r->count++];
    *node = (struct inki_node){.op = op, .back = {r->count - source}, .sources = 1};
    node->in = source ? r->nodes[source - 1].out : r->in;
    inki_node_follow(node, source ? &r->nodes[source - 1] : NULL);
    return INK_OK;
}

/* What is wrong, or, where one of the words, from `bad` on at first, is another program's, what is written instead of it. */
static ink_status wrong_word(const struct reading *r, const struct words *words, size_t first, size_t bad,
                             const char *what)
{
    const char *answer;
    char text[320];
    for (size_t i = 0, count = words->count - first; i < count; i++) {
        size_t place = first + (bad + i) % count;
        if (!inki_foreign_word(words->word[place], &answer)) continue;
        snprintf(text, sizeof text, "'%.40s' is not known here: %s", words->word[place], answer);
        return wrong_at(r, words->column[place], text);
    }
    if (bad + first > words->count) bad = words->count - first;
    return wrong_at(r, words->column[bad + first], what);
}

/* What the words say behind the operation's own, which is words[first - 1]. */
static ink_status parse_words(const struct reading *r, const struct words *words, size_t first)
{
    struct inki_node *node = &r->nodes[r->count - 1];
    size_t bad = 0;
    const bool members = node->members > 0;
    const char *what = node->op->parse(node, words->word + first, words->count - first, &bad);
    if (!what && members && !node->op->by_member) {
        bad = 0;
        what = "behind a layer with members each dense layer says so too, as in 'dense 64 relu members 8', and only "
               "dropout and add can stand between";
    }
    return what ? wrong_word(r, words, first, bad, what) : INK_OK;
}

static ink_status parse_chain(struct reading *r, size_t source, size_t *last);

static bool same_values(const struct inki_shape *a, const struct inki_shape *b)
{
    return a->height == b->height && a->width == b->width && a->channels == b->channels;
}

/* With the same padding too: the raw images have none. */
static bool same_shapes(const struct inki_shape *a, const struct inki_shape *b)
{
    return same_values(a, b) && a->padding == b->padding;
}

/* What stands in brackets, one chain or two, both behind `source`; *a and *b are their ends. */
static ink_status parse_sides(struct reading *r, size_t source, size_t *a, size_t *b)
{
    *b = source;
    INK_TRY(parse_chain(r, source, a));
    if (r->stop == '&') INK_TRY(parse_chain(r, source, b));
    if (r->stop == ')') return INK_OK;
    return wrong_at(r, (size_t)(r->at - r->copy) + (r->stop == 0),
                    r->stop == '&' ? "at most two chains can be added; write add( … & … )" : "a ')' is missing here");
}

static ink_status parse_brackets(struct reading *r, const struct inki_op *op, size_t source, size_t column)
{
    struct words words;
    size_t a, b;
    if (++r->depth > MOST_DEPTH) return wrong_at(r, column, "brackets are nested too deeply");
    INK_TRY(parse_sides(r, source, &a, &b));
    r->depth--;
    INK_TRY(cut_words(r, &words));
    if (r->stop == '(') return wrong_at(r, words.column[words.count], "put '|' before the next layer");
    INK_TRY(begin_node(r, op, a, column));
    struct inki_node *node = &r->nodes[r->count - 1];
    const struct inki_shape other = b ? r->nodes[b - 1].out : r->in;
    node->sources = 2;
    node->back[1] = r->count - b;
    node->origin = r->count - source;
    if (node->members != (b ? r->nodes[b - 1].members : 0))
        return wrong_at(r, column, "both sides of add( … ) must be of the same members");
    if (same_shapes(&node->in, &other)) return parse_words(r, &words, 0);
    char what[120];
    if (inki_shape_size(&node->in) != inki_shape_size(&other))
        snprintf(what, sizeof what, "%s( … ) needs two sides of one shape; found %zu and %zu outputs", op->word,
                 inki_shape_size(&node->in), inki_shape_size(&other));
    else if (same_values(&node->in, &other))
        snprintf(what, sizeof what,
                 "%s( … ) cannot add images to values that are not; put a layer over images in front of them",
                 op->word);
    else
        snprintf(what, sizeof what, "%s( … ) needs two sides of one shape; found %zux%zux%zu and %zux%zux%zu", op->word,
                 node->in.height, node->in.width, node->in.channels, other.height, other.width, other.channels);
    return wrong_at(r, column, what);
}

static ink_status parse_layer(struct reading *r, size_t source)
{
    const struct inki_op *op = NULL;
    struct words words;
    INK_TRY(cut_words(r, &words));
    if (words.count == 0) return wrong_at(r, words.column[0], "expected a layer here, such as 'dense 100 relu'");
    for (size_t i = 0; i < inki_op_count; i++)
        if (!op && inki_ops[i]->parse &&
            inki_same_name(inki_ops[i]->word, strlen(inki_ops[i]->word), words.word[0], strlen(words.word[0])))
            op = inki_ops[i];
    if (!op) return unknown_layer(r, &words);
    if (r->stop != '(' && op->brackets) return wrong_at(r, words.column[1], "a '(' is missing here");
    if (r->stop != '(') {
        INK_TRY(begin_node(r, op, source, words.column[0]));
        return parse_words(r, &words, 1);
    }
    if (!op->brackets || words.count > 1)
        return wrong_at(r, words.column[words.count],
                        "nothing but add takes brackets; words are separated by blanks, as in 'dense 100 relu'");
    return parse_brackets(r, op, source, words.column[0]);
}

static ink_status parse_chain(struct reading *r, size_t source, size_t *last)
{
    for (*last = source;; *last = r->count) {
        INK_TRY(parse_layer(r, *last));
        if (r->stop != '|') break;
    }
    *last = r->count;
    return INK_OK;
}

static ink_status parse_all(struct reading *r)
{
    size_t last;
    INK_TRY(parse_chain(r, 0, &last));
    if (r->stop == 0) return INK_OK;
    return wrong_at(r, (size_t)(r->at - r->copy),
                    r->stop == '&' ? "'&' stands in brackets only, as in add( … & … )" : "unmatched ')'");
}

ink_status inki_spec_parse(ink_ctx *ctx, const char *notation, struct inki_shape in, struct inki_node *nodes,
                           size_t *count)
{
    struct reading r = {.ctx = ctx, .notation = notation, .in = in, .nodes = nodes};
    *count = 0;
    if (strspn(notation, " \t") == strlen(notation)) return INK_OK;
    if (strlen(notation) > INKI_MOST_NOTATION) return wrong_at(&r, INKI_MOST_NOTATION, "the notation is too long");
    r.copy = r.at = inki_copy_text(ctx, notation);
    if (!r.copy) return INK_NO_MEMORY;
    ink_status status = parse_all(&r);
    *count = r.count;
    inki_free(r.copy);
    return status;
}

/* A text that is written to its end; used > room where it did not fit. */
struct writing {
    const struct inki_node *nodes;
    char *text;
    size_t used, room;
};

static void write_word(struct writing *w, const char *word)
{
    size_t length = strlen(word);
    if (w->used + length < w->room) memcpy(w->text + w->used, word, length + 1);
    w->used += length;
}

static void write_chain(struct writing *w, size_t source, size_t last);

static void write_brackets(struct writing *w, size_t number, const char *rest)
{
    const struct inki_node *node = &w->nodes[number - 1];
    const size_t source = number - node->origin, b = number - node->back[1];
    write_word(w, node->op->word);
    write_word(w, "( ");
    write_chain(w, source, number - node->back[0]);
    if (b != source) {
        write_word(w, " & ");
        write_chain(w, source, b);
    }
    write_word(w, " )");
    write_word(w, rest);
}

/* The nodes behind `source` up to node `last`, numbered from 1. */
static void write_chain(struct writing *w, size_t source, size_t last)
{
    const struct inki_node *node = &w->nodes[last - 1];
    const size_t front = last - (node->op->brackets ? node->origin : node->back[0]);
    char one[128];
    if (front != source) {
        write_chain(w, source, front);
        write_word(w, " | ");
    }
    node->op->print(node, one, sizeof one);
    if (node->op->brackets)
        write_brackets(w, last, one);
    else
        write_word(w, one);
}

bool inki_spec_print(const struct inki_node *nodes, size_t count, char *text, size_t room)
{
    struct writing w = {.nodes = nodes, .text = text, .room = room};
    *text = 0;
    if (count) write_chain(&w, 0, count);
    return w.used < room;
}

/* " members 8 shared", or nothing. */
static void add_members(const ink_settings *set, struct inki_str *out)
{
    const size_t members = inki_get_int(set, INKI_ENSEMBLE);
    const bool separate = strcmp(ink_settings_get(set, "ensemble-weights"), "separate") == 0;
    if (members) inki_str_add(out, " members %zu%s", members, separate ? "" : " shared");
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
        add_members(set, out);
        if (inki_get_real(set, INKI_DROPOUT) > 0) inki_str_add(out, " | dropout %s", rate);
        if (!at[digits]) return INK_OK;
        at += digits + 1;
    }
}

/* The default of net stands for "none given": one word about the layers, and the short settings hold. */
static bool net_holds(const ink_settings *set)
{
    return ink_settings_is_set(set, "net") ||
           (!ink_settings_is_set(set, "hidden") && !ink_settings_is_set(set, "activation") &&
            !ink_settings_is_set(set, "dropout") && inki_get_int(set, INKI_ENSEMBLE) == 0);
}

bool inki_net_is_auto(const ink_settings *set)
{
    return net_holds(set) && strcmp(inki_get_text(set, INKI_NET), "auto") == 0;
}

void inki_notation_note(ink_ctx *ctx, const ink_settings *set, const char *usual)
{
    char *notation;
    bool dropout = ink_settings_is_set(set, "dropout"), ensemble = inki_get_int(set, INKI_ENSEMBLE) > 0;
    if (net_holds(set) || ink_settings_is_set(set, "hidden") || inki_notation_from(ctx, set, &notation) != INK_OK)
        return;
    inki_note(ctx, "%s replaces the default network (%s): it is now %s; hidden or net says what it shall be",
              ensemble  ? "ensemble"
              : dropout ? "dropout"
                        : "activation",
              usual, notation);
    inki_free(notation);
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
        inki_free(str.text);
    return status;
}
