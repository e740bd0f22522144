/* csource_names: texts as C may have them, in comments and literals, and names in C of what a table's columns and their words are called.
 * SPDX-License-Identifier: MIT */
#include "out/csource_names.h"
#include "out/csource_parts.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

/* Nothing may end the comment, begin another, or end the line. */
void inki_c_put_comment(struct inki_text *file, const char *text)
{
    for (size_t i = 0; text[i] && i < 400; i++) {
        char c = text[i];
        bool ends = (c == '/' && i > 0 && text[i - 1] == '*') || (c == '*' && i > 0 && text[i - 1] == '/');
        inki_text_put(file, "%c", (unsigned char)c < 32 || ends || c == '\\' ? '?' : c);
    }
}

/* Escapes in octal, which have an end, and no trigraphs. */
void inki_c_put_literal(struct inki_text *file, const char *text)
{
    for (size_t i = 0; text[i]; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 32 || c > 126 || c == '"' || c == '\\' || c == '?')
            inki_text_put(file, "\\%03o", c);
        else
            inki_text_put(file, "%c", c);
    }
}

enum { MOST_LETTERS = 48 };

/* What no member may be called: words of C and C++, and what their headers may have made macros of. */
static const char words_of_c[] =
    " alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const const_cast "
    "constexpr continue decltype default delete do double dynamic_cast else enum explicit export extern false float "
    "for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private "
    "protected public register reinterpret_cast requires restrict return short signed sizeof static static_assert "
    "static_cast struct switch template this thread_local throw true try typedef typeid typename typeof union unsigned "
    "using virtual void volatile wchar_t while xor xor_eq linux unix errno assert stdin stdout stderr complex "
    "imaginary offsetof NULL EOF NAN INFINITY BUFSIZ INT UINT ";

/* Types that the header has: "enum net_row" would be one of them. */
static const char words_of_header[] = " row input workspace predict predict_in ";

static bool is_among(const char *list, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)); at += length)
        if (at[-1] == ' ' && at[length] == ' ') return true;
    return false;
}

static bool is_small(char c) { return c >= 'a' && c <= 'z'; }
static bool is_letter(char c) { return is_small(inki_lower(c)); }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Letters, digits and single underscores of a text, in front of what begins with no letter "c"; capitals where they are wanted. "" if nothing is
 * left. */
static void put_identifier(const char *text, bool upper, char out[MOST_LETTERS + 2])
{
    size_t used = 0;
    for (; *text && used < MOST_LETTERS; text++) {
        const bool part = is_letter(*text) || is_digit(*text);
        if (part && !upper && used == 0 && !is_letter(*text)) out[used++] = 'c';
        if (part)
            out[used++] = upper && is_small(*text) ? (char)(*text - 'a' + 'A') : *text;
        else if (used > 0 && out[used - 1] != '_')
            out[used++] = '_';
    }
    while (used > 0 && out[used - 1] == '_') used--;
    out[used] = 0;
}

/* A copy of the name, with a number behind it where it is taken: 2 to 9, then one that makes no long search. NULL without memory. */
static char *take(struct inki_c_names *names, const char *name)
{
    struct inki_str text = {.ctx = names->ctx};
    inki_str_add(&text, "%s", name);
    for (size_t n = 2; !text.failed && json_object_get(names->seen, text.text); n++) {
        text.length = 0;
        inki_str_add(&text, "%s_%zu", name, n < 10 ? n : n + json_object_size(names->seen));
    }
    if (!text.failed && json_object_set_new(names->seen, text.text, json_true()) == 0) return text.text;
    inki_free(text.text);
    return NULL;
}

static char *take_member(struct inki_c_names *names, size_t j)
{
    char name[MOST_LETTERS + 8];
    put_identifier(names->columns[j].title, false, name);
    if (!*name) snprintf(name, sizeof name, "column%zu", j + 1);
    const bool macro = strncmp(name, "INT", 3) == 0 || strncmp(name, "UINT", 4) == 0;
    if (macro || is_among(words_of_c, name) || is_among(words_of_header, name)) strcat(name, "_");
    return take(names, name);
}

