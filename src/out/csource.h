/* csource: a network as C99 source for a microcontroller: its parts, written by one file each.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_CSOURCE_H
#define INKI_CSOURCE_H

#include "out/csource_names.h"
#include "out/flow.h"
#include "out/quant.h"
#include "out/score.h"
#include "out/text_out.h"

/* What a photo becomes: its size, and the values of black and white. */
struct inki_c_frame {
    size_t height, width;
    double black, white;
};

/* What is written: one of plain (folded), flow and quant. */
struct inki_csource {
    ink_ctx *ctx;
    const ink_model *model;
    const ink_c_plan *plan;
    struct inki_plain plain;
    struct inki_flow flow;     /* a network with layers over images; steps NULL: dense layers alone */
    struct inki_quant quant;   /* begun: int8 */
    char name[64], upper[64];  /* "digits", "DIGITS" */
    char *base, *file;         /* the path without .c or .h; its last part */
    struct inki_expect expect; /* of the self-test */
    struct inki_c_names names; /* of a table whose columns are encoded */
    const char *out;           /* what predict answers into: "p", or "y" of numbers */
    size_t logits;             /* an ensemble's, of all members, which have a place in the workspace; else 0 */
    size_t data, ram, work;    /* bytes: the constants; the workspace; multiply-adds a row */
    size_t code[INK_CORE_COUNT];
    struct inki_c_frame frame; /* of plan->prepare */
    double milliseconds[2];    /* a row on Cortex-M0 and M4F, estimated */
    bool bytes;                /* x is const uint8_t * */
};

/* Room for the inputs of an encoded row that are not 0, and the end behind them. */
static inline size_t inki_csource_nonzero(const struct inki_csource *source)
{
    return source->model->encoding ? source->model->encoding->most_nonzero + 1 : 0;
}

/* Bytes of flash (constants, and code on each core) and of RAM, as arm-none-eabi-size counts them after gcc -Os. RAM is
 * exact, the constants to a few bytes, the code within 2 % of the flash; it is the same for all shapes of more than one layer. */
void inki_csource_measure(struct inki_csource *source);

/* The header, the source and the self-test into open files. */
void inki_csource_header(const struct inki_csource *source, struct inki_text *file);
void inki_csource_source(const struct inki_csource *source, struct inki_text *file);
void inki_csource_test(const struct inki_csource *source, struct inki_text *file);

/* Instructions and milliseconds a row, estimated (csource_time.c). */
void inki_csource_time(const struct inki_csource *source, ink_c_report *report);

/* NAME_prepare (csource_prepare.c): whether the model can have it; its part of the header; its source; its workspace. */
INK_MUST_USE ink_status inki_csource_prepare_check(struct inki_csource *source);
void inki_csource_prepare_header(const struct inki_csource *source, struct inki_text *file);
void inki_csource_prepare(const struct inki_csource *source, struct inki_text *file);
void inki_csource_prepare_measure(const struct inki_csource *source, ink_c_report *report);

/* NAME_predict_known (csource_known.c): whether the model can have it; its part of the header; what it adds to the sizes, after all else; bytes in
 * the workspace. */
INK_MUST_USE ink_status inki_csource_known_check(const struct inki_csource *source);
void inki_csource_known_header(const struct inki_csource *source, struct inki_text *file);
void inki_csource_known_measure(struct inki_csource *source);
size_t inki_csource_known_room(const struct inki_csource *source);

/* The source of a network with layers over images, behind its first lines (csource_flow.c). */
void inki_csource_flow(const struct inki_csource *source, struct inki_text *file);
void inki_csource_flow8(const struct inki_csource *source, struct inki_text *file);

/* Whether an activation is looked up. */
bool inki_csource_tables(const struct inki_quant_flow *quant);

/* Whether sums become bytes. */
bool inki_csource_bytes(const struct inki_quant_flow *quant);

/* Constants of a step: how many weights and biases it has; its shapes and places in the table. */
size_t inki_csource_weights(const struct inki_step *step);
size_t inki_csource_biases(const struct inki_step *step);
void inki_csource_shape(const struct inki_flow *flow, const struct inki_step *step, struct inki_text *file);

#endif
