#include "job/keys.h"

#include "io/secret.h"
#include "job/keyring.h"
#include "xfer/keyfile.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static bool has_suffix(const char *path, const char *suffix)
{
    size_t n = strlen(path), m = strlen(suffix);
    return n >= m && strcmp(path + n - m, suffix) == 0;
}

/* ---- Warnings ------------------------------------------------------------------------------ */

static bool warn(const struct keys_config *config, const char *path, const char *what,
                 struct err *err)
{
    char text[ERR_TEXT_MAX];
    if (config->strict)
        return err_set(err, ERR_KEY, "%.300s: %s (--strict)", path, what);
    snprintf(text, sizeof text, "%.400s: %s", path, what);
    if (config->ring != NULL && !keyring_is_first(config->ring, text))
        return true;
    config->teller->tell(config->teller, &(struct fact){.kind = FACT_WARNING, .text = text});
    return true;
}

/* Whether anybody may put another file in the place of this one. */
static bool in_open_folder(const char *path)
{
    char folder[4096];
    struct stat st;
    const char *slash = strrchr(path, '/');
    size_t n = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    if (n >= sizeof folder)
        return false;
    memcpy(folder, n > 0 ? path : ".", n > 0 ? n : 1);
    folder[n > 0 ? n : 1] = '\0';
    return stat(folder, &st) == 0 && (st.st_mode & S_IWOTH) != 0 && (st.st_mode & S_ISVTX) == 0;
}

/* A group may read a key: that is how Debian shares BIND's. */
bool keys_check_mode(const struct keys_config *config, const char *path, const struct stat *st,
                     struct err *err)
{
    if (!S_ISREG(st->st_mode))
        return true;
    if ((st->st_mode & S_IROTH) != 0 &&
        !warn(config, path, "others can read this file, and so the key", err))
        return false;
    if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return warn(config, path, "others can write this file, and so replace the key", err);
    return !in_open_folder(path) ||
           warn(config, path, "others can write its folder, and so replace the key", err);
}

/* ---- One file ------------------------------------------------------------------------------ */

/* Adds a name to a list for a message, which may be cut. */
static void add_name(char *list, size_t room, const struct tsig_key *key)
{
    struct name_string name;
    size_t used = strlen(list);
    if (key->name_length == 0)
        return; /* of a file that does not tell it */
    snprintf(list + used, room - used, "%s%s", used > 0 ? ", " : "", name_string(&name, key->name));
}

/* The keys of a file, of which one is chosen. */
struct choice_of_keys {
    uint8_t wanted[NAME_MAX_WIRE];
    uint8_t wanted_length; /* 0: the only one there is */
    size_t matching;
    bool differ; /* they have more than one name */
    char names[256];
};

/* A key whose name is not in its file is judged once the name was found. */
static bool is_wanted(const struct choice_of_keys *choice, const struct tsig_key *key)
{
    return choice->wanted_length == 0 || key->name_length == 0 ||
           name_equal(choice->wanted, choice->wanted_length, key->name, key->name_length);
}

/* The same key may be in several views of a named.conf. */
static bool is_same(const struct tsig_key *a, const struct tsig_key *b)
{
    return name_equal(a->name, a->name_length, b->name, b->name_length) &&
           a->algorithm == b->algorithm && a->mac_length == b->mac_length &&
           a->secret_length == b->secret_length &&
           memcmp(a->secret, b->secret, a->secret_length) == 0;
}

/* Reads all keys and leaves the first one that is wanted in *key. */
static bool read_keys(struct keyfile *reader, struct choice_of_keys *choice, struct tsig_key *key,
                      struct err *err)
{
    struct tsig_key *next = secret_new(sizeof *next, err);
    enum keyfile_event event = next != NULL ? KEYFILE_KEY : KEYFILE_FAIL;
    while (event == KEYFILE_KEY && (event = keyfile_next(reader, next, err)) == KEYFILE_KEY) {
        if (choice->matching > 0 && is_same(next, key))
            continue;
        add_name(choice->names, sizeof choice->names, next);
        if (!is_wanted(choice, next))
            continue;
        if (choice->matching++ == 0)
            *key = *next;
        choice->differ |= !name_equal(key->name, key->name_length, next->name, next->name_length);
    }
    secret_free(next, sizeof *next);
    return event == KEYFILE_END;
}

