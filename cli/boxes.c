/* boxes: an image in the terminal, with a box around each digit.
 * SPDX-License-Identifier: MIT */
#include "boxes.h"

#include "terminal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The drawing: cells[lines][columns], a piece of text each. */
struct canvas {
    size_t lines, columns;
    double high, wide; /* pixels of the image to a cell */
    const char **cells;
};

enum { LINES_MOST = 60, INK_LEVELS = 4 };

static int by_size(const void *a, const void *b)
{
    const float *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Ink is what is unlike the paper, which most of an image is. */
static void shade_cells(const struct canvas *canvas, const float *grey, float *sorted)
{
    static const char *const wide[] = {" ", "░", "▒", "▓", "█"}, *const plain[] = {" ", ".", "+", "*", "#"};
    size_t count = canvas->lines * canvas->columns;
    float most = 0.05F;
    memcpy(sorted, grey, count * sizeof *grey);
    qsort(sorted, count, sizeof *sorted, by_size);
    float paper = sorted[count / 2];
    for (size_t i = 0; i < count; i++) most = fmaxf(most, fabsf(grey[i] - paper));
    for (size_t i = 0; i < count; i++) {
        size_t level = (size_t)(fabsf(grey[i] - paper) / most * INK_LEVELS + 0.3F);
        if (level > INK_LEVELS) level = INK_LEVELS;
        canvas->cells[i] = terminal_is_utf8() ? wide[level] : plain[level];
    }
}

static size_t cell_at(double place, double step, size_t count)
{
    size_t at = (size_t)(place / step);
    return at < count ? at : count - 1;
}

/* A box's corners and sides; where they are over each other in one line or column, what fits. */
static void draw_box(const struct canvas *canvas, const ink_digit *digit, const char *answer)
{
    static const char *const lines[] = {"─", "│", "┌", "┐", "└", "┘"}, *const plain[] = {"-", "|", "+", "+", "+", "+"};
    const char *const *set = terminal_is_utf8() ? lines : plain;
    size_t top = cell_at((double)digit->top, canvas->high, canvas->lines), n = canvas->columns;
    size_t bottom = cell_at((double)(digit->top + digit->height), canvas->high, canvas->lines);
    size_t left = cell_at((double)digit->left, canvas->wide, n);
    size_t right = cell_at((double)(digit->left + digit->width), canvas->wide, n);
    for (size_t x = left; x <= right; x++) canvas->cells[top * n + x] = canvas->cells[bottom * n + x] = set[0];
    for (size_t y = top; y <= bottom; y++) canvas->cells[y * n + left] = canvas->cells[y * n + right] = set[1];
    canvas->cells[top * n + left] = set[2];
    canvas->cells[top * n + right] = set[3];
    canvas->cells[bottom * n + left] = set[4];
    canvas->cells[bottom * n + right] = set[5];
    canvas->cells[top * n + (left + right) / 2] = answer;
}

static void print_cells(const struct canvas *canvas)
{
    for (size_t y = 0; y < canvas->lines; y++) {
        const char **row = canvas->cells + y * canvas->columns;
        size_t end = canvas->columns;
        while (end > 0 && strcmp(row[end - 1], " ") == 0) end--;
        for (size_t x = 0; x < end; x++) out("%s", row[x]);
        out("\n");
    }
}

/* An answer is a character here, its first. */
static void first_character(const char *name, char text[8])
{
    size_t length = 1;
    while (length < 4 && ((unsigned char)name[length] & 0xC0) == 0x80) length++;
    snprintf(text, 8, "%.*s", (int)length, name);
    ink_text_clean(text, false);
}

static void draw_all(const struct canvas *canvas, const ink_model *model, const ink_reading *reading,
                     char (*answers)[8])
{
    ink_digit digit = INK_INIT(ink_digit);
    for (size_t i = 0; ink_reading_get(reading, i, &digit); i++) {
        first_character(ink_model_class(model, digit.class_index), answers[i]);
        draw_box(canvas, &digit, answers[i]);
    }
    print_cells(canvas);
}

void boxes_show(ink_ctx *ctx, const ink_model *model, const ink_image *image, const ink_reading *reading)
{
    ink_image_view view = INK_INIT(ink_image_view);
    float none[64];
    if (ink_image_fit(ctx, image, 8, 8, none, &view) != INK_OK && view.height == 0) return;
    struct canvas canvas = {.columns = TERMINAL_WIDTH};
    canvas.wide = (double)view.width / (double)canvas.columns;
    canvas.lines = (size_t)((double)view.height / canvas.wide / 2 + 0.5); /* a character is twice as high as wide */
    if (canvas.lines > LINES_MOST) {
        canvas.lines = LINES_MOST;
        canvas.columns = (size_t)((double)view.width / (double)view.height * 2 * LINES_MOST + 0.5);
    }
    canvas.lines += canvas.lines == 0;
    canvas.columns += canvas.columns == 0;
    canvas.wide = (double)view.width / (double)canvas.columns;
    canvas.high = (double)view.height / (double)canvas.lines;
    size_t cells = canvas.lines * canvas.columns;
    float *grey = calloc(2 * cells, sizeof *grey);
    char(*answers)[8] = calloc(ink_reading_count(reading) + 1, sizeof *answers);
    canvas.cells = calloc(cells, sizeof *canvas.cells);
    if (grey && answers && canvas.cells && ink_image_grey(ctx, image, canvas.lines, canvas.columns, grey) == INK_OK) {
        shade_cells(&canvas, grey, grey + cells);
        draw_all(&canvas, model, reading, answers);
    }
    free(grey);
    free(answers);
    free(canvas.cells);
}
