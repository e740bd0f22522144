/* dates: days and times in one of the forms that tables have, as numbers.
 * SPDX-License-Identifier: MIT
 *
 * A column of dates becomes several of numbers, its parts. Zones are left aside: a date is what the clock showed. */
#ifndef INKI_DATES_H
#define INKI_DATES_H

#include <stdbool.h>
#include <stddef.h>

/* Which of three numbers is what; a month in words needs no form. TIME: of a day alone, 13:45:10 or 1:45 PM, whose only part is the
 * hour, with a fraction. */
enum {
    INKI_DATE_YMD = 1,
    INKI_DATE_DMY = 2,
    INKI_DATE_MDY = 4,
    INKI_DATE_TIME = 8,
    INKI_DATE_FORMS = 15,
    INKI_DATE_KINDS = 4
};

enum inki_date_part { INKI_YEAR, INKI_MONTH, INKI_DAY, INKI_WEEKDAY, INKI_HOUR, INKI_DAYS, INKI_DATE_PARTS };

/* "year", …: what follows a column's name and a dot. */
const char *inki_date_part_name(enum inki_date_part part);

/* The part that name ends with, behind a dot, and how long the name is before that; INKI_DATE_PARTS if it ends with none. */
enum inki_date_part inki_date_part_of(const char *name, size_t *stem);

/* The forms that the text can be read in; 0: it is no date. */
unsigned inki_date_forms(const char *text, size_t length);

/* Its parts in one form: weekday 0 is Monday, days are since 1970-01-01, with a fraction. False if it is no date of that form. */
bool inki_date_read(const char *text, size_t length, unsigned form, double parts[INKI_DATE_PARTS]);

#endif
