/* Keys whose parts are the words of a line:
 *
 *   key [algorithm:]name secret     in a script of nsupdate or knsupdate
 *   name. algorithm. secret         as "pdnsutil list-tsig-keys" prints them */
#include "xfer/keyfile_own.h"

#include <string.h>

/* ---- Scripts ------------------------------------------------------------------------------- */

static bool is_command(const struct keyfile_piece *word)
{
    static const char *const commands[] = {
        "key",    "server", "zone",    "local",      "class",  "ttl",         "origin",
        "update", "prereq", "gsstsig", "oldgsstsig", "realm",  "debug",       "answer",
        "show",   "send",   "add",     "del",        "delete", "check-names",
    };
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (keyfile_is(word, commands[i]))
            return true;
    return false;
}

/* Some of the words also begin a statement of a named.conf, which has a brace soon; "key" may be
 * the owner of a KEY record, and any of them a setting. */
bool keyfile_fits_script(struct keyfile ahead)
{
    struct keyfile_piece line, word, next;
    unsigned ttl;
    if (keyfile_opens_brace(ahead) || !keyfile_next_line(&ahead, &line))
        return false;
    keyfile_next_word(&line, &word);
    return is_command(&word) && !(keyfile_next_word(&line, &next) &&
                                  (keyfile_is(&next, "IN") || keyfile_is(&next, "=") ||
                                   keyfile_read_number(&next, &ttl)));
}

/* After the word "key". What BIND takes for an algorithm may have a number of bits. */
static const char *take_script_key(struct tsig_key *key, struct keyfile_piece *line)
{
    struct keyfile_piece name;
    const char *why = NULL;
    if (!keyfile_next_word(line, &name))
        return "expected key [ALGORITHM:]NAME SECRET";
    keyfile_trim(line);
    if (line->length == 0)
        return "expected the secret after the name, after a blank";
    const char *colon = memchr(name.at, ':', name.length);
    if (colon != NULL) {
        size_t n = (size_t)(colon - name.at);
        why = keyfile_set_bind_algorithm(key, name.at, n);
        name.at += n + 1;
        name.length -= n + 1;
    } else {
        keyfile_assume_algorithm(key, "hmac-sha256");
    }
    why = why != NULL ? why : keyfile_set_name(key, name.at, name.length);
    return why != NULL ? why : keyfile_set_secret(key, line->at, line->length);
}

enum keyfile_event keyfile_next_script(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    struct keyfile_piece line, word;
    while (keyfile_next_line(file, &line)) {
        if (!keyfile_next_word(&line, &word) || !keyfile_is(&word, "key"))
            continue;
        keyfile_clear(key);
        const char *why = take_script_key(key, &line);
        return why == NULL ? KEYFILE_KEY : keyfile_fail_at(file, line.line, why, err);
    }
    return KEYFILE_END;
}

/* ---- Lists --------------------------------------------------------------------------------- */

/* What pdnsutil says of a key that it has made is the line of a list, too. */
static void skip_prefix(struct keyfile_piece *line)
{
    static const char prefix[] = "Create new TSIG key ";
    size_t n = strlen(prefix);
    if (line->length > n && memcmp(line->at, prefix, n) == 0) {
        line->at += n;
        line->length -= n;
    }
}

bool keyfile_fits_list(struct keyfile ahead)
{
    struct keyfile_piece line, name, algorithm;
    if (!keyfile_next_line(&ahead, &line))
        return false;
    skip_prefix(&line);
    return keyfile_next_word(&line, &name) && keyfile_next_word(&line, &algorithm) &&
           tsig_algorithm_find(algorithm.at, algorithm.length) != NULL;
}

static const char *take_list_key(struct tsig_key *key, struct keyfile_piece *line)
{
    struct keyfile_piece name, algorithm, secret, more;
    skip_prefix(line);
    if (!keyfile_next_word(line, &name) || !keyfile_next_word(line, &algorithm) ||
        !keyfile_next_word(line, &secret) || keyfile_next_word(line, &more))
        return "expected three words: name, algorithm and secret";
    const char *why = keyfile_set_algorithm(key, algorithm.at, algorithm.length);
    why = why != NULL ? why : keyfile_set_name(key, name.at, name.length);
    return why != NULL ? why : keyfile_set_secret(key, secret.at, secret.length);
}

enum keyfile_event keyfile_next_in_list(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    struct keyfile_piece line;
    do {
        if (!keyfile_next_line(file, &line))
            return KEYFILE_END;
    } while (line.at[0] == '#' || line.at[0] == ';');
    keyfile_clear(key);
    const char *why = take_list_key(key, &line);
    return why == NULL ? KEYFILE_KEY : keyfile_fail_at(file, line.line, why, err);
}