static char *take_constant(struct inki_c_names *names, const char *upper, const char *member, const char *word)
{
    char of[MOST_LETTERS + 2], part[MOST_LETTERS + 2], name[3 * MOST_LETTERS];
    put_identifier(member, true, of);
    put_identifier(word, true, part);
    snprintf(name, sizeof name, "%.40s_%s_%s", upper, of, *part ? part : "WORD");
    return take(names, name);
}

static ink_status take_words(struct inki_c_names *names, const char *upper, const struct inki_column *of,
                             struct inki_c_column *out)
{
    out->other = take_constant(names, upper, out->member, "other");
    out->gap = take_constant(names, upper, out->member, "gap");
    out->list = take_constant(names, upper, out->member, "words");
    out->constants = inki_zalloc(names->ctx, of->word_count + 1, sizeof *out->constants);
    out->words = of->word_count;
    if (!out->other || !out->gap || !out->list || !out->constants) return INK_NO_MEMORY;
    for (size_t i = 0; i < of->word_count; i++) {
        if (of->slots_of[i]) out->constants[i] = take_constant(names, upper, out->member, of->words[i]);
        if (of->slots_of[i] && !out->constants[i]) return INK_NO_MEMORY;
    }
    return INK_OK;
}

static ink_status take_titles(struct inki_c_names *names, const ink_model *model)
{
    const char *text = ink_model_metadata(model, "columns");
    json_t *list = json_loads(text ? text : "[]", 0, NULL);
    bool done = true;
    for (size_t j = 0; done && j < names->count; j++) {
        const char *known = json_string_value(json_array_get(list, j));
        struct inki_str title = {.ctx = names->ctx};
        if (known)
            inki_str_add(&title, "%s", known);
        else
            inki_str_add(&title, "column%zu", j + 1);
        names->columns[j].title = title.text;
        done = !title.failed;
    }
    json_decref(list);
    return done ? INK_OK : INK_NO_MEMORY;
}

/* What the header defines besides. */
static ink_status take_own(struct inki_c_names *names, const char *upper)
{
    static const char *const own[] = {"H",           "INPUTS",       "CLASSES",   "OUTPUTS",
                                      "CLASS_NAMES", "OUTPUT_NAMES", "WORKSPACE", "NO_STATIC"};
    char name[64];
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        snprintf(name, sizeof name, "%.40s_%s", upper, own[i]);
        if (json_object_set_new(names->seen, name, json_true()) != 0) return INK_NO_MEMORY;
    }
    return INK_OK;
}

static ink_status take_all(struct inki_c_names *names, const ink_model *model, const char *upper)
{
    INK_TRY(take_own(names, upper));
    INK_TRY(take_titles(names, model));
    for (size_t j = 0; j < names->count; j++) {
        const struct inki_column *column = &model->encoding->columns[j];
        names->columns[j].member = take_member(names, j);
        if (!names->columns[j].member) return INK_NO_MEMORY;
        if (!column->number) INK_TRY(take_words(names, upper, column, &names->columns[j]));
    }
    return INK_OK;
}

ink_status inki_c_names_begin(ink_ctx *ctx, const ink_model *model, const char *upper, struct inki_c_names *out)
{
    *out = (struct inki_c_names){.ctx = ctx,
                                 .count = model->features,
                                 .columns = inki_zalloc(ctx, model->features, sizeof *out->columns),
                                 .seen = json_object()};
    ink_status status = out->columns && out->seen ? take_all(out, model, upper) : INK_NO_MEMORY;
    if (status != INK_OK) inki_c_names_end(out);
    return status;
}

void inki_c_names_end(struct inki_c_names *names)
{
    if (!names->ctx) return;
    for (size_t j = 0; names->columns && j < names->count; j++) {
        struct inki_c_column *column = &names->columns[j];
        for (size_t i = 0; column->constants && i < column->words; i++) inki_free(column->constants[i]);
        inki_free(column->constants);
        inki_free(column->title);
        inki_free(column->member);
        inki_free(column->other);
        inki_free(column->gap);
        inki_free(column->list);
    }
    inki_free(names->columns);
    json_decref(names->seen);
    *names = (struct inki_c_names){0};
}
