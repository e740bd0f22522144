/* isa: the instruction sets that there are kernels for, and which of them this machine can run.
 * SPDX-License-Identifier: MIT
 *
 * What a processor can do is a set of features, and a row of kernels needs some of them: one may need what another does without
 * and the other way round. The only order is that of the list, best first. A new instruction set is a row of INKI_ISAS (and of
 * INKI_CPU_FEATURES, for what no row needed before) and a file in src/kern. */
#ifndef INKI_ISA_H
#define INKI_ISA_H

#include "inkling-extra.h"

/* Features of processors, by the names that compilers have for them. */
#if defined(INKI_HAVE_X86_KERNELS)
#define INKI_CPU_FEATURES(X) X(avx2) X(fma) X(bmi) X(bmi2) X(popcnt) X(avx512f) X(avx512bw) X(avx512vl) X(avx512dq)
#elif defined(INKI_HAVE_NEON_KERNELS)
#define INKI_CPU_FEATURES(X) X(asimd)
#else
#define INKI_CPU_FEATURES(X)
#endif

#define INKI_CPU_NUMBER(name) INKI_CPU_NUMBER_##name,
#define INKI_CPU_BIT(name) INKI_CPU_##name = 1 << INKI_CPU_NUMBER_##name,
enum { INKI_CPU_FEATURES(INKI_CPU_NUMBER) INKI_CPU_FEATURE_COUNT };
enum { INKI_CPU_NONE, INKI_CPU_FEATURES(INKI_CPU_BIT) };

/* The rows of kernels of this build, best first: X(name, the features it needs); src/kern has a table inki_kern_NAME for each. */
#if defined(INKI_HAVE_X86_KERNELS)
#define INKI_NEEDS_AVX2 (INKI_CPU_avx2 | INKI_CPU_fma | INKI_CPU_bmi | INKI_CPU_bmi2 | INKI_CPU_popcnt)
#define INKI_NEEDS_AVX512                                                                                              \
    (INKI_NEEDS_AVX2 | INKI_CPU_avx512f | INKI_CPU_avx512bw | INKI_CPU_avx512vl | INKI_CPU_avx512dq)
#define INKI_ISAS(X) X(avx512, INKI_NEEDS_AVX512) X(avx2, INKI_NEEDS_AVX2) X(portable, INKI_CPU_NONE)
#elif defined(INKI_HAVE_NEON_KERNELS)
#define INKI_ISAS(X) X(neon, INKI_CPU_asimd) X(portable, INKI_CPU_NONE)
#else
#define INKI_ISAS(X) X(portable, INKI_CPU_NONE)
#endif

struct inki_isa {
    const char *name;
    uint32_t needs; /* INKI_CPU_… */
};

#define INKI_ISA_NUMBER(name, needs) INKI_ISA_##name,
enum { INKI_ISAS(INKI_ISA_NUMBER) INKI_ISA_COUNT };
extern const struct inki_isa inki_isas[INKI_ISA_COUNT];

/* What this processor can do and its operating system lets programs use. */
uint32_t inki_cpu_features(void);

/* The first of rows[count] all of whose features are there; NULL if there is none. */
const struct inki_isa *inki_isa_best(const struct inki_isa *rows, size_t count, uint32_t features);

/* The row of this name, or NULL. */
const struct inki_isa *inki_isa_named(const struct inki_isa *rows, size_t count, const char *name);

/* OK if the row of this name needs only these features, else UNSUPPORTED with the reason in text[room]: the features that are
 * missing, or that these kernels are for another kind of processor, and the names that there are. */
ink_status inki_isa_check(const struct inki_isa *rows, size_t count, uint32_t features, const char *name, char *text,
                          size_t room);

/* The features' names, "avx2, fma", for messages; cut to fit out[room]. */
void inki_cpu_names(uint32_t features, char *out, size_t room);

#endif
