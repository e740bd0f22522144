/* csource_parts: what all sources of exported networks are put together from: constants, e^x, softmax, activations.
 * SPDX-License-Identifier: MIT */
#include "out/csource_parts.h"

#include "base/text.h"

/* ------------------------------------------------------------------ constants */

/* `more` further values lie behind the first. */
void inki_c_put_joined(struct inki_text *file, const char *name, size_t number, const float *values, size_t count,
                       const float *behind, size_t more)
{
    inki_text_put(file, "static const float %s%zu[%zu] = {", name, number, count + more);
    for (size_t i = 0; i < count + more; i++) {
        inki_text_add(file, i % 8 ? " " : "\n    ");
        inki_text_float(file, i < count ? values[i] : behind[i - count], ".0");
        inki_text_add(file, "f,");
    }
    inki_text_add(file, "\n};\n");
}

void inki_c_put_floats(struct inki_text *file, const char *name, size_t number, const float *values, size_t count)
{
    inki_c_put_joined(file, name, number, values, count, NULL, 0);
}

void inki_c_put_int8(struct inki_text *file, size_t number, const int8_t *values, size_t count)
{
    inki_text_put(file, "static const int8_t w%zu[%zu] = {", number, count);
    for (size_t i = 0; i < count; i++) inki_text_put(file, "%s%d,", i % 24 ? "" : "\n    ", values[i]);
    inki_text_add(file, "\n};\n");
}

/* INT32_MIN cannot be written as a literal of 32 bits; nothing comes near it (inki_quant_begin). */
void inki_c_put_int32(struct inki_text *file, const char *name, size_t number, const int32_t *values, size_t count)
{
    inki_text_put(file, "static const int32_t %s%zu[%zu] = {", name, number, count);
    for (size_t i = 0; i < count; i++) inki_text_put(file, "%s%ld,", i % 10 ? " " : "\n    ", (long)values[i]);
    inki_text_add(file, "\n};\n");
}

void inki_c_put_table(struct inki_text *file, size_t number, const uint16_t *values)
{
    inki_text_put(file, "static const uint16_t table%zu[%d] = {", number, INKI_QUANT_TABLE);
    for (size_t i = 0; i < INKI_QUANT_TABLE; i++) inki_text_put(file, "%s%u,", i % 16 ? " " : "\n    ", values[i]);
    inki_text_add(file, "\n};\n");
}

void inki_c_put_powers(struct inki_text *file, size_t number, const uint8_t *values, size_t count)
{
    inki_text_put(file, "static const uint8_t up%zu[%zu] = {", number, count);
    for (size_t i = 0; i < count; i++) inki_text_put(file, "%s%u,", i % 32 ? "" : "\n    ", values[i]);
    inki_text_add(file, "\n};\n");
}

/* ------------------------------------------------------------- shared functions */

/* The library's exponential without fused operations; within 2e-7 of the exact value. */
static const char exponential[] =
    "\n/* e^x = 2^n e^r with n = round(x / ln 2); x is held to -87 … 88, NaN stays NaN. */\n"
    "static float power_of_e(float x)\n"
    "{\n"
    "    union {\n"
    "        uint32_t bits;\n"
    "        float value;\n"
    "    } two;\n"
    "    float r, y;\n"
    "    int32_t n;\n"
    "    if (x != x) return x;\n"
    "    x = x > 88.0f ? 88.0f : x < -87.0f ? -87.0f : x;\n"
    "    n = (int32_t)(x * 1.44269504f + (x < 0.0f ? -0.5f : 0.5f));\n"
    "    r = x - (float)n * 0.693359375f + (float)n * 2.12194440e-4f;\n"
    "    y = 1.0f / 720.0f + r * (1.0f / 5040.0f);\n"
    "    y = 0.5f + r * (1.0f / 6.0f + r * (1.0f / 24.0f + r * (1.0f / 120.0f + r * y)));\n"
    "    y = 1.0f + (r + r * r * y);\n"
    "    two.bits = (uint32_t)(n + 127) << 23;\n"
    "    return y * two.value;\n"
    "}\n";

static const struct {
    enum inki_activation act;
    const char *text;
} activations[] = {
    {INKI_ACT_identity, "\nstatic void identity(float *y, uint32_t n)\n{\n    (void)y;\n    (void)n;\n}\n"},
    {INKI_ACT_relu, "\nstatic void relu(float *y, uint32_t n)\n{\n    for (; n > 0; n--, y++)\n"
                    "        if (*y < 0.0f) *y = 0.0f;\n}\n"},
    {INKI_ACT_leaky_relu, "\nstatic void leaky_relu(float *y, uint32_t n)\n{\n    for (; n > 0; n--, y++)\n"
                          "        if (*y < 0.0f) *y *= 0.01f;\n}\n"},
    {INKI_ACT_tanh, "\n/* Near 0 a series: the quotient would lose digits there. */\n"
                    "static void tanh_of(float *y, uint32_t n)\n{\n    for (; n > 0; n--, y++) {\n"
                    "        float z = *y, s = z * z, e = power_of_e(2.0f * z);\n"
                    "        float series = z + z * s * (s * (2.0f / 15.0f + s * (s * (62.0f / 2835.0f) - 17.0f / "
                    "315.0f)) - 1.0f / 3.0f);\n"
                    "        *y = s < 0.0625f ? series : z > 20.0f ? 1.0f : (e - 1.0f) / (e + 1.0f);\n    }\n}\n"},
    {INKI_ACT_sigmoid, "\nstatic void sigmoid(float *y, uint32_t n)\n{\n    for (; n > 0; n--, y++) *y = 1.0f / (1.0f "
                       "+ power_of_e(-*y));\n}\n"},
    {INKI_ACT_gelu, "\n/* z (1 + erf(z / sqrt 2)) / 2, erf by Abramowitz and Stegun 7.1.26. */\n"
                    "static void gelu(float *y, uint32_t n)\n{\n    for (; n > 0; n--, y++) {\n"
                    "        float z = *y, a = (z < 0.0f ? -z : z) * 0.70710678f, t = 1.0f / (1.0f + 0.3275911f * a);\n"
                    "        float p = t * (0.254829592f + t * (-0.284496736f + t * (1.421413741f + t * (-1.453152027f "
                    "+ t * 1.061405429f))));\n"
                    "        float tail = 0.5f * p * power_of_e(-0.5f * z * z);\n"
                    "        *y = z < 0.0f ? z * tail : z * (1.0f - tail);\n    }\n}\n"},
};

void inki_c_put_exponential(struct inki_text *file) { inki_text_add(file, exponential); }

void inki_c_put_activation(struct inki_text *file, enum inki_activation act)
{
    for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
        if (activations[i].act == act) inki_text_add(file, activations[i].text);
}

/* "tanh" is the C library's. */
const char *inki_c_activation_name(enum inki_activation act)
{
    return act == INKI_ACT_tanh ? "tanh_of" : inki_activation_name(act);
}

void inki_c_put_rate(struct inki_text *file)
{
    inki_text_add(file, "\n/* 1 / sqrt(v) by Newton's method; v is not 0. */\n"
                        "static float rate_of(float v)\n"
                        "{\n"
                        "    union {\n"
                        "        uint32_t bits;\n"
                        "        float value;\n"
                        "    } guess;\n"
                        "    int i;\n"
                        "    guess.value = v;\n"
                        "    guess.bits = 0x5f375a86u - (guess.bits >> 1);\n"
                        "    for (i = 0; i < 4; i++) guess.value *= 1.5f - 0.5f * v * guess.value * guess.value;\n"
                        "    return guess.value;\n"
                        "}\n");
}
