/* scorer: kinds of columns, ids, and the label column.
 * SPDX-License-Identifier: MIT */
#include "read/scorer.h"

#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FEW_ROWS = 10,  /* fewer say nothing about how often values repeat, or whether they count */
    TEXT_ROWS = 20, /* nor of what nearly every row has its own */
    NAMED = 200,    /* what the name y is worth; class, target and label one more each */
    NEEDED = 45,
    MARGIN = 15,
    NOTICED = 35,
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
    static const char ids[] = "id |imageid |index |idx |no |nr |row |row id |uid |uuid |guid |rownames |row names |#|";
    char words[96];
    words_of(name, words);
    return !*name || strcmp(name, "#") == 0 || is_listed(ids, words) || strncmp(words, "unnamed ", 8) == 0;
}

/* passenger_id, imageId, sample index: names that end as ids do. */
static bool ends_as_id(const char *name)
{
    char words[96];
    words_of(name, words);
    return is_listed("id |uuid |guid |index |idx |no |nr |number |key |", last_word(words)) && last_word(words) > words;
}

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

static bool mostly(uint32_t part, uint32_t all) { return all > 0 && 20 * (uint64_t)part >= 19 * (uint64_t)all; }

static enum inki_kind kind_of(const struct inki_traits *traits)
{
    if (traits->cells == 0) return INKI_EMPTY;
    if (2 * (uint64_t)traits->numbers >= traits->cells || traits->forms) return INKI_NUMBERS;
    if (traits->lists == traits->cells && traits->list_length > 3) return INKI_LISTS;
    if (mostly(traits->dates, traits->cells)) return INKI_DATES;
    if (mostly(traits->places, traits->cells)) return INKI_PLACES;
    if (traits->cells >= TEXT_ROWS && 2 * traits->distinct > traits->cells) return INKI_TEXTS;
    return traits->distinct == 2 ? INKI_FLAGS : INKI_WORDS;
}

/* Few different integers, each in several rows. */
static bool has_few(const struct inki_traits *traits)
{
    return traits->integers == traits->cells && traits->cells >= FEW_ROWS && traits->distinct > 1 &&
           traits->distinct <= 100 && (traits->distinct == 2 || 5 * traits->distinct <= traits->cells);
}

void inki_columns_judge(struct inki_columns *columns, const struct inki_look *look)
{
    for (size_t i = 0; i < columns->count; i++) {
        struct inki_column *column = &columns->list[i];
        column->kind = (uint8_t)kind_of(&look->traits[i]);
        column->few = has_few(&look->traits[i]);
    }
}

/* ------------------------------------------------------------------------ keys */

static bool is_words(enum inki_kind kind) { return kind == INKI_WORDS || kind == INKI_FLAGS || kind == INKI_TEXTS; }

/* Numbers of rows: 0, 1, 2, … or 1, 2, 3, … */
static bool counts_rows(const struct inki_traits *traits)
{
    return traits->counts && traits->missing == 0 && traits->cells >= FEW_ROWS &&
           (traits->first == 0 || traits->first == 1);
}

static enum inki_why key_of(const struct inki_columns *columns, const struct inki_look *look, size_t i, bool auto_id)
{
    const struct inki_traits *traits = &look->traits[i];
    const char *name = inki_columns_name(columns, i);
    enum inki_kind kind = columns->list[i].kind;
    bool own = traits->distinct == traits->cells && (traits->integers == traits->cells || kind != INKI_NUMBERS);
    if (auto_id && columns->named && inki_is_id_name(name)) return *name ? INKI_NAMED_ID : INKI_UNNAMED;
    if (auto_id && columns->named && ends_as_id(name) && own) return INKI_NAMED_ID;
    if (auto_id && counts_rows(traits)) return INKI_COUNTING;
    if (kind == INKI_DATES) return INKI_HAS_DATES;
    if (kind == INKI_PLACES) return INKI_HAS_PLACES;
    return kind == INKI_TEXTS ? INKI_HAS_TEXTS : INKI_USED;
}

static bool is_id(enum inki_why why) { return why == INKI_NAMED_ID || why == INKI_UNNAMED || why == INKI_COUNTING; }

/* Which of the left-out columns names the rows: one that has a name before one that has none. */
static void choose_id(struct inki_columns *columns)
{
    for (int pass = 0; pass < 3 && columns->id == columns->count; pass++)
        for (size_t i = 0; i < columns->count && columns->id == columns->count; i++) {
            enum inki_why why = columns->list[i].why, wanted = pass == 0 ? INKI_NAMED_ID : INKI_COUNTING;
            if (columns->list[i].role != INKI_LEFT_OUT) continue;
            if (pass < 2 ? why == wanted : why == INKI_UNNAMED) columns->id = i;
        }
}

void inki_columns_leave_out_keys(struct inki_columns *columns, const struct inki_look *look, bool auto_id)
{
    for (size_t i = 0; i < columns->count; i++) {
        enum inki_why why = key_of(columns, look, i, auto_id);
        if (columns->list[i].role != INKI_FEATURE || columns->list[i].wanted || why == INKI_USED) continue;
        if (columns->named && inki_label_name_points(inki_columns_name(columns, i)) > 0) continue;
        if (columns->features == 1 && why == INKI_COUNTING) continue; /* nothing else is there to learn from */
        inki_columns_set_role(columns, i, INKI_LEFT_OUT, why);
        if (is_id(why)) columns->list[i].kind = INKI_IDS;
    }
    choose_id(columns);
}

/* --------------------------------------------------------------------- one-hot */

/* How long the name is before what tells one-hot columns apart, behind the last _, . or -; or before the digits at its end. */
static size_t stem_of(const char *name)
{
    size_t length = strlen(name), i = length;
    while (i > 0 && !strchr("_.-", name[i - 1])) i--;
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

/* ---------------------------------------------------------------------- labels */

/* What all features together are like. */
struct crowd {
    size_t words, few, numbers, first, last;
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
        crowd->has_x = crowd->has_x || ((*name == 'x' || *name == 'X') && !name[1]);
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

static int points_of(const struct inki_columns *columns, const struct inki_look *look, const struct crowd *crowd,
                     size_t i)
{
    const struct inki_column *column = &columns->list[i];
    const struct inki_traits *traits = &look->traits[i];
    int name = name_points(columns, i), points = name + kind_points(columns, crowd, i);
    bool alone = crowd->named_alike + 1 == columns->features && crowd->odd == i;
    bool measured = column->kind == INKI_NUMBERS && !column->few && traits->cells >= FEW_ROWS;
    if (i == crowd->last) points += 20;
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

void inki_columns_score(struct inki_columns *columns, const struct inki_look *look)
{
    struct crowd crowd;
    size_t best[4], count = 0;
    if (columns->features < 2) return;
    see_crowd(columns, &crowd);
    for (size_t i = 0; i < columns->count; i++) {
        if (columns->list[i].role != INKI_FEATURE || columns->list[i].wanted) continue;
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
