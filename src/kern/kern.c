/* kern: which table a context uses, and the names of the rows.
 * SPDX-License-Identifier: MIT */
#include "kern/kern.h"
#include "kern/tables.h"

const struct inki_kern *inki_kern_table(enum inki_isa isa)
{
    switch (isa) {
#if defined(INKI_HAVE_X86_KERNELS)
    case INKI_AVX512:
        return &inki_kern_avx512;
    case INKI_AVX2:
        return &inki_kern_avx2;
#endif
    case INKI_PORTABLE:
        return &inki_kern_portable;
    default:
        return NULL;
    }
}

const struct inki_kern *inki_kern(const ink_ctx *ctx) { return inki_kern_table(ctx->isa); }

#define ACTIVATION_NAME(name, formula, he) #name,
#define OPTIMIZER_NAME(name, states, lr, formula) #name,
static const char *const activation_names[] = {INKI_ACTIVATIONS(ACTIVATION_NAME)};
static const char *const optimizer_names[] = {INKI_OPTIMIZERS(OPTIMIZER_NAME)};

const char *inki_activation_name(enum inki_activation act) { return activation_names[act]; }

const char *inki_optimizer_name(enum inki_optimizer opt) { return optimizer_names[opt]; }
