/* test_arff: ARFF files, dense and sparse: attributes, classes in declared order, and what is wrong with which line.
 * SPDX-License-Identifier: MIT */
#include "table_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void text_is(const struct fixture *f, const char *text, const char *note, const char *const *rows)
{
    table_is(f, table_write(f, "t.arff", text), note, rows);
}

static void text_fails(const struct fixture *f, const char *text, ink_status status, const char *words)
{
    help_load_fails(f, table_write(f, "t.arff", text), status, words);
}

/* -------------------------------------------------------------------- forms */

static const char iris[] = "% Fisher's irises\n"
                           "%\n"
                           "@RELATION iris\n"
                           "\n"
                           "@ATTRIBUTE sepallength\tREAL\n"
                           "@ATTRIBUTE sepalwidth \tnumeric\n"
                           "@attribute 'petal length' Integer\n"
                           "@ATTRIBUTE class \t{Iris-setosa,Iris-virginica, 'Iris versicolor'}\n"
                           "\n"
                           "@DATA\n"
                           "5.1,3.5,1,Iris-setosa\n"
                           "% a remark between\n"
                           "4.5, 2.5 ,2,'Iris versicolor'\n"
                           "\n"
                           "6,3,\t3,Iris-virginica\n";

static void dense(void **state)
{
    const struct fixture *f = *state;
    text_is(f, iris, "rows 3, 3 features, 3 classes, label column \"class\"; arff",
            ROWS("5.0999999 3.5 1 Iris-setosa", "4.5 2.5 2 Iris versicolor", "6 3 3 Iris-virginica"));
    ink_data *data = help_load(f, help_path(f, "t.arff"));
    assert_string_equal(ink_data_class(data, 1), "Iris-virginica"); /* as declared, not by the alphabet */
    assert_string_equal(ink_data_class(data, 2), "Iris versicolor");
    ink_data_free(data);
    text_is(f, "@relation r\r\n@attribute a real\r\n@attribute b real\r\n@data\r\n1,2\r\n3,4",
            "rows 2, 2 features, no labels: no column is named label, target, class or y (--label-column); arff",
            ROWS("1 2 -", "3 4 -"));
    text_is(f, "\xEF\xBB\xBF\n@attribute a REAL [0,9] % an old range\r@attribute y {0,1}\r@data\r7,1\r",
            "rows 1, 1 features, 2 classes, label column \"y\"; arff", ROWS("7 1"));
}

/* Declared classes count whether or not a row has them, and numbers among them keep their names. */
static void declared_classes(void **state)
{
    const struct fixture *f = *state;
    ink_data *data = help_load(
        f, table_write(f, "t.arff", "@relation r\n@attribute a real\n@attribute class {7,3,5}\n@data\n1,5\n2,3\n"));
    assert_int_equal(data->classes, 3);
    assert_string_equal(ink_data_class(data, 0), "7");
    assert_string_equal(ink_data_class(data, 1), "3");
    table_row_is(data, 0, "1 5");
    table_row_is(data, 1, "2 3");
    ink_data_free(data);
    text_is(f, "@relation r\n@attribute class real\n@attribute a real\n@data\n9,5\n4,3\n",
            "rows 2, 1 features, 2 classes, label column \"class\"; arff", ROWS("5 9", "3 4"));
    text_is(f, "@relation r\n@attribute a real\n@attribute class string\n@data\n9,\"x y\"\n4,b\n",
            "rows 2, 1 features, 2 classes, label column \"class\"; arff", ROWS("9 x y", "4 b"));
    text_is(f, "@relation r\n@attribute a real\n@attribute class {NA,null}\n@data\n9,NA\n4,null\n",
            "rows 2, 1 features, 2 classes, label column \"class\"; arff", ROWS("9 NA", "4 null"));
    text_is(f, "@relation r\n@attribute a real\n@attribute class {x,y}\n@data\n9,?\n4,y\n",
            "rows 1, 1 features, 2 classes, label column \"class\"; arff", ROWS("4 y"));
    text_is(f, "@relation r\n@attribute a real\n@attribute class {x,y}\n@data\n9,?\n4,?\n",
            "rows 2, 1 features, no labels, label column \"class\" is not filled in; arff", ROWS("9 -", "4 -"));
}

