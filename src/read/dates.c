/* dates: parsing days and times.
 * SPDX-License-Identifier: MIT */
#include "read/dates.h"

#include "base/text.h"

#include <string.h>

static const char *const part_names[INKI_DATE_PARTS] = {"year", "month", "day", "weekday", "hour", "days"};

const char *inki_date_part_name(enum inki_date_part part) { return part_names[part]; }

enum inki_date_part inki_date_part_of(const char *name, size_t *stem)
{
    const char *dot = strrchr(name, '.');
    *stem = dot ? (size_t)(dot - name) : 0;
    for (int part = 0; dot && part < INKI_DATE_PARTS; part++)
        if (strcmp(dot + 1, part_names[part]) == 0) return (enum inki_date_part)part;
    return INKI_DATE_PARTS;
}

/* ------------------------------------------------------------------- characters */

struct text {
    const char *at;
    size_t left;
};

static bool take(struct text *text, char c)
{
    if (text->left == 0 || *text->at != c) return false;
    text->at++, text->left--;
    return true;
}

static void skip_blanks(struct text *text)
{
    while (take(text, ' ')) continue;
}

/* A number of up to `most` digits; returns how many it has. */
static int take_number(struct text *text, int most, int *value)
{
    int digits = 0;
    *value = 0;
    while (text->left > 0 && *text->at >= '0' && *text->at <= '9') {
        if (digits++ == most) return 0;
        *value = 10 * *value + (*text->at++ - '0');
        text->left--;
    }
    return digits;
}

/* One of `count` words of three letters, or a longer word that begins so: its number; -1 if there is none. */
static int take_word(struct text *text, const char *words, int count)
{
    size_t length = 0;
    while (length < text->left && length < 9 && inki_lower(text->at[length]) >= 'a' &&
           inki_lower(text->at[length]) <= 'z')
        length++;
    for (int i = 0; length >= 3 && i < count; i++) {
        size_t k = 0;
        while (k < 3 && inki_lower(text->at[k]) == words[3 * i + (int)k]) k++;
        if (k < 3) continue;
        text->at += length, text->left -= length;
        return i;
    }
    return -1;
}

/* ------------------------------------------------------------------------ fields */

/* Three numbers between equal signs, or a month in words among them. */
struct fields {
    int value[3], digits[3];
    int word; /* the place of the month in words, or -1 */
    char sign;
};

static bool take_field(struct text *text, struct fields *fields, int i)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    fields->digits[i] = take_number(text, 4, &fields->value[i]);
    if (fields->digits[i] > 0) return true;
    const int month = fields->word < 0 && i < 2 ? take_word(text, months, 12) : -1;
    if (month < 0) return false;
    fields->value[i] = month + 1;
    fields->word = i;
    take(text, '.');
    return true;
}

static bool take_fields(struct text *text, struct fields *fields)
{
    *fields = (struct fields){.word = -1};
    if (take_word(text, "montuewedthufrisatsun", 7) >= 0) {
        take(text, ',');
        skip_blanks(text);
    }
    for (int i = 0; i < 3; i++) {
        if (!take_field(text, fields, i)) return false;
        if (i == 2) break;
        const char sign = text->left > 0 ? *text->at : 0;
        if (!sign || !strchr("-/. ,", sign)) return false;
        text->at++, text->left--;
        if (sign == ',' || sign == '.') skip_blanks(text);
        if (i > 0 && sign != fields->sign && fields->word < 0) return false;
        fields->sign = sign;
    }
    return fields->word >= 0 || fields->sign == '-' || fields->sign == '/' || fields->sign == '.';
}

/* --------------------------------------------------------------------------- days */

