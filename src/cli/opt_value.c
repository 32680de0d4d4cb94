#include "cli/opt_value.h"

#include "base/codec.h"
#include "cli/idn.h"
#include "cli/opt_mistake.h"
#include "dns/types.h"

#include <string.h>

enum { TIME_DIGITS = 14 };

static const uint64_t duration_most = 3600000000000; /* seconds, so that microseconds fit */

/* Reads digits; *text is moved past them. */
static bool read_digits(const char **text, uint64_t most, uint64_t *number)
{
    const char *p = *text;
    uint64_t value = 0;
    for (; *p >= '0' && *p <= '9'; p++) {
        uint64_t digit = (uint64_t)(*p - '0');
        if (digit > most || value > (most - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    bool some = p > *text;
    *text = p;
    *number = value;
    return some;
}

bool opt_value_number(const char *text, uint64_t most, uint64_t *number)
{
    return read_digits(&text, most, number) && *text == '\0';
}

bool opt_value_count(const char *text, uint64_t *count)
{
    enum { UNIT_MOST = 1000000000 };
    uint64_t number, unit = 1;
    if (!read_digits(&text, 1000000000000000, &number))
        return false;
    if (*text != '\0') {
        unit = *text == 'k' ? 1000 : *text == 'M' ? 1000000 : *text == 'G' ? 1000000000 : 0;
        if (unit == 0 || text[1] != '\0' || number >= UNIT_MOST)
            return false;
    }
    *count = number * unit;
    return number > 0;
}

bool opt_value_limit(const char *text, bool *is_set, uint64_t *most, bool *percent)
{
    const char *at = text;
    *percent = false;
    *most = 0;
    *is_set = strcmp(text, "off") != 0;
    if (!*is_set || strcmp(text, "0") == 0 || opt_value_count(text, most))
        return true;
    *percent = true;
    return read_digits(&at, 1000000000, most) && strcmp(at, "%") == 0;
}

bool opt_value_duration(const char *text, uint64_t *microseconds)
{
    static const struct {
        char letter;
        uint32_t seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    uint64_t number, unit = 1;
    if (!read_digits(&text, 1000000000, &number))
        return false;
    if (*text != '\0') {
        size_t i = 0;
        while (i < sizeof units / sizeof *units && units[i].letter != *text)
            i++;
        if (i == sizeof units / sizeof *units || text[1] != '\0')
            return false;
        unit = units[i].seconds;
    }
    *microseconds = number * unit * 1000000;
    return number * unit <= duration_most;
}

/* Takes the digits of a text that is of the form, whose other characters are between them. */
static bool take_form(const char *text, const char *form, char digits[TIME_DIGITS + 1])
{
    size_t n = 0, length = strlen(form);
    if (strlen(text) != length)
        return false;
    for (size_t i = 0; i < length; i++) {
        if (form[i] == '0')
            digits[n++] = text[i];
        else if (form[i] != text[i])
            return false;
    }
    while (n < TIME_DIGITS) /* of a date alone */
        digits[n++] = '0';
    digits[n] = '\0';
    return true;
}

bool opt_value_time(const char *text, uint64_t now, uint64_t *seconds)
{
    static const char *const forms[] = {"0000-00-00T00:00:00Z", "00000000000000", "0000-00-00",
                                        "00000000"};
    char digits[TIME_DIGITS + 1];
    uint32_t time;
    size_t i = 0;
    if (*text == '+') {
        if (!opt_value_duration(text + 1, seconds))
            return false;
        *seconds = now + *seconds / 1000000;
        return *seconds <= UINT32_MAX; /* what the times of signatures can tell apart */
    }
    while (i < sizeof forms / sizeof *forms && !take_form(text, forms[i], digits))
        i++;
    if (i == sizeof forms / sizeof *forms || !codec_read_time(digits, TIME_DIGITS, &time))
        return false;
    *seconds = time;
    return true;
}

bool opt_value_port(const char *text, uint16_t *port)
{
    uint64_t number;
    if (strlen(text) > 5 || !opt_value_number(text, UINT16_MAX, &number))
        return false;
    *port = (uint16_t)number;
    return number > 0;
}

bool opt_value_address(const char *text, struct address *address)
{
    char host[128];
    uint16_t port = 0;
    size_t n = strcspn(text, "#");
    if (n >= sizeof host || (text[n] == '#' && !opt_value_port(text + n + 1, &port)))
        return false;
    memcpy(host, text, n);
    host[n] = '\0';
    return address_parse(host, port, address);
}

bool opt_value_zone(const char *text, uint8_t zone[NAME_MAX_WIRE], uint8_t *length, struct err *err)
{
    char labels[IDN_WORD_ROOM], shown[IDN_SHOWN_ROOM];
    if (*text == '\0')
        return err_set(err, ERR_USAGE, "the name of the zone is empty");
    if (!opt_mistake_zone(text, err))
        return false;
    const bool is_ascii = idn_is_ascii(text);
    if (!is_ascii && !idn_ascii(text, labels, err))
        return false;
    const char *why = name_parse(is_ascii ? text : labels, zone, length);
    return why == NULL ||
           err_set(err, ERR_USAGE, "%s is not the name of a zone: %s", idn_shown(text, shown), why);
}

/* The host of a server's word, and its port or NULL. */
struct server_parts {
    const char *host, *end, *port;
};

static bool cut_brackets(struct server_parts *parts, const char *word, struct err *err)
{
    const char *bracket = strchr(word, ']');
    if (bracket == NULL)
        return err_set(err, ERR_USAGE, "@%.120s: the bracket is not closed", word);
    parts->host = word + 1;
    parts->end = bracket;
    if (bracket[1] == ':' || bracket[1] == '#')
        parts->port = bracket + 2;
    else if (bracket[1] != '\0')
        return err_set(err, ERR_USAGE, "@%.120s: after ] only :PORT may follow", word);
    return true;
}

/* A single colon comes before a port; several are those of an IPv6 address. */
static void cut_port(struct server_parts *parts, const char *word)
{
    const char *hash = strrchr(word, '#'), *colon = strchr(word, ':');
    const char *mark = hash;
    if (mark == NULL && colon != NULL && strchr(colon + 1, ':') == NULL)
        mark = colon;
    parts->host = word;
    parts->end = mark != NULL ? mark : word + strlen(word);
    parts->port = mark != NULL ? mark + 1 : NULL;
}

static bool is_host(const char *host)
{
    uint8_t name[NAME_MAX_WIRE], length;
    struct address address;
    return address_parse(host, 0, &address) || name_parse(host, name, &length) == NULL;
}

/* Of names and addresses; what follows a % is an interface. */
static const char host_characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-._:%";

bool opt_value_server(struct server *server, const char *word, struct err *err)
{
    struct server_parts parts = {.port = NULL};
    *server = (struct server){.word = word};
    if (!opt_mistake_server(word, err))
        return false;
    if (*word != '[')
        cut_port(&parts, word);
    else if (!cut_brackets(&parts, word, err))
        return false;
    size_t n = (size_t)(parts.end - parts.host);
    if (n == 0 || n >= sizeof server->host || strspn(parts.host, host_characters) < n)
        return err_set(err, ERR_USAGE, "@%.120s is not the name or address of a server", word);
    if (parts.port != NULL && *parts.port == '\0')
        return err_set(err, ERR_USAGE, "@%.120s: the port is missing after the %c", word,
                       parts.port[-1]);
    if (parts.port != NULL && !opt_value_port(parts.port, &server->port))
        return err_set(err, ERR_USAGE, "@%.120s: %.80s is not a port number", word, parts.port);
    memcpy(server->host, parts.host, n);
    server->host[n] = '\0';
    return is_host(server->host) ||
           err_set(err, ERR_USAGE, "@%.120s is not the name or address of a server", word);
}

const char *opt_value_types(const char *list, struct filter *filter,
                            void (*add)(struct filter *filter, uint16_t type))
{
    for (const char *word = list;; word++) {
        size_t n = strcspn(word, ",");
        uint16_t type = types_parse(word, n);
        if (type == 0)
            return word;
        add(filter, type);
        word += n;
        if (*word == '\0')
            return NULL;
    }
}
