/* The parts of a key, each from a piece of text. */
#include "xfer/keyfile_own.h"

#include "base/codec.h"

#include <string.h>

const char *keyfile_set_name(struct tsig_key *key, const char *text, size_t length)
{
    static const char no_name[] = "expected a domain name as name of the key";
    char name[NAME_TEXT_ROOM];
    if (length == 0 || length >= sizeof name || memchr(text, '\0', length) != NULL)
        return no_name;
    memcpy(name, text, length);
    name[length] = '\0';
    bool good = name_parse(name, key->name, &key->name_length) == NULL && key->name_length > 1;
    explicit_bzero(name, length); /* whoever mixes up the fields puts the secret here */
    if (!good) {
        explicit_bzero(key->name, sizeof key->name);
        key->name_length = 0;
        return no_name;
    }
    name_lower(key->name, key->name_length);
    return NULL;
}

const char *keyfile_set_algorithm(struct tsig_key *key, const char *name, size_t length)
{
    key->algorithm = tsig_algorithm_find(name, length);
    if (key->algorithm == NULL)
        return "expected the name of an algorithm, such as hmac-sha256";
    key->mac_length = key->algorithm->mac;
    return NULL;
}

void keyfile_assume_algorithm(struct tsig_key *key, const char *name)
{
    keyfile_set_algorithm(key, name, strlen(name));
    key->algorithm_assumed = true;
}

/* How much of the MAC is sent, in bits; 0 is all of it. */
const char *keyfile_set_bits(struct tsig_key *key, unsigned bits)
{
    unsigned whole = key->algorithm->output * 8u;
    unsigned least = whole / 2 > 80 ? whole / 2 : 80; /* RFC 8945 section 5.2.2.1 */
    if (bits == 0)
        bits = whole;
    if (bits > whole || bits < least || bits % 8 != 0)
        return "a MAC can be cut only to a multiple of 8 bits, at least 80 and half of it";
    key->mac_length = (uint8_t)(bits / 8);
    return NULL;
}

/* BIND's names: a number of bits may follow, and never makes another algorithm of it. */
const char *keyfile_set_bind_algorithm(struct tsig_key *key, const char *name, size_t length)
{
    size_t digits = 0;
    unsigned bits = 0;
    while (digits < length && name[length - 1 - digits] >= '0' && name[length - 1 - digits] <= '9')
        digits++;
    bool has_bits =
        digits >= 1 && digits <= 4 && length > digits + 1 && name[length - digits - 1] == '-';
    if (!has_bits)
        return keyfile_set_algorithm(key, name, length);
    for (size_t i = length - digits; i < length; i++)
        bits = bits * 10 + (unsigned)(name[i] - '0');
    const char *why = keyfile_set_algorithm(key, name, length - digits - 1);
    if (why == NULL && key->algorithm->mac != key->algorithm->output)
        why = "expected at most one number of bits after the algorithm";
    return why != NULL ? why : keyfile_set_bits(key, bits);
}

/* Reads base64 (RFC 4648 section 4) with blanks and line ends anywhere, of at most so many octets.
 */
bool keyfile_read_base64(uint8_t *out, size_t room, size_t *length, const char *text, size_t n)
{
    struct codec_base64 state = {0};
    uint8_t *end = out;
    size_t digits = 0, padding = 0;
    for (size_t i = 0; i < n; i++) {
        digits += !keyfile_is_blank(text[i]);
        padding = text[i] == '=' ? padding + 1 : keyfile_is_blank(text[i]) ? padding : 0;
    }
    if (digits % 4 != 0 || padding > 2 || digits / 4 * 3 > room + padding)
        return false; /* more than there is room for is not read */
    for (size_t i = 0; i < n && end != NULL; i++) {
        size_t from = i;
        while (i < n && !keyfile_is_blank(text[i]))
            i++;
        end = codec_read_base64(&state, text + from, i - from, end);
    }
    bool whole = end != NULL && codec_base64_whole(&state);
    explicit_bzero(&state, sizeof state);
    *length = whole ? (size_t)(end - out) : 0;
    return whole;
}

const char *keyfile_set_secret(struct tsig_key *key, const char *text, size_t length)
{
    if (!keyfile_read_base64(key->secret, sizeof key->secret, &key->secret_length, text, length))
        return "expected a secret in base64, of at most 1024 octets";
    return key->secret_length > 0 ? NULL : "the secret is empty";
}

void keyfile_clear(struct tsig_key *key)
{
    explicit_bzero(key, sizeof *key);
}

/* Puts a clause together whose text ended at a line. */
enum keyfile_event keyfile_finish(const struct keyfile *file, const struct keyfile_draft *draft,
                                  unsigned line, struct tsig_key *key, struct err *err)
{
    bool is_bind = file->syntax == KEYFILE_BIND;
    const char *why;
    keyfile_clear(key);
    if (draft->name.at == NULL)
        return keyfile_fail_at(file, line, "the key clause ends here, without the name of the key",
                               err);
    if (draft->algorithm.at == NULL)
        return keyfile_fail_at(file, line, "the key clause ends here, without algorithm", err);
    if (draft->secret.at == NULL)
        return keyfile_fail_at(file, line, "the key clause ends here, without secret", err);
    why = keyfile_set_name(key, draft->name.at, draft->name.length);
    if (why != NULL)
        return keyfile_fail_at(file, draft->name.line, why, err);
    why = (is_bind ? keyfile_set_bind_algorithm : keyfile_set_algorithm)(key, draft->algorithm.at,
                                                                         draft->algorithm.length);
    if (why != NULL)
        return keyfile_fail_at(file, draft->algorithm.line, why, err);
    why = keyfile_set_secret(key, draft->secret.at, draft->secret.length);
    if (why != NULL)
        return keyfile_fail_at(file, draft->secret.line, why, err);
    return KEYFILE_KEY;
}
