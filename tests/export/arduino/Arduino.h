/* Arduino: what the sketch calls, as the cores declare it.
 * SPDX-License-Identifier: MIT */
#ifndef ARDUINO_H
#define ARDUINO_H

#include <stdint.h>

void setup();
void loop();
unsigned long micros();
void delay(unsigned long milliseconds);

struct Stream {
    void begin(unsigned long baud);
    void print(int value);
    void print(unsigned long value);
    void print(double value, int decimals);
    void print(const char *text);
    void println(const char *text);
};
extern Stream Serial;

#endif
