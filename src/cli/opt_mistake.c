#include "cli/opt_mistake.h"

#include "cli/idn.h"
#include "io/resolve.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

enum { SHOWN_MOST = 80 };

static const char scheme_mark[] = "://";

/* The first of a character that has no backslash before it, which itself may have one; or NULL. */
static const char *find_bare(const char *word, char c)
{
    while (*word != '\0' && *word != c)
        word += *word == '\\' && word[1] != '\0' ? 2 : 1;
    return *word != '\0' ? word : NULL;
}

const char *opt_mistake_at(const char *word)
{
    return find_bare(word, '@');
}

static bool has_scheme(const char *word, const char *scheme)
{
    return strncmp(word, scheme, strlen(scheme)) == 0;
}

/* U+2010 to U+2015 are dashes, U+2212 is a minus sign; three octets each. */
static bool is_dash(const char *text)
{
    return (strncmp(text, "\xe2\x80", 2) == 0 && text[2] >= '\x90' && text[2] <= '\x95') ||
           strncmp(text, "\xe2\x88\x92", 3) == 0;
}

/* U+2018 to U+201F; and those of other languages, of two octets. Returns how many it has, or 0. */
static size_t quote_length(const char *text)
{
    if (strncmp(text, "\xe2\x80", 2) == 0 && text[2] >= '\x98' && text[2] <= '\x9f')
        return 3;
    return strncmp(text, "\xc2\xab", 2) == 0 || strncmp(text, "\xc2\xbb", 2) == 0 ? 2 : 0;
}

static bool refuse_dash(const char *word, struct err *err)
{
    char shown[IDN_SHOWN_ROOM];
    const char *rest = word;
    while (is_dash(rest) || *rest == '-')
        rest += *rest == '-' ? 1 : 3;
    const char *dashes = *rest != '\0' && rest[1] != '\0' ? "--" : "-";
    int n = (int)strcspn(idn_shown(rest, shown), "="); /* the value may be a secret */
    return err_set(err, ERR_USAGE, "the dash before %.*s is not -: do you mean %s%.*s?", n, shown,
                   dashes, n, shown);
}

static bool refuse_quotes(const char *word, struct err *err)
{
    char shown[IDN_SHOWN_ROOM];
    size_t n = 0;
    char bare[SHOWN_MOST + 1];
    for (size_t quote; *word != '\0' && n < SHOWN_MOST; word += quote > 0 ? quote : 1) {
        quote = quote_length(word);
        if (quote == 0)
            bare[n++] = *word;
    }
    bare[n] = '\0';
    return strchr(bare, ':') != NULL /* a secret? */
               ? err_set(err, ERR_USAGE, "the quotes of a word are not those of a shell, \" and '")
               : err_set(err, ERR_USAGE,
                         "the quotes of %s are not those of a shell, \" and '; do you mean %s?",
                         idn_shown(bare, shown), shown);
}

bool opt_mistake_typed(const char *word, struct err *err)
{
    if (idn_is_ascii(word) || access(word, F_OK) == 0)
        return true;
    if (is_dash(word) || (*word == '-' && is_dash(word + 1)))
        return refuse_dash(word, err);
    word += *word == '@';
    return quote_length(word) == 0 || refuse_quotes(word, err);
}

/* What a URL may say of a server, as it is written behind an @: the host, without a user and a
 * password, which are nobody's business, and the port. */
struct url {
    char host[96], server[112];
    const char *rest; /* behind host and port */
    bool is_tls;
};

static void read_url(const char *word, struct url *url)
{
    const char *from = strstr(word, scheme_mark) + strlen(scheme_mark);
    size_t length = strcspn(from, "/?#");
    url->rest = from + length;
    url->is_tls = has_scheme(word, "tls:");
    for (size_t i = 0; i < length; i++)
        if (from[i] == '@') {
            from += i + 1;
            length -= i + 1;
            i = 0;
        }
    size_t n = *from == '[' ? strcspn(from, "]") + 1 : strcspn(from, ":");
    n = n < length ? n : length;
    snprintf(url->host, sizeof url->host, "%.*s", (int)(n < 80 ? n : 80), from);
    size_t digits = n < length && from[n] == ':' ? strspn(from + n + 1, "0123456789") : 0;
    bool has_port = digits > 0 && digits <= 5 && n + 1 + digits == length;
    snprintf(url->server, sizeof url->server, "@%s%s%.*s", url->host, has_port ? "#" : "",
             has_port ? (int)digits : 0, from + n + has_port);
}

