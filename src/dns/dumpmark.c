#include "dns/dumpmark.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* A line begins, goes on and ends like that; one that has no `ends` is exactly `begins`. Comments
 * that people write have such words in them, too, but are not such lines. */
static const struct row {
    enum dumpmark mark;
    const char *begins, *has, *ends;
} rows[] = {
    /* dig */
    {DUMPMARK_ENDS, ";; XFR size: ", " records (messages ", ")"},
    {DUMPMARK_FAILED, "; Transfer failed.", "", NULL},
    {DUMPMARK_FAILED, "; Transfer failed.  Didn't start with SOA answer.", "", NULL},
    {DUMPMARK_FAILED, ";; communications error to ", "#", ""},
    {DUMPMARK_FAILED, ";; no servers could be reached", "", NULL},
    {DUMPMARK_FAILED, ";; connection timed out; no servers could be reached", "", NULL},
    {DUMPMARK_FAILED, ";; Connection to ", " failed: ", "."},
    {DUMPMARK_FAILED, ";; Got bad packet: ", "", ""},
    {DUMPMARK_FAILED, ";; ERROR: ID mismatch: expected ID ", ", got ", ""},
    {DUMPMARK_FAILED, ";; Question section mismatch: got ", "/", ""},
    {DUMPMARK_FORGED, ";; Couldn't verify signature: ", "", ""},
    {DUMPMARK_FORGED, ";; WARNING -- Some TSIG could not be validated", "", NULL},
    /* kdig; whatever the cause, the first one comes */
    {DUMPMARK_FAILED_ANYWHERE, ";; ERROR: failed to query server ", "@", ")"},
    {DUMPMARK_FAILED_ANYWHERE, ";; ERROR: server replied with error '", "", "'"},
    {DUMPMARK_FAILED_ANYWHERE, ";; ERROR: malformed reply packet from ", "@", ")"},
    {DUMPMARK_FAILED_ANYWHERE, ";; ERROR: reply ID mismatch from ", "@", ")"},
    {DUMPMARK_FAILED_ANYWHERE, ";; ERROR: first answer record from ", "@", " isn't SOA"},
    {DUMPMARK_FAILED_ANYWHERE, ";; WARNING: can't receive reply from ", "@", ")"},
    {DUMPMARK_FAILED_ANYWHERE, ";; WARNING: response timeout for ", "@", ")"},
    {DUMPMARK_FORGED, ";; ERROR: reply verification for ", "@", ")"},
    /* drill, and what it leaves where nothing has come; these are not comments */
    {DUMPMARK_FAILED, "AXFR failed.", "", NULL},
    {DUMPMARK_FAILED, "null", "", NULL},
    {DUMPMARK_FAILED, "nullAXFR failed.", "", NULL},
};

static bool begins_with(const char *line, size_t length, const char *words)
{
    size_t n = strlen(words);
    return length >= n && memcmp(line, words, n) == 0;
}

enum { FIRST = 4 }; /* no row begins with fewer characters */

static bool fits(const struct row *row, const char *line, size_t length)
{
    if (memcmp(line, row->begins, FIRST) != 0) /* of many comments none is such a line */
        return false;
    size_t n = strlen(row->begins);
    if (!begins_with(line, length, row->begins))
        return false;
    if (row->ends == NULL)
        return length == n;
    size_t end = strlen(row->ends);
    return length >= n + end && memcmp(line + length - end, row->ends, end) == 0 &&
           memmem(line + n, length - n, row->has, strlen(row->has)) != NULL;
}

/* Whether a word stands among the words of a line, in any letter case. */
static bool has_word(const char *line, size_t length, const char *word)
{
    size_t n = strlen(word);
    for (size_t at = 0; at + n <= length; at++)
        if (strncasecmp(line + at, word, n) == 0 && (at == 0 || line[at - 1] == ' ') &&
            (at + n == length || line[at + n] == ' '))
            return true;
    return false;
}

/* The first line of dig repeats its arguments: "; <<>> DiG 9.18.1 <<>> axfr example.com". Only of
 * AXFR it is known what a whole answer is. */
static enum dumpmark of_dig(const char *line, size_t length)
{
    if (!has_word(line, length, "axfr"))
        return DUMPMARK_NONE;
    return has_word(line, length, "+onesoa") ? DUMPMARK_BEGINS_ONE_SOA : DUMPMARK_BEGINS;
}

/* The first line of kdig: ";; AXFR for example.com." */
static bool is_of_kdig(const char *line, size_t length)
{
    static const char begins[] = ";; AXFR for ";
    size_t n = sizeof begins - 1;
    return length > n && memcmp(line, begins, n) == 0 && line[length - 1] == '.' &&
           memchr(line + n, ' ', length - n) == NULL;
}

/* Whether a line begins as nearly every comment does that people write. */
static bool is_plain_comment(const char *line)
{
    return line[0] == ';' && line[1] != ';' &&
           (line[1] != ' ' || (line[2] != 'T' && line[2] != '<'));
}

enum dumpmark dumpmark_of(const char *line, size_t length)
{
    if (length < FIRST || is_plain_comment(line))
        return DUMPMARK_NONE;
    if (begins_with(line, length, "; <<>> DiG "))
        return of_dig(line, length);
    if (is_of_kdig(line, length))
        return DUMPMARK_BEGINS;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (fits(&rows[i], line, length))
            return rows[i].mark;
    return DUMPMARK_NONE;
}
