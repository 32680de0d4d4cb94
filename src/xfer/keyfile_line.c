/* A key a line: algorithm:name:secret. */
#include "xfer/keyfile_own.h"

#include <string.h>

/* Sets name and secret from NAME:SECRET. A name may hold colons, base64 does not. */
static const char *set_pair(struct tsig_key *key, const char *pair, size_t length)
{
    const char *colon = memrchr(pair, ':', length);
    if (colon == NULL)
        return "expected a colon between the name of the key and the secret";
    size_t name = (size_t)(colon - pair), secret = length - name - 1;
    for (size_t i = 0; i < length; i++)
        if (keyfile_is_blank(pair[i]))
            return "expected no blanks";
    const char *why = keyfile_set_name(key, pair, name);
    return why != NULL ? why : keyfile_set_secret(key, colon + 1, secret);
}

const char *keyfile_word(struct tsig_key *key, const char *word, size_t length)
{
    const char *first = memchr(word, ':', length), *last = memrchr(word, ':', length);
    const char *why = "expected the name of an algorithm, such as hmac-sha256, at one end";
    keyfile_clear(key);
    if (first == last) {
        keyfile_assume_algorithm(key, "hmac-sha256");
        return set_pair(key, word, length);
    }
    size_t head = (size_t)(first - word), tail = (size_t)(last - word);
    /* dig's order first; a key of drill's that is called like an algorithm has no secret there. */
    if (keyfile_set_algorithm(key, word, head) == NULL) {
        why = set_pair(key, first + 1, length - head - 1);
        if (why == NULL)
            return NULL;
    }
    if (keyfile_set_algorithm(key, last + 1, length - tail - 1) == NULL)
        why = set_pair(key, word, tail);
    return why;
}

static enum keyfile_event take_word(struct keyfile *file, struct tsig_key *key,
                                    const struct keyfile_piece *line, struct err *err)
{
    const char *why = keyfile_word(key, line->at, line->length);
    return why == NULL ? KEYFILE_KEY : keyfile_fail_at(file, line->line, why, err);
}

/* A first word with a colon in it; or nothing but comments, where the first may be a key. */
bool keyfile_fits_lines(struct keyfile ahead)
{
    struct keyfile_piece line, word;
    if (!keyfile_next_line(&ahead, &line))
        return true;
    keyfile_next_word(&line, &word);
    return memchr(word.at, ':', word.length) != NULL && memchr(word.at, '{', word.length) == NULL;
}

enum keyfile_event keyfile_next_in_lines(struct keyfile *file, struct tsig_key *key,
                                         struct err *err)
{
    struct keyfile_piece line;
    while (keyfile_next_line(file, &line))
        if (line.at[0] != '#' && line.at[0] != ';')
            return take_word(file, key, &line, err);
    return KEYFILE_END;
}
