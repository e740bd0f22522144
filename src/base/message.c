/* message: the last failure's sentence, notes, and what a status is called.
 * SPDX-License-Identifier: MIT */
#include "base/ctx.h"
#include "inkling-extra.h"

#include <stdio.h>
#include <string.h>

ink_status inki_fail(ink_ctx *ctx, ink_status status, const char *format, ...)
{
    char text[sizeof ctx->message]; /* the arguments may point into the old message */
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ink_text_clean(text, false); /* it may quote what a file or a path holds */
    memcpy(ctx->message, text, sizeof text);
    return status;
}

#if defined(__GNUC__)
__attribute__((format(printf, 3, 0)))
#endif
static void
give_line(const ink_ctx *ctx, const char *before, const char *format, va_list args)
{
    char line[2048];
    size_t used = (size_t)snprintf(line, sizeof line, "%s", before);
    if (!ctx->note) return;
    vsnprintf(line + used, sizeof line - used, format, args);
    ink_text_clean(line, false);
    ctx->note(ctx->note_user, line);
}

void inki_note(const ink_ctx *ctx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    give_line(ctx, "", format, args);
    va_end(args);
}

void inki_warn(const ink_ctx *ctx, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    give_line(ctx, "warning: ", format, args);
    va_end(args);
}

#define STATUS_NAME(name, number, text) [number] = #name,
#define STATUS_TEXT(name, number, text) [number] = text,
static const char *const status_names[] = {INK_STATUS_LIST(STATUS_NAME)};
static const char *const status_texts[] = {INK_STATUS_LIST(STATUS_TEXT)};

static bool is_status(ink_status status) { return (size_t)status < sizeof status_names / sizeof *status_names; }

const char *ink_status_name(ink_status status) { return is_status(status) ? status_names[status] : "UNKNOWN"; }

const char *ink_status_text(ink_status status) { return is_status(status) ? status_texts[status] : "unknown status"; }
