/* The fields in JSON: which members each kind makes, and how the words of its text become them.
 *
 * Every leaf is a number or a piece of the text, so the way back goes through the text as well, and
 * there is one reader for both. */
#include "dns/kinds_rows.h"

#include "base/codec.h"

#include <string.h>

/* ---- The parts ----------------------------------------------------------------------------- */

#define PARTS(kind) const struct json_part kinds_json_##kind[]
#define END {NULL, SHAPE_END, 0, false}

PARTS(number) = {{NULL, SHAPE_NUMBER, 1, false}, END};
PARTS(numbers) = {{NULL, SHAPE_NUMBERS, 0, false}, END};
PARTS(word) = {{NULL, SHAPE_WORD, 1, false}, END};
PARTS(word_optional) = {{NULL, SHAPE_WORD, 1, true}, END};
PARTS(words) = {{NULL, SHAPE_WORDS, 0, false}, END};
PARTS(string) = {{NULL, SHAPE_STRING, 1, false}, END};
PARTS(string_optional) = {{NULL, SHAPE_STRING, 1, true}, END};
PARTS(strings) = {{NULL, SHAPE_STRINGS, 0, false}, END};
PARTS(prefixes) = {{NULL, SHAPE_PREFIXES, 0, false}, END};
PARTS(params) = {{NULL, SHAPE_PARAMS, 0, false}, END};
PARTS(loc) = {
    {"latitude", SHAPE_WORD, 4, false},
    {"longitude", SHAPE_WORD, 4, false},
    {"altitude", SHAPE_WORD, 1, false},
    {"size", SHAPE_WORD, 1, false},
    {"horizontal_precision", SHAPE_WORD, 1, false},
    {"vertical_precision", SHAPE_WORD, 1, false},
    END,
};
PARTS(a6) = {{"prefix_length", SHAPE_NUMBER, 1, false}, {NULL, SHAPE_WORD, 1, true}, END};
PARTS(hip) = {
    {"algorithm", SHAPE_NUMBER, 1, false},
    {"hit", SHAPE_WORD, 1, false},
    {"public_key", SHAPE_WORD, 1, false},
    END,
};
PARTS(relay_type) = {
    {"discovery_optional", SHAPE_NUMBER, 1, false}, {NULL, SHAPE_NUMBER, 1, false}, END};

/* ---- Words of text ------------------------------------------------------------------------- */

/* What is left of a field's text: words with one blank between them. */
struct words {
    const char *at, *end;
};

static char *put_chars(char *to, const char *text)
{
    size_t n = strlen(text);
    memcpy(to, text, n);
    return to + n;
}

/* The end of the word at `at`: a blank ends it, but not between quotes. */
static const char *word_end(const char *at, const char *end)
{
    bool in_quotes = false;
    for (; at < end && (in_quotes || *at != ' '); at++) {
        if (*at == '"')
            in_quotes = !in_quotes;
        else if (*at == '\\')
            at++;
    }
    return at;
}

/* Returns the next n words as one slice, and passes over them and the blank after them. */
static const char *next_words(struct words *words, size_t n, size_t *length)
{
    const char *from = words->at, *to = word_end(from, words->end);
    for (; n > 1; n--)
        to = word_end(to + 1, words->end);
    *length = (size_t)(to - from);
    words->at = to < words->end ? to + 1 : to;
    return from;
}

/* Writes a JSON string. Quotes around the text are dropped; what is between them keeps its
 * escapes. */
static char *put_string(char *to, const char *text, size_t n)
{
    *to++ = '"';
    if (n >= 2 && text[0] == '"')
        to = codec_json(to, text + 1, n - 2);
    else
        to = codec_json(to, text, n);
    *to++ = '"';
    return to;
}

static char *put_plain(char *to, const char *text, size_t n)
{
    memcpy(to, text, n);
    return to + n;
}

/* ---- The shapes ---------------------------------------------------------------------------- */

static char *put_array(char *to, struct words *words, char *(*put)(char *, const char *, size_t))
{
    *to++ = '[';
    while (words->at < words->end) {
        size_t n;
        const char *word = next_words(words, 1, &n);
        to = put(to, word, n);
        if (words->at < words->end)
            *to++ = ',';
    }
    *to++ = ']';
    return to;
}

/* "!1:192.0.2.0/24" (RFC 3123) */
static char *put_prefix(char *to, const char *word, size_t n)
{
    const char *end = word + n;
    bool negated = *word == '!';
    word += negated;
    const char *colon = memchr(word, ':', (size_t)(end - word));
    const char *slash = memchr(colon, '/', (size_t)(end - colon));
    to = put_plain(put_chars(to, "{\"family\":"), word, (size_t)(colon - word));
    if (negated)
        to = put_chars(to, ",\"negate\":true");
    to = put_string(put_chars(to, ",\"address\":"), colon + 1, (size_t)(slash - colon - 1));
    to = put_plain(put_chars(to, ",\"prefix\":"), slash + 1, (size_t)(end - slash - 1));
    *to++ = '}';
    return to;
}

/* key or key=value or key="value" (RFC 9460 section 2.1). A key occurs once, and an empty value is
 * the same as none. */
static char *put_param(char *to, const char *word, size_t n)
{
    const char *equals = memchr(word, '=', n);
    size_t key = equals != NULL ? (size_t)(equals - word) : n;
    to = put_string(to, word, key);
    *to++ = ':';
    return equals != NULL ? put_string(to, equals + 1, n - key - 1) : put_chars(to, "\"\"");
}

static char *put_part(char *to, const struct json_part *part, struct words *words)
{
    const char *word;
    size_t n;
    switch ((enum json_shape)part->shape) {
    case SHAPE_NUMBER:
        word = next_words(words, 1, &n);
        return put_plain(to, word, n);
    case SHAPE_WORD:
    case SHAPE_STRING:
        word = next_words(words, part->words, &n);
        return put_string(to, word, n);
    case SHAPE_NUMBERS:
        return put_array(to, words, put_plain);
    case SHAPE_WORDS:
    case SHAPE_STRINGS:
        return put_array(to, words, put_string);
    case SHAPE_PREFIXES:
        return put_array(to, words, put_prefix);
    case SHAPE_PARAMS: {
        char *from = to;
        to = put_array(to, words, put_param);
        *from = '{';
        to[-1] = '}';
        return to;
    }
    case SHAPE_END:
    default:
        return to;
    }
}

char *kinds_json(char *to, const struct field *field, const char *text, const char *end)
{
    struct words words = {text, end};
    for (const struct json_part *part = kinds[field->kind].json; part->shape != SHAPE_END; part++) {
        if (part->optional && words.at == words.end)
            continue;
        *to++ = '"';
        to = put_chars(to, part->name != NULL ? part->name : field->name);
        to = put_part(put_chars(to, "\":"), part, &words);
        *to++ = ',';
    }
    return to;
}
