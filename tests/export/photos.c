/* photos: what an exported NAME_prepare makes of the images of a file: photos.bin in (height, width, grey), prepared.bin out
 * (what it returned, x, the class).
 * SPDX-License-Identifier: MIT */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>

#ifdef BYTES
typedef uint8_t value;
#else
typedef float value;
#endif

int main(void)
{
    static value x[NET_INPUTS];
    static float p[NET_CLASSES];
    static uint8_t grey[PIXELS];
    FILE *from = fopen("photos.bin", "rb"), *to = fopen("prepared.bin", "wb");
    uint32_t size[2];
    if (!from || !to) return 1;
    while (fread(size, sizeof size, 1, from) == 1) {
        size_t count = (size_t)size[0] * size[1];
        int32_t said[2];
        if (count > PIXELS || fread(grey, 1, count, from) != count) return 1;
        said[0] = net_prepare(grey, size[1], size[0], x);
        said[1] = said[0] == 0 ? net_predict(x, p) : -1;
        if (fwrite(said, sizeof said, 1, to) != 1 || fwrite(x, sizeof x, 1, to) != 1) return 1;
    }
    return fclose(to) == 0 ? 0 : 1;
}