static bool is_leap(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

static bool is_day(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (year < 1 || month < 1 || month > 12 || day < 1) return false;
    return day <= days[month - 1] + (month == 2 && is_leap(year));
}

/* Days since 1970-01-01, in the calendar of today for all years. */
static int days_of(int year, int month, int day)
{
    static const int before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    const int past = year - 1;
    const int days = 365 * past + past / 4 - past / 100 + past / 400 + before[month - 1] + day - 1;
    return days + (month > 2 && is_leap(year)) - 719162;
}

static int full_year(int year, int digits) { return digits > 2 ? year : year < 70 ? 2000 + year : 1900 + year; }

/* The three numbers in one form; false if they are no day. */
static bool day_of(const struct fields *fields, unsigned form, int *year, int *month, int *day)
{
    const int *value = fields->value, *digits = fields->digits;
    int y = 2, m = form == INKI_DATE_MDY ? 0 : 1, d = 1 - m;
    if (fields->word >= 0)
        m = fields->word, d = 1 - m;
    else if (form == INKI_DATE_YMD)
        y = 0, m = 1, d = 2;
    else if (form == INKI_DATE_MDY && fields->sign == '.')
        return false;
    if (digits[d] > 2 || (fields->word < 0 && digits[m] > 2) || (digits[y] != 4 && (digits[y] != 2 || y == 0)))
        return false;
    *year = full_year(value[y], digits[y]), *month = value[m], *day = value[d];
    return is_day(*year, *month, *day);
}

/* --------------------------------------------------------------------------- time */

static void take_zone(struct text *text)
{
    int value;
    skip_blanks(text);
    if (take(text, 'Z') || take(text, 'z')) return;
    if (take_word(text, "utcgmt", 2) >= 0) return;
    if (!take(text, '+') && !take(text, '-')) return;
    if (take_number(text, 4, &value) == 2 && take(text, ':')) take_number(text, 2, &value);
}

static bool is_next(const struct text *text, char a, char b)
{
    return text->left >= 2 && inki_lower(text->at[0]) == a && inki_lower(text->at[1]) == b;
}

/* hh:mm, hh:mm:ss or hh:mm:ss.fff, am or pm, a zone: seconds since midnight. */
static bool take_time(struct text *text, double *seconds)
{
    *seconds = 0;
    int hour, minute, second = 0;
    double fraction = 0, unit = 1;
    if (!take_number(text, 2, &hour) || !take(text, ':') || take_number(text, 2, &minute) != 2) return false;
    if (take(text, ':') && take_number(text, 2, &second) != 2) return false;
    if (take(text, '.') || take(text, ','))
        for (; text->left > 0 && *text->at >= '0' && *text->at <= '9'; text->at++, text->left--)
            fraction += (unit /= 10) * (*text->at - '0');
    skip_blanks(text);
    const bool morning = is_next(text, 'a', 'm'), evening = is_next(text, 'p', 'm');
    if (morning || evening) {
        if (hour < 1 || hour > 12) return false;
        hour = hour % 12 + 12 * evening;
        text->at += 2, text->left -= 2;
    }
    take_zone(text);
    *seconds = 3600.0 * hour + 60.0 * minute + second + fraction;
    return hour < 24 && minute < 60 && second < 61;
}

/* ---------------------------------------------------------------------------- all */

static bool take_all(const char *at, size_t length, struct fields *fields, double *seconds)
{
    struct text text = {at, length};
    *seconds = 0;
    skip_blanks(&text);
    if (!take_fields(&text, fields)) return false;
    const bool more = take(&text, 'T') || take(&text, ',') || take(&text, ' ');
    skip_blanks(&text);
    if (text.left == 0) return true;
    return more && take_time(&text, seconds) && text.left == 0;
}

/* A time of day alone. */
static bool is_time(const char *at, size_t length, double *seconds)
{
    struct text text = {at, length};
    skip_blanks(&text);
    return take_time(&text, seconds) && text.left == 0;
}

unsigned inki_date_forms(const char *text, size_t length)
{
    struct fields fields;
    double seconds;
    int year, month, day;
    unsigned forms = 0;
    if (is_time(text, length, &seconds)) return INKI_DATE_TIME;
    if (!take_all(text, length, &fields, &seconds)) return 0;
    for (unsigned form = 1; form < INKI_DATE_TIME; form *= 2)
        if (day_of(&fields, form, &year, &month, &day)) forms |= form;
    return forms;
}

bool inki_date_read(const char *text, size_t length, unsigned form, double parts[INKI_DATE_PARTS])
{
    struct fields fields;
    double seconds;
    int year, month, day;
    if (form == INKI_DATE_TIME) {
        for (int part = 0; part < INKI_DATE_PARTS; part++) parts[part] = 0;
        const bool good = is_time(text, length, &seconds);
        parts[INKI_HOUR] = seconds / 3600;
        return good;
    }
    if (!take_all(text, length, &fields, &seconds) || !day_of(&fields, form, &year, &month, &day)) return false;
    const int days = days_of(year, month, day);
    parts[INKI_YEAR] = year;
    parts[INKI_MONTH] = month;
    parts[INKI_DAY] = day;
    parts[INKI_WEEKDAY] = ((days + 3) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
    parts[INKI_HOUR] = (double)(int)(seconds / 3600);
    parts[INKI_DAYS] = days + seconds / 86400;
    return true;
}
