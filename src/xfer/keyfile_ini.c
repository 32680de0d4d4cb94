/* The settings by which certbot's plugin dns-rfc2136 finds its key:
 *
 *   dns_rfc2136_name = name
 *   dns_rfc2136_secret = base64, with blanks or without
 *   dns_rfc2136_algorithm = HMAC-SHA512
 *
 * A line is "setting = value"; a value may be in quotes, and "#" begins a comment. */
#include "xfer/keyfile_own.h"

#include <string.h>

/* Whether a line is a setting; takes its name and its value. */
static bool is_setting(const struct keyfile_piece *line, struct keyfile_piece *name,
                       struct keyfile_piece *value)
{
    const char *equals = memchr(line->at, '=', line->length);
    if (equals == NULL)
        return false;
    *name = *value = *line;
    name->length = (size_t)(equals - line->at);
    value->at = equals + 1;
    value->length = line->length - name->length - 1;
    keyfile_trim(name);
    keyfile_trim(value);
    return true;
}

/* Takes quotes and a comment off a value. */
static void strip(struct keyfile_piece *value)
{
    char quote = value->length > 0 ? value->at[0] : '\0';
    bool quoted = quote == '"' || quote == '\'';
    const char *end = NULL;
    if (quoted)
        end = memchr(value->at + 1, quote, value->length - 1);
    if (end != NULL)
        value->at++;
    else
        end = memchr(value->at, '#', value->length);
    if (end != NULL)
        value->length = (size_t)(end - value->at);
    keyfile_trim(value);
}

bool keyfile_fits_ini(struct keyfile ahead)
{
    static const char prefix[] = "dns_rfc2136_";
    struct keyfile_piece line, name, value;
    while (keyfile_next_line(&ahead, &line))
        if (line.length > strlen(prefix) && memcmp(line.at, prefix, strlen(prefix)) == 0 &&
            is_setting(&line, &name, &value))
            return true;
    return false;
}

static struct keyfile_piece *member(struct keyfile_draft *draft, const struct keyfile_piece *name)
{
    if (keyfile_is(name, "dns_rfc2136_name"))
        return &draft->name;
    if (keyfile_is(name, "dns_rfc2136_algorithm"))
        return &draft->algorithm;
    return keyfile_is(name, "dns_rfc2136_secret") ? &draft->secret : NULL;
}

static enum keyfile_event make(const struct keyfile *file, const struct keyfile_draft *draft,
                               struct tsig_key *key, struct err *err)
{
    const struct keyfile_piece *name = &draft->name, *secret = &draft->secret;
    if (name->at == NULL)
        return keyfile_fail_at(file, file->line, "expected dns_rfc2136_name = before the end", err);
    if (secret->at == NULL)
        return keyfile_fail_at(file, file->line, "expected dns_rfc2136_secret = before the end",
                               err);
    if (draft->algorithm.at != NULL)
        return keyfile_finish(file, draft, file->line, key, err);
    const char *why = keyfile_set_name(key, name->at, name->length);
    if (why != NULL)
        return keyfile_fail_at(file, name->line, why, err);
    keyfile_assume_algorithm(key, "hmac-md5"); /* as certbot does */
    why = keyfile_set_secret(key, secret->at, secret->length);
    return why == NULL ? KEYFILE_KEY : keyfile_fail_at(file, secret->line, why, err);
}

enum keyfile_event keyfile_next_ini(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    struct keyfile_draft draft = {.name = {.at = NULL}};
    struct keyfile_piece line, name, value;
    if (file->at == file->end)
        return KEYFILE_END;
    while (keyfile_next_line(file, &line)) {
        if (line.at[0] == '#' || line.at[0] == ';' || !is_setting(&line, &name, &value))
            continue;
        struct keyfile_piece *to = member(&draft, &name);
        if (to != NULL && to->at != NULL)
            return keyfile_fail_at(file, line.line, "this setting is there twice", err);
        if (to != NULL) {
            strip(&value);
            *to = value;
        }
    }
    keyfile_clear(key);
    return make(file, &draft, key, err);
}
