/* probe_tpl: what the processor can do at most, for `inkling bench`: multiply-adds in registers, and reading memory.
 * SPDX-License-Identifier: MIT */

enum { PROBE_CHAINS = TILE_VECTORS == 1 ? 4 : 12 }; /* enough independent chains to hide the latency */

/* rounds * PROBE_CHAINS vector multiply-adds; the sum keeps the compiler from leaving them out. */
static double fma_probe(size_t rounds, float factor)
{
    vec sums[PROBE_CHAINS];
    float out[VEC_WIDTH];
    const vec a = vec_set(factor), b = vec_set(1e-3f);
    UNROLL
    for (int i = 0; i < PROBE_CHAINS; i++) sums[i] = vec_set((float)i);
    for (; rounds > 0; rounds--) {
        UNROLL
        for (int i = 0; i < PROBE_CHAINS; i++) sums[i] = vec_fma(sums[i], a, b);
    }
    double sum = 0;
    for (int i = 0; i < PROBE_CHAINS; i++) {
        vec_store(out, sums[i]);
        for (int lane = 0; lane < VEC_WIDTH; lane++) sum += (double)out[lane];
    }
    return sum;
}

static double read_probe(size_t n, const float *x)
{
    vec sums[4];
    float out[VEC_WIDTH];
    double sum = 0;
    size_t i = 0;
    for (int j = 0; j < 4; j++) sums[j] = vec_set(0);
    for (; i + 4 * VEC_WIDTH <= n; i += 4 * VEC_WIDTH) {
        UNROLL
        for (int j = 0; j < 4; j++) sums[j] = vec_fma(vec_load(x + i + j * VEC_WIDTH), vec_set(1), sums[j]);
    }
    for (int j = 0; j < 4; j++) {
        vec_store(out, sums[j]);
        for (int lane = 0; lane < VEC_WIDTH; lane++) sum += (double)out[lane];
    }
    return sum;
}
