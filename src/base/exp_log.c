/* exp_log: e^x and the natural logarithm from plain operations: the same everywhere.
 * SPDX-License-Identifier: MIT */
#include "base/exp_log.h"

#include <math.h>

/* x = m 2^e with m in [sqrt 1/2, sqrt 2]. With f = m - 1, s = f / (2 + f): log m = 2 atanh s = f - s (f - r), r = 2 (s^2 / 3
 * + s^4 / 5 + …); the series to s^20 leaves less than 1e-17. f^2 / 2 is taken out of s f, and ln 2 is in two parts, so that
 * the result is within one unit of the last place. Plain operations only: the same everywhere. */
double inki_log(double x)
{
    int exponent;
    double m = frexp(x, &exponent);
    if (m < 0.70710678118654752) {
        m *= 2;
        exponent--;
    }
    double f = m - 1, s = f / (m + 1), square = s * s, half = 0.5 * f * f, sum = 0;
    for (int k = 21; k >= 3; k -= 2) sum = (sum + 1.0 / k) * square;
    return exponent * 0x1.62e42feep-1 - ((half - (s * (half + 2 * sum) + exponent * 0x1.a39ef35793c76p-33)) - f);
}

/* x = n ln 2 + r with |r| <= ln 2 / 2, and ln 2 in two parts; the series of e^r to r^14 / 14! leaves less than 1e-17. */
double inki_exp(double x)
{
    if (x > 709) return (double)INFINITY;
    if (!(x > -708)) return x <= -708 ? 0 : x;
    const double n = floor(x * 0x1.71547652b82fep0 + 0.5), r = x - n * 0x1.62e42feep-1 - n * 0x1.a39ef35793c76p-33;
    double sum = 1;
    for (int k = 14; k >= 1; k--) sum = 1 + sum * r / k;
    return ldexp(sum, (int)n);
}
