/* fuzz: counted memory around one input; libFuzzer's entry.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "base/mem.h"
#include "data/data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#if defined(__SANITIZE_ADDRESS__)
#define FUZZ_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define FUZZ_ASAN 1
#endif
#endif
#ifdef FUZZ_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif

enum { BORDER = 64, SLACK = 8 };

/* Of the input at hand. */
static struct {
    const uint8_t *bytes;
    size_t live, size;
    size_t held; /* bytes of the live blocks */
    bool inner;  /* the context is there: blocks are inki_alloc's */
} memory;

/* libFuzzer keeps the input that failed itself. */
static void keep_input(void)
{
#ifdef FUZZ_PLAIN
    FILE *file = fopen("fuzz-failed.bin", "wb");
    if (file && memory.size) fwrite(memory.bytes, 1, memory.size, file);
    if (file) fclose(file);
#endif
}

void fuzz_assert(bool good, const char *what)
{
    if (good) return;
    fprintf(stderr, "fuzz: %s\n", what);
    keep_input();
    abort();
}

/* inki_alloc puts a block behind the next border of 64 bytes: at one itself, it leaves SLACK bytes behind the block's end,
 * which are made unreadable. The block's size stands before it. */
static void *count_alloc(void *user, size_t size)
{
    char text[160];
    char *raw;
    (void)user;
    if (size + memory.held > FUZZ_BASE + (size_t)FUZZ_FACTOR * memory.size) {
        snprintf(text, sizeof text, "an allocation of %zu bytes beside %zu for an input of %zu", size, memory.held,
                 memory.size);
        fuzz_assert(false, text);
    }
    if (posix_memalign((void **)&raw, BORDER, BORDER + size) != 0) return NULL;
    memcpy(raw, &size, sizeof size);
    if (memory.inner) ASAN_POISON_MEMORY_REGION(raw + BORDER + size - SLACK, SLACK);
    memory.live++;
    memory.held += size;
    return raw + BORDER;
}

static void count_release(void *user, void *block)
{
    size_t size;
    char *raw = (char *)block - BORDER;
    (void)user;
    memcpy(&size, raw, sizeof size);
    if (memory.inner) ASAN_UNPOISON_MEMORY_REGION(raw + BORDER + size - SLACK, SLACK);
    memory.live--;
    memory.held -= size;
    free(raw);
}

static ink_settings *settings;

const ink_settings *fuzz_settings(void) { return settings; }

static void read_note(void *user, const char *line)
{
    (void)user;
    fuzz_assert(strlen(line) < 100000 && !strchr(line, '\n'), "a note of more than one line");
}

struct inki_bytes fuzz_content(ink_ctx *ctx, const uint8_t *bytes, size_t size)
{
    struct inki_bytes content = {.data = inki_alloc(ctx, size, 1), .size = size};
    fuzz_assert(content.data != NULL, "no memory for the input");
    if (size) memcpy(content.data, bytes, size);
    return content;
}

/* A number, a gap, or the number of a word that is there. */
static void check_value(const ink_data *data, size_t j, float value)
{
    const size_t words = data->categories ? data->categories[j].count : 0;
    if (!words) return;
    fuzz_assert(isnan(value) || (value >= 0 && value < (float)words && value == floorf(value)),
                "a word that is not there");
    fuzz_assert(strlen(data->categories[j].words[words - 1]) < 1 << 24, "a word");
}

static void check_row(const ink_data *data, size_t i, float *x)
{
    int32_t label = ink_data_row(data, i, x);
    for (size_t j = 0; j < data->features; j++) {
        fuzz_assert(data->height == 1 || isfinite(x[j]), "a pixel that is not finite");
        check_value(data, j, x[j]);
    }
    for (size_t k = 0; k < data->target_count; k++)
        fuzz_assert(isfinite(inki_data_targets(data, i)[k]), "a target that is not finite");
    fuzz_assert(data->labels ? label >= 0 && (size_t)label < data->classes : label == -1, "a label out of range");
}

void fuzz_check_data(const ink_data *data)
{
    ink_data_info info = INK_INIT(ink_data_info);
    float *x = malloc(data->features * sizeof *x);
    fuzz_assert(x != NULL, "no memory for a row");
    fuzz_assert(data->rows > 0 && data->features > 0, "no rows");
    fuzz_assert(data->height * data->width * data->channels == data->features, "a shape that is not its features");
    for (size_t i = 0; i < data->rows; i++) check_row(data, i, x);
    for (size_t c = 0; c < data->classes; c++) fuzz_assert(strlen(ink_data_class(data, c)) < 1 << 24, "a class's name");
    ink_data_describe(data, &info);
    free(x);
    if (data->test) fuzz_check_data(data->test);
}

void fuzz_answer(ink_ctx *ctx, const ink_model *model, const float *x, float *p)
{
    ink_model_info info = INK_INIT(ink_model_info);
    ink_model_describe(model, &info);
    ink_status status = ink_predict(ctx, model, 1, x, p);
    fuzz_assert(status == INK_OK || status == INK_BAD_DATA, "no answer");
    for (size_t i = 0; status == INK_OK && i < info.outputs; i++)
        fuzz_assert(isfinite(p[i]), "an answer is not finite");
}

static double processor_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void check_time(size_t size, double seconds)
{
    char text[160];
    if (seconds <= FUZZ_SECONDS + 1e-6 * FUZZ_MICROSECONDS * (double)size) return;
    snprintf(text, sizeof text, "%.1f s of the processor for an input of %zu bytes", seconds, size);
    fuzz_assert(false, text);
}

void fuzz_one(const uint8_t *bytes, size_t size)
{
    static ink_ctx *ctx;
    const ink_allocator allocator = {sizeof allocator, count_alloc, count_release, NULL};
    memory.bytes = bytes;
    memory.size = size;
    if (!ctx) {
#ifdef FUZZ_ASAN
        __sanitizer_set_death_callback(keep_input);
#endif
        fuzz_assert(ink_ctx_new(&allocator, &ctx) == INK_OK, "no context");
        fuzz_assert(ink_ctx_set_threads(ctx, 1) == INK_OK, "no single thread");
        ink_ctx_on_note(ctx, read_note, NULL);
        memory.inner = true;
        fuzz_assert(ink_settings_new(ctx, &settings) == INK_OK, "no settings");
    }
    size_t before = memory.live;
    double began = processor_seconds();
    fuzz_try(ctx, bytes, size);
    check_time(size, processor_seconds() - began);
    fuzz_assert(memory.live == before, "memory was left behind");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    fuzz_one(bytes, size);
    return 0;
}
