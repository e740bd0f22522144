/* onnx_encode: the encoding of a table's columns as nodes of an ONNX graph: an input a column, the inputs of the first layer out.
 * SPDX-License-Identifier: MIT
 *
 * All numbers go side by side through few nodes: gaps are noted and filled, z-scores made, and the bins of all columns, each as the
 * difference of two ramps from 0 to 1 (ple: j; hat: j - 1 less j), whose corners are the knots. A column of words goes through a
 * LabelEncoder to its slot, which is compared with all slots; the gap counts as the slot behind them. A Gather puts them into the
 * encoding's order at the end. */
#include "out/onnx_build.h"

#ifdef INKI_HAVE_ONNX

#include "base/mem.h"
#include "base/text.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef const char *const inputs_of[INKI_ONNX_INPUTS];

/* The parts that are joined at the end. */
struct encoder {
    struct inki_onnx_build *b;
    const struct inki_encoding *encoding;
    const float *w; /* the node's */
    char **names;   /* [columns] of the graph's inputs */
    char **parts;   /* values [batch][some], in the order of joining */
    size_t part_count;
    size_t *place;       /* [encoding inputs]: where each is in the parts */
    size_t joined;       /* inputs in the parts so far */
    float *left, *width; /* corners of ramps under way */
    int64_t *column;     /* the number of each */
};

static void node(const struct encoder *e, const char *op, const char *a, const char *b, const char *out,
                 const char *doc)
{
    inki_onnx_add_node(e->b, op, out, (inputs_of){a, b}, out, doc);
}

static void clip(const struct encoder *e, const char *from, const char *out)
{
    inki_onnx_add_node(e->b, "Clip", out, (inputs_of){from, "encode.zero", "encode.one"}, out, NULL);
}

static void cast(const struct encoder *e, const char *from, const char *out)
{
    Inki__Onnx__Node *made = inki_onnx_add_node(e->b, "Cast", out, (inputs_of){from}, out, NULL);
    if (made) inki_onnx_add_int(e->b, made, "to", INKI_ONNX_FLOAT);
}

static void gather(const struct encoder *e, const char *from, const char *places, const char *out)
{
    Inki__Onnx__Node *made = inki_onnx_add_node(e->b, "Gather", out, (inputs_of){from, places}, out, NULL);
    if (made) inki_onnx_add_int(e->b, made, "axis", 1);
}

/* The next part. */
static void join(struct encoder *e, const char *name) { e->parts[e->part_count++] = inki_onnx_text(e->b, name); }

static void take_place(struct encoder *e, size_t input) { e->place[input] = e->joined++; }

/* Constants [numbers], tensor t of the encoding's. */
static void add_numbers(const struct encoder *e, const char *name, size_t t)
{
    inki_onnx_add_floats(e->b, name, e->w + inki_encoding_place(e->encoding, t, 0), &e->encoding->numbers, 1);
}

/* ---------------------------------------------------------------------- numbers */

/* All columns of numbers as one value; where there are gaps, and all values without. */
static void add_raw(const struct encoder *e)
{
    const struct inki_encoding *encoding = e->encoding;
    const char **list = inki_onnx_memory(e->b, encoding->numbers, sizeof *list);
    size_t count = 0;
    if (!list) return;
    for (size_t j = 0; j < encoding->column_count; j++)
        if (encoding->columns[j].number) list[count++] = e->names[j];
    add_numbers(e, "encode.shift", 0);
    add_numbers(e, "encode.factor", 1);
    add_numbers(e, "encode.low", 2);
    add_numbers(e, "encode.high", 3);
    inki_onnx_add_concat(e->b, list, count, "encode.numbers");
    node(e, "IsNaN", "encode.numbers", NULL, "encode.is_gap", "a gap is NaN");
    inki_onnx_add_node(e->b, "Where", "encode.filled", (inputs_of){"encode.is_gap", "encode.low", "encode.numbers"},
                       "encode.filled", NULL);
    inki_onnx_add_node(e->b, "Clip", "encode.known", (inputs_of){"encode.filled", "encode.least", "encode.most"},
                       "encode.known", NULL);
    cast(e, "encode.is_gap", "encode.gaps");
    node(e, "Sub", "encode.one", "encode.gaps", "encode.there", NULL);
}