/* Reads the file beside a K*.private or K*.key into *other, and sets *found to whether there is
 * one. Fails only where reading was to end. */
static bool read_beside(const struct keys *keys, const char *path, const char *from, const char *to,
                        struct tsig_key *other, bool *found, struct err *err)
{
    char beside[4096];
    struct secret_text secret;
    struct keyfile reader;
    struct err why = {.kind = ERR_NONE};
    size_t stem = strlen(path) - strlen(from);
    *found = false;
    if (secret_variable(path) != NULL || !has_suffix(path, from) ||
        stem + strlen(to) >= sizeof beside)
        return true;
    memcpy(beside, path, stem);
    strcpy(beside + stem, to);
    if (!secret_read(&secret, beside, keys->config.loop, keys->config.deadline, &why)) {
        if (why.kind != ERR_KEY)
            *err = why;
        return why.kind == ERR_KEY;
    }
    keyfile_init(&reader, beside, secret.text, secret.length);
    *found = keyfile_next(&reader, other, &why) == KEYFILE_KEY;
    secret_text_fini(&secret);
    return true;
}

/* dnssec-keygen's pair of files: one has the name, the other the length of the MAC. */
static bool complete_pair(const struct keys *keys, const char *path, enum keyfile_syntax syntax,
                          struct tsig_key *key, struct err *err)
{
    bool is_private = syntax == KEYFILE_PRIVATE;
    if (syntax != KEYFILE_PUBLIC && (!is_private || key->name_length > 0))
        return true;
    struct tsig_key *other = secret_new(sizeof *other, err);
    if (other == NULL)
        return false;
    bool found = false;
    bool good = is_private ? read_beside(keys, path, ".private", ".key", other, &found, err)
                           : read_beside(keys, path, ".key", ".private", other, &found, err);
    if (found && is_private) {
        memcpy(key->name, other->name, sizeof key->name);
        key->name_length = other->name_length;
    } else if (found && other->algorithm == key->algorithm) {
        key->mac_length = other->mac_length;
    }
    secret_free(other, sizeof *other);
    if (!good)
        return false;
    return key->name_length > 0 ||
           err_set(err, ERR_KEY,
                   "%.300s: expected the name of the key in the name of the file, as in "
                   "Kname.+163+12345.private, or in the .key file beside it",
                   secret_name(path));
}

/* Names of keys are shown only if the whole file could be read, so that they are names. */
static bool choose(const char *path, const struct choice_of_keys *choice, bool is_default,
                   struct err *err)
{
    if (choice->matching == 1)
        return true;
    if (choice->matching == 0)
        return err_set(err, ERR_KEY,
                       "%.200s: holds no key of the name that --key-name gives; it has: %s", path,
                       choice->names);
    if (choice->wanted_length > 0)
        return err_set(err, ERR_KEY, "%.200s: several keys of the name that --key-name gives",
                       path);
    if (!choice->differ)
        return err_set(err, ERR_KEY, "%.200s: several keys, different but of the same name: %s",
                       path, choice->names);
    if (!is_default)
        return err_set(err, ERR_KEY, "%.200s: several keys, where --server-key needs one: %s", path,
                       choice->names);
    return err_set(err, ERR_KEY, "%.200s: several keys; --key-name chooses one of: %s", path,
                   choice->names);
}

/* Takes the only key of a text, or the one that --key-name names. */
static bool take_key(const struct keys *keys, const char *path, const struct secret_text *secret,
                     bool is_default, struct tsig_key *key, struct err *err)
{
    const char *name = keys->config.options->name;
    struct keyfile reader;
    struct choice_of_keys choice = {.matching = 0};
    if (name != NULL && is_default)
        name_parse(name, choice.wanted, &choice.wanted_length);
    keyfile_init(&reader, secret_name(path), secret->text, secret->length);
    if (!read_keys(&reader, &choice, key, err) || !choose(reader.path, &choice, is_default, err) ||
        !complete_pair(keys, path, reader.syntax, key, err))
        return false;
    if (is_wanted(&choice, key))
        return true;
    choice.matching = 0;
    add_name(choice.names, sizeof choice.names, key);
    return choose(reader.path, &choice, is_default, err);
}

