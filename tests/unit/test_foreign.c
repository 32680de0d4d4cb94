/* What is not text: by the first octets of real files, and that text is never taken for it. */
#include "base/foreign.h"

#include "tap.h"

/* clang-format off */
static const struct {
    const char *what, *octets;
    size_t length;
    const char *says; /* how the words begin; NULL: it is text */
} rows[] = {
#define ROW(what, octets, says) {what, octets, sizeof octets - 1, says}
    ROW("nothing", "", NULL),
    ROW("UTF-16, little end first", "\xff\xfe$\0T\0T\0L\0", "is UTF-16"),
    ROW("UTF-16, big end first", "\xfe\xff\0$\0T\0T\0L", "is UTF-16"),
    ROW("a mark of UTF-16 alone", "\xff\xfe", "is UTF-16"),
    ROW("UTF-16 without a mark, little end first", "$\0T\0T\0L\0 \0", "is UTF-16"),
    ROW("UTF-16 without a mark, big end first", "\0;\0 \0a\0\t", "is UTF-16"),
    ROW("too few letters for that", "$\0T\0T\0", NULL),
    ROW("NUL between other octets", "\1\0\2\0\3\0\4\0", NULL),
    ROW("NUL in a text", "$TTL\0 60\n", NULL),
    ROW("UTF-32", "\xff\xfe\0\0$\0\0\0", "is UTF-32"),
    ROW("gzip", "\x1f\x8b\x08\0\0\0\0\0", "is compressed (gzip)"),
    ROW("xz", "\xfd" "7zXZ\0\0\4", "is compressed (xz)"),
    ROW("zstd", "\x28\xb5\x2f\xfd\x04\x58", "is compressed (zstd)"),
    ROW("lz4", "\x04\x22\x4d\x18\x64\x40", "is compressed (lz4)"),
    ROW("bzip2", "BZh91AY&SY\x01\x02", "is compressed (bzip2)"),
    ROW("an owner like bzip2", "BZh9 60 IN A 192.0.2.1", NULL),
    ROW("zip", "PK\3\4\x14\0", "is an archive (zip)"),
    ROW("BIND's raw", "\0\0\0\2\0\0\0\1\x6b\x0c", "is a zone in BIND's format 'raw'"),
    ROW("BIND's map", "\0\0\0\3\0\0\0\1", "is a zone in BIND's format 'map'"),
    ROW("an array", "[{\"name\": \"x\"}]", "is a JSON array"),
    ROW("an array on lines", " \n[\n  {\n", "is a JSON array"),
    ROW("an empty array", "[]", "is a JSON array"),
    ROW("an array behind a mark", "\xef\xbb\xbf[ {", "is a JSON array"),
    ROW("an owner in brackets", "[x] 60 IN A 192.0.2.1", NULL),
    ROW("an object", "{\"name\": \"x\"}", NULL),
    ROW("a journal of BIND", ";BIND LOG V9\n\0\0\0", "is a journal of BIND"),
    ROW("a comment of BIND", "; BIND LOG V9\n", NULL),
    ROW("SQLite", "SQLite format 3\0\x10", "is a database"),
    ROW("a web page", "<!DOCTYPE html>\n", "is a web page"),
    ROW("dig +yaml", "- type: MESSAGE\n  message:\n", "is what dig writes with +yaml"),
    ROW("UTF-8 with a mark", "\xef\xbb\xbf$TTL 60\n", NULL),
    ROW("Latin-1", "\xff\xe4 60 IN A", NULL),
    ROW("a recording", "zxfr-recording 1 example.com. IN 5\n", NULL),
#undef ROW
};
/* clang-format on */

int main(void)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *says = foreign_zone_says(rows[i].octets, rows[i].length);
        if (rows[i].says == NULL)
            ok(says == NULL, "%s is text", rows[i].what);
        else
            ok(says != NULL && strncmp(says, rows[i].says, strlen(rows[i].says)) == 0, "%s: %s",
               rows[i].what, says != NULL ? says : "is text");
    }
    ok(foreign_says("\0\0\0\2\0\0\0\1", 8) == NULL && foreign_says("[]", 2) == NULL,
       "what only a zone cannot be");
    is_int((int64_t)foreign_mark("\xef\xbb\xbfx", 4), 3, "a mark");
    is_int((int64_t)foreign_mark("\xef\xbb", 2), 0, "half a mark");
    is_int((int64_t)foreign_mark("x\xef\xbb\xbf", 4), 0, "a mark elsewhere");
    return tap_end();
}
