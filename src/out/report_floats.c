/* report_floats: arrays of numbers in a page.
 * SPDX-License-Identifier: MIT */
#include "base/base64.h"
#include "base/little.h"
#include "base/mem.h"
#include "out/report.h"

ink_status inki_report_floats(struct inki_report *report, const float *values, size_t count)
{
    uint8_t *bytes = inki_alloc(report->ctx, count, 4);
    if (!bytes) return INK_NO_MEMORY;
    inki_floats_to_bytes(values, count, bytes);
    inki_str_add(&report->out, "\"");
    inki_base64_add(&report->out, bytes, 4 * count);
    inki_str_add(&report->out, "\"");
    inki_free(bytes);
    return INK_OK;
}