static void quotes(void **state)
{
    const struct fixture *f = *state;
    text_is(f,
            "@relation 'the \\'best\\' of all'\n@attribute \"a \\\"b\\\"\" real\n@attribute 'it\\'s % {x}' "
            "{'a,b}', \"c\\\\d\", e\\f, 'g\\th'}\n@data\n1,'a,b}'\n2,'c\\\\d'\n3,e\\f\n4,\"g\\th\"\n5,'e\\\\f'\n",
            "rows 5, 1 features, 4 classes, label column \"it's % {x}\" (it holds words); arff",
            ROWS("1 a,b}", "2 c\\d", "3 e\\f", "4 g\th", "5 e\\f"));
    text_fails(f, "@relation r\n@attribute 'a real\n@data\n1\n", INK_BAD_DATA, "t.arff:2:1: the quote opened here");
    text_fails(f, "@relation r\n@attribute a {'x}\n@data\nx\n", INK_BAD_DATA, "t.arff:2:|: the quote opened here");
    text_fails(f, "@relation r\n@attribute a {'x'y}\n@data\nx\n", INK_BAD_DATA, "t.arff:2:|after the closing quote");
}

static void which_label(void **state)
{
    const struct fixture *f = *state;
    text_is(f, "@relation r\n@attribute kind {red,blue}\n@attribute a real\n@data\nblue,2\n",
            "rows 1, 1 features, 2 classes, label column \"kind\" (it holds words); arff", ROWS("2 blue"));
    text_is(f, "@relation r\n@attribute bit {0,1}\n@attribute a real\n@attribute c {0,1}\n@data\n1,2,0\n",
            "rows 1, 2 features, 2 classes, label column \"c\" (it is nominal and last); arff", ROWS("1 2 0"));
    text_is(f, "@relation r\n@attribute bit {1,0}\n@attribute a real\n@data\n1,2\n{1 5}\n",
            "rows 2, 2 features, no labels: no column is named label, target, class or y (--label-column bit?); arff",
            ROWS("1 2 -", "1 5 -"));
    text_is(f, "@relation r\n@attribute id string\n@attribute a real\n@attribute class {x}\n@data\nq,2,x\n",
            "rows 1, 1 features, 1 class, label column \"class\", column \"id\" left out (an id); arff", ROWS("2 x"));
    help_set(f, "label-column", "A");
    text_is(f, "@relation r\n@attribute a real\n@attribute b {0,1}\n@data\n3,1\n",
            "rows 1, 1 features, 1 class, label column \"a\"; arff", ROWS("1 3"));
    help_set(f, "label-column", "none");
    text_is(f, "@relation r\n@attribute a real\n@attribute b {0,1}\n@data\n3,1\n",
            "rows 1, 2 features, no labels; arff", ROWS("3 1 -"));
    help_set(f, "label-column", "last");
    help_set(f, "id-column", "when");
    text_is(f,
            "@relation r\n@attribute when date \"yyyy-MM-dd\"\n@attribute a real\n@attribute b "
            "{0,1}\n@data\n\"2020-01-01\",3,1\n",
            "rows 1, 1 features, 2 classes, label column \"b\", column \"when\" left out (as given); arff",
            ROWS("3 1"));
}

