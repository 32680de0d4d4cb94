#include "xfer/keyfile.h"

#include "base/codec.h"

#include <string.h>
#include <strings.h>

/* A piece of the text, and the line where it begins. */
struct piece {
    const char *at;
    size_t length;
    unsigned line;
    bool quoted;
};

/* What a clause has told so far. */
struct draft {
    struct piece name, algorithm, secret;
};

static bool piece_is(const struct piece *piece, const char *word)
{
    return strlen(word) == piece->length && strncasecmp(piece->at, word, piece->length) == 0;
}

static enum keyfile_event fail_at(const struct keyfile *file, unsigned line, const char *what,
                                  struct err *err)
{
    err_set(err, ERR_KEY, "%.300s: line %u: %s", file->path, line, what);
    return KEYFILE_FAIL;
}

/* ---- The parts of a key: each returns NULL, or what is wrong ------------------------------- */

static const char *set_name(struct tsig_key *key, const char *text, size_t length)
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

static const char *set_algorithm(struct tsig_key *key, const char *name, size_t length)
{
    key->algorithm = tsig_algorithm_find(name, length);
    if (key->algorithm == NULL)
        return "expected the name of an algorithm, such as hmac-sha256";
    key->mac_length = key->algorithm->mac;
    return NULL;
}

/* How much of the MAC is sent, in bits; 0 is all of it. */
static const char *set_bits(struct tsig_key *key, unsigned bits)
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

