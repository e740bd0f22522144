/* tables: the table of each instruction set, each made by one file from the shared templates.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_TABLES_H
#define INKI_TABLES_H

#include "kern/kern.h"

#define INKI_DECLARE_TABLE(name, needs) extern const struct inki_kern inki_kern_##name;
INKI_ISAS(INKI_DECLARE_TABLE)

#endif
