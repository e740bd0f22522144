/* csource: a network as C99 source for a microcontroller: its parts, written by one file each.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_CSOURCE_H
#define INKI_CSOURCE_H

#include "base/file.h"
#include "out/quant.h"
#include "out/score.h"

/* A file being written. The first failure stays in `status`, and nothing more is written. */
struct inki_source {
    struct inki_writer writer;
    ink_status status;
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void
inki_source_put(struct inki_source *file, const char *format, ...);

/* A text that may be long, without a format. */
void inki_source_text(struct inki_source *file, const char *text);

/* What is written: one of plain (folded) and quant. */
struct inki_csource {
    ink_ctx *ctx;
    const ink_model *model;
    const ink_c_plan *plan;
    struct inki_plain plain;
    struct inki_quant quant;   /* layers NULL: float */
    char name[64], upper[64];  /* "digits", "DIGITS" */
    char *base, *file;         /* the path without .c or .h; its last part */
    struct inki_expect expect; /* of the self-test */
    size_t data, code, ram;    /* bytes; data is the constants, code an estimate */
    bool bytes;                /* x is const uint8_t * */
};

/* Bytes of flash (constants and code, as arm-none-eabi-size counts them for a Cortex-M at -Os) and of RAM. */
void inki_csource_measure(struct inki_csource *source);

/* The header, the source and the self-test into open files. */
void inki_csource_header(const struct inki_csource *source, struct inki_source *file);
void inki_csource_source(const struct inki_csource *source, struct inki_source *file);
void inki_csource_test(const struct inki_csource *source, struct inki_source *file);

#endif
