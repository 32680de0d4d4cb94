/* zone/filename. The hashes are those of Python's hashlib. */
#include "zone/filename.h"

#include "dns/name.h"
#include "tap.h"

#include <string.h>

/* The name of a zone that is given as text. */
static const char *named(const char *text)
{
    static char to[FILENAME_ROOM];
    uint8_t name[NAME_MAX_WIRE], length;
    struct err err = {.kind = ERR_NONE};
    if (name_parse(text, name, &length) != NULL || !filename_write(to, name, length, &err))
        return "?";
    return to;
}

static void test_plain(void)
{
    is_str(named("example.com."), "example.com", "letters and dots are plain");
    is_str(named("EXAMPLE.Com"), "example.com", "one zone has one name, whatever its letter case");
    is_str(named("_tcp.a-b.example"), "_tcp.a-b.example", "so are _ and -");
    is_str(named("2.0.192.in-addr.arpa"), "2.0.192.in-addr.arpa", "and digits");
    is_str(named("."), "@", "the root");
}

static void test_hostile(void)
{
    is_str(named("-rf.example"), "%2Drf.example", "no name begins like an option");
    is_str(named("a.-b.example"), "a.-b.example", "a dash may begin another label");
    is_str(named("\\.\\.example"), "%2E%2Eexample", "a dot in a label is no dot between labels");
    is_str(named("\\.\\./etc"), "%2E%2E%2Fetc", "nor the way to another folder");
    is_str(named("a/b.c"), "a%2Fb.c", "a slash");
    is_str(named("\\000.example"), "%00.example", "an octet of zero");
    is_str(named("$(id).`id`;\\032'x"), "%24%28id%29.%60id%60%3B%20%27x", "what a shell obeys");
    is_str(named("\\255\\@.example"), "%FF%40.example", "what is not ASCII; the name of the root");
    is_str(named("a%2e.example"), "a%252e.example", "an escape in the name itself");
    is_str(named("~b.example"), "%7Eb.example", "what marks a name that was cut");
}

enum { LABEL = 63 };

/* Three labels of 63 letters and one of n. */
static const char *long_name(char first, char last, size_t n)
{
    static char text[256];
    size_t at = 0;
    for (int i = 0; i < 3; i++) {
        memset(text + at, first, LABEL);
        text[at + LABEL] = '.';
        at += LABEL + 1;
    }
    memset(text + at, last, n);
    text[at + n] = '\0';
    return named(text);
}

static void test_long(void)
{
    char expected[FILENAME_ROOM];
    is_int((int64_t)strlen(long_name('c', 'd', 8)), FILENAME_MOST, "the longest that is not cut");
    ok(strchr(long_name('c', 'd', 8), '~') == NULL, "it is not cut");
    memset(expected, 'a', 2 * (LABEL + 1) + 55);
    expected[LABEL] = expected[2 * LABEL + 1] = '.';
    strcpy(expected + 2 * (LABEL + 1) + 55, "~4e300aa31e482a03");
    is_str(long_name('a', 'b', 60), expected, "a longer one is cut to the same length");
    is_str(long_name('A', 'B', 60), expected, "in lower case");
    is_int((int64_t)strlen(long_name('c', 'd', 9)), FILENAME_MOST, "one octet too long");
}

static void test_long_escapes(void)
{
    char text[1024] = "", expected[FILENAME_ROOM] = "";
    for (int i = 0; i < 2 * LABEL; i++)
        strcat(strcat(text, i == LABEL ? "." : ""), "\\001");
    strcat(text, ".xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
    for (int i = 0; i < 61; i++)
        strcat(expected, "%01");
    strcat(expected, "~ac2759406ab1baaa");
    is_str(named(text), expected, "no escape is cut in two");
}

int main(void)
{
    test_plain();
    test_hostile();
    test_long();
    test_long_escapes();
    return tap_end();
}
