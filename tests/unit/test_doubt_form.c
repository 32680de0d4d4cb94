/* dns/doubt_form: texts inside RDATA. Examples of the RFCs, and what each rule of theirs forbids.
 */
#include "dns/doubt_form.h"

#include "tap.h"

static bool good(bool (*form)(const uint8_t *, size_t), const char *text)
{
    return form((const uint8_t *)text, strlen(text));
}

static void substitutions(void)
{
    static const char *const right[] = {
        "",
        "!^.*$!sip:info@example.com!",
        "/urn:cid:.+@([^\\.]+\\.)(.*)$/\\2/i",
        "!^\\+441632960083$!sip:\\+441632960083@example.com!",
        "!a\\!b!c!",
        "!a!!",
        "!a!b!ii",
        "!(a)(b)!\\2\\1!",
        "![]a]!x!",
        "![^]a]!x!",
        "![[:digit:]a-f]{2,5}!x!",
        "!a{3}b{3,}!x!",
        "!a{!x!",
        "!a)!x!",
        "!()!x!",
        "!(a|b)c|d!x!",
        "!^a$!x!",
        "|a\\|b|c|",
        "!a\\.b!x\\\\y!",
        "![a\\]!x!",
        "!a\\{2!x!",
        "!(a)\\1!\\1!",
    };
    static const char *const wrong[] = {
        "x",          "no regexp", "!a!b",      "!a",       "!",          "!a!b!x",
        "!a!b!c!",    "!!b!",      "1a1b1",     "iaibi",    "\\a\\b\\",   "!(a!b!",
        "!a!\\1!",    "!(a)!\\2!", "!(a)!\\0!", "!*a!b!",   "!a**!b!",    "!a+?!b!",
        "!(*a)!b!",   "!a|!b!",    "!|a!b!",    "!(|a)!b!", "!(a|)!b!",   "!a{3,2}!b!",
        "!a{256}!b!", "!a{1!b!",   "!{3}!b!",   "![a!b!",   "![z-a]!b!",  "![[:foo:]]!b!",
        "!^*!b!",     "!a\\",      "!a\\!b!",   "!a!b\\",   "!\\2(a)!b!",
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        ok(good(doubt_form_substitution, right[i]), "substitution: %s", right[i]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ok(!good(doubt_form_substitution, wrong[i]), "not a substitution: %s", wrong[i]);
    ok(!doubt_form_substitution((const uint8_t *)"!a\0b!c!", 7), "not a substitution: with NUL");
    ok(!doubt_form_substitution((const uint8_t *)"\0a\0b\0", 5), "not a substitution: NUL for !");
    ok(doubt_form_substitution((const uint8_t *)"!\377!c!", 5), "substitution: an octet above 127");
}

static void paths(void)
{
    static const char *const right[] = {
        "/dns-query{?dns}",
        "/{dns}",
        "/q{&dns}",
        "/q{+dns}",
        "/q{/dns}",
        "/q{?x,dns}",
        "/q{?dns*}",
        "/q{?dns:3}",
        "/q{?x*,dns}",
        "/{?x}{?dns}",
        "/q{?dns}/x",
        "/q{?dns}}",
        "/%41{?dns}",
        "/{?a.b,dns}",
        "/{?a%41_b,dns}",
        "/\303\244{?dns}",
        "/\360\237\230\200{?dns}",
    };
    static const char *const wrong[] = {
        "",
        "/",
        "/q",
        "q{?dns}",
        "{?dns}",
        "/q{?dnsx}",
        "/q{?xdns}",
        "/q{?DNS}",
        "/q{?dns",
        "/q?dns}",
        "/q{ ?dns}",
        "/q{=dns}",
        "/q{??dns}",
        "/q{?dns,}",
        "/q{?}{?dns}",
        "/{{?dns}}",
        "/{?dns}{",
        "/%zz{?dns}",
        "/%4",
        "/{?dns:0}",
        "/{?dns:99999}",
        "/{?dns:3*}",
        "/{?x-y,dns}",
        "/{?.dns}",
        "/{?x.,dns}",
        "/\377{?dns}",
        "/\303{?dns}",
        "/\355\240\200{?dns}",
        "/\300\257{?dns}",
        "/\364\220\200\200{?dns}",
    };
    for (size_t i = 0; i < sizeof right / sizeof *right; i++)
        ok(good(doubt_form_dohpath, right[i]), "path: %s", right[i]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ok(!good(doubt_form_dohpath, wrong[i]), "not a path: %s", wrong[i]);
    ok(!doubt_form_dohpath((const uint8_t *)"/{\0dns}", 7), "not a path: NUL as the operator");
}

static void numbers(void)
{
    static const struct {
        const char *text;
        unsigned most;
        bool good;
    } cases[] = {
        {"0", 90, true},           {"-32.6882", 90, true},
        {"+5", 90, true},          {"90", 90, true},
        {"-90.000", 90, true},     {".5", 90, true},
        {"5.", 90, true},          {"0090", 90, true},
        {"90.0001", 90, false},    {"-91", 90, false},
        {"91", 180, true},         {"181", 180, false},
        {"4294967386", 90, false}, {"99999999999999999999", 0, true},
        {"1.5", 0, true},          {"", 0, false},
        {"-", 0, false},           {".", 0, false},
        {"1e1", 0, false},         {"1.2.3", 0, false},
        {" 5", 0, false},          {"5 ", 0, false},
        {"--5", 0, false},         {"north", 0, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        is_int(
            doubt_form_number((const uint8_t *)cases[i].text, strlen(cases[i].text), cases[i].most),
            cases[i].good, "number up to %u: \"%s\"", cases[i].most, cases[i].text);
}

int main(void)
{
    substitutions();
    paths();
    numbers();
    return tap_end();
}
