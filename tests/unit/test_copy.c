/* Copies and comparisons of every small length, at the edge of what may be read and written. */
#include "base/copy.h"

#include "tap.h"

enum { MOST = 100 };

int main(void)
{
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
