/* test_csv: tables of text: what is detected from the content, what can be given, and what is wrong with which cell.
 * SPDX-License-Identifier: MIT */
#include "table_help.h"

#include "read/encoding.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static void text_is(const struct fixture *f, const char *text, const char *note, const char *const *rows)
{
    table_is(f, table_write(f, "t.csv", text), note, rows);
}

static void text_fails(const struct fixture *f, const char *text, ink_status status, const char *words)
{
    help_load_fails(f, table_write(f, "t.csv", text), status, words);
}

static ink_data *load_text(const struct fixture *f, const char *text)
{
    return help_load(f, table_write(f, "t.csv", text));
}

/* -------------------------------------------------------------------- forms */

static void header_and_label(void **state)
{
    const struct fixture *f = *state;
    text_is(f, "label,a,b\n7,1,2\n9,3,4\n", "rows 2, 2 features, 2 classes, label column \"label\"; csv, header, comma",
            ROWS("1 2 7", "3 4 9"));
    text_is(f, "a,Class,b\n1,x,2\n3,y,4\n", "rows 2, 2 features, 2 classes, label column \"Class\"; csv, header, comma",
            ROWS("1 2 x", "3 4 y"));
    text_is(f, "x,y\n1,0\n2,1\n", "rows 2, 1 features, 2 classes, label column \"y\"; csv, header, comma",
            ROWS("1 0", "2 1"));
    text_is(f, "y,x,class\n1,0,5\n2,1,6\n", "rows 2, 2 features, 2 classes, label column \"class\"; csv, header, comma",
            ROWS("1 0 5", "2 1 6"));
    text_is(f, "TARGET,a\n0.0,.5\n1.,-2e-1\n",
            "rows 2, 1 features, 2 classes, label column \"TARGET\"; csv, header, comma",
            ROWS("0.5 0.0", "-0.200000003 1."));
    text_is(f, "a,b\n1,2\n",
            "rows 1, 2 features, no labels: no column is named label, target, class or y (--label-column); "
            "csv, header, comma",
            ROWS("1 2 -"));
}

static void separators(void **state)
{
    const struct fixture *f = *state;
    text_is(f, "a;label\n1;2\n3;4\n", "rows 2, 1 features, 2 classes, label column \"label\"; csv, header, semicolon",
            ROWS("1 2", "3 4"));
    text_is(f, "label\ta b\n1\t2\n3\t4\n", "rows 2, 1 features, 2 classes, label column \"label\"; csv, header, tab",
            ROWS("2 1", "4 3"));
    text_is(f, "a,\"b;c\",label\n1,2,0\n", "rows 1, 2 features, 1 class, label column \"label\"; csv, header, comma",
            ROWS("1 2 0"));
    text_is(f, "label;\"a,b\"\n0;2\n", "rows 1, 1 features, 1 class, label column \"label\"; csv, header, semicolon",
            ROWS("2 0"));
    text_is(f, "a\n1\n2\n",
            "rows 2, 1 features, no labels: no column is named label, target, class or y (--label-column); "
            "csv, header, comma",
            ROWS("1 -", "2 -"));
    help_set(f, "separator", "semicolon");
    text_fails(f, "a,label\n1,2\n3,4\n", INK_BAD_DATA, "t.csv:2:1: '1,2' is not a number|(--separator)");
    help_set(f, "separator", "tab");
    text_is(f, "1\t 2\n",
            "rows 1, 2 features, no labels: no column looks like labels (--label-column); csv, no header, tab",
            ROWS("1 2 -"));
}

