#include "verify/words.h"

#include "base/codec.h"
#include "dns/types.h"

#include <stdio.h>

static const char *const algorithms[] = {
    [1] = "RSAMD5",
    [3] = "DSA",
    [5] = "RSASHA1",
    [6] = "DSA-NSEC3-SHA1",
    [7] = "RSASHA1-NSEC3-SHA1",
    [8] = "RSASHA256",
    [10] = "RSASHA512",
    [12] = "ECC-GOST",
    [13] = "ECDSAP256SHA256",
    [14] = "ECDSAP384SHA384",
    [15] = "ED25519",
    [16] = "ED448",
};

const char *words_algorithm(char text[WORDS_ALGORITHM_ROOM], uint8_t algorithm)
{
    if (algorithm < sizeof algorithms / sizeof *algorithms && algorithms[algorithm] != NULL)
        snprintf(text, WORDS_ALGORITHM_ROOM, "%s", algorithms[algorithm]);
    else
        snprintf(text, WORDS_ALGORITHM_ROOM, "algorithm %u", algorithm);
    return text;
}

const char *words_type(char text[WORDS_TYPE_ROOM], uint16_t type)
{
    *types_text(text, type, 0) = '\0';
    return text;
}

/* The largest unit of which there are two or more, so that little is lost. */
static void put_distance(char text[16], uint32_t seconds)
{
    static const struct {
        uint32_t seconds;
        char letter;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    size_t i = 0;
    while (i < 3 && seconds < 2 * units[i].seconds)
        i++;
    snprintf(text, 16, "%lu %c", (unsigned long)(seconds / units[i].seconds), units[i].letter);
}

const char *words_time(char text[WORDS_TIME_ROOM], uint32_t time, uint32_t now)
{
    char digits[14], distance[16];
    codec_time(digits, time);
    uint32_t ahead = time - now;
    bool is_past = ahead >= UINT32_C(0x80000000);
    put_distance(distance, is_past ? now - time : ahead);
    snprintf(text, WORDS_TIME_ROOM, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ, %s%s%s", digits, digits + 4,
             digits + 6, digits + 8, digits + 10, digits + 12, is_past ? "" : "in ", distance,
             is_past ? " ago" : "");
    return text;
}
