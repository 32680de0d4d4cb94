/* Moving about in the text of a key file. */
#include "xfer/keyfile_own.h"

#include <string.h>
#include <strings.h>

bool keyfile_is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool keyfile_is(const struct keyfile_piece *piece, const char *word)
{
    return strlen(word) == piece->length && strncasecmp(piece->at, word, piece->length) == 0;
}

enum keyfile_event keyfile_fail_at(const struct keyfile *file, unsigned line, const char *what,
                                   struct err *err)
{
    err_set(err, ERR_KEY, "%.300s: line %u: %s", file->path, line, what);
    return KEYFILE_FAIL;
}

void keyfile_trim(struct keyfile_piece *piece)
{
    while (piece->length > 0 && keyfile_is_blank(piece->at[0])) {
        piece->at++;
        piece->length--;
    }
    while (piece->length > 0 && keyfile_is_blank(piece->at[piece->length - 1]))
        piece->length--;
}

/* Takes the next line that is not empty, without blanks around it. */
bool keyfile_next_line(struct keyfile *file, struct keyfile_piece *line)
{
    while (file->at < file->end) {
        size_t rest = (size_t)(file->end - file->at);
        const char *newline = memchr(file->at, '\n', rest);
        size_t length = newline != NULL ? (size_t)(newline - file->at) : rest;
        *line = (struct keyfile_piece){file->at, length, file->line, false};
        file->at += newline != NULL ? length + 1 : length;
        file->line += newline != NULL;
        keyfile_trim(line);
        if (line->length > 0)
            return true;
    }
    return false;
}

/* Takes the next word of a line. */
bool keyfile_next_word(struct keyfile_piece *line, struct keyfile_piece *word)
{
    keyfile_trim(line);
    *word = *line;
    word->length = 0;
    while (word->length < line->length && !keyfile_is_blank(line->at[word->length]))
        word->length++;
    line->at += word->length;
    line->length -= word->length;
    return word->length > 0;
}

bool keyfile_read_number(const struct keyfile_piece *word, unsigned *number)
{
    *number = 0;
    for (size_t i = 0; i < word->length; i++) {
        if (word->at[i] < '0' || word->at[i] > '9' || *number > 100000000)
            return false;
        *number = *number * 10 + (unsigned)(word->at[i] - '0');
    }
    return word->length > 0;
}

/* Moves over n characters, counting lines. */
void keyfile_skip(struct keyfile *file, size_t n)
{
    for (const char *end = file->at + n; file->at < end; file->at++)
        file->line += *file->at == '\n';
}

bool keyfile_begins(const struct keyfile *file, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(file->end - file->at) >= n && memcmp(file->at, text, n) == 0;
}

void keyfile_skip_line(struct keyfile *file)
{
    const char *newline = memchr(file->at, '\n', (size_t)(file->end - file->at));
    file->at = newline != NULL ? newline : file->end;
}
