#include "cli/opt_mistake.h"

#include "io/resolve.h"

#include <string.h>

static const char scheme_mark[] = "://";

const char *opt_mistake_at(const char *word)
{
    const char *at = strchr(word, '@');
    while (at != NULL && at > word && at[-1] == '\\')
        at = strchr(at + 1, '@');
    return at;
}

static bool has_scheme(const char *word, const char *scheme)
{
    return strncmp(word, scheme, strlen(scheme)) == 0;
}

/* The host of a URL: without a user and a password, which are nobody's business, and the port. */
static const char *host_of(const char *url, int *n)
{
    const char *from = strstr(url, scheme_mark) + strlen(scheme_mark);
    size_t length = strcspn(from, "/?#");
    for (size_t i = 0; i < length; i++)
        if (from[i] == '@') {
            from += i + 1;
            length -= i + 1;
            i = 0;
        }
    size_t host = *from == '[' ? strcspn(from, "]") + 1 : strcspn(from, ":");
    *n = (int)(host < length ? host : length);
    *n = *n < 80 ? *n : 80;
    return from;
}

/* What dns://SERVER/ZONE asks for stands behind the host (RFC 4501). */
static bool refuse_url(const char *word, struct err *err)
{
    int n;
    const char *host = host_of(word, &n), *path = strchr(host, '/');
    if (n == 0 || !has_scheme(word, "dns:") || path == NULL || path[1] == '\0')
        return n > 0 ? err_set(err, ERR_USAGE, "a URL is no zone; do you mean %.*s?", n, host)
                     : err_set(err, ERR_USAGE, "a URL is no zone");
    path++;
    return err_set(err, ERR_USAGE, "a URL is no zone; do you mean %.*s @%.*s?",
                   (int)(strcspn(path, "?") < 80 ? strcspn(path, "?") : 80), path, n, host);
}

static bool is_address(const char *word)
{
    struct address address;
    return address_parse(word, 0, &address);
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

/* A comma, unless it has a backslash before it. */
static const char *comma_of(const char *word)
{
    const char *comma = strchr(word, ',');
    return comma != NULL && (comma == word || comma[-1] != '\\') ? comma : NULL;
}

/* ZONE@SERVER. A word with a colon may be a secret, and is not shown. */
static bool refuse_joined(const char *word, const char *at, struct err *err)
{
    if (strchr(word, ':') != NULL)
        return err_set(err, ERR_USAGE,
                       "a blank is missing between a zone and its server: ZONE @SERVER");
    return err_set(err, ERR_USAGE, "%.80s: a blank is missing: %.*s %.80s", word,
                   at - word < 80 ? (int)(at - word) : 80, word, at);
}

bool opt_mistake_zone(const char *word, struct err *err)
{
    const char *at = opt_mistake_at(word), *comma = comma_of(word);
    size_t n = strlen(word);
    if (strstr(word, scheme_mark) != NULL)
        return refuse_url(word, err);
    if (at != NULL && at > word)
        return refuse_joined(word, at, err);
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

/* @127.0.0.1@53, @ns1@ns2. */
static bool refuse_second_at(const char *word, const char *at, struct err *err)
{
    int n = at - word < 80 ? (int)(at - word) : 80;
    if (at[1] != '\0' && strspn(at + 1, "0123456789") == strlen(at + 1))
        return err_set(err, ERR_USAGE, "@%.80s: the port comes after #: @%.*s#%.20s", word, n, word,
                       at + 1);
    n -= n > 0 && word[n - 1] == ',';
    return err_set(err, ERR_USAGE, "@%.80s: servers have blanks between: @%.*s %.80s", word, n,
                   word, at);
}

bool opt_mistake_server(const char *word, struct err *err)
{
    const char *at = strchr(word, '@'), *comma = strchr(word, ',');
    int n = 0;
    if (*word == '\0')
        return err_set(err, ERR_USAGE,
                       "@: the name or address of a server follows without a blank");
    if (strstr(word, scheme_mark) != NULL) {
        const char *host = host_of(word, &n);
        bool is_tls = has_scheme(word, "tls:");
        return err_set(err, ERR_USAGE, "a URL is no server; do you mean @%.*s%s?", n, host,
                       is_tls ? " --tls" : "");
    }
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
