/* fence: guarded arrays and exact comparison.
 * SPDX-License-Identifier: MIT */
#include "fence.h"
#include "room.h"

#include <float.h>
#include <math.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static const float mark = -54321.5f;

void fence_open(struct fence *fence, size_t capacity)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = (capacity * sizeof(float) + page - 1) / page * page;
    fence->bytes = bytes + page;
    fence->capacity = bytes / sizeof(float);
    fence->pages = mmap(NULL, fence->bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(fence->pages, MAP_FAILED);
    assert_int_equal(mprotect((char *)fence->pages + bytes, page, PROT_NONE), 0);
}

void fence_close(struct fence *fence) { munmap(fence->pages, fence->bytes); }

float *fence_place(struct fence *fence, size_t count, size_t slack)
{
    float *floats = fence->pages;
    assert_true(count + slack <= fence->capacity);
    for (size_t i = 0; i < fence->capacity; i++) floats[i] = mark;
    return floats + fence->capacity - slack - count;
}

void fence_check(const struct fence *fence, size_t count, size_t slack)
{
    const float *floats = fence->pages;
    size_t begin = fence->capacity - slack - count;
    for (size_t i = 0; i < fence->capacity; i++)
        if ((i < begin || i >= begin + count) && floats[i] != mark)
            fail_msg("%zu floats: one at %td was written to", count, (ptrdiff_t)i - (ptrdiff_t)begin);
}

void fence_fill(struct inki_rng *rng, float *values, size_t count, size_t odd)
{
    static const float odds[] = {NAN,     INFINITY,        -INFINITY, FLT_MAX, -FLT_MAX,  FLT_TRUE_MIN, -FLT_TRUE_MIN,
                                 FLT_MIN, -FLT_MIN / 3.0f, -0.0f,     0.0f,    0x1p-100f, 0x1p100f};
    for (size_t i = 0; i < count; i++) {
        values[i] = (float)((int32_t)inki_rng_next(rng)) * 0x1p-30f;
        if (odd && inki_rng_below(rng, odd) == 0) values[i] = odds[inki_rng_below(rng, LENGTH(odds))];
    }
}

void fence_same(const float *values, const float *expected, size_t count, const char *what)
{
    if (memcmp(values, expected, count * sizeof *values) == 0) return;
    for (size_t i = 0; i < count; i++) {
        if (memcmp(&values[i], &expected[i], sizeof *values) == 0 || (isnan(values[i]) && isnan(expected[i]))) continue;
        fail_msg("%s, element %zu of %zu: %a instead of %a", what, i, count, (double)values[i], (double)expected[i]);
    }
}

const struct inki_kern *fence_table(void **state)
{
    const char *name = *state;
    char reason[200];
    if (ink_kernels_check(name, reason, sizeof reason) != INK_OK) {
        print_message("%s: %s\n", name, reason);
        skip();
    }
    return inki_kern_named(name);
}
