#include "base/foreign.h"

#include <stdbool.h>
#include <string.h>

#define UNPACK(tool) ": unpack it first, as with '" tool " FILE'"
#define UTF16 "is UTF-16, not UTF-8: save it as UTF-8"

struct signature {
    unsigned char length;
    const char *octets, *says;
};

/* clang-format off */
static const struct signature signatures[] = {
    {4, "\xff\xfe\0\0", "is UTF-32, not UTF-8: save it as UTF-8"},
    {4, "\0\0\xfe\xff", "is UTF-32, not UTF-8: save it as UTF-8"},
    {2, "\xff\xfe", UTF16},
    {2, "\xfe\xff", UTF16},
    {2, "\x1f\x8b", "is compressed (gzip)" UNPACK("gzip -dc")},
    {2, "\x1f\x9d", "is compressed (compress)" UNPACK("gzip -dc")},
    {6, "\xfd" "7zXZ\0", "is compressed (xz)" UNPACK("xz -dc")},
    {4, "\x28\xb5\x2f\xfd", "is compressed (zstd)" UNPACK("zstd -dc")},
    {4, "\x04\x22\x4d\x18", "is compressed (lz4)" UNPACK("lz4 -dc")},
    {4, "PK\3\4", "is an archive (zip)" UNPACK("unzip -p")},
    {4, "PK\5\6", "is an archive (zip), and an empty one"},
    {6, "7z\xbc\xaf\x27\x1c", "is an archive (7z)" UNPACK("7z x -so")},
};
/* clang-format on */

#define BIND_FORM(form)                                                                            \
    "is a zone in BIND's format '" form "': named-compilezone -f " form                            \
    " -F text -o OUT ZONE FILE makes a master file of it"

/* Of zones alone: what other files begin with may be anything. */
static const struct signature zone_signatures[] = {
    {8, "\0\0\0\2\0\0\0\0", BIND_FORM("raw")},
    {8, "\0\0\0\2\0\0\0\1", BIND_FORM("raw")},
    {4, "\0\0\0\3", BIND_FORM("map")},
    {12, ";BIND LOG V9", "is a journal of BIND: named-journalprint FILE shows the changes in it"},
    {16, "SQLite format 3\0",
     "is a database (SQLite); where it is one of PowerDNS, pdnsutil list-zone ZONE writes a zone"},
    {9, "<!DOCTYPE", "is a web page, perhaps one that tells of an error"},
    {9, "<!doctype", "is a web page, perhaps one that tells of an error"},
    {5, "<html", "is a web page, perhaps one that tells of an error"},
    {15, "- type: MESSAGE", "is what dig writes with +yaml: +noall +answer writes records"},
};

static const char *find(const struct signature *rows, size_t count, const char *octets,
                        size_t length)
{
    for (size_t i = 0; i < count; i++)
        if (length >= rows[i].length && memcmp(octets, rows[i].octets, rows[i].length) == 0)
            return rows[i].says;
    return NULL;
}

/* The letters BZh alone could be the owner of a record; a digit and the number pi follow. */
static bool is_bzip2(const char *octets, size_t length)
{
    return length >= 10 && memcmp(octets, "BZh", 3) == 0 && octets[3] >= '1' && octets[3] <= '9' &&
           memcmp(octets + 4, "1AY&SY", 6) == 0;
}

static bool is_plain(char c)
{
    return (c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n';
}

/* Text of ASCII characters in UTF-16 without a mark: every second octet is NUL. */
static bool is_wide(const char *octets, size_t length)
{
    enum { PAIRS = 4 };
    if (length < 2 * PAIRS || (octets[0] == '\0') == (octets[1] == '\0'))
        return false;
    size_t zero = octets[0] != '\0';
    for (size_t i = 0; i < 2 * PAIRS; i += 2)
        if (octets[i + zero] != '\0' || !is_plain(octets[i + 1 - zero]))
            return false;
    return true;
}

static size_t over_blanks(const char *octets, size_t length, size_t at)
{
    while (at < length && octets[at] != '\0' && strchr(" \t\r\n", octets[at]) != NULL)
        at++;
    return at;
}

/* A bracket alone may be part of an owner. */
static bool is_array(const char *octets, size_t length)
{
    size_t at = over_blanks(octets, length, 0);
    if (at == length || octets[at] != '[')
        return false;
    at = over_blanks(octets, length, at + 1);
    return at == length || octets[at] == '{' || octets[at] == ']';
}

size_t foreign_mark(const char *octets, size_t length)
{
    return length >= 3 && memcmp(octets, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

const char *foreign_says(const char *octets, size_t length)
{
    const char *says = find(signatures, sizeof signatures / sizeof *signatures, octets, length);
    if (says != NULL)
        return says;
    if (is_bzip2(octets, length))
        return "is compressed (bzip2)" UNPACK("bzip2 -dc");
    return is_wide(octets, length) ? UTF16 : NULL;
}

const char *foreign_zone_says(const char *octets, size_t length)
{
    const char *says = foreign_says(octets, length);
    if (says == NULL)
        says =
            find(zone_signatures, sizeof zone_signatures / sizeof *zone_signatures, octets, length);
    size_t mark = foreign_mark(octets, length);
    if (says == NULL && is_array(octets + mark, length - mark))
        says = "is a JSON array, not records: jq -c '.[]' FILE makes JSON Lines of it";
    return says;
}