/* z-scores of all numbers; those of normal columns come from elsewhere. */
static void add_scores(struct encoder *e)
{
    const struct inki_encoding *encoding = e->encoding;
    node(e, "Max", "encode.known", "encode.low", "encode.above", "held to the range of the training rows");
    node(e, "Min", "encode.above", "encode.high", "encode.held", NULL);
    node(e, "Sub", "encode.held", "encode.shift", "encode.centred", NULL);
    node(e, "Mul", "encode.centred", "encode.factor", "encode.scored", NULL);
    node(e, "Mul", "encode.scored", "encode.there", "encode.z", NULL);
    join(e, "encode.z");
    for (size_t j = 0; j < encoding->column_count; j++)
        if (encoding->columns[j].number) take_place(e, encoding->columns[j].first);
}

/* Gaps of columns that have them. */
static void add_gaps(struct encoder *e)
{
    join(e, "encode.gaps");
    for (size_t j = 0; j < e->encoding->column_count; j++) {
        const struct inki_column *column = &e->encoding->columns[j];
        if (column->number && column->gap) e->place[column->gap_at] = e->joined;
        e->joined += column->number;
    }
}

/* Ramp r goes from 0 at knot j to 1 at the next; j = -1: it is 1 everywhere, the last knot: 0. */
static void set_ramp(const struct encoder *e, size_t r, const struct inki_column *column, size_t j)
{
    const float *knots = inki_encoding_of(e->encoding, e->w, column).knots;
    const bool before = j == SIZE_MAX, behind = !before && j + 1 >= column->knots;
    e->left[r] = before ? -INFINITY : behind ? INFINITY : knots[j];
    e->width[r] = before || behind ? 1 : knots[j + 1] - knots[j];
    e->column[r] = (int64_t)column->number_at;
}

static void add_ramps(const struct encoder *e, const char *from, size_t count, const char *what, char out[64])
{
    char left[64], width[64], above[64], steps[64];
    snprintf(left, sizeof left, "encode.%s.left", what);
    snprintf(width, sizeof width, "encode.%s.width", what);
    snprintf(above, sizeof above, "encode.%s.above", what);
    snprintf(steps, sizeof steps, "encode.%s.steps", what);
    snprintf(out, 64, "encode.%s.ramps", what);
    inki_onnx_add_floats(e->b, left, e->left, &count, 1);
    inki_onnx_add_floats(e->b, width, e->width, &count, 1);
    node(e, "Sub", from, left, above, NULL);
    node(e, "Div", above, width, steps, NULL);
    clip(e, steps, out);
}

/* The ramps of all bins: the first (second: the one that is taken off). Returns how many. */
static size_t set_ramps(const struct encoder *e, bool second)
{
    size_t count = 0;
    for (size_t j = 0; j < e->encoding->column_count; j++) {
        const struct inki_column *column = &e->encoding->columns[j];
        const bool hat = column->bins == INKI_BINS_HAT;
        for (size_t i = 0; i < column->bin_count; i++)
            set_ramp(e, count++, column, second ? (hat ? i : column->knots) : (hat ? i - 1 : i));
    }
    return count;
}

static void add_bins(struct encoder *e)
{
    char up[64], down[64];
    const size_t count = set_ramps(e, false);
    if (!count) return;
    inki_onnx_add_int64s(e->b, "encode.bins.column", e->column, count);
    gather(e, "encode.known", "encode.bins.column", "encode.bins.known");
    gather(e, "encode.there", "encode.bins.column", "encode.bins.there");
    add_ramps(e, "encode.bins.known", count, "up", up);
    set_ramps(e, true);
    add_ramps(e, "encode.bins.known", count, "down", down);
    node(e, "Sub", up, down, "encode.bins.all", NULL);
    node(e, "Mul", "encode.bins.all", "encode.bins.there", "encode.bins", "a gap is in no bin");
    join(e, "encode.bins");
    for (size_t j = 0; j < e->encoding->column_count; j++)
        for (size_t i = 0; i < e->encoding->columns[j].bin_count; i++)
            take_place(e, e->encoding->columns[j].bins_at + i);
}