static void line_ends_and_blanks(void **state)
{
    const struct fixture *f = *state;
    static const char *const spaced[] = {
        "label a\n1 2\n0 4\n",
        "  label \t  a  \n1\t2  \n\n   0    4",
        "# label a\r\n1 2.000000000000000000e+00\r\n0 4.0\r\n",
        "#label \"a\"\n\"1\" 2\n0 4\n",
    };
    for (size_t i = 0; i < COUNT(spaced); i++)
        text_is(f, spaced[i], "rows 2, 1 features, 2 classes, label column \"label\"; csv, header, space",
                ROWS("2 1", "4 0"));
    text_fails(f, "1 2 3\n4 5 \n", INK_BAD_DATA, "t.csv:1:1: '1 2 3' is not a number|(--separator)");
    static const char *const forms[] = {
        "label,a\n1,2\n0,4\n",
        "label,a\r\n1,2\r\n0,4\r\n",
        "label,a\r1,2\r0,4\r",
        "label,a\n1,2\n0,4",
        "label,a\r\n1,2\r\n0,4",
        "\xEF\xBB\xBFlabel,a\n1,2\n0,4\n",
        "\n\nlabel,a\n\n1,2\n  \n0,4\n\n\n",
        " label , a \n 1 , 2 \n\t0\t,\t4\t\n",
        "\"label\",\"a\"\n\"1\",\"2\"\n\"0\",\" 4 \"\n",
        "label,a\n\"1\"  ,  \"2\"\n0,+4.0e0\n",
        "# label,a\n1,2\n0,4\n",
        "label,a\n1,002\n0,004\n",
    };
    for (size_t i = 0; i < COUNT(forms); i++)
        text_is(f, forms[i], "rows 2, 1 features, 2 classes, label column \"label\"; csv, header, comma",
                ROWS("2 1", "4 0"));
}

static void quotes(void **state)
{
    const struct fixture *f = *state;
    ink_data *data =
        load_text(f, "a,\"the \"\"label\"\",\nor so\",b\n1,\"x, \"\"y\"\"\",3\n4,\" z\r\nz \",6\n7,plain \"w\",9\n");
    table_row_is(data, 0, "1 3 x, \"y\"");
    table_row_is(data, 1, "4 6  z\r\nz ");
    table_row_is(data, 2, "7 9 plain \"w\"");
    ink_data_free(data);
    text_fails(f, "a,b\n1,\"2\n3,4\n", INK_BAD_DATA, "t.csv:2:2: the quote opened here is never closed");
    text_fails(f, "a,b\n1,2\n\"3\"x,4\n", INK_BAD_DATA, "t.csv:3:1: unexpected text after the closing quote");
    text_fails(f, "a,b\n\"1\",\"\n\n2\"\n3,4\n", INK_BAD_DATA, "t.csv:2:2: '  2' is not a number");
    text_fails(f, "\"a\nb\",c\n\"1\",2\n3,\"4\"\n5,x\n", INK_BAD_DATA, "t.csv:5:2: 'x' is not a number");
}

static void headers(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *text;
        size_t rows, features;
        bool header;
    } cases[] = {
        {"1,2\n3,4\n", 2, 2, false},
        {"a,b\n3,4\n", 1, 2, true},
        {"a,2\n3,4\n", 1, 2, true},
        {"0,1,2,3,4\n5,6,7,8,9\n", 1, 5, true},
        {"1,2,3,4,5\n5,6,7,8,9\n", 1, 5, true},
        {"0,1,2,3\n5,6,7,8\n", 2, 4, false},
        {"0,1,2,3,5\n5,6,7,8,9\n", 2, 5, false},
        {"1,2,3,4,5\n", 1, 5, true}, /* no rows: see below */
        {"label,0,1\ncat,5,6\n", 1, 2, true},
        {"5,6,cat\n7,8,dog\n", 2, 2, false},
        {",0,1,2,3,4\n0,5,6,7,8,9\n", 1, 5, true},
        {"\"\",\"a\"\n\"1\",2\n", 1, 1, true},
        {"nan,b\n1,2\n", 1, 2, true},
        {",0,1\n0,5,6\n1,7,8\n", 2, 2, true},
        {",a,b\n0,5,x\n1,7,y\n", 2, 1, true},
        {"7\n", 1, 1, false},
        {"1.5,2,cat\n", 1, 2, false},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (i == 7) {
            text_fails(f, cases[i].text, INK_BAD_FILE, "t.csv:2: the file ends after its header");
            continue;
        }
        ink_data *data = load_text(f, cases[i].text);
        assert_int_equal(data->rows, cases[i].rows);
        assert_int_equal(data->features, cases[i].features);
        assert_int_equal(strstr(f->note, "csv, header") != NULL, cases[i].header);
        ink_data_free(data);
    }
    const char *note =
        "rows 2, 3 features, no labels: no column looks like labels (--label-column); csv, no header, comma";
    text_is(f, ",2,3\n1,2,3\n", note, ROWS("nan 2 3 -", "1 2 3 -")); /* not a header's empty name */
    text_is(f, "1,NA,3\n1,2,3\n", note, ROWS("1 nan 3 -", "1 2 3 -"));
    help_set(f, "header", "no");
    text_fails(f, "a,b\n3,4\n", INK_BAD_DATA, "t.csv:1:1: 'a' is not a number");
    help_set(f, "header", "yes");
    text_is(
        f, "1,2\n3,4\n5,6\n",
        "rows 2, 2 features, no labels: no column is named label, target, class or y (--label-column); csv, header, "
        "comma",
        ROWS("3 4 -", "5 6 -"));
}

