/* A sum of lines that does not depend on their order.
 *
 * Purpose: tells whether a file still holds the lines that were written. It is a function of the
 * lines alone, so it can follow changes: lines can be added in any order.
 * Owns: its 128 bits, inside the object. A fresh sum, of no lines, is all zero.
 * Never: allocates, fails. It guards against accidents and editors, not against somebody who
 * searches for another text with the same sum.
 *
 * How it is made, so that others can (numbers are unsigned, of 64 bits; ^ is exclusive or):
 *
 *   fold(p, q) multiplies p by q to 128 bits and gives the upper half ^ the lower half.
 *   K0 = 9e3779b97f4a7c15, K1 = bf58476d1ce4e5b9, K2 = 94d049bb133111eb, K3 = d6e8feb86659fd93
 * (hexadecimal). A line of n octets, without its newline, is cut into blocks of 16 octets from its
 * start; if octets are left over, the last block is the last 16 octets of the line. A line shorter
 * than 16 octets is one block, filled up with zeros; an empty one too. A block is two little-endian
 * numbers, x followed by y. a = K0 ^ n, b = K1; then for each block a = fold(a ^ x, K2 ^ y) and b =
 * fold(b ^ y, K3 ^ x). The line's number is fold(b, K1) * 2^64 + fold(a, K0), and the sum is that
 * of all lines' numbers modulo 2^128. */
#ifndef BASE_SUM_H
#define BASE_SUM_H

#include <stddef.h>
#include <stdint.h>

enum { SUM_TEXT = 32 };

struct sum {
    uint64_t low, high;
};

/* Adds a line, given without its newline. */
void sum_line(struct sum *sum, const void *line, size_t length);

/* Takes away a line that was added. */
void sum_take_line(struct sum *sum, const void *line, size_t length);

/* Adds all lines of another sum; a line that was taken away there without having been added is
 * taken away here. */
void sum_add(struct sum *sum, const struct sum *other);

/* Writes the sum as SUM_TEXT hexadecimal digits in lower case and returns the position after
 * them. */
char *sum_text(char *at, const struct sum *sum);

#endif
