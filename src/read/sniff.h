/* sniff: which reader knows the content of a file; what is no data is named for what it is.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_SNIFF_H
#define INKI_SNIFF_H

#include "read/load.h"

/* The reader for the content: the one that is given, if it can be that, else ("auto") the first that knows it. Errors: BAD_FILE for what nobody
 * can read, BAD_SETTING for a kind that it is not. */
ink_status inki_reader_choose(const struct inki_source *source, const char *given, const struct inki_reader **out);

#endif
