/* flush: subnormals (below 1.2e-38) are flushed to zero (FTZ, DAZ) while networks run.
 * SPDX-License-Identifier: MIT
 *
 * Processors take a hundred times longer to multiply such numbers, and training makes them: a running mean of gradients that are 0
 * by now halves again and again, and stays at the smallest one for ever, since that times 0.9 is rounded back to it. The mode
 * belongs to the thread; a caller of the library gets its own back. All kernels obey it, so that they keep giving the same bits. */
#ifndef INKI_FLUSH_H
#define INKI_FLUSH_H

#include <stdint.h>

#if defined(__SSE__)
#include <xmmintrin.h>
enum { INKI_FLUSH_BITS = 0x8040 }; /* results, operands */
static inline uint64_t inki_float_mode(void) { return _mm_getcsr(); }
static inline void inki_set_float_mode(uint64_t mode) { _mm_setcsr((unsigned)mode); }
#elif defined(__aarch64__)
enum { INKI_FLUSH_BITS = 1 << 24 };
static inline uint64_t inki_float_mode(void)
{
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return mode;
}
static inline void inki_set_float_mode(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }
#elif defined(__arm__) && defined(__ARM_FP)
enum { INKI_FLUSH_BITS = 1 << 24 };
static inline uint64_t inki_float_mode(void)
{
    uint32_t mode;
    __asm__ volatile("vmrs %0, fpscr" : "=r"(mode));
    return mode;
}
static inline void inki_set_float_mode(uint64_t mode) { __asm__ volatile("vmsr fpscr, %0" : : "r"((uint32_t)mode)); }
#else /* they are computed in full */
enum { INKI_FLUSH_BITS = 0 };
static inline uint64_t inki_float_mode(void) { return 0; }
static inline void inki_set_float_mode(uint64_t mode) { (void)mode; }
#endif

/* Begins it and returns the mode before, for inki_flush_end. May be nested. */
static inline uint64_t inki_flush_begin(void)
{
    uint64_t before = inki_float_mode();
    if ((before & INKI_FLUSH_BITS) != INKI_FLUSH_BITS) inki_set_float_mode(before | INKI_FLUSH_BITS);
    return before;
}

static inline void inki_flush_end(uint64_t before)
{
    if ((before & INKI_FLUSH_BITS) != INKI_FLUSH_BITS) inki_set_float_mode(before);
}

#endif
