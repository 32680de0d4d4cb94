/* TAP for unit tests (https://testanything.org).
 *
 *   int main(void)
 *   {
 *       ok(1 + 1 == 2, "sum of %d and %d", 1, 1);
 *       is_str("a", "a", "one letter");
 *       return tap_end();
 *   }
 *
 * Each call is one test and tells whether it passed. tap_end prints the plan and gives the exit
 * status; a test that ends without it has no plan, and so fails. */
#ifndef TAP_H
#define TAP_H

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned tap_count, tap_failures;

__attribute__((format(printf, 2, 0))) static inline void tap_line(bool passed, const char *format,
                                                                  va_list args)
{
    char what[4096];

    vsnprintf(what, sizeof what, format, args);
    printf("%sok %u - ", passed ? "" : "not ", ++tap_count);
    for (const char *c = what; *c; c++) { /* a test is one line, whatever text it is about */
        if (*c == '\n')
            fputs("\\n", stdout);
        else
            putchar(*c);
    }
    putchar('\n');
    fflush(stdout); /* if the program is killed, this is what it came to */
    if (!passed)
        tap_failures++;
}

__attribute__((format(printf, 2, 3))) static inline bool ok(bool passed, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tap_line(passed, format, args);
    va_end(args);
    return passed;
}

__attribute__((format(printf, 3, 4))) static inline bool is_int(int64_t got, int64_t expected,
                                                                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    tap_line(got == expected, format, args);
    va_end(args);
    if (got != expected)
        printf("#      got: %" PRId64 "\n# expected: %" PRId64 "\n", got, expected);
    return got == expected;
}

__attribute__((format(printf, 3, 4))) static inline bool
is_str(const char *got, const char *expected, const char *format, ...)
{
    bool passed = got != NULL && expected != NULL ? strcmp(got, expected) == 0 : got == expected;
    va_list args;
    va_start(args, format);
    tap_line(passed, format, args);
    va_end(args);
    if (!passed)
        printf("#      got: %s\n# expected: %s\n", got != NULL ? got : "(null)",
               expected != NULL ? expected : "(null)");
    return passed;
}

/* The lines of 16 octets that differ. */
static inline void tap_hex(const char *title, const uint8_t *octets, size_t n, size_t from)
{
    printf("# %s", title);
    for (size_t i = from; i < n && i < from + 16; i++)
        printf(" %02x", octets[i]);
    putchar('\n');
}

__attribute__((format(printf, 5, 6))) static inline bool is_mem(const void *got, size_t got_length,
                                                                const void *expected,
                                                                size_t expected_length,
                                                                const char *format, ...)
{
    const uint8_t *a = got, *b = expected;
    size_t both = got_length < expected_length ? got_length : expected_length, same = 0;
    while (same < both && a[same] == b[same])
        same++;
    bool passed = same == got_length && same == expected_length;
    va_list args;
    va_start(args, format);
    tap_line(passed, format, args);
    va_end(args);
    if (!passed) {
        size_t from = same & ~(size_t)15;
        printf("# %zu octets, expected %zu; the first difference is octet %zu; from octet %zu:\n",
               got_length, expected_length, same, from);
        tap_hex("     got:", a, got_length, from);
        tap_hex("expected:", b, expected_length, from);
    }
    return passed;
}

/* A remark that is no test. */
__attribute__((format(printf, 1, 2))) static inline void diag(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    printf("# ");
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

/* A test that the system does not allow for. */
static inline void tap_skip(const char *what, const char *why)
{
    printf("ok %u - %s # SKIP %s\n", ++tap_count, what, why);
    fflush(stdout);
}

static inline int tap_end(void)
{
    printf("1..%u\n", tap_count);
    if (fflush(stdout) != 0 || ferror(stdout))
        return 1;
    return tap_failures > 0;
}

#endif
