/* scorer: kinds of columns, ids, and the label column.
 * SPDX-License-Identifier: MIT */
#include "read/scorer.h"

#include "base/text.h"
#include "read/dates.h"
#include "read/relations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEW_ROWS = 10,  /* fewer say nothing about how often values repeat, or whether they count */
    MANY_ROWS = 20, /* nor of what some are */
    TEXT_ROWS = 50, /* nor of what nearly every row has its own */
    NAMED = 200,    /* what the name y is worth; class, target and label one more each */
    NEEDED = 45,
    MARGIN = 15,
    NOTICED = 35,
    WIDE = 32,        /* with more columns only the first and the last may count the rows */
    SHARED_NAMES = 8, /* so many columns of counted names are an image, or the like */
};

/* ----------------------------------------------------------------------- names */

/* The words of a name in small letters, each with a blank behind: "PassengerId" and "passenger_id" are "passenger id ". */
static void words_of(const char *name, char out[96])
{
    size_t used = 0;
    char before = 0;
    for (const char *c = name; *c && used + 3 < 96; before = *c++) {
        bool letter =
            (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') || (uint8_t)*c >= 128;
        bool hump = *c >= 'A' && *c <= 'Z' && before >= 'a' && before <= 'z';
        if ((!letter || hump) && used > 0 && out[used - 1] != ' ') out[used++] = ' ';
        if (letter) out[used++] = inki_lower(*c);
    }
    if (used > 0 && out[used - 1] != ' ') out[used++] = ' ';
    out[used] = 0;
}

/* Whether a list, "a |b c |", has exactly these words. */
static bool is_listed(const char *list, const char *words)
{
    size_t length = strlen(words);
    for (const char *at = list; length > 0 && (at = strstr(at, words)); at++)
        if ((at == list || at[-1] == '|') && at[length] == '|') return true;
    return false;
}

static const char *last_word(const char *words)
{
    size_t length = strlen(words);
    const char *at = words + (length > 0 ? length - 1 : 0);
    while (at > words && at[-1] != ' ') at--;
    return at;
}

static const char likely[] =
    "labels |targets |classes |species |outcome |survived |diagnosis |category |digit |response |attack |fault |fraud |"
    "is fraud |churn |churned |exited |default |defect |variety |sentiment |emotion |spam |is spam |truth |ground "
    "truth |gt |"
    "cls |klass |output |answer |result |type |kind |breed |activity |disease |failure |character |letter |quality "
    "|approved |";
static const char ends[] = "label |target |class |category |labels |species |outcome |";
static const char never[] = "date |time |datetime |timestamp |when |day |month |year |hour |minute |file |filename "
                            "|path |url |uri |name |host |ip |"
                            "address |split |usage |part |fold |set |subset |partition |email |phone |";
static const char unlikely[] = "price |cost |amount |salary |fare |weight |height |width |length |size |latitude |lat "
                               "|longitude |lon |lng |x |z |x1 |"
                               "y1 |age |";
static const char attributes[] =
    "sex |gender |race |country |city |state |zip |color |colour |region |marital |embarked |cabin |title |currency |";

int inki_label_name_points(const char *name)
{
    char words[96];
    words_of(name, words);
    static const char *const names[] = {"y ", "class ", "target ", "label "};
    for (int i = 0; i < 4; i++)
        if (strcmp(words, names[i]) == 0) return NAMED + i;
    return 0;
}

bool inki_is_label_name(const char *name)
{
    char words[96];
    words_of(name, words);
    return inki_label_name_points(name) > 0 || is_listed(likely, words) || is_listed(ends, last_word(words));
}

bool inki_is_id_name(const char *name)
{
    static const char ids[] = "id |imageid |row id |uid |uuid |guid |rownames |row names |";
    char words[96];
    words_of(name, words);
    return !*name || is_listed(ids, words) || strncmp(words, "unnamed ", 8) == 0;
}

/* Names of ids if no value comes again: index, nr. */
static bool is_place_name(const char *name)
{
    char words[96];
    words_of(name, words);
    return strcmp(name, "#") == 0 || is_listed("index |idx |no |nr |row |", words);
}

/* What ends as ids do: passenger_id, sample index. */
static bool ends_as_id(const char *name)
{
    static const char ends_of_ids[] = "id |uuid |guid |index |idx |no |nr |number |nummer |key |identifier |kennung |";
    char words[96];
    words_of(name, words);
    return is_listed(ends_of_ids, last_word(words)) && last_word(words) > words;
}

/* A name that stands above values of its own, were it the first row of a table. */
bool inki_is_key_name(const char *name) { return inki_is_id_name(name) || is_place_name(name) || ends_as_id(name); }

static int name_points(const struct inki_columns *columns, size_t i)
{
    char words[96];
    const char *name = inki_columns_name(columns, i);
    int points = inki_label_name_points(name);
    words_of(name, words);
    if (points) return points;
    if (is_listed(likely, words)) return 60;
    if (is_listed(never, words) || is_listed(never, last_word(words))) return -100;
    if (is_listed(ends, last_word(words))) return 70;
    if (is_listed(unlikely, words)) return -60;
    return is_listed(attributes, words) ? -40 : 0;
}

/* ----------------------------------------------------------------------- kinds */

static bool mostly(unsigned part, unsigned all) { return all > 0 && 20 * (uint64_t)part >= 19 * (uint64_t)all; }

/* What the others are taken for mistakes beside. */
static bool prevails(unsigned part, unsigned all) { return all < MANY_ROWS ? 2 * part >= all : mostly(part, all); }

enum inki_kind inki_kind_of(const struct inki_traits *traits)
{
    if (traits->cells == 0) return INKI_EMPTY;
    if (traits->forms && traits->weak < traits->cells) return INKI_NUMBERS;
    if (prevails(traits->numbers, traits->cells)) return INKI_NUMBERS;
    if (traits->lists == traits->cells && traits->list_length > 3) return INKI_LISTS;
    if (prevails(traits->dates, traits->cells)) return INKI_DATES;
    if (mostly(traits->places, traits->cells)) return INKI_PLACES;
    if (traits->distinct > FEW_ROWS && mostly(traits->measures + traits->numbers, traits->cells)) return INKI_MEASURES;
    if (traits->cells > TEXT_ROWS && 2 * traits->distinct > traits->cells) return INKI_TEXTS;
    return traits->distinct == 2 ? INKI_FLAGS : INKI_WORDS;
}

static enum inki_kind kind_as_given(enum inki_given given, enum inki_kind kind)
{
    if (given == INKI_GIVEN_NUMBER && kind != INKI_LISTS) return INKI_NUMBERS;
    if (given == INKI_GIVEN_CATEGORY) return INKI_WORDS;
    if (given == INKI_GIVEN_DATE) return INKI_DATES;
    return given == INKI_GIVEN_FLAG && kind != INKI_NUMBERS ? INKI_FLAGS : kind;
}

/* Few different integers, each in several rows. */
static bool has_few(const struct inki_traits *traits)
{
    return traits->integers == traits->cells && traits->cells >= FEW_ROWS && traits->distinct > 1 &&
           traits->distinct <= 100 && (traits->distinct == 2 || 5 * traits->distinct <= traits->cells);
}

unsigned inki_forms_of_dates(const struct inki_traits *traits)
{
    uint32_t most = 0;
    unsigned forms = 0;
    for (size_t i = 0; i < INKI_DATE_KINDS; i++)
        if (traits->dated[i] > most) most = traits->dated[i];
    if (traits->cells == 0 || !prevails(most, traits->cells)) return 0;
    for (size_t i = 0; i < INKI_DATE_KINDS; i++) forms |= (traits->dated[i] == most ? 1U : 0U) << i;
    return forms & INKI_DATE_YMD ? INKI_DATE_YMD : forms;
}

/* The one form in which the dates of a column can be read; 0 if there is none, or more. */
static unsigned form_of_dates(const struct inki_traits *traits)
{
    const unsigned forms = inki_forms_of_dates(traits);
    return forms & (forms - 1) ? 0 : forms;
}

/* -99, 999, -9999, … which programs write for what is missing; 0 for another number. */
static float nines_of(double value)
{
    double nines = 99;
    while (nines < fabs(value) && nines < 1e7) nines = 10 * nines + 9;
    return fabs(value) == nines ? (float)value : 0;
}

void inki_columns_judge(struct inki_columns *columns, const struct inki_look *look)
{
    for (size_t i = 0; i < columns->count; i++) {
        struct inki_column *column = &columns->list[i];
        column->kind = (uint8_t)kind_as_given((enum inki_given)column->given, inki_kind_of(&look->traits[i]));
        const uint32_t distinct = look->traits[i].distinct;
        column->few = has_few(&look->traits[i]);
        column->weak = look->traits[i].weak > 0;
        column->nines =
            nines_of(look->traits[i].low) != 0 ? nines_of(look->traits[i].low) : nines_of(look->traits[i].high);
        column->seen = (uint16_t)(distinct < UINT16_MAX ? distinct : UINT16_MAX);
        const unsigned dates = column->kind == INKI_DATES ? form_of_dates(&look->traits[i]) : 0;
        column->form = (uint8_t)dates;
        column->parts = dates == INKI_DATE_TIME ? 1 << INKI_HOUR : dates ? (1 << INKI_DATE_PARTS) - 1 : 0;
    }
}

/* ------------------------------------------------------------------------ keys */

static bool is_year(const struct inki_columns *columns, size_t i)
{
    char words[96];
    words_of(inki_columns_name(columns, i), words);
    return strcmp(last_word(words), "year ") == 0;
}

static bool is_words(enum inki_kind kind) { return kind == INKI_WORDS || kind == INKI_FLAGS || kind == INKI_TEXTS; }

bool inki_counts_in_disorder(const struct inki_traits *traits)
{
    return traits->cells >= TEXT_ROWS && traits->missing == 0 && traits->integers == traits->cells &&
           traits->distinct == traits->cells && (traits->low == 0 || traits->low == 1) &&
           traits->high - traits->low + 1 == traits->cells;
}

/* Numbers of rows: 0, 1, 2, … or 1, 2, 3, …, also in another order. In the first column also from another number on, or in steps of
 * ten, or, in a table without names, as long as they rise; but not what is as large as times are. */
static bool counts_rows(const struct inki_columns *columns, const struct inki_traits *traits, size_t i)
{
    const double times = 1 << 24;
    const bool inside = columns->count > WIDE && i > 0 && i + 1 < columns->count; /* among pixels */
    if (traits->missing || traits->cells < FEW_ROWS || traits->integers < traits->cells || inside) return false;
    if (traits->counts && (traits->first == 0 || traits->first == 1)) return true;
    if (traits->cells < TEXT_ROWS || traits->high >= times) return false;
    if (inki_counts_in_disorder(traits)) return true;
    return i == 0 && columns->features > 2 && (traits->even || (traits->rises && !columns->named)) &&
           !is_year(columns, i);
}

/* Integers or texts of which none comes again, or, where that may be, few do. */
static bool has_keys(const struct inki_traits *traits, enum inki_kind kind, bool again)
{
    if (traits->cells == 0 || (traits->integers < traits->cells && kind == INKI_NUMBERS)) return false;
    return traits->distinct == traits->cells ||
           (again && traits->cells >= TEXT_ROWS && 3 * traits->distinct > traits->cells);
}

/* Dates whose first two numbers could both be the month in all rows. */
static bool either_way(const struct inki_traits *traits)
{
    return inki_forms_of_dates(traits) == (INKI_DATE_DMY | INKI_DATE_MDY);
}

static bool is_known(const struct inki_look *look, size_t i) { return look->whole && look->whole[i]; }

/* Integers of which none comes again in the first rows, so that they may count all, in another order. */
static bool may_count(const struct inki_columns *columns, const struct inki_look *look, size_t i)
{
    const struct inki_traits *traits = &look->traits[i];
    const double times = 1 << 24;
    const bool inside = columns->count > WIDE && i > 0 && i + 1 < columns->count;
    return !is_known(look, i) && !inside && traits->cells >= TEXT_ROWS && traits->missing == 0 &&
           traits->integers == traits->cells && traits->distinct == traits->cells && traits->low >= 0 &&
           traits->high < times;
}

static enum inki_why key_of(const struct inki_columns *columns, const struct inki_look *look, size_t i, bool auto_id)
{
    const struct inki_traits *traits = &look->traits[i];
    const char *name = inki_columns_name(columns, i);
    enum inki_kind kind = columns->list[i].kind;
    if (auto_id && columns->named && inki_is_id_name(name)) return *name ? INKI_NAMED_ID : INKI_UNNAMED;
    if (auto_id && columns->named && has_keys(traits, kind, ends_as_id(name)) &&
        (is_place_name(name) || ends_as_id(name)))
        return INKI_NAMED_ID;
    if (auto_id && counts_rows(columns, traits, i)) return INKI_COUNTING;
    if (kind == INKI_DATES && !columns->list[i].parts) return either_way(traits) ? INKI_HAS_EITHER : INKI_HAS_DATES;
    if (kind == INKI_PLACES) return INKI_HAS_PLACES;
    return kind == INKI_TEXTS ? INKI_HAS_TEXTS : INKI_USED;
}

static bool is_id(enum inki_why why) { return why == INKI_NAMED_ID || why == INKI_UNNAMED || why == INKI_COUNTING; }

/* Whether each row has a text of its own, as names of files and keys are, but no sentences. */
static bool names_rows(const struct inki_traits *traits, enum inki_why why)
{
    return (why == INKI_HAS_PLACES || why == INKI_HAS_TEXTS) && traits->missing == 0 && traits->spaced == 0 &&
           traits->distinct == traits->cells;
}

/* Which of the left-out columns names the rows: one that has a name before one that has none, ids before names of files. */
static void choose_id(struct inki_columns *columns, const struct inki_look *look)
{
    static const enum inki_why wanted[] = {INKI_NAMED_ID, INKI_COUNTING, INKI_UNNAMED};
    for (size_t pass = 0; pass < 4 && columns->id == columns->count; pass++)
        for (size_t i = 0; i < columns->count && columns->id == columns->count; i++) {
            enum inki_why why = columns->list[i].why;
            if (columns->list[i].role != INKI_LEFT_OUT || look->traits[i].cells == 0) continue;
            if (pass < 3 ? why == wanted[pass] : names_rows(&look->traits[i], why)) columns->id = i;
        }
}

void inki_columns_leave_out_keys(struct inki_columns *columns, const struct inki_look *look, bool auto_id)
{
    for (size_t i = 0; i < columns->count; i++) {
        enum inki_why why = key_of(columns, look, i, auto_id);
        columns->list[i].apart = auto_id && why == INKI_USED && may_count(columns, look, i);
        if (columns->list[i].role != INKI_FEATURE || columns->list[i].wanted || why == INKI_USED) continue;
        if (columns->list[i].given && columns->list[i].given != INKI_GIVEN_DATE) continue;
        if (columns->named && inki_label_name_points(inki_columns_name(columns, i)) > 0) continue;
        if (columns->features == 1 && why == INKI_COUNTING) continue; /* nothing else is there to learn from */
        if (columns->features == 2 && columns->id < columns->count && is_id(why)) continue; /* an id is known */
        const bool empty = why == INKI_NAMED_ID && look->traits[i].cells == 0;
        inki_columns_set_role(columns, i, INKI_LEFT_OUT, empty ? INKI_IS_EMPTY : why);
        if (is_id(why)) columns->list[i].kind = INKI_IDS;
        if (why == INKI_COUNTING && !is_known(look, i)) {
            columns->list[i].rises = true;
            columns->list[i].even = columns->named || i > 0 || columns->features < 2;
        }
    }
    choose_id(columns, look);
}

/* --------------------------------------------------------------------- one-hot */

/* How long the name is before what tells one-hot columns apart, behind the last _, . or -; or before the digits at its end. */
static size_t stem_of(const char *name)
{
    size_t length = strlen(name), i = length;
    while (i > 0 && !strchr("_.-= ", name[i - 1])) i--;
    if (i > 1) return i - 1;
    while (length > 0 && name[length - 1] >= '0' && name[length - 1] <= '9') length--;
    return name[length] ? length : 0;
}

/* Whether in all rows one of columns [begin, end) is 1 and all others are 0. */
static bool is_one_hot(const struct inki_look *look, size_t begin, size_t end)
{
    for (size_t row = 0; row < look->rows; row++) {
        double sum = 0;
        for (size_t i = begin; i < end; i++) {
            double value = look->values[row * look->columns + i];
            if (value != 0 && value != 1) return false;
            sum += value;
        }
        if (sum != 1) return false;
    }
    return look->rows > 0;
}

bool inki_columns_find_one_hot(struct inki_columns *columns, const struct inki_look *look)
{
    for (size_t begin = 0, end; columns->named && begin < columns->count; begin = end) {
        const char *name = inki_columns_name(columns, begin);
        size_t stem = stem_of(name);
        char words[64];
        for (end = begin + 1; end < columns->count; end++) {
            const char *other = inki_columns_name(columns, end);
            if (stem == 0 || stem_of(other) != stem || memcmp(name, other, stem) != 0) break;
        }
        if (end - begin < 2 || stem >= sizeof words) continue;
        memcpy(words, name, stem);
        words[stem] = 0;
        if (!inki_is_label_name(words) || end - begin == columns->features || !is_one_hot(look, begin, end)) continue;
        for (size_t i = begin; i < end; i++) inki_columns_set_role(columns, i, INKI_ONE_HOT, INKI_USED);
        columns->label = begin;
        return true;
    }
    return false;
}

/* The last columns [*begin, *end) that are one-hot, three or more, or the first ones. False if there are none. */
static bool find_nameless_one_hot(const struct inki_columns *columns, const struct inki_look *look, size_t *begin,
                                  size_t *end)
{
    enum { LEAST = 3 };
    const size_t count = columns->count;
    for (size_t size = LEAST; size < count && size <= 100; size++) {
        for (int last = 1; last >= 0; last--) {
            *begin = last ? count - size : 0;
            *end = *begin + size;
            if (columns->list[*begin].role == INKI_FEATURE && is_one_hot(look, *begin, *end)) return true;
        }
    }
    return false;
}

static size_t add_handle(const struct inki_columns *columns, size_t i, bool first, char *out, size_t room, size_t used)
{
    char handle[INKI_SHOWN_ROOM];
    inki_columns_handle(columns, i, handle);
    if (used + strlen(handle) + 2 > room) return used;
    return used + (size_t)snprintf(out + used, room - used, "%s%s", first ? "" : ",", handle);
}

void inki_columns_hint(const struct inki_columns *columns, const struct inki_look *look, char *out, size_t room)
{
    size_t begin, end, used;
    const char *none = columns->named ? "no column is named label, target, class or y" : "no column looks like labels";
    if (look->rows >= FEW_ROWS && find_nameless_one_hot(columns, look, &begin, &end)) {
        used = (size_t)snprintf(out, room, "%s; %zu columns are one-hot: --label-column ", none, end - begin);
        for (size_t i = begin; i < end; i++) used = add_handle(columns, i, i == begin, out, room, used);
        return;
    }
    used = (size_t)snprintf(out, room, "%s (--label-column", none);
    if (columns->candidate_count) {
        used += (size_t)snprintf(out + used, room - used, " ");
        used = add_handle(columns, columns->candidates[0], true, out, room - 2, used);
        used += (size_t)snprintf(out + used, room - used, "?");
    }
    snprintf(out + used, room - used, ")");
}

/* ---------------------------------------------------------------------- labels */

/* What all features together are like. */
struct crowd {
    size_t words, few, numbers, first, last;
    size_t end;         /* the last column that is no id */
    size_t named_alike; /* features whose name is that of the first but for its number */
    size_t odd;         /* the only one whose name is not, where all others' are */
    bool has_x;
};

static size_t stem_length(const char *name)
{
    size_t length = strlen(name);
    while (length > 0 && name[length - 1] >= '0' && name[length - 1] <= '9') length--;
    return name[length] ? length : 0;
}

/* The names of a column in the middle and of this one are the same but for the numbers at their ends. */
static bool named_alike(const char *a, const char *b)
{
    size_t length = stem_length(a);
    return length > 0 && stem_length(b) == length && memcmp(a, b, length) == 0;
}

static void see_crowd(const struct inki_columns *columns, struct crowd *crowd)
{
    const char *middle = inki_columns_name(columns, columns->count / 2);
    *crowd = (struct crowd){.first = columns->count, .odd = columns->count};
    for (size_t i = 0; i < columns->count; i++) {
        const struct inki_column *column = &columns->list[i];
        const char *name = inki_columns_name(columns, i);
        if (column->kind != INKI_IDS) crowd->end = i;
        crowd->has_x = crowd->has_x || ((*name == 'x' || *name == 'X') && !name[1]);
        crowd->words += column->why == INKI_HAS_TEXTS; /* words are nothing special here */
        if (column->role != INKI_FEATURE) continue;
        if (crowd->first == columns->count) crowd->first = i;
        crowd->last = i;
        crowd->words += is_words(column->kind);
        crowd->numbers += column->kind == INKI_NUMBERS;
        crowd->few += column->few && name_points(columns, i) >= 0;
        if (columns->named && named_alike(middle, name))
            crowd->named_alike++;
        else
            crowd->odd = i;
    }
}

static int kind_points(const struct inki_columns *columns, const struct crowd *crowd, size_t i)
{
    const struct inki_column *column = &columns->list[i];
    int points = 0;
    if (column->kind == INKI_WORDS || column->kind == INKI_FLAGS) {
        points += 25 + (column->kind == INKI_FLAGS ? 10 : 0);
        if (crowd->words == 1) points += 30;
    } else if (column->kind == INKI_NUMBERS && column->few) {
        points += 15;
        if (4 * crowd->few <= crowd->numbers + 3) points += 15;
    } else if (column->kind != INKI_NUMBERS || column->form) {
        points -= 60;
    }
    return points;
}

/* A column named as labels are that says what one of another kind of name says, beside one that is likely by its name: `class` beside
 * `pclass` and `survived`. */
static bool repeats_another(const struct inki_columns *columns, size_t i)
{
    bool twin = false, other = false;
    const size_t own = columns->list[i].twin ? columns->list[i].twin - 1 : i;
    if (!columns->list[i].twinned || inki_label_name_points(inki_columns_name(columns, i)) == 0) return false;
    for (size_t k = 0; k < columns->count; k++) {
        const bool same = (columns->list[k].twin ? columns->list[k].twin - 1 : k) == own;
        if (k == i || columns->list[k].role != INKI_FEATURE) continue;
        twin = twin || (same && name_points(columns, k) <= 0);
        other = other || (!same && name_points(columns, k) >= 60);
    }
    return twin && other;
}

static int points_of(const struct inki_columns *columns, const struct inki_look *look, const struct crowd *crowd,
                     size_t i)
{
    const struct inki_column *column = &columns->list[i];
    const struct inki_traits *traits = &look->traits[i];
    int name = repeats_another(columns, i) ? 0 : name_points(columns, i);
    int points = name + kind_points(columns, crowd, i);
    bool alone = crowd->named_alike + 1 == columns->features && crowd->odd == i;
    bool measured = column->kind == INKI_NUMBERS && !column->few && traits->cells >= FEW_ROWS;
    if (i == crowd->last && (i == crowd->end || column->kind == INKI_NUMBERS)) points += 20;
    if (i == crowd->first && i != crowd->last) points += 8;
    if (alone && crowd->named_alike >= SHARED_NAMES) points += 60;
    if (name == NAMED && crowd->has_x && columns->features > 2)
        points -= i == crowd->last && !measured ? NAMED - 30 : NAMED;
    if (measured && name < NAMED && !alone) points -= 60; /* measurements are no classes */
    return points < -1000 ? -1000 : points;
}

/* Keeps the highest so far, the best first. */
static void keep_best(struct inki_columns *columns, size_t i, size_t best[4], size_t *count)
{
    size_t at = *count < 4 ? (*count)++ : 4;
    if (at == 4) {
        if (columns->list[i].score <= columns->list[best[3]].score) return;
        at = 3;
    }
    for (; at > 0 && columns->list[best[at - 1]].score < columns->list[i].score; at--) best[at] = best[at - 1];
    best[at] = i;
}

static const char *reason_of(const struct inki_columns *columns, size_t i, const struct crowd *crowd)
{
    const struct inki_column *column = &columns->list[i];
    if (inki_label_name_points(inki_columns_name(columns, i)) > 0) return "";
    if (crowd->named_alike + 1 == columns->features && crowd->named_alike >= SHARED_NAMES)
        return "the names of the others only count";
    if (column->kind != INKI_NUMBERS) return "it holds words";
    return name_points(columns, i) > 0 ? "by its name" : "last, with few values";
}

/* The only column that is not left out, by its name: nothing is there to learn from then, which is said. */
static void choose_named(struct inki_columns *columns)
{
    for (size_t i = 0; columns->count > 1 && i < columns->count; i++)
        if (columns->list[i].role == INKI_FEATURE && !columns->list[i].wanted && !columns->list[i].given &&
            inki_label_name_points(inki_columns_name(columns, i)) > 0)
            inki_columns_set_label(columns, i, "");
}

void inki_columns_score(struct inki_columns *columns, const struct inki_look *look)
{
    struct crowd crowd;
    size_t best[4], count = 0;
    if (columns->features < 2) {
        choose_named(columns);
        return;
    }
    see_crowd(columns, &crowd);
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_FEATURE || columns->list[i].wanted || columns->list[i].given) continue;
        columns->list[i].score = (int16_t)points_of(columns, look, &crowd, i);
        keep_best(columns, i, best, &count);
    }
    bool found = count > 0 && columns->list[best[0]].score >= NEEDED;
    const int first = count ? columns->list[best[0]].score : 0;
    for (size_t k = found; k < count && columns->candidate_count < 3; k++)
        if (columns->list[best[k]].score >= NOTICED) columns->candidates[columns->candidate_count++] = best[k];
    const int second = columns->candidate_count ? columns->list[columns->candidates[0]].score : 0;
    columns->close = found && second > 0 && (first - second < MARGIN || second >= NAMED);
    if (found) inki_columns_set_label(columns, best[0], reason_of(columns, best[0], &crowd));
}

ink_status inki_columns_ask(const struct inki_columns *columns)
{
    char handle[INKI_SHOWN_ROOM], list[400] = "";
    inki_columns_handle(columns, columns->label, handle);
    size_t used = (size_t)snprintf(list, sizeof list, "--label-column %s", handle);
    for (size_t i = 0; i < columns->candidate_count; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, " or --label-column %s",
                                 inki_columns_handle(columns, columns->candidates[i], handle));
    return inki_fail(columns->ctx, INK_BAD_DATA,
                     "%s: %zu columns may hold the labels; say which: %s; or --label-column none if there are none",
                     columns->where, columns->candidate_count + 1, list);
}