/* Whether a piece of a word may be a secret in base64: long, and of all kinds of letters. */
static bool is_secret_like(const char *piece, size_t length)
{
    bool upper = false, lower = false, digit = false;
    for (size_t i = 0; i < length; i++) {
        char c = piece[i];
        upper |= c >= 'A' && c <= 'Z';
        lower |= c >= 'a' && c <= 'z';
        digit |= c >= '0' && c <= '9';
        if (strchr("/+", c) == NULL && !(c >= 'A' && c <= 'Z') && !(c >= 'a' && c <= 'z') &&
            !(c >= '0' && c <= '9'))
            return false;
    }
    return length >= 16 && upper && lower && digit;
}

/* Whoever mixes up -k and -y must not find the secret in a log, even if there is a mistake in it.
 */
bool keys_may_hold_secret(const char *word)
{
    /* The text of a file in place of its name has blanks, braces, semicolons. */
    if (strpbrk(word, ": \t\n{};\"") != NULL || has_suffix(word, "="))
        return true;
    while (*word != '\0') {
        size_t n = strcspn(word, "=");
        if (is_secret_like(word, n))
            return true;
        word += n + (word[n] != '\0');
    }
    return false;
}

static bool is_regular(const char *path)
{
    struct stat st;
    return strcmp(path, "-") != 0 && stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* What can be read only once comes from the ring the next time; but a file that is there by now in
 * its place is read. */
static bool read_file(const struct keys *keys, const char *path, struct secret_text *secret,
                      struct err *err)
{
    const struct keys_config *config = &keys->config;
    if (config->ring != NULL && !is_regular(path) && keyring_text(config->ring, path, secret))
        return true;
    return secret_read(secret, path, config->loop, config->deadline, err) &&
           (config->ring == NULL || keyring_keep(config->ring, path, secret, err));
}

static bool load_file(const struct keys *keys, const char *path, bool is_default,
                      struct tsig_key *key, struct err *err)
{
    char private[4096];
    struct secret_text secret;
    /* dig takes dnssec-keygen's files without suffix. */
    int n = snprintf(private, sizeof private, "%s.private", path);
    if (n < (int)sizeof private && strstr(path, ".+") != NULL && access(path, F_OK) != 0 &&
        access(private, F_OK) == 0)
        path = private;
    if (!read_file(keys, path, &secret, err)) {
        if (err->kind == ERR_KEY && access(path, F_OK) != 0 && keys_may_hold_secret(path))
            snprintf(
                err->text, sizeof err->text,
                "--%s takes a file, and there is none of that name, which is not shown because "
                "it may hold a secret; the key itself would be for -y",
                is_default ? "key-file" : "server-key");
        return false;
    }
    bool good = keys_check_mode(&keys->config, path, &secret.stat, err) &&
                take_key(keys, path, &secret, is_default, key, err);
    if (!keyring_keeps(keys->config.ring, &secret))
        secret_text_fini(&secret);
    return good;
}

/* Whether it can be a name that somebody has given to a variable. */
static bool is_identifier(const char *name)
{
    static const char others[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789";
    return *name != '\0' && name[strspn(name, others)] == '\0';
}

static bool read_variable(const struct keys *keys, const char *path, struct secret_text *secret,
                          struct err *err)
{
    struct keyring *ring = keys->config.ring;
    if (ring != NULL && keyring_text(ring, path, secret))
        return true;
    return secret_read_variable(secret, secret_variable(path), err) &&
           (ring == NULL || keyring_keep(ring, path, secret, err));
}

static bool load_variable(const struct keys *keys, const char *path, bool is_default,
                          struct tsig_key *key, struct err *err)
{
    const char *name = secret_variable(path), *option = is_default ? "key-file" : "server-key";
    struct secret_text secret;
    struct err why = {.kind = ERR_NONE};
    if (!read_variable(keys, path, &secret, &why)) {
        if (why.kind != ERR_KEY)
            *err = why;
        else if (*name == '\0')
            err_set(err, ERR_KEY,
                    "--%s: expected the name of an environment variable after env:", option);
        else if (!is_identifier(name) || keys_may_hold_secret(name))
            err_set(err, ERR_KEY,
                    "--%s: there is no environment variable of the name after env:, which is not "
                    "shown because it may hold a secret; the key itself would be for -y",
                    option);
        else
            err_set(err, ERR_KEY, "--%s: %s; a file would be ./env:%.100s", option, why.text, name);
        return false;
    }
    bool good = take_key(keys, path, &secret, is_default, key, err);
    if (!keyring_keeps(keys->config.ring, &secret))
        secret_text_fini(&secret);
    return good;
}

/* ---- All of them --------------------------------------------------------------------------- */

static bool warn_of_key_option(const struct keys_config *config, struct err *err)
{
    static const char what[] = "--key shows the secret to others on this machine; -k FILE does not";
    if (config->strict)
        return err_set(err, ERR_KEY, "%s (--strict)", what);
    if (config->ring != NULL && !keyring_is_first(config->ring, what))
        return true;
    config->teller->tell(config->teller, &(struct fact){.kind = FACT_WARNING, .text = what});
    return true;
}

static bool load_given(struct keys *keys, struct err *err)
{
    const struct key_options *options = keys->config.options;
    keys->has_default = options->given != NULL || options->file != NULL;
    if (options->given == NULL)
        return true;
    keys->list[0] = *options->given;
    return warn_of_key_option(&keys->config, err);
}

/* Takes the key from the ring, or reads it. */
static bool load_once(const struct keys *keys, const char *path, bool is_default,
                      struct tsig_key *key, struct err *err)
{
    const struct keys_config *config = &keys->config;
    const char *name = is_default ? config->options->name : NULL;
    const struct tsig_key *known =
        config->ring == NULL ? NULL : keyring_find(config->ring, path, name, config->strict);
    if (known != NULL) {
        *key = *known;
        return true;
    }
    bool is_variable = secret_variable(path) != NULL;
    return (is_variable ? load_variable : load_file)(keys, path, is_default, key, err) &&
           (config->ring == NULL ||
            keyring_put(config->ring, path, name, config->strict, key, err));
}

/* Loads either what is in variables, or what is in files. */
static bool load_all(struct keys *keys, bool from_variables, struct err *err)
{
    const struct key_options *options = keys->config.options;
    for (size_t i = 0; i <= options->server_count; i++) {
        const char *path = i == 0 ? options->file : options->servers[i - 1].file;
        if (path == NULL || (secret_variable(path) != NULL) != from_variables)
            continue;
        if (!load_once(keys, path, i == 0, &keys->list[i], err))
            return false;
    }
    return true;
}

/* Once all of them were read: several options may name the same. */
void keys_forget_variables(const struct key_options *options)
{
    for (size_t i = 0; i <= options->server_count; i++) {
        const char *path = i == 0 ? options->file : options->servers[i - 1].file;
        const char *name = path != NULL ? secret_variable(path) : NULL;
        if (name != NULL)
            secret_forget_variable(name);
    }
}

bool keys_load(struct keys *keys, const struct keys_config *config, struct err *err)
{
    const struct key_options *options = config->options;
    *keys = (struct keys){.config = *config, .count = 1 + options->server_count};
    if (options->given == NULL && options->file == NULL && options->server_count == 0)
        return true;
    keys->list = config->ring != NULL ? keyring_room(config->ring, keys->count, err)
                                      : secret_new(keys->count * sizeof *keys->list, err);
    bool good = keys->list != NULL && load_given(keys, err) && load_all(keys, true, err);
    if (config->ring == NULL)
        keys_forget_variables(options); /* before anything is waited for */
    good = good && load_all(keys, false, err);
    if (!good && config->ring != NULL && keys->list != NULL)
        keyring_give_back(config->ring, keys->list, keys->count);
    return good;
}

/* Names that were found have a trailing dot. */
bool keys_is_for(const struct key_of_server *key, const char *word)
{
    size_t a = key->length, b = strlen(word);
    a -= a > 1 && key->server[a - 1] == '.';
    b -= b > 1 && word[b - 1] == '.';
    return a == b && strncasecmp(key->server, word, a) == 0;
}

bool keys_have_servers(const struct keys *keys)
{
    return keys->config.options->server_count > 0;
}

const struct tsig_key *keys_for(const struct keys *keys, const struct server *server)
{
    const struct key_options *options = keys->config.options;
    for (size_t i = 0; i < options->server_count && server != NULL; i++)
        if (keys_is_for(&options->servers[i], server->word))
            return &keys->list[1 + i];
    return keys->has_default ? &keys->list[0] : NULL;
}

void keys_fini(struct keys *keys)
{
    if (keys->config.ring == NULL)
        secret_free(keys->list, keys->count * sizeof *keys->list);
    keys->list = NULL;
}
