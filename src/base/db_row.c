/* db_row: a row of an answer as JSON, for those who are not where the database is.
 * SPDX-License-Identifier: MIT */
#include "base/db.h"

#include <math.h>
#include <string.h>

json_t *inki_db_value_of_real(double value)
{
    if (isnan(value)) return json_null();
    return isinf(value) ? json_string(value > 0 ? "inf" : "-inf") : json_real(value);
}

int64_t inki_db_value_int(const json_t *row, int column)
{
    return json_integer_value(json_array_get(row, (size_t)column));
}

double inki_db_value_real(const json_t *row, int column)
{
    const json_t *value = json_array_get(row, (size_t)column);
    const char *text = json_string_value(value);
    if (text && strcmp(text, "inf") == 0) return (double)INFINITY;
    if (text && strcmp(text, "-inf") == 0) return -(double)INFINITY;
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

const char *inki_db_value_text(const json_t *row, int column)
{
    const char *text = json_string_value(json_array_get(row, (size_t)column));
    return text ? text : "";
}
