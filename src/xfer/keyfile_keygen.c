/* The two files that dnssec-keygen and ldns-keygen make of a key. */
#include "xfer/keyfile_own.h"

#include <string.h>
#include <strings.h>

/* The numbers that BIND and ldns gave to HMACs, beside those of DNSSEC. */
static const struct {
    unsigned number;
    const char *name;
} hmacs[] = {
    {157, "hmac-md5"},    {161, "hmac-sha1"},   {162, "hmac-sha224"},
    {163, "hmac-sha256"}, {164, "hmac-sha384"}, {165, "hmac-sha512"},
    {158, "hmac-sha1"},   {159, "hmac-sha256"}, /* ldns alone */
};

static const char no_hmac[] = "expected the number of an HMAC (157 to 159, 161 to 165); other keys "
                              "sign zones, not messages";

static const char *set_numbered(struct tsig_key *key, const struct keyfile_piece *word)
{
    unsigned number;
    bool good = keyfile_read_number(word, &number);
    for (size_t i = 0; good && i < sizeof hmacs / sizeof *hmacs; i++)
        if (hmacs[i].number == number)
            return keyfile_set_algorithm(key, hmacs[i].name, strlen(hmacs[i].name));
    return no_hmac;
}

/* "HMAC_SHA256" is hmac-sha256. */
static bool is_called(const struct keyfile_piece *word, const char *name)
{
    size_t i = 0;
    for (; i < word->length && name[i] != '\0'; i++)
        if ((word->at[i] == '_' ? '-' : word->at[i] | 0x20) != name[i])
            return false;
    return i == word->length && name[i] == '\0';
}

/* "163 (HMAC_SHA256)". The numbers are nobody's standard, so where there is a word, it decides. */
static const char *set_called(struct tsig_key *key, const struct keyfile_piece *value)
{
    struct keyfile_piece rest = *value, number;
    if (!keyfile_next_word(&rest, &number))
        return "expected an algorithm";
    keyfile_trim(&rest);
    if (rest.length < 2 || rest.at[0] != '(' || rest.at[rest.length - 1] != ')')
        return set_numbered(key, &number);
    rest.at++;
    rest.length -= 2;
    keyfile_trim(&rest);
    for (size_t i = 0; i < sizeof hmacs / sizeof *hmacs; i++)
        if (is_called(&rest, hmacs[i].name))
            return keyfile_set_algorithm(key, hmacs[i].name, strlen(hmacs[i].name));
    return no_hmac;
}

/* Skips what may stand before the type of a record; true if the type is KEY. */
static bool is_key_record(struct keyfile_piece *line, struct keyfile_piece *name)
{
    struct keyfile_piece word;
    unsigned ttl;
    if (!keyfile_next_word(line, name))
        return false;
    do {
        if (!keyfile_next_word(line, &word))
            return false;
    } while (keyfile_is(&word, "IN") || keyfile_read_number(&word, &ttl));
    return keyfile_is(&word, "KEY");
}

bool keyfile_fits_public(struct keyfile ahead)
{
    struct keyfile_piece line, name;
    return keyfile_next_line(&ahead, &line) && is_key_record(&line, &name);
}

enum keyfile_event keyfile_next_public(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    struct keyfile_piece line, name, word[3];
    do {
        if (!keyfile_next_line(file, &line))
            return KEYFILE_END;
    } while (line.at[0] == ';');
    keyfile_clear(key);
    if (!is_key_record(&line, &name))
        return keyfile_fail_at(file, line.line, "expected a KEY record", err);
    for (int i = 0; i < 3; i++)
        if (!keyfile_next_word(&line, &word[i]))
            return keyfile_fail_at(file, line.line,
                                   "expected flags, protocol, algorithm and secret", err);
    const char *why = keyfile_set_name(key, name.at, name.length);
    why = why != NULL ? why : set_numbered(key, &word[2]);
    why = why != NULL ? why : keyfile_set_secret(key, line.at, line.length);
    return why == NULL ? KEYFILE_KEY : keyfile_fail_at(file, line.line, why, err);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The name in .../K<name>.+163+<id>.private, where octets may stand as %XX. */
static bool set_name_from_path(struct tsig_key *key, const char *path)
{
    char text[NAME_TEXT_ROOM];
    size_t n = 0;
    const char *slash = strrchr(path, '/'), *at = slash != NULL ? slash + 1 : path, *end = NULL;
    for (const char *p = strstr(at, ".+"); p != NULL; p = strstr(p + 1, ".+"))
        end = p;
    if (*at++ != 'K' || end == NULL)
        return false;
    while (at < end && n + 5 < sizeof text) {
        int high = at[0] == '%' ? hex_value(at[1]) : -1, low = high >= 0 ? hex_value(at[2]) : -1;
        if (low < 0) {
            text[n++] = *at++;
            continue;
        }
        unsigned octet = (unsigned)(high * 16 + low);
        text[n++] = '\\';
        text[n++] = (char)('0' + octet / 100);
        text[n++] = (char)('0' + octet / 10 % 10);
        text[n++] = (char)('0' + octet % 10);
        at += 3;
    }
    return at == end && keyfile_set_name(key, text, n) == NULL;
}

/* "Bits:" is a u16 in base64. */
static const char *set_private_bits(struct tsig_key *key, const struct keyfile_piece *value)
{
    uint8_t octets[2];
    size_t n;
    if (!keyfile_read_base64(octets, sizeof octets, &n, value->at, value->length) || n != 2)
        return "expected a number of bits: two octets in base64";
    return keyfile_set_bits(key, octets[0] * 256u + octets[1]);
}

/* The value of a line "Field: value" where it is that field. */
static bool field_value(const struct keyfile_piece *line, const char *field,
                        struct keyfile_piece *value)
{
    size_t n = strlen(field);
    if (line->length <= n || line->at[n] != ':' || strncasecmp(line->at, field, n) != 0)
        return false;
    *value = *line;
    value->at += n + 1;
    value->length -= n + 1;
    keyfile_trim(value);
    return true;
}

bool keyfile_fits_private(struct keyfile ahead)
{
    struct keyfile_piece line, value;
    return keyfile_next_line(&ahead, &line) && field_value(&line, "Private-key-format", &value);
}

enum keyfile_event keyfile_next_private(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    struct keyfile_piece line, value, bits = {NULL, 0, 0, false};
    const char *why = NULL;
    if (file->at == file->end)
        return KEYFILE_END;
    keyfile_clear(key);
    while (keyfile_next_line(file, &line)) {
        if (field_value(&line, "Algorithm", &value))
            why = set_called(key, &value);
        else if (field_value(&line, "Key", &value))
            why = keyfile_set_secret(key, value.at, value.length);
        else if (field_value(&line, "Bits", &value))
            bits = value;
        if (why != NULL)
            return keyfile_fail_at(file, line.line, why, err);
    }
    if (key->algorithm == NULL)
        return keyfile_fail_at(file, file->line, "expected a line Algorithm: before the end", err);
    if (key->secret_length == 0)
        return keyfile_fail_at(file, file->line, "expected a line Key: before the end", err);
    why = bits.at != NULL ? set_private_bits(key, &bits) : NULL;
    if (why != NULL)
        return keyfile_fail_at(file, bits.line, why, err);
    set_name_from_path(key, file->path);
    return KEYFILE_KEY;
}