static bool is_address(const char *word)
{
    struct address address;
    return address_parse(word, 0, &address);
}

/* What dns://SERVER/ZONE asks for stands behind the host (RFC 4501). A host that is an address, or
 * that a scheme of DNS has, is a server. */
static bool refuse_url(const char *word, struct err *err)
{
    struct url url;
    read_url(word, &url);
    bool is_dns = has_scheme(word, "dns:") || url.is_tls;
    const char *zone = *url.rest == '/' ? url.rest + 1 : "", *tls = url.is_tls ? " --tls" : "";
    int n = (int)strcspn(zone, "?#;");
    if (*url.host == '\0')
        return err_set(err, ERR_USAGE, "a URL is no zone");
    if (is_dns && n > 0)
        return err_set(err, ERR_USAGE, "a URL is no zone; do you mean %.*s %s%s?", n < 80 ? n : 80,
                       zone, url.server, tls);
    if (is_dns || *url.host == '[' || is_address(url.host))
        return err_set(err, ERR_USAGE, "a URL is no zone; do you mean the server %s%s?", url.server,
                       tls);
    return err_set(err, ERR_USAGE, "a URL is no zone; do you mean %s?", url.host);
}

static bool refuse_server_url(const char *word, struct err *err)
{
    struct url url;
    read_url(word, &url);
    if (*url.host == '\0')
        return err_set(err, ERR_USAGE, "a URL is no server");
    return err_set(err, ERR_USAGE, "a URL is no server; do you mean %s%s?", url.server,
                   url.is_tls ? " --tls" : "");
}

/* A name or address, and behind # or : a port; IPv6 has more colons. */
static bool has_port(const char *word)
{
    const char *mark = strpbrk(word, "#:");
    return mark != NULL && mark > word && mark[1] != '\0' &&
           strspn(mark + 1, "0123456789") == strlen(mark + 1) && strlen(mark + 1) <= 5;
}

static bool is_path(const char *word)
{
    return *word == '/' || strncmp(word, "./", 2) == 0 || strncmp(word, "../", 3) == 0 ||
           strncmp(word, "~/", 2) == 0;
}

/* ---- Keys and passwords --------------------------------------------------------------------- */

static bool begins_as_key(const char *word)
{
    return strncasecmp(word, "hmac-", 5) == 0;
}

/* Whether a part of a word may be a key, or a user and a password: it has a colon that is neither
 * of an address nor before a port. */
static bool is_secret_part(const char *part, size_t n)
{
    char text[128];
    if (begins_as_key(part) || n >= sizeof text)
        return begins_as_key(part) || memchr(part, ':', n) != NULL;
    memcpy(text, part, n);
    text[n] = '\0';
    const char *colon = find_bare(text, ':');
    if (colon == NULL)
        return false;
    const char *end = colon + 1 + strspn(colon + 1, "0123456789");
    bool is_port = *end == '\0' || *end == '#', has_bracket = *text == '[';
    text[strcspn(text, has_bracket ? "]%" : "#%")] = '\0';
    return !is_port && !is_address(text + has_bracket);
}

static bool may_be_secret(const char *word)
{
    while (*word != '\0') {
        size_t n = strcspn(word, "@,");
        if (is_secret_part(word, n))
            return true;
        word += n + (word[n] != '\0');
    }
    return false;
}

/* A colon before that of the mark is of a key. */
static bool is_url(const char *word)
{
    const char *mark = strstr(word, scheme_mark);
    return mark != NULL && strchr(word, ':') == mark && !begins_as_key(word);
}

/* A URL with an @ that is not before the host: a part of a password would be taken for that. */
static bool has_late_at(const char *word)
{
    const char *from = strstr(word, scheme_mark) + strlen(scheme_mark);
    return strchr(from + strcspn(from, "/?#"), '@') != NULL;
}

static bool refuse_secret(const char *what, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "a word that is not shown is no %s: a key? That is given with -k FILE, or -y "
                   "[ALG:]NAME:SECRET",
                   what);
}