/* z of a column by the normal scores at its knots. */
static void add_normal(struct encoder *e, const struct inki_column *column)
{
    const struct inki_column_constants of = inki_encoding_of(e->encoding, e->w, column);
    const size_t count = column->knots - 1, one = 1;
    char name[8][64], ramps[64], what[32];
    static const char *const ends[] = {"column", "known", "there", "rise", "first", "rises", "scored", "z"};
    float *rise = inki_onnx_memory(e->b, count, sizeof *rise);
    if (!rise) return;
    for (size_t i = 0; i < 8; i++) snprintf(name[i], 64, "encode.normal%zu.%s", column->number_at, ends[i]);
    for (size_t i = 0; i < count; i++) {
        set_ramp(e, i, column, i);
        rise[i] = of.scores[i + 1] - of.scores[i];
    }
    inki_onnx_add_int64s(e->b, name[0], e->column, 1);
    inki_onnx_add_floats(e->b, name[3], rise, (size_t[]){count, 1}, 2);
    inki_onnx_add_floats(e->b, name[4], of.scores, &one, 1);
    gather(e, "encode.known", name[0], name[1]);
    gather(e, "encode.there", name[0], name[2]);
    snprintf(what, sizeof what, "normal%zu", column->number_at);
    add_ramps(e, name[1], count, what, ramps);
    node(e, "MatMul", ramps, name[3], name[5], NULL);
    node(e, "Add", name[5], name[4], name[6], NULL);
    node(e, "Mul", name[6], name[2], name[7], NULL);
    join(e, name[7]);
    take_place(e, column->first);
}

/* Slots of whole values: 1 where it is that value; slot 0 is what the others leave of 1. */
static void add_values(struct encoder *e, const struct inki_column *column)
{
    static const char *const ends[] = {"column", "values", "known", "is",   "same",
                                       "there",  "slots",  "sum",   "axes", "other"};
    const int64_t last = 1;
    char name[10][64];
    for (size_t i = 0; i < 10; i++) snprintf(name[i], 64, "encode.values%zu.%s", column->number_at, ends[i]);
    inki_onnx_add_int64s(e->b, name[0], (int64_t[]){(int64_t)column->number_at}, 1);
    inki_onnx_add_floats(e->b, name[1], column->values, &column->value_count, 1);
    inki_onnx_add_int64s(e->b, name[8], &last, 1);
    gather(e, "encode.known", name[0], name[2]);
    gather(e, "encode.there", name[0], name[5]);
    node(e, "Equal", name[2], name[1], name[3], NULL);
    cast(e, name[3], name[4]);
    node(e, "Mul", name[4], name[5], name[6], NULL);
    inki_onnx_add_node(e->b, "ReduceSum", name[7], (inputs_of){name[6], name[8]}, name[7], NULL);
    node(e, "Sub", column->gap ? name[5] : "encode.one", name[7], name[9], "any other value");
    join(e, name[9]);
    join(e, name[6]);
    for (size_t i = 0; i < column->slot_count; i++) take_place(e, column->slots_at + i);
}

static void add_all_numbers(struct encoder *e)
{
    const struct inki_encoding *encoding = e->encoding;
    if (!encoding->numbers) return;
    add_raw(e);
    add_scores(e);
    add_bins(e);
    add_gaps(e);
    for (size_t j = 0; j < encoding->column_count; j++) {
        if (encoding->columns[j].bins == INKI_BINS_NORMAL) add_normal(e, &encoding->columns[j]);
        if (encoding->columns[j].value_count) add_values(e, &encoding->columns[j]);
    }
}

/* ------------------------------------------------------------------------ words */