static void sparse(void **state)
{
    const struct fixture *f = *state;
    const char *head = "@relation r\n@attribute a real\n@attribute b real\n@attribute c {no,yes}\n@attribute d {5,6}\n"
                       "@attribute class {u,v,w}\n@data\n";
    char text[512];
    help_set(f, "id-column", "c");
    snprintf(text, sizeof text, "%s%s", head,
             "{0 1, 1 2.5, 3 6, 4 w}\n{}\n  { 1 7 }  \n{4 'v'}\n{2 yes,4 w}\n1,2,no,5,u\n");
    text_is(f, text, "rows 6, 3 features, 3 classes, label column \"class\", column \"c\" left out (as given); arff",
            ROWS("1 2.5 6 w", "0 0 5 u", "0 7 5 u", "0 0 5 v", "0 0 5 w", "1 2 5 u"));
    static const char *const bad[][2] = {
        {"{0 1, 5 2}", "t.arff:9: entry 2 of the sparse row names an attribute that is not declared"},
        {"{1 1, 0 2}", "entry 2 of the sparse row names an attribute that does not come after"},
        {"{1 1, 1 2}", "entry 2 of the sparse row names an attribute that does not come after"},
        {"{a 1}", "t.arff:9: entry 1 of the sparse row does not begin with the number of an attribute"},
        {"{-1 1}", "does not begin with the number"},
        {"{0}", "does not begin with the number"},
        {"{0 1", "t.arff:9: entry 1 of the sparse row is not followed by a comma or }"},
        {"{0 1\n", "t.arff:9: entry 1 of the sparse row is not followed by a comma or }"},
        {"{0 1,\n}", "t.arff:9: entry 2 of the sparse row does not begin"},
        {"{0 1, }", "t.arff:9: entry 2 of the sparse row does not begin"},
        {"{0 1}, {5}", "t.arff:9: unexpected text after the }: row weights"},
        {"{0 x}", "t.arff:9:1: 'x' is not a number"},
        {"{1 NA}", "t.arff:9:2: 'NA' is not a number"},
        {"{4 q}", "t.arff:9:5: the label 'q' is none of the values that its attribute declares"},
        {"{0 1e99}", "t.arff:9:1: 1e99 is not a number that a 32-bit float holds"},
        {"{99999999999999999999999 1}", "does not begin with the number"},
    };
    for (size_t i = 0; i < COUNT(bad); i++) {
        snprintf(text, sizeof text, "%s0,0,no,5,v\n%s", head, bad[i][0]);
        text_fails(f, text, INK_BAD_DATA, bad[i][1]);
    }
}

/* Rows of nothing that become more than their bytes can justify. */
static void sparse_bomb(void **state)
{
    const struct fixture *f = *state;
    enum { ATTRIBUTES = 2000, LINES = 20000 };
    char *text = malloc(ATTRIBUTES * 24 + LINES * 3 + 100), *at = text;
    at += sprintf(at, "@relation r\n");
    for (int i = 0; i < ATTRIBUTES; i++) at += sprintf(at, "@attribute a%d real\n", i);
    at += sprintf(at, "@data\n");
    for (int i = 0; i < LINES; i++) at += sprintf(at, "{}\n");
    text_fails(f, text, INK_BAD_DATA, "the sparse rows expand to more than 1024 times the size of the file");
    free(text);
}

/* -------------------------------------------------------------------- wrong */

