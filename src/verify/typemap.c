#include "verify/typemap.h"

#include "dns/types.h"
#include "verify/words.h"

#include <string.h>

enum { BLOCK_MAX = 32, HEAD = 2 };

/* A bitmap in the making; types come in ascending order. */
struct maker {
    uint8_t *out;
    size_t length;
    uint8_t *window; /* the last one, or NULL */
    uint32_t last;   /* the type that was put last, and 1 more */
};

static void put_type(struct maker *maker, uint16_t type)
{
    if (type + 1u <= maker->last)
        return;
    maker->last = type + 1u;
    uint8_t number = (uint8_t)(type >> 8), octet = (uint8_t)((type & 0xff) / 8);
    if (maker->window == NULL || maker->window[0] != number) {
        maker->window = maker->out + maker->length;
        maker->window[0] = number;
        maker->window[1] = 0;
        maker->length += HEAD;
    }
    while (maker->window[1] <= octet) {
        maker->out[maker->length++] = 0;
        maker->window[1]++;
    }
    maker->window[HEAD + octet] |= (uint8_t)(0x80 >> (type & 7));
}

/* At a delegation the zone has only these of its own. */
static bool is_told(const struct node *node, uint16_t type, bool nsec3)
{
    if (type == TYPE_NSEC3 || type == TYPE_RRSIG || type == TYPE_NSEC)
        return type == TYPE_NSEC && nsec3;
    return node->place != NODE_CUT || type == TYPE_NS || type == TYPE_DS;
}

size_t typemap_make(uint8_t out[TYPEMAP_MAX], const struct node *node, bool nsec3)
{
    struct maker maker = {.out = out};
    /* Whatever the zone has of its own is signed, but not the NS of a delegation. */
    bool has_nsec = false, is_signed = false;
    for (size_t i = 0; i < node->set_count; i++) {
        const struct node_set *set = &node->sets[i];
        bool told = set->count > 0 && is_told(node, set->type, nsec3);
        is_signed = is_signed || (told && (node->place != NODE_CUT || set->type != TYPE_NS));
        has_nsec = has_nsec || (set->count > 0 && set->type == TYPE_NSEC);
    }
    bool has_rrsig = !nsec3 || is_signed;
    bool puts_nsec = !nsec3 || has_nsec;
    for (size_t i = 0; i < node->set_count; i++) {
        const struct node_set *set = &node->sets[i];
        if (set->type > TYPE_RRSIG && has_rrsig)
            put_type(&maker, TYPE_RRSIG);
        if (set->type > TYPE_NSEC && puts_nsec)
            put_type(&maker, TYPE_NSEC);
        if (set->count > 0 && is_told(node, set->type, nsec3))
            put_type(&maker, set->type);
    }
    if (has_rrsig)
        put_type(&maker, TYPE_RRSIG);
    if (puts_nsec)
        put_type(&maker, TYPE_NSEC);
    return maker.length;
}

bool typemap_fits(const uint8_t *map, size_t length)
{
    int before = -1;
    for (size_t at = 0; at < length;) {
        if (length - at < HEAD)
            return false;
        size_t n = map[at + 1];
        if (map[at] <= before || n == 0 || n > BLOCK_MAX || length - at - HEAD < n ||
            map[at + HEAD + n - 1] == 0)
            return false;
        before = map[at];
        at += HEAD + n;
    }
    return true;
}

/* ---- Differences --------------------------------------------------------------------------- */

/* A bitmap that is read type by type. */
struct reader {
    const uint8_t *map;
    size_t length, at; /* of the window */
    unsigned bit;      /* of the window: what comes next */
};

/* The next type, or -1. */
static int next_type(struct reader *reader)
{
    while (reader->at < reader->length) {
        const uint8_t *window = reader->map + reader->at;
        for (; reader->bit < window[1] * 8u; reader->bit++)
            if ((window[HEAD + reader->bit / 8] & (0x80 >> (reader->bit & 7))) != 0)
                return window[0] << 8 | (int)reader->bit++;
        reader->at += HEAD + (size_t)window[1];
        reader->bit = 0;
    }
    return -1;
}

bool typemap_has(const uint8_t *map, size_t length, uint16_t type)
{
    struct reader reader = {.map = map, .length = length};
    int found;
    while ((found = next_type(&reader)) >= 0 && found < type)
        ;
    return found == type;
}

/* The next type that only one of two has, or -1; *of_b: it is b that has it. */
struct pair {
    struct reader a, b;
    int next_a, next_b;
};

static struct pair pair_of(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length)
{
    struct pair pair = {.a = {a, a_length, 0, 0}, .b = {b, b_length, 0, 0}};
    pair.next_a = next_type(&pair.a);
    pair.next_b = next_type(&pair.b);
    return pair;
}

static int next_difference(struct pair *pair, bool *of_b)
{
    while (pair->next_a == pair->next_b && pair->next_a >= 0) {
        pair->next_a = next_type(&pair->a);
        pair->next_b = next_type(&pair->b);
    }
    *of_b = pair->next_a < 0 || (pair->next_b >= 0 && pair->next_b < pair->next_a);
    struct reader *reader = *of_b ? &pair->b : &pair->a;
    int *next = *of_b ? &pair->next_b : &pair->next_a, type = *next;
    if (type >= 0)
        *next = next_type(reader);
    return type;
}

bool typemap_equal_but(const uint8_t *a, size_t a_length, const uint8_t *b, size_t b_length,
                       uint16_t type)
{
    struct pair pair = pair_of(a, a_length, b, b_length);
    bool of_b;
    for (int other; (other = next_difference(&pair, &of_b)) >= 0;)
        if (other != type)
            return false;
    return true;
}

const char *typemap_difference(char text[TYPEMAP_TEXT_ROOM], const uint8_t *expected,
                               size_t expected_length, const uint8_t *found, size_t found_length)
{
    struct pair pair = pair_of(expected, expected_length, found, found_length);
    char *at = text, *last = text + TYPEMAP_TEXT_ROOM - WORDS_TYPE_ROOM - 8;
    bool of_b;
    int type = next_difference(&pair, &of_b);
    for (; type >= 0 && at < last; type = next_difference(&pair, &of_b)) {
        if (at > text)
            *at++ = ' ';
        *at++ = of_b ? '+' : '-';
        words_type(at, (uint16_t)type);
        at += strlen(at);
    }
    strcpy(at, type >= 0 ? " ..." : "");
    return text;
}
