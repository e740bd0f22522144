/* within: sources that an export of C has copies of, all in one file (out/csource_prepare.c): C99, and nothing of the library but
 * each other. What stands between "#ifndef INKI_EXPORTED" and "#endif" stays behind.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_WITHIN_H
#define INKI_WITHIN_H

#define INKI_WITHIN /* there: static */

#endif