/* ------------------------------------------------------------------ columns */

static void word_labels(void **state)
{
    const struct fixture *f = *state;
    text_is(f, "5.1,3.5,Iris-setosa\n6,2.5,Iris-virginica\n7,3,Iris-setosa\n6,2,Iris-versicolor\n",
            "rows 4, 2 features, 3 classes, label column 3 (it holds words); csv, no header, comma",
            ROWS("5.0999999 3.5 Iris-setosa", "6 2.5 Iris-virginica", "7 3 Iris-setosa", "6 2 Iris-versicolor"));
    ink_data *data = load_text(f, "M,5,6\nB,7,8\n");
    assert_string_equal(ink_data_class(data, 0), "B"); /* in alphabetical order */
    assert_string_equal(ink_data_class(data, 1), "M");
    assert_non_null(strstr(f->note, "label column 1 (it holds words)"));
    ink_data_free(data);
    text_is(f, "842302,M,17.5\n842517,B,20\n",
            "rows 2, 2 features, 2 classes, label column 2 (it holds words); csv, no header, comma",
            ROWS("842302 17.5 M", "842517 20 B"));
    text_is(f, "Id,Length,Species\n1,5,\xC3\xA4\n2,6,b\n",
            "rows 2, 1 features, 2 classes, label column \"Species\" (it holds words), column \"Id\" left out (an id); "
            "csv, "
            "header, comma",
            ROWS("5 \xC3\xA4", "6 b"));
    text_is(f, "a,class\n1, 3.0\n2,-1\n3,3\n", /* as they are written, with a warning */
            "rows 3, 1 features, 3 classes, label column \"class\"; csv, header, comma", ROWS("1 3.0", "2 -1", "3 3"));
    text_is(f, "a,b,c\n1,x,u\n2,y,v\n",
            "rows 2, 2 features, 2 classes, label column \"c\" (it holds words); csv, header, comma",
            ROWS("1 0 u", "2 1 v"));
}

/* Rows of pixels, with the label before or behind them. */
static ink_data *load_images(const struct fixture *f, size_t side, size_t rows, bool first, const char *header)
{
    size_t used = strlen(header), room = used + rows * (side * side * 4 + 8) + 1;
    char *text = malloc(room);
    assert_non_null(text);
    memcpy(text, header, used);
    for (size_t i = 0; i < rows; i++) {
        if (first) used += (size_t)snprintf(text + used, room - used, "%zu,", i * 7 % 3 + 1);
        for (size_t j = 0; j < side * side; j++) {
            bool corner = j == 0 || j + 1 == side * side;
            used += (size_t)snprintf(text + used, room - used, "%s%zu", j ? "," : "", corner ? 0 : (i * 31 + j) % 256);
        }
        if (!first) used += (size_t)snprintf(text + used, room - used, ",%zu", i * 7 % 3 + 1);
        text[used++] = '\n';
    }
    const char *path = help_write(f, "t.csv", text, used);
    free(text);
    return help_load(f, path);
}

static void images(void **state)
{
    const struct fixture *f = *state;
    for (int i = 0; i < 4; i++) {
        bool first = i % 2 == 0;
        ink_data *data = load_images(f, i < 2 ? 8 : 16, 20, first, "");
        assert_int_equal(data->rows, 20);
        assert_int_equal(data->features, i < 2 ? 64 : 256);
        assert_int_equal(data->height, i < 2 ? 1 : 16);
        assert_int_equal(data->classes, 3);
        assert_string_equal(ink_data_class(data, 2), "3");
        assert_int_equal(inki_data_label(data, 1), 1);
        assert_int_equal(data->bytes[5 * data->features + 7], (5 * 31 + 7) % 256);
        char column[40];
        snprintf(column, sizeof column, "label column %zu (the others", first ? 1 : data->features + 1);
        assert_non_null(strstr(f->note, column));
        ink_data_free(data);
    }
    help_set(f, "label-column", "none");
    ink_data *data = load_images(f, 8, 20, true, "");
    assert_int_equal(data->features, 65);
    assert_null(data->labels);
    ink_data_free(data);
}

