/* Reads the line with which zxfr ends what it writes. */
#include "zone/zonefile_state.h"

#include "base/codec.h"
#include "dns/types.h"

#include <string.h>

/* What is left of the line. */
struct words {
    const char *at, *end;
};

static bool next_word(struct words *words, const char **word, size_t *length)
{
    const char *from = words->at, *to = from;
    while (to < words->end && *to != ' ')
        to++;
    *word = from;
    *length = (size_t)(to - from);
    words->at = to < words->end ? to + 1 : to;
    return to > from;
}

static bool is_word(struct words *words, const char *expected)
{
    const char *word;
    size_t length;
    return next_word(words, &word, &length) && length == strlen(expected) &&
           memcmp(word, expected, length) == 0;
}

static bool read_number(struct words *words, const char *name, uint64_t most, uint64_t *value)
{
    const char *word;
    size_t length;
    return is_word(words, name) && next_word(words, &word, &length) &&
           codec_read_number(word, length, most, value);
}

static bool read_sum(struct words *words, char sum[33])
{
    uint8_t octets[16];
    const char *word;
    size_t length;
    if (!is_word(words, "sum") || !next_word(words, &word, &length) || length != 32 ||
        !codec_read_hex(word, sizeof octets, octets))
        return false;
    memcpy(sum, word, 32);
    return true;
}

/* NAME CLASS serial N records N [filtered] [sum HEX] */
static bool read_complete(struct zonefile_end *end, struct words *words)
{
    const char *word;
    size_t length;
    uint8_t name[NAME_READ_ROOM];
    uint64_t serial;
    if (!next_word(words, &word, &length) ||
        name_read(word, length, NULL, 0, name, &end->name_length) != NULL ||
        !next_word(words, &word, &length) || !types_class_read(word, length, &end->class) ||
        !read_number(words, "serial", UINT32_MAX, &serial) ||
        !read_number(words, "records", UINT64_MAX, &end->records))
        return false;
    memcpy(end->name, name, end->name_length);
    end->serial = (uint32_t)serial;
    struct words after = *words;
    end->filtered = is_word(&after, "filtered");
    if (end->filtered)
        *words = after;
    return words->at == words->end || (read_sum(words, end->sum) && words->at == words->end);
}

static bool skip_head(struct words *words, const char *head)
{
    size_t n = strlen(head);
    if ((size_t)(words->end - words->at) < n || memcmp(words->at, head, n) != 0)
        return false;
    words->at += n;
    return true;
}

bool zonefile_read_end(struct zonefile_end *end, const char *line, size_t length)
{
    struct words words = {line, line + length};
    if (skip_head(&words, "; zxfr INCOMPLETE:")) {
        size_t n = (size_t)(words.end - words.at);
        *end = (struct zonefile_end){.kind = ZONEFILE_END_INCOMPLETE};
        if (n > 0)
            memcpy(end->reason, words.at + 1,
                   n < sizeof end->reason ? n - 1 : sizeof end->reason - 1);
        return true;
    }
    if (!skip_head(&words, "; zxfr end:"))
        return false;
    if (end->kind == ZONEFILE_END_INCOMPLETE)
        return true;
    *end = (struct zonefile_end){.kind = ZONEFILE_END_COMPLETE};
    if (!skip_head(&words, " ") || !read_complete(end, &words))
        *end = (struct zonefile_end){.kind = ZONEFILE_END_DAMAGED};
    return true;
}

void zonefile_misplaced_end(struct zonefile_end *end, const char *comment, size_t length)
{
    struct words words = {comment, comment + length};
    if (end->kind != ZONEFILE_END_INCOMPLETE &&
        (skip_head(&words, "; zxfr end:") || skip_head(&words, "; zxfr INCOMPLETE:")))
        *end = (struct zonefile_end){.kind = ZONEFILE_END_DAMAGED};
}