/* The words, and "" for a gap. */
static Inki__Onnx__Node *add_labels(const struct encoder *e, size_t j, const char *out, bool gap_alone)
{
    const struct inki_column *column = &e->encoding->columns[j];
    const size_t words = gap_alone ? 0 : column->word_count;
    char **keys = inki_onnx_memory(e->b, words + 1, sizeof *keys);
    Inki__Onnx__Node *made = inki_onnx_add_node(e->b, "LabelEncoder", out, (inputs_of){e->names[j]}, out, NULL);
    if (!made || !keys) return NULL;
    for (size_t i = 0; i < words; i++) keys[i] = column->words[i];
    keys[words] = inki_onnx_text(e->b, "");
    made->domain = inki_onnx_text(e->b, INKI_ONNX_ML);
    inki_onnx_add_strings(e->b, made, "keys_strings", keys, words + 1);
    return e->b->failed ? NULL : made;
}

/* A slot of 0 or 1 for each frequent word; the gap is the last. */
static void add_slots(struct encoder *e, size_t j)
{
    const struct inki_column *column = &e->encoding->columns[j];
    const size_t words = column->word_count, count = column->slot_count + column->gap;
    int64_t *slots = inki_onnx_memory(e->b, words + 1 > count ? words + 1 : count, sizeof *slots);
    char name[4][64];
    static const char *const ends[] = {"slot", "slots", "is", "words"};
    for (size_t i = 0; i < 4; i++) snprintf(name[i], 64, "encode.column%zu.%s", j + 1, ends[i]);
    Inki__Onnx__Node *made = add_labels(e, j, name[0], false);
    if (!made || !slots) return;
    for (size_t i = 0; i < words; i++) slots[i] = column->slots_of[i];
    slots[words] = column->gap ? (int64_t)column->slot_count : 0;
    inki_onnx_add_ints(e->b, made, "values_int64s", slots, words + 1);
    inki_onnx_add_int(e->b, made, "default_int64", 0);
    for (size_t i = 0; i < count; i++) slots[i] = (int64_t)i;
    inki_onnx_add_int64s(e->b, name[1], slots, count);
    node(e, "Equal", name[0], name[1], name[2], NULL);
    cast(e, name[2], name[3]);
    join(e, name[3]);
    for (size_t i = 0; i < count; i++) take_place(e, column->slots_at + i);
}

/* One input by the word; what == "gap": by whether there is one. */
static void add_flag(struct encoder *e, size_t j, const char *what, size_t input)
{
    const struct inki_column *column = &e->encoding->columns[j];
    const bool gap = strcmp(what, "gap") == 0;
    const size_t words = gap ? 0 : column->word_count;
    float *values = inki_onnx_memory(e->b, words + 1, sizeof *values);
    char name[64];
    snprintf(name, sizeof name, "encode.column%zu.%s", j + 1, what);
    Inki__Onnx__Node *made = add_labels(e, j, name, gap);
    if (!made || !values) return;
    for (size_t i = 0; i < words; i++)
        values[i] = column->slots_of[i] == 0 ? 0.0f : column->slots_of[i] == 1 ? -1.0f : 1.0f;
    values[words] = gap ? 1 : 0;
    inki_onnx_add_float_list(e->b, made, "values_floats", values, words + 1);
    inki_onnx_add_float(e->b, made, "default_float", 0);
    join(e, name);
    take_place(e, input);
}

static void add_words(struct encoder *e, size_t j)
{
    const struct inki_column *column = &e->encoding->columns[j];
    if (!column->flag) {
        add_slots(e, j);
        return;
    }
    add_flag(e, j, "flag", column->slots_at);
    if (column->gap) add_flag(e, j, "gap", column->gap_at);
}

/* ------------------------------------------------------------------------ names */

