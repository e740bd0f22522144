/* isa: rows of kernels, and the features of this machine.
 * SPDX-License-Identifier: MIT */
#include "base/isa.h"

#include <stdio.h>
#include <string.h>
#if defined(INKI_HAVE_NEON_KERNELS) && defined(__linux__)
#include <sys/auxv.h>
#endif

#define ISA_ROW(name, needs) {#name, needs},
const struct inki_isa inki_isas[INKI_ISA_COUNT] = {INKI_ISAS(ISA_ROW)};

/* The builtins ask CPUID and XGETBV, so they answer for the operating system too, which on ARM is asked itself. */
uint32_t inki_cpu_features(void)
{
    uint32_t features = INKI_CPU_NONE;
#if defined(INKI_HAVE_X86_KERNELS)
    __builtin_cpu_init();
#define DETECT(name)                                                                                                   \
    if (__builtin_cpu_supports(#name)) features |= INKI_CPU_##name;
    INKI_CPU_FEATURES(DETECT)
#elif defined(INKI_HAVE_NEON_KERNELS) && defined(__linux__)
    const unsigned long asimd = 1 << 1; /* HWCAP_ASIMD */
    if (getauxval(AT_HWCAP) & asimd) features |= INKI_CPU_asimd;
#elif defined(INKI_HAVE_NEON_KERNELS)
    features |= INKI_CPU_asimd; /* of all 64-bit ARM that has another system */
#endif
    return features;
}

const struct inki_isa *inki_isa_best(const struct inki_isa *rows, size_t count, uint32_t features)
{
    for (size_t i = 0; i < count; i++)
        if (!(rows[i].needs & ~features)) return &rows[i];
    return NULL;
}

const struct inki_isa *inki_isa_named(const struct inki_isa *rows, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(rows[i].name, name) == 0) return &rows[i];
    return NULL;
}

/* The list of names ends with NULL: a build may know no features. */
void inki_cpu_names(uint32_t features, char *out, size_t room)
{
#define FEATURE_NAME(name) #name,
    static const char *const names[] = {INKI_CPU_FEATURES(FEATURE_NAME) NULL};
    size_t length = 0;
    if (room) *out = 0;
    for (size_t i = 0; names[i] && length < room; i++)
        if (features >> i & 1)
            length += (size_t)snprintf(out + length, room - length, "%s%s", length ? ", " : "", names[i]);
}

/* The kernels that some build has. */
static const struct {
    const char *name, *processor;
} known[] = {{"avx512", "x86-64"}, {"avx2", "x86-64"}, {"neon", "64-bit ARM"}};

/* What is said of a name that no row has. */
static void say_names(const struct inki_isa *rows, size_t count, const char *name, char *text, size_t room)
{
    const char *processor = NULL;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].name, name) == 0) processor = known[i].processor;
    size_t length = processor ? (size_t)snprintf(text, room, "these kernels are for %s; available:", processor)
                              : (size_t)snprintf(text, room, "no kernels of that name; available:");
    for (size_t i = 0; i < count && length < room; i++)
        length += (size_t)snprintf(text + length, room - length, "%s %s", i ? "," : "", rows[i].name);
}

ink_status inki_isa_check(const struct inki_isa *rows, size_t count, uint32_t features, const char *name, char *text,
                          size_t room)
{
    const struct inki_isa *isa = inki_isa_named(rows, count, name);
    char missing[128];
    if (room) *text = 0;
    if (isa && !(isa->needs & ~features)) return INK_OK;
    if (isa) {
        inki_cpu_names(isa->needs & ~features, missing, sizeof missing);
        snprintf(text, room, "this processor has no %s", missing);
    } else {
        say_names(rows, count, name, text, room);
    }
    return INK_UNSUPPORTED;
}

ink_status ink_kernels_check(const char *name, char *text, size_t room)
{
    return inki_isa_check(inki_isas, INKI_ISA_COUNT, inki_cpu_features(), name, text, room);
}

/* The list is best first, and this function counts from the other end. */
const char *ink_kernels(size_t i)
{
    const uint32_t features = inki_cpu_features();
    for (size_t row = INKI_ISA_COUNT; row-- > 0;)
        if (!(inki_isas[row].needs & ~features) && i-- == 0) return inki_isas[row].name;
    return NULL;
}