static void bad_files(void **state)
{
    const struct fixture *f = *state;
    static const struct {
        const char *text;
        ink_status status;
        const char *message;
    } cases[] = {
        {"@relation r\n", INK_BAD_FILE, "t.arff:2: the file ends before @data"},
        {"@relation r\n@attribute a real\n", INK_BAD_FILE, "t.arff:3: the file ends before @data"},
        {"@relation r\n@attribute a real\n@data\n", INK_BAD_FILE,
         "t.arff:4: the file ends after its header; expected rows"},
        {"@relation r\n@data\n1\n", INK_BAD_FILE, "t.arff: declares no attributes"},
        {"@relation r\n@attribute\n@data\n1\n", INK_BAD_FILE, "t.arff:2: '' is not an attribute name"},
        {"@relation r\n@attribute a\n@data\n1\n", INK_BAD_FILE, "t.arff:2: '' is not an attribute type"},
        {"@relation r\n@attribute a number\n@data\n1\n", INK_BAD_FILE, "t.arff:2: 'number' is not an attribute type"},
        {"@relation r\n@attribute a {x,y\n@data\n1\n", INK_BAD_FILE, "t.arff:2: the { of this line is not closed"},
        {"@relation r\n@atribute a real\n@data\n1\n", INK_BAD_FILE,
         "t.arff:2: '@atribute' found; expected @attribute or @data"},
        {"@relation r\n1,2,3\n", INK_BAD_FILE, "t.arff:2: '1,2,3' found; expected @attribute"},
        {"@relation r\n@attribute a real\n@attribute class {}\n@data\n1,x\n", INK_BAD_FILE,
         "t.arff:3: the label attribute declares no values"},
        {"@relation r\n@attribute a date\n@attribute class {x}\n@data\n2021-03-04,x\n1,x\n", INK_BAD_DATA,
         "t.arff:6:1: '1' is not a date of the form|(--columns 1=category, or 1=drop)"},
        {"@relation r\n@attribute a relational\n@attribute class {x}\n@data\n1,x\n", INK_BAD_DATA, "'a' is relational"},
        {"@relation r\n@attribute b real\n@attribute a {u,v}\n@attribute class {x}\n@data\n1,u,x\n2,w,x\n",
         INK_BAD_DATA, "t.arff:7:2: 'w' is none of the values that its attribute declares"},
        {"@relation r\n@attribute b real\n@attribute a {}\n@attribute c {u,'v'}\n@attribute class "
         "{x}\n@data\n1,u,u,x\n",
         INK_BAD_DATA, "t.arff:7:2: 'u' is not a number"},
        {"@relation r\n@attribute a real\n@attribute class {x}\n@data\n1,x\n2,y\n", INK_BAD_DATA,
         "t.arff:6:2: the label 'y' is none of the values that its attribute declares"},
        {"@relation r\n@attribute a real\n@attribute class {x}\n@data\n1,x\nabc,x\n", INK_BAD_DATA,
         "t.arff:6:1: 'abc' is not a number"},
        {"@relation r\n@attribute a real\n@attribute class {x}\n@data\n1,x\n2\n", INK_BAD_DATA,
         "t.arff:6:2: the row has 1 column; expected 2"},
        {"@relation r\n@attribute a real\n@attribute class {x}\n@data\n1,x,3\n", INK_BAD_DATA,
         "t.arff:5:3: the row continues here; expected 2 columns"},
        {"@relation r\n@attribute a real\n@attribute class {x}\n@data\n1,x,{5}\n", INK_BAD_DATA,
         "t.arff:5:3: the row continues"},
        {"@relation r\n@attribute class {x}\n@data\nx\n", INK_BAD_DATA, "no column is left for the features"},
    };
    for (size_t i = 0; i < COUNT(cases); i++) text_fails(f, cases[i].text, cases[i].status, cases[i].message);
}

static void labels_of_their_own(void **state)
{
    const struct fixture *f = *state;
    const char *x = table_write(f, "x.csv", "a,b\n1,2\n3,4\n");
    help_set(f, "labels", table_write(f, "y.arff", "@relation r\n@attribute kind {ox,cow}\n@data\ncow\ncow\n"));
    ink_data *data = help_load(f, x);
    table_row_is(data, 0, "1 2 cow");
    assert_int_equal(data->classes, 2);
    ink_data_free(data);
    table_write(f, "y.arff", "@relation r\n@attribute a real\n@attribute b real\n@data\n1,3\n2,4\n");
    help_load_fails(f, x, INK_BAD_DATA, "y.arff: has 2 attributes: name the column with the labels");
    table_write(f, "y.arff", "@relation r\n@attribute a real\n@attribute b string\n@data\n1,x\n2,y\n");
    help_set(f, "label-column", "b");
    data = help_load(f, x);
    table_row_is(data, 1, "3 4 y");
    ink_data_free(data);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, help_begin, help_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(dense),  TEST(declared_classes), TEST(quotes),    TEST(which_label),
        TEST(sparse), TEST(sparse_bomb),      TEST(bad_files), TEST(labels_of_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
