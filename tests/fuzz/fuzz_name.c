/* Names: two octets that say where the name begins and one that says where its part of the message
 * ends, then the message; and the same octets once more as text. */
#include "fuzz.h"

#include "dns/name.h"

#include <string.h>

/* A second decoder, written from RFC 1035 section 4.1.4 and the rule that a pointer leads before
 * the part of the name that it ends. Returns the length, or 0. *odd tells that a part overlaps the
 * pointer that led to it, which no sender does and which may be taken or not. */
static size_t decode(const uint8_t *message, size_t size, size_t end, size_t at, uint8_t *out,
                     size_t *behind, bool *odd)
{
    size_t length = 0, part = at, pointer = SIZE_MAX;
    *behind = 0;
    *odd = false;
    for (;;) {
        if (at >= end)
            return 0;
        unsigned octet = message[at];
        if (octet >> 6 == 3) {
            if (at + 1 >= end)
                return 0;
            size_t target = (octet & 63) * 256u + message[at + 1];
            if (*behind == 0)
                *behind = at + 2;
            if (at + 1 >= pointer)
                *odd = true;
            if (target < 12 || target >= part)
                return 0;
            pointer = at;
            part = at = target;
            end = size;
            continue;
        }
        if (octet >> 6 != 0 || at + octet >= end)
            return 0;
        if (at + octet >= pointer)
            *odd = true;
        if (length + octet + 1 > 255)
            return 0;
        memcpy(out + length, message + at, octet + 1);
        length += octet + 1;
        at += octet + 1;
        if (octet == 0)
            break;
    }
    if (*behind == 0)
        *behind = at;
    return length;
}

static void check_text(const uint8_t *name, uint8_t length)
{
    char *text = malloc(NAME_TEXT_ROOM); /* exactly, so that a memory checker sees a write behind */
    MUST(text != NULL);
    char *end = name_text(text, name, length);
    MUST(end - text < NAME_TEXT_ROOM && end > text && end[-1] == '.');
    *end = '\0';
    for (char *p = text; p < end; p++)
        MUST(*p > ' ' && *p < 0x7f);
    uint8_t again[NAME_MAX_WIRE], again_length;
    MUST(name_parse(text, again, &again_length) == NULL);
    MUST(again_length == length && memcmp(again, name, length) == 0);
    free(text);
}

static void check_relative(const uint8_t *name, uint8_t length)
{
    uint8_t shouted[NAME_MAX_WIRE];
    for (size_t start = 0; start < length; start += (size_t)name[start] + 1) {
        size_t rest = length - start;
        memcpy(shouted, name + start, rest);
        for (size_t i = 0; i < rest; i++)
            if (shouted[i] >= 'a' && shouted[i] <= 'z')
                shouted[i] = (uint8_t)(shouted[i] - 32);
        MUST(name_within(name, length, shouted, rest));
        MUST(name_equal(name, length, shouted, rest) == (start == 0));
        char text[2 * NAME_TEXT_ROOM];
        char *end = name_text_relative(text, name, length, shouted, rest);
        MUST(end - text < NAME_TEXT_ROOM);
        *end = '\0';
        if (memcmp(shouted, name + start, rest) != 0) { /* in another case it stays absolute */
            char absolute[NAME_TEXT_ROOM];
            *name_text(absolute, name, length) = '\0';
            MUST(strcmp(text, absolute) == 0);
        }
        end = name_text_relative(text, name, length, name + start, rest);
        *end = '\0';
        if (start == 0) {
            MUST(strcmp(text, "@") == 0 || length == 1);
            continue;
        }
        if (rest > 1)
            *end++ = '.';
        name_text(end, name + start, rest)[0] = '\0';
        if (rest == 1) /* the root: its dot is already there, or not */
            strcpy(end, text[0] != '\0' && end[-1] == '.' ? "" : ".");
        uint8_t again[NAME_MAX_WIRE], again_length;
        MUST(name_parse(text, again, &again_length) == NULL);
        MUST(again_length == length && memcmp(again, name, length) == 0);
    }
}

static void check_message(const uint8_t *message, size_t size, size_t at, size_t end)
{
    uint8_t name[NAME_MAX_WIRE], expected[256], length = 0;
    unsigned pointers = 0;
    size_t behind, ours = at, skipped = at;
    bool odd;
    size_t n = decode(message, size, end, at, expected, &behind, &odd);
    const char *why = name_unpack(message, end, &ours, name, &length, &pointers);
    if (n == 0) {
        MUST(why != NULL);
        return;
    }
    MUST(why == NULL || odd);
    if (why != NULL)
        return;
    MUST(length == n && memcmp(name, expected, n) == 0 && ours == behind);
    MUST(name_skip(message, end, &skipped) == NULL && skipped == behind);
    MUST(name_length(name, length) == length);
    MUST(length == 1 || name_length(name, (size_t)length - 1) == 0);
    check_text(name, length);
    check_relative(name, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 3 || size > 70000)
        return 0;
    size_t n = size - 3;
    size_t at = (size_t)data[0] << 8 | data[1];
    size_t end = n - (data[2] < n ? data[2] : n);
    if (at <= end)
        check_message(data + 3, n, at, end);

    char *text = malloc(n + 1);
    MUST(text != NULL);
    memcpy(text, data + 3, n);
    text[n] = '\0';
    uint8_t *name = malloc(NAME_MAX_WIRE), length = 0;
    MUST(name != NULL);
    if (name_parse(text, name, &length) == NULL) {
        MUST(name_length(name, length) == length);
        check_text(name, length);
    }
    free(name);
    free(text);
    return 0;
}
