/* Copies and comparisons of every small length, at the edge of what may be read and written, and
 * what is seen of sixteen octets at once. */
#include "base/lanes.h"

#include "tap.h"

enum { MOST = 100 };

/* The first octet is the lowest. */
static void numbers(void)
{
    const uint8_t octets[] = {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88};
    uint64_t number = 0;
    unsigned wrong = copy_number(octets, 0) != 0;
    for (size_t n = 1; n <= sizeof octets; n++) {
        uint8_t *exact = malloc(n);
        memcpy(exact, octets, n);
        number |= (uint64_t)octets[n - 1] << (8 * (n - 1));
        wrong += copy_number(exact, n) != number;
        free(exact);
    }
    is_int(wrong, 0, "up to 8 octets are a number");
}

static uint64_t see(lanes c)
{
    return lanes_mask((lanes)(c == 'x')) | (uint64_t)lanes_mask((lanes)(c == 'y')) << LANES_SECOND;
}

/* Every place of an x and of a y in every length. */
static void looks(void)
{
    enum { ROOM = 2 * LANES };
    unsigned wrong_copies = 0, wrong_masks = 0;
    for (size_t n = 0; n <= ROOM; n++)
        for (size_t x = 0; x <= n; x++)
            for (size_t y = 0; y <= n; y++) {
                char *a = malloc(n > 0 ? n : 1), *b = malloc(n + 1);
                memset(a, 'a', n);
                b[n] = 'x'; /* which does not count */
                if (x < n)
                    a[x] = 'x';
                if (y < n)
                    a[y] = 'y';
                uint64_t seen = lanes_copy(b, a, n, see);
                uint64_t xs = x < n && x != y ? UINT64_C(1) << x : 0;
                uint64_t ys = y < n ? UINT64_C(1) << y : 0;
                wrong_copies += memcmp(a, b, n) != 0 || b[n] != 'x';
                wrong_masks += seen != (xs | ys << LANES_SECOND);
                free(a);
                free(b);
            }
    is_int(wrong_copies, 0, "up to 32 octets are copied, and none more");
    is_int(wrong_masks, 0, "and each place is seen");
}

static void lanes_of_16(void)
{
    unsigned wrong = 0;
    for (int octet = 0; octet < 256; octet++)
        for (size_t i = 0; i < LANES; i++) {
            uint8_t octets[LANES] = {0}, lower[LANES];
            lanes c;
            octets[i] = (uint8_t)octet;
            memcpy(&c, octets, LANES);
            wrong += lanes_any(c) != (octet != 0);
            c = lanes_lower(c);
            memcpy(lower, &c, LANES);
            octets[i] = (uint8_t)(octet >= 'A' && octet <= 'Z' ? octet + 'a' - 'A' : octet);
            wrong += memcmp(lower, octets, LANES) != 0;
        }
    is_int(wrong, 0, "each octet is found, and put in lower case if it is a letter");
}

int main(void)
{
    numbers();
    looks();
    lanes_of_16();
    unsigned wrong_copies = 0, wrong_comparisons = 0;
    for (size_t n = 0; n <= MOST; n++) {
        char *a = malloc(n + 1), *b = malloc(n + 1); /* a sanitizer sees what lies beyond */
        for (size_t i = 0; i < n; i++)
            a[i] = (char)(i * 7 + n);
        b[n] = 'x';
        copy_few(b, a, n);
        wrong_copies += memcmp(a, b, n) != 0 || b[n] != 'x';
        a[n] = 'y';
        wrong_comparisons += !copy_is_same(a, b, n);
        for (size_t i = 0; i < n; i++) {
            b[i] ^= (char)0x80;
            wrong_comparisons += copy_is_same(a, b, n);
            b[i] ^= (char)0x80;
        }
        free(a);
        free(b);
    }
    is_int(wrong_copies, 0, "up to %d octets are copied, and none more", MOST);
    is_int(wrong_comparisons, 0, "any octet makes a difference, and none beyond");
    return tap_end();
}