static void given_columns(void **state)
{
    const struct fixture *f = *state;
    const char *text = "a,kind,label,kind\n1,2,3,4\n5,6,7,8\n";
    static const struct {
        const char *given, *note, *row;
    } cases[] = {
        {"2", "label column \"kind\"", "1 3 4 2"},     {"LABEL", "label column \"label\"", "1 2 4 3"},
        {"4", "label column \"kind\"", "1 2 3 4"},     {"1", "label column \"a\"", "2 3 4 1"},
        {"first", "label column \"a\"", "2 3 4 1"},    {"last", "label column \"kind\"", "1 2 3 4"},
        {"auto", "label column \"label\"", "1 2 4 3"}, {"none", "no labels; csv", "1 2 3 4 -"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        help_set(f, "label-column", cases[i].given);
        ink_data *data = load_text(f, text);
        table_row_is(data, 0, cases[i].row);
        assert_non_null(strstr(f->note, cases[i].note));
        ink_data_free(data);
    }
    help_set(f, "label-column", "kind");
    text_fails(f, text, INK_BAD_SETTING, "label-column: 2 columns of |t.csv are named 'kind': say which by its number");
    help_set(f, "label-column", "5");
    text_fails(f, text, INK_BAD_SETTING, "label-column: there is no column 5 in |t.csv: it has columns 1 to 4");
    help_set(f, "label-column", "0");
    text_fails(f, text, INK_BAD_SETTING, "there is no column 0");
    help_set(f, "label-column", "labl");
    text_fails(f, text, INK_BAD_SETTING, "label-column: |has no column 'labl'; did you mean 'label'?");
    text_fails(f, "1,2\n3,4\n", INK_BAD_SETTING, "no header that could name a column 'labl'|1 to 2|--header yes");
    help_set(f, "label-column", "last");
    text_is(f, "1,2,0\n3,4,1\n", "rows 2, 2 features, 2 classes, label column 3; csv, no header, comma",
            ROWS("1 2 0", "3 4 1"));
    text_fails(f, "1\n2\n", INK_BAD_DATA, "no column is left for the features");
}

static void left_out_columns(void **state)
{
    const struct fixture *f = *state;
    text_is(
        f, "ID,a,target\n10,1,0\n20,2,1\n",
        "rows 2, 1 features, 2 classes, label column \"target\", column \"ID\" left out (an id); csv, header, comma",
        ROWS("1 0", "2 1"));
    text_is(
        f, ",Unnamed: 0,imageid,index,id,a\n0,0,1,2,3,9\n",
        "rows 1, 1 features, no labels: no column is named label, target, class or y (--label-column), column 1 left "
        "out (it has no name), column \"Unnamed: 0\" left out (an id), column \"imageid\" left out (an id), column "
        "\"index\" left out (an id), column \"id\" left out (an id); csv, header, comma",
        ROWS("9 -"));
    text_is(
        f, "a,b,\n1,2,\n3,4,\n",
        "rows 2, 2 features, no labels: no column is named label, target, class or y (--label-column), column 3 left "
        "out (it has no name); csv, header, comma",
        ROWS("1 2 -", "3 4 -"));
    text_is(
        f, "id,a\nx7,1\n\"y,8\",2\n",
        "rows 2, 1 features, no labels: no column is named label, target, class or y (--label-column), column \"id\" "
        "left out (an id); csv, header, comma",
        ROWS("1 -", "2 -"));
    help_set(f, "id-column", "none");
    text_is(f, "ID,a,target\n10,1,0\n20,2,1\n",
            "rows 2, 2 features, 2 classes, label column \"target\"; csv, header, comma", ROWS("10 1 0", "20 2 1"));
    help_set(f, "id-column", "A");
    text_is(
        f, "ID,a,target\n10,1,0\n20,2,1\n",
        "rows 2, 1 features, 2 classes, label column \"target\", column \"a\" left out (as given); csv, header, comma",
        ROWS("10 0", "20 1"));
    help_set(f, "id-column", "2");
    text_is(f, "1,2,x\n3,4,y\n",
            "rows 2, 1 features, 2 classes, label column 3 (it holds words), column 2 left out (as given); csv, no "
            "header, comma",
            ROWS("1 x", "3 y"));
    help_set(f, "id-column", "3");
    help_set(f, "label-column", "3");
    text_fails(f, "1,2,x\n3,4,y\n", INK_BAD_SETTING, "id-column: column 3 of |is the label column");
    help_set(f, "id-column", "nothing");
    text_fails(f, "a,b,c\n3,4,y\n", INK_BAD_SETTING, "id-column: |has no column 'nothing'");
}

/* ------------------------------------------------------------------- values */

static void bytes_and_floats(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = load_text(f, "0,1,9,10\n99,100,255,0007\n1e1,25.0,+3,-0\n");
    assert_non_null(data->bytes);
    table_row_is(data, 1, "99 100 255 7 -");
    table_row_is(data, 2, "10 25 3 0 -");
    ink_data_free(data);
    static const struct {
        const char *cell, *value;
    } cases[] = {
        {"256", "256"},
        {"-1", "-1"},
        {"1000", "1000"},
        {"0.5", "0.5"},
        {"1e-3", "0.00100000005"},
        {".25", "0.25"},
        {"123456789", "123456792"},
        {"3.4028234e38", "3.40282347e+38"},
        {"0.1000000000000000055511151231257827021181583404541015625", "0.100000001"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[160], row[64];
        snprintf(text, sizeof text, "1,2,3\n4,%s,6\n7,8,9\n", cases[i].cell);
        snprintf(row, sizeof row, "4 %s 6 -", cases[i].value);
        data = load_text(f, text);
        assert_null(data->bytes);
        table_row_is(data, 0, "1 2 3 -");
        table_row_is(data, 1, row);
        table_row_is(data, 2, "7 8 9 -");
        ink_data_free(data);
    }
}

static void bad_cells(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *cell, *message;
    } cases[] = {
        {"abc", "t.csv:3:2: 'abc' is not a number; correct it or leave it empty, read the column as words "
                "(--columns 2=category), or leave it out (--drop 2)"},
        {"1 2", "t.csv:3:2: '1 2' is not a number"},
        {"1.2.3", "t.csv:3:2: '1.2.3' is not a number"},
        {"0x10", "t.csv:3:2: '0x10' is not a number"},
        {"1e", "t.csv:3:2: '1e' is not a number"},
        {"infinit", "t.csv:3:2: 'infinit' is not a number"},
        {"1;5", "t.csv:3:2: '1;5' is not a number"},
        {"--1", "t.csv:3:2: '--1' is not a number"},
        {"1e39", "t.csv:3:2: 1e39 is not a number that a 32-bit float holds"},
        {"-1e999", "t.csv:3:2: -1e999 is not a number that a 32-bit float holds"},
        {"\"x\"\"y\"", "t.csv:3:2: 'x\"y' is not a number"},
        {"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
         "t.csv:3:2: 'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr…'"},
        {"\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3"
         "\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4\xC3\xA4x\xC3\xA4\xC3\xA4",
         "\xC3\xA4x…'"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[256];
        snprintf(text, sizeof text, "a,b,label\n1,2,0\n4,%s,1\n", cases[i].cell);
        text_fails(f, text, INK_BAD_DATA, cases[i].message);
    }
    text_fails(f, "label;a\n1;2,5\n0;3.5\n", INK_BAD_DATA,
               "t.csv:2:2: '2,5' is written with a decimal comma, but column 2 as a whole is not");
    text_fails(f, "label,a,b\n1,2,3\n4,5\n6,7,8\n", INK_BAD_DATA,
               "t.csv:3:3: the row has 2 columns; expected 3; is the file cut short?");
    text_fails(f, "label,a,b\n1,2,3\n4,5", INK_BAD_DATA, "t.csv:3:3: the row has 2 columns");
    text_fails(f, "label,a,b\r\n1,2,3\r\n4,5,6,7\r\n", INK_BAD_DATA,
               "t.csv:3:4: the row continues here; expected 3 columns");
    text_fails(f, "1,2,3\n4\n", INK_BAD_DATA, "t.csv:2:2: the row has 1 column; expected 3");
    text_fails(f, "1\n4,5\n", INK_BAD_DATA, "t.csv:2:2: the row continues here; expected 1 column");
}

static void bad_files(void **state)
{
    const struct fixture *f = *state;
    text_fails(f, "a,y_1,y_1\n1,0,1\n2,1,0\n", INK_BAD_DATA, "two one-hot label columns are named 'y_1'");
    text_fails(f, "", INK_BAD_FILE, "byte 0: the file is empty");
    text_fails(f, "\n\n", INK_BAD_FILE, "t.csv: the file is empty");
    text_fails(f, "\xEF\xBB\xBF", INK_BAD_FILE, "t.csv: the file is empty");
    text_fails(f, "label,a,b\n", INK_BAD_FILE, "t.csv:2: the file ends after its header; expected rows");
    text_fails(f, "label,a,b", INK_BAD_FILE, "t.csv:1: the file ends after its header");
    text_fails(f, "hello", INK_BAD_FILE, "t.csv:1: the file ends after its header");
    help_load_fails(f,
                    help_write(f, "t.csv",
                               "\xFF\xFE"
                               "1\0,\0",
                               6),
                    INK_UNSUPPORTED, "UTF-16 text; save it as UTF-8");
    help_load_fails(f, help_write(f, "t.csv", "1,2\0,3\n", 7), INK_BAD_FILE, "byte 0: begins with 31 2C 32 00");
    text_fails(f, "<!DOCTYPE html>\n<html><head>\n<title>404</title>\n", INK_BAD_FILE, "a web page");
}

static void bad_labels(void **state)
{
    const struct fixture *f = *state;
    text_fails(f, "label,a\nw,2\n1.5,3\n", INK_BAD_DATA,
               "t.csv:3:1: the label '1.5' is neither a word nor an integer|--label-column");
    text_fails(f, "label,a\nw,2\n3e9,3\n", INK_BAD_DATA, "t.csv:3:1: the label '3e9' is neither");
    text_fails(f, "label,a\n1.5,2\nw,3\n", INK_BAD_DATA, "t.csv:3:1: the label 'w' is a word among numbers");
    text_is(f, "label,a\n1,2\n,3\n", "rows 1, 1 features, 1 class, label column \"label\"; csv, header, comma",
            ROWS("2 1"));
    text_is(f, "a,class\n1,?\n2,\n3,x\n", "rows 1, 1 features, 1 class, label column \"class\"; csv, header, comma",
            ROWS("3 x"));
    text_is(f, "label,a\n,2\n,3\n",
            "rows 2, 1 features, no labels, label column \"label\" is not filled in; csv, header, comma",
            ROWS("2 -", "3 -"));
    char *text = malloc(1 << 20);
    size_t used = (size_t)sprintf(text, "label,a\n");
    for (size_t i = 0; i < 65537; i++) used += (size_t)sprintf(text + used, "w%zu,1\n", i);
    text_fails(f, text, INK_BAD_DATA, "t.csv:65538:1: the label 'w65536' is one too many: at most 65536");
    free(text);
}

/* Older files of Windows. */
static void other_encodings(void **state)
{
    const struct fixture *f = *state;
    text_is(
        f,
        "gr\xF6\xDF"
        "e,some other column,class\n1,2,gr\xFC"
        "n\n3,4,\"\x80 \"\"\xFF\"\n5,6,plain text\n",
        "rows 3, 2 features, 3 classes, label column \"class\"; csv, header, comma, not UTF-8: read as Windows-1252",
        ROWS("1 2 gr\xC3\xBC"
             "n",
             "3 4 \xE2\x82\xAC \"\xC3\xBF", "5 6 plain text"));
    static const char *const wrong[] = {
        "\xC3", "\xA0", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xC3\xC3"};
    for (size_t i = 0; i < COUNT(wrong); i++) {
        char text[160];
        snprintf(text, sizeof text, "the first,the second,the third column,class\n1,2,3,z%s\n1,2,3,words\n", wrong[i]);
        ink_data *data = load_text(f, text);
        assert_non_null(strstr(f->note, "not UTF-8"));
        assert_true(inki_is_utf8(ink_data_class(data, 1), strlen(ink_data_class(data, 1))));
        ink_data_free(data);
    }
    text_is(f, "\xE5\xAD\x97,class\n1,\xF0\x9F\x98\x80\n2,\xE1\x88\xB4\n",
            "rows 2, 1 features, 2 classes, label column \"class\"; csv, header, comma",
            ROWS("1 \xF0\x9F\x98\x80", "2 \xE1\x88\xB4"));
}

/* ------------------------------------------------------- the columns' names */

static void names_of_columns(void **state)
{
    struct fixture *f = *state;
    char *same[] = {"a", "b_2", "C 3"}, *swapped[] = {"b_2", "a", "C 3"}, *other[] = {"a", "b", "c"},
         *foreign[] = {"x", "y", "z"};
    ink_data *data = load_text(f, "id,A,class,b-2,c3\n1,2,0,4,5\n"), *view;
    assert_int_equal(ink_data_part(f->ctx, data, INK_PART_ALL, &view), INK_OK);
    assert_string_equal(view->columns[1], "b-2");
    assert_int_equal(inki_data_check_columns(f->ctx, view, same, "m"), INK_OK);
    assert_int_equal(inki_data_check_columns(f->ctx, view, NULL, "m"), INK_OK);
    assert_int_equal(inki_data_check_columns(f->ctx, data, swapped, "m"), INK_BAD_DATA);
    help_message_has(f, "t.csv: column 'A' stands where m has 'b_2': the columns must be the same");
    assert_int_equal(inki_data_check_columns(f->ctx, data, other, "m"), INK_BAD_DATA);
    help_message_has(f, "column 'b-2' stands where m has 'b'");
    assert_int_equal(inki_data_check_columns(f->ctx, data, foreign, "m"), INK_OK);
    assert_non_null(strstr(f->note, "t.csv: no column name occurs in m (x … z)"));
    ink_data_free(view);
    ink_data_free(data);
    static const struct {
        const char *header;
        bool kept;
    } cases[] = {
        {"pixel0,pixel1,pixel2\n", false},
        {"x7,x8,x9\n", false},
        {"x1,x3,x2\n", false},
        {"x1,x2,x4\n", true},
        {"x1,y2,x3\n", true},
        {"x1,x2,x\n", true},
        {"u\n", true},
    };
    for (size_t i = 0; i < COUNT(cases); i++) {
        char text[64];
        snprintf(text, sizeof text, "%s%s", cases[i].header, strchr(cases[i].header, ',') ? "1,2,3\n" : "1\n");
        data = load_text(f, text);
        assert_int_equal(data->columns != NULL, cases[i].kept);
        ink_data_free(data);
    }
    data = load_text(f, "x1,x3,x2\n1,2,3\n"); /* in the order of their numbers */
    table_row_is(data, 0, "1 3 2 -");
    ink_data_free(data);
    data = load_text(f, "1,2\n3,4\n");
    assert_null(data->columns);
    ink_data_free(data);
}

static void packed(void **state)
{
    const struct fixture *f = *state;
    const char *path = help_path(f, "t.csv.gz"), *text = "label,a\r\n1,2\r\n0,4\r\n";
    gzFile file = gzopen(path, "wb");
    assert_int_equal(gzwrite(file, text, (unsigned)strlen(text)), strlen(text));
    gzclose(file);
    ink_data *data = help_load(f, path);
    table_row_is(data, 1, "4 0");
    ink_data_free(data);
}

static void first_rows(void **state)
{
    const struct fixture *f = *state;
    help_set(f, "limit", "2");
    ink_data *data = load_text(f, "label,a\n0,2\n1,4\n2,6\n");
    assert_int_equal(data->rows, 2);
    assert_non_null(strstr(f->note, "rows 2 of 3, "));
    ink_data_free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(header_and_label), TEST(separators),    TEST(line_ends_and_blanks),
        TEST(quotes),           TEST(headers),       TEST(word_labels),
        TEST(images),           TEST(given_columns), TEST(left_out_columns),
        TEST(bytes_and_floats), TEST(bad_cells),     TEST(bad_files),
        TEST(bad_labels),

        TEST(packed),           TEST(first_rows),    TEST(other_encodings),
        TEST(names_of_columns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
