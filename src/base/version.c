/* version: of the library in use.
 * SPDX-License-Identifier: MIT */
#include "inkling.h"

#define TEXT_OF(x) #x
#define VERSION_TEXT(a, b, c) TEXT_OF(a) "." TEXT_OF(b) "." TEXT_OF(c)

const char *ink_version(void) { return VERSION_TEXT(INK_VERSION_MAJOR, INK_VERSION_MINOR, INK_VERSION_PATCH); }
