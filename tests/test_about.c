/* test_about: what a build reports about itself: kernels, features, named sets and where they are looked for.
 * SPDX-License-Identifier: MIT */
#include "data_help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void kernels(void **state)
{
    struct fixture *f = *state;
    size_t count = 0;
    bool chosen = false;
    for (; ink_kernels(count); count++) chosen = chosen || strcmp(ink_kernels(count), ink_ctx_kernels(f->ctx)) == 0;
    assert_string_equal(ink_kernels(0), "portable");
    assert_true(chosen);
    assert_in_range(count, 1, INKI_ISA_COUNT);
    assert_null(ink_kernels(INKI_ISA_COUNT));
    assert_null(ink_kernels(SIZE_MAX));
}

/* What a feature says is so: without it, its files are refused. */
static void features(void **state)
{
    struct fixture *f = *state;
    assert_null(ink_feature_row(ink_feature_count()));
    for (size_t i = 0; i < ink_feature_count(); i++) {
        ink_data *data;
        const ink_feature *feature = ink_feature_row(i);
        assert_true(*feature->name && *feature->library && *feature->what);
        if (strcmp(feature->name, "npz") != 0) continue;
        ink_status status = ink_data_load(f->ctx, FIXTURES "keras.npz", f->set, &data);
        assert_int_equal(status, feature->built_in ? INK_OK : INK_UNSUPPORTED);
        ink_data_free(data);
    }
}

/* Makes FOLDER/NAME/train-images with nothing in it. */
static void make_set(const struct fixture *f, const char *below, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", f->folder, below);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/%s", f->folder, below, name);
    mkdir(path, 0777);
    snprintf(path, sizeof path, "%s/%s/train-images", below, name);
    help_write(f, path, "", 0);
}

static void remove_set(const struct fixture *f, const char *below, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s/%s/train-images", f->folder, below, name);
    unlink(path);
    *strrchr(path, '/') = 0;
    rmdir(path);
    *strrchr(path, '/') = 0;
    rmdir(path);
}

static void places(void **state)
{
    struct fixture *f = *state;
    char list[256], folder[512], wanted[512];
    bool there;
    assert_null(ink_named_set_row(ink_named_set_count()));
    assert_string_equal(ink_named_set_row(0)->name, "mnist");
    make_set(f, "second", "mnist");
    snprintf(list, sizeof list, "%s/first:%s/second", f->folder, f->folder);
    help_set(f, "data-path", list);
    assert_true(ink_named_set_place(f->set, 0, 0, folder, sizeof folder, &there));
    snprintf(wanted, sizeof wanted, "%s/first/mnist", f->folder);
    assert_string_equal(folder, wanted);
    assert_false(there);
    assert_true(ink_named_set_place(f->set, 0, 1, folder, sizeof folder, &there));
    snprintf(wanted, sizeof wanted, "%s/second/mnist", f->folder);
    assert_string_equal(folder, wanted);
    assert_true(there);
    assert_true(ink_named_set_place(f->set, 0, 2, folder, sizeof folder, &there));
    assert_string_equal(folder, "./data/mnist");
    assert_false(ink_named_set_place(f->set, 0, 3, folder, sizeof folder, &there));
    assert_false(ink_named_set_place(f->set, ink_named_set_count(), 0, folder, sizeof folder, &there));
    assert_true(ink_named_set_place(f->set, 0, 1, folder, 4, &there)); /* cut to its room */
    assert_int_equal(strlen(folder), 3);
    remove_set(f, "second", "mnist");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kernels, help_begin, help_end),
        cmocka_unit_test_setup_teardown(features, help_begin, help_end),
        cmocka_unit_test_setup_teardown(places, help_begin, help_end),
    };
    return cmocka_run_group_tests_name("about", tests, NULL, NULL);
}