/* BIND's names: a number of bits may follow, which does not make another algorithm of it. */
static const char *set_bind_algorithm(struct tsig_key *key, const char *name, size_t length)
{
    size_t digits = 0;
    unsigned bits = 0;
    while (digits < length && name[length - 1 - digits] >= '0' && name[length - 1 - digits] <= '9')
        digits++;
    bool has_bits =
        digits >= 1 && digits <= 4 && length > digits + 1 && name[length - digits - 1] == '-';
    if (!has_bits)
        return set_algorithm(key, name, length);
    for (size_t i = length - digits; i < length; i++)
        bits = bits * 10 + (unsigned)(name[i] - '0');
    const char *why = set_algorithm(key, name, length - digits - 1);
    if (why == NULL && key->algorithm->mac != key->algorithm->output)
        why = "expected at most one number of bits after the algorithm";
    return why != NULL ? why : set_bits(key, bits);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Reads base64 (RFC 4648 section 4) with blanks and line ends anywhere, of at most so many octets.
 */
static bool read_base64(uint8_t *out, size_t room, size_t *length, const char *text, size_t n)
{
    struct codec_base64 state = {0};
    uint8_t *end = out;
    size_t digits = 0, padding = 0;
    for (size_t i = 0; i < n; i++) {
        digits += !is_blank(text[i]);
        padding = text[i] == '=' ? padding + 1 : is_blank(text[i]) ? padding : 0;
    }
    if (digits % 4 != 0 || padding > 2 || digits / 4 * 3 > room + padding)
        return false; /* more than there is room for is not read */
    for (size_t i = 0; i < n && end != NULL; i++) {
        size_t from = i;
        while (i < n && !is_blank(text[i]))
            i++;
        end = codec_read_base64(&state, text + from, i - from, end);
    }
    bool whole = end != NULL && codec_base64_whole(&state);
    explicit_bzero(&state, sizeof state);
    *length = whole ? (size_t)(end - out) : 0;
    return whole;
}

static const char *set_secret(struct tsig_key *key, const char *text, size_t length)
{
    if (!read_base64(key->secret, sizeof key->secret, &key->secret_length, text, length))
        return "expected a secret in base64, of at most 1024 octets";
    return key->secret_length > 0 ? NULL : "the secret is empty";
}

static void clear_key(struct tsig_key *key)
{
    explicit_bzero(key, sizeof *key);
}

/* ---- Words --------------------------------------------------------------------------------- */

/* Sets name and secret from NAME:SECRET. A name may hold colons, base64 does not. */
static const char *set_pair(struct tsig_key *key, const char *pair, size_t length)
{
    const char *colon = memrchr(pair, ':', length);
    if (colon == NULL)
        return "expected a colon between the name of the key and the secret";
    size_t name = (size_t)(colon - pair), secret = length - name - 1;
    for (size_t i = 0; i < length; i++)
        if (is_blank(pair[i]))
            return "expected no blanks";
    const char *why = set_name(key, pair, name);
    return why != NULL ? why : set_secret(key, colon + 1, secret);
}

const char *keyfile_word(struct tsig_key *key, const char *word, size_t length)
{
    const char *first = memchr(word, ':', length), *last = memrchr(word, ':', length);
    const char *why = "expected the name of an algorithm, such as hmac-sha256, at one end";
    clear_key(key);
    if (first == last) {
        set_algorithm(key, "hmac-sha256", strlen("hmac-sha256"));
        key->algorithm_assumed = true;
        return set_pair(key, word, length);
    }
    size_t head = (size_t)(first - word), tail = (size_t)(last - word);
    /* dig's order first. In drill's order a key may be called like an algorithm, but then what
     * would be dig's secret is not one. */
    if (set_algorithm(key, word, head) == NULL) {
        why = set_pair(key, first + 1, length - head - 1);
        if (why == NULL)
            return NULL;
    }
    if (set_algorithm(key, last + 1, length - tail - 1) == NULL)
        why = set_pair(key, word, tail);
    return why;
}

/* ---- Lines --------------------------------------------------------------------------------- */

static void trim(struct piece *piece)
{
    while (piece->length > 0 && is_blank(piece->at[0])) {
        piece->at++;
        piece->length--;
    }
    while (piece->length > 0 && is_blank(piece->at[piece->length - 1]))
        piece->length--;
}

/* Takes the next line that is not empty, without blanks around it. */
static bool next_line(struct keyfile *file, struct piece *line)
{
    while (file->at < file->end) {
        size_t rest = (size_t)(file->end - file->at);
        const char *newline = memchr(file->at, '\n', rest);
        size_t length = newline != NULL ? (size_t)(newline - file->at) : rest;
        *line = (struct piece){file->at, length, file->line, false};
        file->at += newline != NULL ? length + 1 : length;
        file->line += newline != NULL;
        trim(line);
        if (line->length > 0)
            return true;
    }
    return false;
}

static enum keyfile_event take_word(struct keyfile *file, struct tsig_key *key,
                                    const struct piece *line, struct err *err)
{
    const char *why = keyfile_word(key, line->at, line->length);
    return why == NULL ? KEYFILE_KEY : fail_at(file, line->line, why, err);
}

static enum keyfile_event next_in_lines(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    struct piece line;
    while (next_line(file, &line))
        if (line.at[0] != '#' && line.at[0] != ';')
            return take_word(file, key, &line, err);
    return KEYFILE_END;
}

/* Takes the next word of a line. */
static bool next_word(struct piece *line, struct piece *word)
{
    trim(line);
    *word = *line;
    word->length = 0;
    while (word->length < line->length && !is_blank(line->at[word->length]))
        word->length++;
    line->at += word->length;
    line->length -= word->length;
    return word->length > 0;
}

static bool word_number(const struct piece *word, unsigned *number)
{
    *number = 0;
    for (size_t i = 0; i < word->length; i++) {
        if (word->at[i] < '0' || word->at[i] > '9' || *number > 100000000)
            return false;
        *number = *number * 10 + (unsigned)(word->at[i] - '0');
    }
    return word->length > 0;
}

/* ---- dnssec-keygen ------------------------------------------------------------------------- */

/* The numbers that BIND gave to HMACs, among those of DNSSEC algorithms. */
static const struct {
    unsigned number;
    const char *name;
} hmac_numbers[] = {
    {157, "hmac-md5"},    {161, "hmac-sha1"},   {162, "hmac-sha224"},
    {163, "hmac-sha256"}, {164, "hmac-sha384"}, {165, "hmac-sha512"},
};

static const char *set_numbered(struct tsig_key *key, const struct piece *word)
{
    unsigned number;
    bool good = word_number(word, &number);
    for (size_t i = 0; good && i < sizeof hmac_numbers / sizeof *hmac_numbers; i++)
        if (hmac_numbers[i].number == number)
            return set_algorithm(key, hmac_numbers[i].name, strlen(hmac_numbers[i].name));
    return "expected the number of an HMAC (157, 161 to 165); other keys sign zones, not messages";
}

/* Skips what may stand before the type of a record; true if the type is KEY. */
static bool is_key_record(struct piece *line, struct piece *name)
{
    struct piece word;
    unsigned ttl;
    if (!next_word(line, name))
        return false;
    do {
        if (!next_word(line, &word))
            return false;
    } while (piece_is(&word, "IN") || word_number(&word, &ttl));
    return piece_is(&word, "KEY");
}

static enum keyfile_event next_public(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    struct piece line, name, word[3];
    do {
        if (!next_line(file, &line))
            return KEYFILE_END;
    } while (line.at[0] == ';');
    clear_key(key);
    if (!is_key_record(&line, &name))
        return fail_at(file, line.line, "expected a KEY record", err);
    for (int i = 0; i < 3; i++)
        if (!next_word(&line, &word[i]))
            return fail_at(file, line.line, "expected flags, protocol, algorithm and secret", err);
    const char *why = set_name(key, name.at, name.length);
    why = why != NULL ? why : set_numbered(key, &word[2]);
    why = why != NULL ? why : set_secret(key, line.at, line.length);
    return why == NULL ? KEYFILE_KEY : fail_at(file, line.line, why, err);
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
    return at == end && set_name(key, text, n) == NULL;
}

/* "Bits:" is a u16 in base64. */
static const char *set_private_bits(struct tsig_key *key, const struct piece *value)
{
    uint8_t octets[2];
    size_t n;
    if (!read_base64(octets, sizeof octets, &n, value->at, value->length) || n != 2)
        return "expected a number of bits: two octets in base64";
    return set_bits(key, octets[0] * 256u + octets[1]);
}

/* The value of a line "Field: value" where it is that field. */
static bool field_value(const struct piece *line, const char *field, struct piece *value)
{
    size_t n = strlen(field);
    if (line->length <= n || line->at[n] != ':' || strncasecmp(line->at, field, n) != 0)
        return false;
    *value = *line;
    value->at += n + 1;
    value->length -= n + 1;
    trim(value);
    return true;
}

static enum keyfile_event next_private(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    struct piece line, value, bits = {NULL, 0, 0, false}, word;
    const char *why = NULL;
    if (file->at == file->end)
        return KEYFILE_END;
    clear_key(key);
    while (next_line(file, &line)) {
        if (field_value(&line, "Algorithm", &value))
            why = next_word(&value, &word) ? set_numbered(key, &word) : "expected an algorithm";
        else if (field_value(&line, "Key", &value))
            why = set_secret(key, value.at, value.length);
        else if (field_value(&line, "Bits", &value))
            bits = value;
        if (why != NULL)
            return fail_at(file, line.line, why, err);
    }
    if (key->algorithm == NULL)
        return fail_at(file, file->line, "expected a line Algorithm: before the end", err);
    if (key->secret_length == 0)
        return fail_at(file, file->line, "expected a line Key: before the end", err);
    why = bits.at != NULL ? set_private_bits(key, &bits) : NULL;
    if (why != NULL)
        return fail_at(file, bits.line, why, err);
    set_name_from_path(key, file->path);
    return KEYFILE_KEY;
}

/* ---- Clauses ------------------------------------------------------------------------------- */

enum token { END, WORD, STRING, OPEN, CLOSE, SEMICOLON, ATTRIBUTE, DASH, BAD };

/* Makes a key of a clause that ends at this line. */
static enum keyfile_event finish_clause(const struct keyfile *file, const struct draft *draft,
                                        unsigned line, struct tsig_key *key, struct err *err)
{
    bool is_bind = file->syntax == KEYFILE_BIND;
    const char *why;
    clear_key(key);
    if (draft->name.at == NULL)
        return fail_at(file, line, "the key clause ends here, without the name of the key", err);
    if (draft->algorithm.at == NULL)
        return fail_at(file, line, "the key clause ends here, without algorithm", err);
    if (draft->secret.at == NULL)
        return fail_at(file, line, "the key clause ends here, without secret", err);
    why = set_name(key, draft->name.at, draft->name.length);
    if (why != NULL)
        return fail_at(file, draft->name.line, why, err);
    why = (is_bind ? set_bind_algorithm : set_algorithm)(key, draft->algorithm.at,
                                                         draft->algorithm.length);
    if (why != NULL)
        return fail_at(file, draft->algorithm.line, why, err);
    why = set_secret(key, draft->secret.at, draft->secret.length);
    if (why != NULL)
        return fail_at(file, draft->secret.line, why, err);
    return KEYFILE_KEY;
}

/* Moves over n characters, counting lines. */
static void skip_chars(struct keyfile *file, size_t n)
{
    for (const char *end = file->at + n; file->at < end; file->at++)
        file->line += *file->at == '\n';
}

static bool text_begins(const struct keyfile *file, const char *text)
{
    size_t n = strlen(text);
    return (size_t)(file->end - file->at) >= n && memcmp(file->at, text, n) == 0;
}

static void skip_line(struct keyfile *file)
{
    const char *newline = memchr(file->at, '\n', (size_t)(file->end - file->at));
    file->at = newline != NULL ? newline : file->end;
}

/* ---- BIND ---------------------------------------------------------------------------------- */

/* Skips blanks and comments. Returns false at a comment that does not end. */
static bool skip_bind(struct keyfile *file)
{
    while (file->at < file->end) {
        if (is_blank(*file->at)) {
            skip_chars(file, 1);
        } else if (*file->at == '#' || text_begins(file, "//")) {
            skip_line(file);
        } else if (text_begins(file, "/*")) {
            const char *close = memmem(file->at + 2, (size_t)(file->end - file->at - 2), "*/", 2);
            if (close == NULL)
                return false;
            skip_chars(file, (size_t)(close - file->at) + 2);
        } else {
            break;
        }
    }
    return true;
}

static enum token bind_string(struct keyfile *file, struct piece *piece)
{
    const char *p = file->at + 1;
    while (p < file->end && *p != '"')
        p += *p == '\\' && p + 1 < file->end ? 2 : 1;
    if (p >= file->end)
        return BAD;
    *piece = (struct piece){file->at + 1, (size_t)(p - file->at) - 1, file->line, true};
    skip_chars(file, piece->length + 2);
    return STRING;
}

/* A comment also ends a word, as in BIND. */
static bool ends_bind_word(const struct keyfile *file)
{
    return file->at == file->end || is_blank(*file->at) || strchr("{};\"#", *file->at) != NULL ||
           text_begins(file, "//") || text_begins(file, "/*");
}

static enum token bind_token(struct keyfile *file, struct piece *piece)
{
    bool closed = skip_bind(file);
    *piece = (struct piece){file->at, 0, file->line, false};
    if (!closed)
        return BAD;
    if (file->at == file->end)
        return END;
    if (*file->at == '"')
        return bind_string(file, piece);
    char c = *file->at;
    do {
        file->at++;
    } while (strchr("{};", c) == NULL && !ends_bind_word(file));
    piece->length = (size_t)(file->at - piece->at);
    return c == '{' ? OPEN : c == '}' ? CLOSE : c == ';' ? SEMICOLON : WORD;
}

static enum keyfile_event fail_bad(const struct keyfile *file, unsigned line, struct err *err)
{
    return fail_at(file, line, "a quote or comment begins here and does not end", err);
}

/* Reads the body of a clause, after its opening brace. */
static enum keyfile_event bind_clause(struct keyfile *file, struct draft *draft,
                                      struct tsig_key *key, struct err *err)
{
    for (;;) {
        struct piece word, value, end;
        enum token token = bind_token(file, &word);
        if (token == CLOSE)
            return finish_clause(file, draft, word.line, key, err);
        bool is_algorithm = token == WORD && piece_is(&word, "algorithm");
        if (!is_algorithm && !(token == WORD && piece_is(&word, "secret")))
            return fail_at(file, word.line, "expected algorithm, secret or }", err);
        token = bind_token(file, &value);
        if (token != WORD && token != STRING)
            return fail_at(file, value.line, "expected a value, which may be quoted", err);
        struct piece *to = is_algorithm ? &draft->algorithm : &draft->secret;
        if (to->at != NULL)
            return fail_at(file, word.line, "the key clause says that twice", err);
        *to = value;
        if (bind_token(file, &end) != SEMICOLON)
            return fail_at(file, end.line, "expected ; after the value", err);
    }
}

/* After the word "key" at the start of a statement. Sets *is_clause where a clause has begun. */
static enum keyfile_event bind_key(struct keyfile *file, struct draft *draft, bool *is_clause,
                                   struct err *err)
{
    struct keyfile before = *file;
    struct piece brace;
    enum token token = bind_token(file, &draft->name);
    if (token == OPEN)
        return fail_at(file, draft->name.line, "expected the name of the key before {", err);
    *is_clause = (token == WORD || token == STRING) && bind_token(file, &brace) == OPEN;
    if (!*is_clause)
        *file = before;
    return KEYFILE_KEY;
}

static enum keyfile_event next_bind(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    bool begins_statement = true, is_clause = false;
    for (;;) {
        struct draft draft = {.name = {.at = NULL}};
        struct piece piece;
        enum token token = bind_token(file, &piece);
        if (token == BAD)
            return fail_bad(file, piece.line, err);
        if (token == CLOSE && file->depth-- == 0)
            return fail_at(file, piece.line, "this } closes nothing", err);
        if (token == END && file->depth > 0)
            return fail_at(file, piece.line, "the text ends before all braces are closed", err);
        if (token == END)
            return KEYFILE_END;
        file->depth += token == OPEN;
        if (token == WORD && begins_statement && piece_is(&piece, "include"))
            file->includes = true;
        if (token == WORD && begins_statement && piece_is(&piece, "key")) {
            if (bind_key(file, &draft, &is_clause, err) == KEYFILE_FAIL)
                return KEYFILE_FAIL;
            if (is_clause)
                return bind_clause(file, &draft, key, err);
        }
        begins_statement = token == OPEN || token == CLOSE || token == SEMICOLON;
    }
}

/* ---- Knot DNS and NSD ---------------------------------------------------------------------- */

/* A quote opens a string at the start of a word, or directly after a colon. */
static size_t yaml_word(const struct keyfile *file)
{
    size_t n = 0, rest = (size_t)(file->end - file->at);
    while (n < rest && !is_blank(file->at[n]) && file->at[n] != '#' &&
           !(n > 0 && file->at[n - 1] == ':' && strchr("\"'", file->at[n]) != NULL))
        n++;
    return n;
}

static enum token yaml_token(struct keyfile *file, struct piece *piece)
{
    while (file->at < file->end && (is_blank(*file->at) || *file->at == '#')) {
        if (*file->at == '#')
            skip_line(file);
        else
            skip_chars(file, 1);
    }
    *piece = (struct piece){file->at, 0, file->line, false};
    if (file->at == file->end)
        return END;
    char quote = *file->at;
    if (quote == '"' || quote == '\'') {
        const char *p = file->at + 1;
        while (p < file->end && *p != quote && *p != '\n')
            p++;
        bool closed = p < file->end && *p == quote;
        *piece = (struct piece){file->at + 1, (size_t)(p - file->at) - 1, file->line, true};
        file->at = closed ? p + 1 : p;
        return closed ? STRING : BAD;
    }
    piece->length = yaml_word(file);
    file->at += piece->length;
    if (piece->length == 1 && quote == '-')
        return DASH;
    return piece->at[piece->length - 1] == ':' ? ATTRIBUTE : WORD;
}

/* Whether "key:" opens a section: in Knot's other sections it is an attribute with a value. */
static bool opens_section(const struct keyfile *file, const struct piece *key)
{
    struct keyfile ahead = *file;
    struct piece next;
    enum token token = yaml_token(&ahead, &next);
    return (token != WORD && token != STRING && token != BAD) || next.line != key->line;
}

static struct piece *yaml_member(struct draft *draft, const struct piece *attribute)
{
    if (piece_is(attribute, "id:") || piece_is(attribute, "name:"))
        return &draft->name;
    if (piece_is(attribute, "algorithm:"))
        return &draft->algorithm;
    return piece_is(attribute, "secret:") ? &draft->secret : NULL;
}

static bool is_empty(const struct draft *draft)
{
    return draft->name.at == NULL && draft->algorithm.at == NULL && draft->secret.at == NULL;
}

/* Reads one token of a section. Sets *ends where the clause ends before it. */
static bool yaml_step(struct keyfile *file, struct draft *draft, bool *ends, unsigned *line,
                      struct err *err)
{
    struct piece piece, value;
    enum token token = yaml_token(file, &piece);
    struct piece *member = token == ATTRIBUTE ? yaml_member(draft, &piece) : NULL;
    *line = piece.line;
    *ends = token == END || token == DASH;
    if (*ends)
        return true;
    if (token == ATTRIBUTE && piece_is(&piece, "comment:"))
        return skip_line(file), true;
    if (token == ATTRIBUTE && member == NULL) {
        file->in_section = piece_is(&piece, "key:") && opens_section(file, &piece);
        file->includes |= piece_is(&piece, "include:");
        *ends = true;
        return true;
    }
    if (member == NULL) {
        fail_at(file, piece.line, "expected name: or id:, algorithm: or secret:", err);
        return false;
    }
    token = yaml_token(file, &value);
    if (token != WORD && token != STRING)
        fail_at(file, piece.line, "expected a value, which may be quoted", err);
    else if (member->at != NULL)
        fail_at(file, piece.line, "the key clause says that twice", err);
    *member = value;
    return err->kind == ERR_NONE;
}

static enum keyfile_event next_yaml(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    struct draft draft = {.name = {.at = NULL}};
    for (;;) {
        struct piece piece;
        bool ends;
        unsigned line;
        if (file->in_section) {
            if (!yaml_step(file, &draft, &ends, &line, err))
                return KEYFILE_FAIL;
            if (ends && !is_empty(&draft))
                return finish_clause(file, &draft, line, key, err);
            if (ends && file->at == file->end)
                return KEYFILE_END;
            continue;
        }
        enum token token = yaml_token(file, &piece);
        if (token == END)
            return KEYFILE_END;
        if (token == ATTRIBUTE && piece_is(&piece, "key:"))
            file->in_section = opens_section(file, &piece);
        file->includes |= token == ATTRIBUTE && piece_is(&piece, "include:");
    }
}

/* ---- Which syntax -------------------------------------------------------------------------- */

/* Moves to the first thing that is not a comment in any syntax. */
static void skip_comments(struct keyfile *file)
{
    while (skip_bind(file) && file->at < file->end && *file->at == ';')
        skip_line(file);
}

static enum keyfile_syntax guess_syntax(struct keyfile ahead)
{
    struct piece line, rest, word, value;
    if (!next_line(&ahead, &line))
        return KEYFILE_LINE;
    rest = line;
    if (field_value(&line, "Private-key-format", &value))
        return KEYFILE_PRIVATE;
    if (is_key_record(&rest, &word))
        return KEYFILE_PUBLIC;
    next_word(&line, &word);
    const char *colon = memchr(word.at, ':', word.length);
    if (colon == NULL || memchr(word.at, '{', word.length) != NULL)
        return KEYFILE_BIND;
    bool is_attribute = colon == word.at + word.length - 1 || strchr("\"'#", colon[1]) != NULL;
    return is_attribute ? KEYFILE_YAML : KEYFILE_LINE;
}

void keyfile_init(struct keyfile *file, const char *path, const char *text, size_t length)
{
    static const char mark[] = "\xef\xbb\xbf"; /* some editors put it before UTF-8 */
    if (length >= 3 && memcmp(text, mark, 3) == 0) {
        text += 3;
        length -= 3;
    }
    *file =
        (struct keyfile){.path = path, .text = text, .at = text, .end = text + length, .line = 1};
    struct keyfile ahead = *file;
    skip_comments(&ahead);
    file->syntax = guess_syntax(ahead);
    if (ahead.at == ahead.end)
        file->at = file->end; /* comments only: the first may be keymgr's */
}

/* What keymgr writes for kdig as a first line: "# algorithm:name:secret". */
static enum keyfile_event read_keymgr_comment(struct keyfile *file, struct tsig_key *key)
{
    struct keyfile start = *file;
    struct piece line;
    start.at = file->text;
    if (file->syntax != KEYFILE_LINE || !next_line(&start, &line) || line.at[0] != '#')
        return KEYFILE_END;
    line.at++;
    line.length--;
    trim(&line);
    return keyfile_word(key, line.at, line.length) == NULL ? KEYFILE_KEY : KEYFILE_END;
}

static enum keyfile_event fail_empty(const struct keyfile *file, struct err *err)
{
    if (file->includes)
        err_set(err, ERR_KEY, "%.300s: no key in it; it includes other files, which are not read",
                file->path);
    else if (memmem(file->text, (size_t)(file->end - file->text), "-----BEGIN ", 11) != NULL)
        err_set(err, ERR_KEY,
                "%.300s: not a TSIG key, but what --tls-key, --tls-cert or --tls-ca take (PEM)",
                file->path);
    else
        err_set(err, ERR_KEY, "%.300s: holds no key", file->path);
    return KEYFILE_FAIL;
}

enum keyfile_event keyfile_next(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    static enum keyfile_event (*const next[])(struct keyfile *, struct tsig_key *, struct err *) = {
        [KEYFILE_BIND] = next_bind,       [KEYFILE_YAML] = next_yaml,
        [KEYFILE_PRIVATE] = next_private, [KEYFILE_PUBLIC] = next_public,
        [KEYFILE_LINE] = next_in_lines,
    };
    enum keyfile_event event = next[file->syntax](file, key, err);
    if (event == KEYFILE_END && !file->found)
        event = read_keymgr_comment(file, key);
    if (event == KEYFILE_END && !file->found)
        event = fail_empty(file, err);
    file->found |= event == KEYFILE_KEY;
    if (event != KEYFILE_KEY)
        clear_key(key);
    return event;
}
