/* labels: an exported network's answers to all rows of a file: rows.bin in, labels.bin out.
 * SPDX-License-Identifier: MIT */
#include "net.h"

#include <stdio.h>

int main(void)
{
    static uint8_t rows[10][NET_INPUTS], labels[10];
    static float p[NET_CLASSES];
    FILE *from = fopen("rows.bin", "rb"), *to = fopen("labels.bin", "wb");
    size_t count;
    if (!from || !to) return 1;
    while ((count = fread(rows, NET_INPUTS, 10, from)) > 0) {
        for (size_t i = 0; i < count; i++) labels[i] = (uint8_t)net_predict(rows[i], p);
        if (fwrite(labels, 1, count, to) != count) return 1;
    }
    return fclose(to) == 0 ? 0 : 1;
}
