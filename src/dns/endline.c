#include "dns/endline.h"

#include "base/codec.h"
#include "dns/types.h"

#include <stdio.h>
#include <string.h>

static const char complete_head[] = "; zxfr end:", incomplete_head[] = "; zxfr INCOMPLETE:";

/* ---- Reading ------------------------------------------------------------------------------- */

/* What is left of the line. */
struct words {
    const char *at, *end;
};

struct word {
    const char *text;
    size_t length;
};

/* Reads a word and the blank after it. */
static bool next_word(struct words *words, struct word *word)
{
    const char *from = words->at, *to = from;
    while (to < words->end && *to != ' ')
        to++;
    *word = (struct word){from, (size_t)(to - from)};
    words->at = to < words->end ? to + 1 : to;
    return to > from;
}

static bool is_word(const struct word *word, const char *expected)
{
    return word->length == strlen(expected) && memcmp(word->text, expected, word->length) == 0;
}

static bool read_number(struct words *words, const char *name, uint64_t most, uint64_t *value)
{
    struct word word;
    return next_word(words, &word) && is_word(&word, name) && next_word(words, &word) &&
           codec_read_number(word.text, word.length, most, value);
}

/* NAME CLASS serial N records N */
static bool read_facts(struct endline *end, struct words *words)
{
    struct word word;
    uint8_t name[NAME_READ_ROOM], length;
    uint64_t serial;
    if (!next_word(words, &word) ||
        name_read(word.text, word.length, NULL, 0, name, &length) != NULL)
        return false;
    end->name_length = length;
    memcpy(end->name, name, length);
    if (!next_word(words, &word) || !types_class_read(word.text, word.length, &end->class) ||
        !read_number(words, "serial", UINT32_MAX, &serial))
        return false;
    end->serial = (uint32_t)serial;
    return read_number(words, "records", UINT64_MAX, &end->records);
}

static bool read_sum(struct endline *end, const struct word *word)
{
    uint8_t octets[SUM_TEXT / 2];
    if (word->length != SUM_TEXT || !codec_read_hex(word->text, sizeof octets, octets))
        return false;
    memcpy(end->sum, word->text, SUM_TEXT);
    return true;
}

static bool read_expires(struct endline *end, const struct word *word)
{
    bool again = end->has_expires;
    end->has_expires = codec_read_time(word->text, word->length, &end->expires);
    return end->has_expires && !again;
}

/* [filtered] [WORD VALUE]... [sum HEX]
 *
 * Pairs without a sum after them are damage: one of them may have been the sum. */
static bool read_rest(struct endline *end, struct words *words)
{
    struct word word, value;
    struct words after = *words;
    end->filtered = next_word(&after, &word) && is_word(&word, "filtered");
    if (end->filtered)
        *words = after;
    if (words->at == words->end)
        return true;
    while (next_word(words, &word) && next_word(words, &value)) {
        if (is_word(&word, "sum"))
            return words->at == words->end && read_sum(end, &value);
        if (is_word(&word, "expires") && !read_expires(end, &value))
            return false;
    }
    return false;
}

static bool skip_head(struct words *words, const char *head)
{
    size_t n = strlen(head);
    if ((size_t)(words->end - words->at) < n || memcmp(words->at, head, n) != 0)
        return false;
    words->at += n;
    return true;
}

const char *endline_reason(const char *line, size_t length, size_t *reason_length)
{
    struct words words = {line, line + length};
    if (!skip_head(&words, incomplete_head))
        return NULL;
    skip_head(&words, " ");
    *reason_length = (size_t)(words.end - words.at);
    return words.at;
}

bool endline_read(struct endline *end, const char *line, size_t length)
{
    struct words words = {line, line + length};
    size_t n;
    const char *reason = endline_reason(line, length, &n);
    if (reason != NULL) {
        *end = (struct endline){.kind = ENDLINE_INCOMPLETE};
        memcpy(end->reason, reason, n < sizeof end->reason ? n : sizeof end->reason - 1);
        return true;
    }
    if (!skip_head(&words, complete_head))
        return false;
    *end = (struct endline){.kind = ENDLINE_COMPLETE};
    if (!skip_head(&words, " ") || !read_facts(end, &words) || !read_rest(end, &words))
        end->kind = ENDLINE_DAMAGED;
    return true;
}

bool endline_begins(const char *text, size_t length)
{
    struct words words = {text, text + length};
    return skip_head(&words, complete_head) || skip_head(&words, incomplete_head);
}

/* ---- Writing ------------------------------------------------------------------------------- */

struct endline endline_of(const uint8_t *apex, uint16_t class, uint32_t serial, uint64_t records,
                          const struct sum *sum)
{
    struct endline end = {
        .kind = ENDLINE_COMPLETE,
        .name_length = (uint8_t)name_length(apex, NAME_MAX_WIRE),
        .class = class,
        .serial = serial,
        .records = records,
    };
    memcpy(end.name, apex, end.name_length);
    if (sum != NULL)
        *sum_text(end.sum, sum) = '\0';
    return end;
}

size_t endline_write(char to[ENDLINE_ROOM], const struct endline *end)
{
    struct name_string name;
    char class[16], expires[16] = "";
    bool has_sum = end->sum[0] != '\0', has_expires = has_sum && end->has_expires;
    *types_class_text(class, end->class) = '\0';
    if (has_expires)
        *codec_time(expires, end->expires) = '\0';
    int n =
        snprintf(to, ENDLINE_ROOM, "%s %s %s serial %lu records %llu%s%s%s%s%s\n", complete_head,
                 name_string(&name, end->name), class, (unsigned long)end->serial,
                 (unsigned long long)end->records, end->filtered ? " filtered" : "",
                 has_expires ? " expires " : "", expires, has_sum ? " sum " : "", end->sum);
    return (size_t)n;
}

/* A pair that may be missing is compared by what it says, and the rest by its text. */
static size_t write_required(char to[ENDLINE_ROOM], const struct endline *end)
{
    struct endline required = *end;
    required.has_expires = false;
    return endline_write(to, &required) - 1;
}

static bool expires_match(const struct endline *a, const struct endline *b)
{
    return !a->has_expires || !b->has_expires || a->expires == b->expires;
}

bool endline_matches(const char *line, size_t length, const struct endline *expected)
{
    struct endline end;
    char text[ENDLINE_ROOM];
    size_t n = write_required(text, expected);
    size_t tail = expected->sum[0] != '\0' ? sizeof " sum" + SUM_TEXT : 0, head = n - tail;
    return endline_read(&end, line, length) && end.kind == ENDLINE_COMPLETE &&
           end.filtered == expected->filtered && strcmp(end.sum, expected->sum) == 0 &&
           expires_match(&end, expected) && length >= n && memcmp(line, text, head) == 0 &&
           memcmp(line + length - tail, text + head, tail) == 0 &&
           (length == n || line[head] == ' ');
}

/* How much of a reason may stand in the line. */
static size_t reason_length(const char *why)
{
    const char *end = strcasestr(why, complete_head + 2);
    const char *incomplete = strcasestr(why, incomplete_head + 2);
    if (end == NULL || (incomplete != NULL && incomplete < end))
        end = incomplete;
    return end != NULL ? (size_t)(end - why) : strlen(why);
}

bool endline_write_incomplete(struct buf *out, const char *why, struct err *err)
{
    char reason[ERR_TEXT_MAX];
    snprintf(reason, sizeof reason, "%.*s", (int)reason_length(why), why);
    codec_mask(reason);
    return buf_printf(out, err, "%s %s\n", incomplete_head, reason);
}