/* ---- Zones ---------------------------------------------------------------------------------- */

/* ZONE@SERVER. A word with a colon may be a secret, and is not shown. */
static bool refuse_joined(const char *word, const char *at, struct err *err)
{
    if (strchr(word, ':') != NULL || begins_as_key(word))
        return err_set(err, ERR_USAGE,
                       "a blank is missing between a zone and its server: ZONE @SERVER");
    return err_set(err, ERR_USAGE, "%.80s: a blank is missing: %.*s %.80s", word,
                   at - word < 80 ? (int)(at - word) : 80, word, at);
}

bool opt_mistake_zone(const char *word, struct err *err)
{
    const char *at = opt_mistake_at(word), *comma = find_bare(word, ',');
    size_t n = strlen(word);
    if (is_url(word))
        return has_late_at(word) ? err_set(err, ERR_USAGE, "a URL is no zone")
                                 : refuse_url(word, err);
    if (at != NULL && at > word)
        return refuse_joined(word, at, err);
    if (n > 0 && word[n - 1] != '.' && may_be_secret(word))
        return refuse_secret("zone", err);
    if (is_address(word))
        return err_set(err, ERR_USAGE,
                       "%.80s is an address, not a zone: a server is written @%.80s, and a reverse "
                       "zone is such as 2.0.192.in-addr.arpa",
                       word, word);
    if (has_port(word))
        return err_set(err, ERR_USAGE, "%.80s has a port: a server is written @%.80s", word, word);
    if (n > 1 && (word[n - 1] == '/' || (comma != NULL && comma[1] == '\0')) &&
        strchr(word, ':') == NULL)
        return err_set(err, ERR_USAGE, "%.80s is not the name of a zone; do you mean %.*s?", word,
                       (int)(n - 1 < 80 ? n - 1 : 80), word);
    if (comma != NULL) /* with a colon it may be a secret */
        return err_set(err, ERR_USAGE, "%.80s: zones and servers have blanks between, not commas",
                       strchr(word, ':') == NULL ? word : "a word with a comma");
    if (is_path(word))
        return err_set(err, ERR_USAGE,
                       "%.80s is a file, not a zone: zxfr convert and zxfr check read files", word);
    return true;
}

/* ---- Servers -------------------------------------------------------------------------------- */

/* @127.0.0.1@53, @ns1@ns2, @@ns1. */
static bool refuse_second_at(const char *word, const char *at, struct err *err)
{
    int n = at - word < 80 ? (int)(at - word) : 80;
    if (at[1] != '\0' && strspn(at + 1, "0123456789") == strlen(at + 1))
        return err_set(err, ERR_USAGE, "@%.80s: the port comes after #: @%.*s#%.20s", word, n, word,
                       at + 1);
    if (n == 0)
        return err_set(err, ERR_USAGE, "@%.80s: one @ is enough: %.80s", word, at);
    n -= word[n - 1] == ',';
    return err_set(err, ERR_USAGE, "@%.80s: servers have blanks between: @%.*s %.80s", word, n,
                   word, at);
}

bool opt_mistake_server(const char *word, struct err *err)
{
    const char *at = strchr(word, '@'), *comma = strchr(word, ',');
    if (*word == '\0')
        return err_set(err, ERR_USAGE,
                       "@: the name or address of a server follows without a blank");
    if (is_url(word))
        return has_late_at(word) ? err_set(err, ERR_USAGE, "a URL is no server")
                                 : refuse_server_url(word, err);
    if (may_be_secret(word))
        return at != NULL || comma != NULL
                   ? err_set(err, ERR_USAGE, "servers have blanks between: @NAME @NAME")
                   : refuse_secret("server", err);
    if (at != NULL)
        return refuse_second_at(word, at, err);
    if (comma != NULL && comma > word && comma[1] == '\0')
        return err_set(err, ERR_USAGE,
                       "@%.80s is not the name or address of a server; do you mean "
                       "@%.*s?",
                       word, (int)(comma - word < 80 ? comma - word : 80), word);
    if (comma != NULL)
        return err_set(err, ERR_USAGE, "@%.80s: servers have blanks between: @NAME @NAME", word);
    return true;
}
