// main: runs a sketch's loop once, as a core does for ever; the serial monitor is stdout.
// SPDX-License-Identifier: MIT
#include "Arduino.h"

#include <stdio.h>
#include <time.h>

Stream Serial;

unsigned long micros() { return static_cast<unsigned long>(clock()) * (1000000UL / CLOCKS_PER_SEC); }
void delay(unsigned long) {}
void Stream::begin(unsigned long) {}
void Stream::print(int value) { printf("%d", value); }
void Stream::print(unsigned long value) { printf("%lu", value); }
void Stream::print(double value, int) { printf("%d", static_cast<int>(value + 0.5)); }
void Stream::print(const char *text) { printf("%s", text); }
void Stream::println(const char *text) { printf("%s\n", text); }

int main()
{
    setup();
    loop();
    return 0;
}
