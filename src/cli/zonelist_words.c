#include "cli/zonelist_words.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool check_characters(const char *line, size_t length, struct err *err)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)line[i];
        if ((c < ' ' && c != '\t') || c == 0x7f)
            return err_set(err, ERR_USAGE, "a control character (octet %zu is 0x%02x)", i + 1, c);
    }
    return true;
}

/* Moves a word from *at to *to, without its quotes. */
static bool cut_word(const char *line, size_t length, size_t *at, char **to, struct err *err)
{
    bool quoted = false;
    for (; *at < length && (quoted || !is_blank(line[*at])); ++*at) {
        char c = line[*at];
        if (c == '"') {
            quoted = !quoted;
            continue;
        }
        bool escapes = quoted && c == '\\' && *at + 1 < length &&
                       (line[*at + 1] == '"' || line[*at + 1] == '\\');
        *at += escapes;
        *(*to)++ = line[*at];
    }
    return !quoted || err_set(err, ERR_USAGE, "a quote is not closed");
}

bool zonelist_words_cut(char *line, size_t length, char **words, size_t *count, struct err *err)
{
    char *to = line; /* what is written never gets past what was read */
    *count = 0;
    if (!check_characters(line, length, err))
        return false;
    for (size_t at = 0; at < length; at++) {
        if (is_blank(line[at]))
            continue;
        if (line[at] == '#')
            break;
        words[(*count)++] = to;
        if (!cut_word(line, length, &at, &to, err))
            return false;
        *to++ = '\0';
    }
    return true;
}