/* Whether the graph has values of that name, or may have: "label", "dense1.weight". */
static bool is_taken(const ink_model *model, const char *name)
{
    static const char *const whole[] = {"",           "label",    "probabilities", "class_index", "classes", "members",
                                        "softmax",    "mean",     "values",        "both",        "spread",  "unscaled",
                                        "logarithms", "at_least", "exponentials",  "powers",      "others",  "at_most"};
    static const char *const begins[] = {"encode.", "output.", "members.", "target_", "threshold", "gelu."};
    const char *dot = strchr(name, '.');
    bool taken = false;
    for (size_t i = 0; i < sizeof whole / sizeof *whole; i++) taken = taken || strcmp(name, whole[i]) == 0;
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        taken = taken || strncmp(name, begins[i], strlen(begins[i])) == 0;
    for (size_t i = 0; dot && i < model->node_count; i++) {
        const char *of = *model->nodes[i].name ? model->nodes[i].name : model->nodes[i].op->word;
        taken = taken || strncmp(name, of, strlen(of)) == 0;
    }
    return taken;
}

char **inki_onnx_column_names(struct inki_onnx_build *b)
{
    const ink_model *model = b->from;
    const char *text = ink_model_metadata(model, "columns");
    char **names = inki_onnx_memory(b, model->features, sizeof *names);
    json_t *list = json_loads(text ? text : "[]", 0, NULL), *seen = json_object();
    for (size_t j = 0; names && j < model->features; j++) {
        const char *known = json_string_value(json_array_get(list, j));
        struct inki_str name = {.ctx = b->ctx};
        if (known)
            inki_str_add(&name, "%s", known);
        else
            inki_str_add(&name, "column%zu", j + 1);
        if (!name.failed && is_taken(model, name.text)) inki_str_add(&name, "_");
        while (!name.failed && json_object_get(seen, name.text)) inki_str_add(&name, "_%zu", j + 1);
        b->failed = b->failed || name.failed || json_object_set_new(seen, name.text, json_true()) != 0;
        names[j] = name.failed ? NULL : inki_onnx_text(b, name.text);
        inki_free(name.text);
    }
    json_decref(seen);
    json_decref(list);
    return b->failed ? NULL : names;
}

/* ------------------------------------------------------------------------- all */

/* The parts in the encoding's order. */
static void add_order(const struct encoder *e)
{
    const size_t inputs = e->encoding->inputs;
    int64_t *places = inki_onnx_memory(e->b, inputs, sizeof *places);
    if (!places) return;
    for (size_t i = 0; i < inputs; i++) places[i] = (int64_t)e->place[i];
    inki_onnx_add_concat(e->b, (const char *const *)e->parts, e->part_count, "encode.parts");
    inki_onnx_add_int64s(e->b, "encode.order", places, inputs);
    gather(e, "encode.parts", "encode.order", "encode.output");
}

size_t inki_onnx_encoding_nodes(const struct inki_encoding *encoding) { return 16 * encoding->column_count + 32; }

ink_status inki_onnx_add_encoding(struct inki_onnx_build *b, const struct inki_node *of, char **names,
                                  struct inki_onnx_name *now)
{
    const struct inki_encoding *encoding = of->encoding;
    const size_t ramps = encoding->knots + 1;
    static const struct {
        const char *name;
        float value;
    } scalars[] = {{"encode.zero", 0}, {"encode.one", 1}, {"encode.least", -FLT_MAX}, {"encode.most", FLT_MAX}};
    struct encoder e = {.b = b, .encoding = encoding, .w = b->from->w + of->offset, .names = names};
    e.parts = inki_onnx_memory(b, 3 * encoding->column_count + 4, sizeof *e.parts);
    e.place = inki_onnx_memory(b, encoding->inputs, sizeof *e.place);
    e.left = inki_onnx_memory(b, ramps, sizeof *e.left);
    e.width = inki_onnx_memory(b, ramps, sizeof *e.width);
    e.column = inki_onnx_memory(b, ramps, sizeof *e.column);
    if (b->failed) return INK_NO_MEMORY;
    for (size_t i = 0; encoding->numbers && i < 4; i++)
        inki_onnx_add_floats(b, scalars[i].name, &scalars[i].value, NULL, 0);
    add_all_numbers(&e);
    for (size_t j = 0; j < encoding->column_count && !b->failed; j++)
        if (!encoding->columns[j].number) add_words(&e, j);
    if (!b->failed) add_order(&e);
    snprintf(now->name, sizeof now->name, "encode.output");
    return b->failed ? INK_NO_MEMORY : INK_OK;
}

#endif
