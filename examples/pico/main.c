/* main: a Raspberry Pi Pico that reads digits: a line of 784 numbers comes in by the serial port, the digit goes out.
 * SPDX-License-Identifier: MIT */
#include "digits.h"
#include "pico/stdlib.h"

#include <stdbool.h>
#include <stdio.h>

/* The next line's numbers, 0 to 255, with anything between them; how many there were, or -1 at the end of all input. */
static int read_row(uint8_t pixels[DIGITS_INPUTS])
{
    int count = 0, c;
    unsigned number = 0;
    bool within = false; /* a number */
    while ((c = getchar()) != EOF && c != '\n') {
        bool figure = c >= '0' && c <= '9';
        if (figure) number = (within ? 10 * number : 0) + (unsigned)(c - '0');
        if (figure && !within) count++;
        if (figure && count <= DIGITS_INPUTS) pixels[count - 1] = (uint8_t)number;
        within = figure;
    }
    return c == EOF && count == 0 ? -1 : count;
}

int main(void)
{
    static uint8_t pixels[DIGITS_INPUTS];
    static float p[DIGITS_CLASSES];
    int count;
    stdio_init_all();
    while ((count = read_row(pixels)) >= 0) {
        if (count != DIGITS_INPUTS) {
            printf("%d numbers in this line; expected %d\n", count, DIGITS_INPUTS);
            continue;
        }
        uint64_t begin = time_us_64();
        int digit = digits_predict(pixels, p);
        uint64_t end = time_us_64();
        printf("%d  (%d %%, %lu us)\n", digit, (int)(100 * p[digit] + 0.5f), (unsigned long)(end - begin));
    }
    return 0;
}
