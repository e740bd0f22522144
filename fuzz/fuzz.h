/* fuzz: what fuzz targets share: one input is tried with counted memory; a target says what is done with it.
 * SPDX-License-Identifier: MIT
 *
 * Each reader has a target. Built with clang and -fsanitize=fuzzer it is libFuzzer's; else it has a main of its own, which
 * tries the files it is given, and with --seconds N goes on with changed ones. No input may be a failure of the sanitizers,
 * leave a block behind, hold more than FUZZ_BASE + FUZZ_FACTOR x its size of memory at a time, all blocks together, or take
 * more than FUZZ_SECONDS + FUZZ_MICROSECONDS x its size of the processor's time. */
#ifndef FUZZ_H
#define FUZZ_H

#include "base/ctx.h"
#include "base/file.h"

/* Of the processor's time under sanitizers, which is some ten times that of the product. */
#define FUZZ_SECONDS 1.0
#define FUZZ_MICROSECONDS 10.0

/* Tries one input. Defined by each target. */
void fuzz_try(ink_ctx *ctx, const uint8_t *bytes, size_t size);

/* A copy of the input as a file's content; ends the process if there is no memory. */
struct inki_bytes fuzz_content(ink_ctx *ctx, const uint8_t *bytes, size_t size);

/* Settings at their defaults, made once. */
const ink_settings *fuzz_settings(void);

/* Data must be what they promise: rows and labels within their bounds, values that are finite. */
void fuzz_check_data(const ink_data *data);

/* A model must answer a row x[features] with finite p[outputs], or refuse it as BAD_DATA. */
void fuzz_answer(ink_ctx *ctx, const ink_model *model, const float *x, float *p);

/* Ends the process with a sentence if `good` is false. */
void fuzz_assert(bool good, const char *what);

/* Runs one input with the checks above. */
void fuzz_one(const uint8_t *bytes, size_t size);

#endif
