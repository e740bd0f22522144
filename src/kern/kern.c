/* kern: which table a context uses, and the names of the rows.
 * SPDX-License-Identifier: MIT */
#include "kern/kern.h"
#include "kern/tables.h"

#define TABLE(name, needs) &inki_kern_##name,
static const struct inki_kern *const tables[INKI_ISA_COUNT] = {INKI_ISAS(TABLE)};

const struct inki_kern *inki_kern(const ink_ctx *ctx) { return tables[ctx->isa - inki_isas]; }

const struct inki_kern *inki_kern_named(const char *name)
{
    const struct inki_isa *isa = inki_isa_named(inki_isas, INKI_ISA_COUNT, name);
    return isa ? tables[isa - inki_isas] : NULL;
}

#define ACTIVATION_NAME(name, formula, he) #name,
#define OPTIMIZER_NAME(name, states, lr, formula) #name,
static const char *const activation_names[] = {INKI_ACTIVATIONS(ACTIVATION_NAME)};
static const char *const optimizer_names[] = {INKI_OPTIMIZERS(OPTIMIZER_NAME)};

const char *inki_activation_name(enum inki_activation act) { return activation_names[act]; }

const char *inki_optimizer_name(enum inki_optimizer opt) { return optimizer_names[opt]; }
