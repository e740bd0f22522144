/* tables: the table of each instruction set, each made by one file from the shared templates.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TABLES_H
#define INKI_TABLES_H

#include "kern/kern.h"

extern const struct inki_kern inki_kern_portable;
#if defined(INKI_HAVE_X86_KERNELS)
extern const struct inki_kern inki_kern_avx2, inki_kern_avx512;
#endif

#endif
