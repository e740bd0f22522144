// digits: reads the digit that is drawn below, and prints it and the time that took.
// SPDX-License-Identifier: MIT
#include "digits.h"

// 28 rows of 28: # is ink, + half of it.
static const char *const drawing[28] = {
    "                            ",
    "                            ",
    "                            ",
    "                            ",
    "                            ",
    "      ++++++++++++++++      ",
    "      ################+     ",
    "      ################+     ",
    "      ++++++++++++####      ",
    "                 +###+      ",
    "                 ####       ",
    "                +###+       ",
    "                ####        ",
    "               +###+        ",
    "               ####         ",
    "              +###+         ",
    "              ####          ",
    "             +###+          ",
    "             ####           ",
    "            +###+           ",
    "            ####            ",
    "           +###+            ",
    "           ####             ",
    "                            ",
    "                            ",
    "                            ",
    "                            ",
    "                            ",
};

static uint8_t pixels[DIGITS_INPUTS];
static float p[DIGITS_CLASSES];

void setup() { Serial.begin(115200); }

void loop() {
  for (int i = 0; i < DIGITS_INPUTS; i++) {
    char c = drawing[i / 28][i % 28];
    pixels[i] = c == '#' ? 255 : c == '+' ? 128 : 0;
  }
  unsigned long begin = micros();
  int digit = digits_predict(pixels, p);
  unsigned long end = micros();

  Serial.print(digit);
  Serial.print("  (");
  Serial.print(100 * p[digit], 0);
  Serial.print(" %, ");
  Serial.print(end - begin);
  Serial.println(" us)");
  delay(2000);
}
