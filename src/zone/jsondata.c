#include "zone/jsondata.h"

#include "base/codec.h"
#include "dns/kinds.h"

#include <string.h>

/* Where the text goes; and the member that is read, for messages. */
struct writer {
    char *to;
    const char *member;
    struct err *err;
};

static bool expected(const struct writer *w, const char *what)
{
    return err_set(w->err, ERR_JSON, "data: %.60s: expected %s", w->member, what);
}

static void put_chars(struct writer *w, const char *text, size_t n)
{
    memcpy(w->to, text, n);
    w->to += n;
}

static void put_char(struct writer *w, char c)
{
    *w->to++ = c;
}

bool jsondata_printable(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (text[i] < ' ' || text[i] > '~')
            return false;
    return true;
}

/* Whether it is n words with one blank between them, and nothing in them means something else to a
 * master file. */
static bool are_words(const char *text, size_t length, unsigned n)
{
    size_t word = 0; /* characters of the current one */
    for (size_t i = 0; i < length; i++, word++) {
        if (text[i] == ' ') {
            if (word == 0 || --n == 0)
                return false;
            word = SIZE_MAX; /* the loop makes it 0 */
        } else if (memchr("\"();", text[i], 4) != NULL) {
            return false;
        } else if (text[i] == '\\') {
            if (++i == length || text[i] == ' ')
                return false;
        }
    }
    return word > 0 && n == 1;
}

static bool put_words(struct writer *w, json_t *json, unsigned n)
{
    const char *text = json_string_value(json);
    size_t length = json_string_length(json);
    if (text == NULL || !jsondata_printable(text, length) || !are_words(text, length, n))
        return expected(w, n == 1 ? "a string of one word" : "a string of four words");
    put_chars(w, text, length);
    return true;
}

static bool put_word(struct writer *w, json_t *json)
{
    return put_words(w, json, 1);
}

static bool put_number(struct writer *w, json_t *json)
{
    json_int_t value = json_integer_value(json);
    if (!json_is_integer(json) || value < 0 || value > UINT32_MAX)
        return expected(w, "a whole number from 0 to 4294967295");
    w->to = codec_u32(w->to, (uint32_t)value);
    return true;
}

/* Writes a string in quotes. A quote in it gets an escape if it has none. */
static bool put_string(struct writer *w, json_t *json)
{
    const char *text = json_string_value(json);
    size_t length = json_string_length(json);
    if (text == NULL || !jsondata_printable(text, length))
        return expected(w, "a string of printable ASCII, with \\DDD for all else");
    put_char(w, '"');
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\\' && i + 1 == length)
            return expected(w, "a character after the backslash");
        if (text[i] == '\\')
            put_char(w, text[i++]);
        else if (text[i] == '"')
            put_char(w, '\\');
        put_char(w, text[i]);
    }
    put_char(w, '"');
    return true;
}

/* Writes the items with one blank between them. */
static bool put_items(struct writer *w, json_t *json,
                      bool (*put_item)(struct writer *w, json_t *item))
{
    if (!json_is_array(json))
        return expected(w, "an array");
    for (size_t i = 0; i < json_array_size(json); i++) {
        if (i > 0)
            put_char(w, ' ');
        if (!put_item(w, json_array_get(json, i)))
            return false;
    }
    return true;
}

/* "!1:192.0.2.0/24" */
static bool put_prefix(struct writer *w, json_t *item)
{
    json_t *negate = json_object_get(item, "negate");
    json_t *address = json_object_get(item, "address");
    size_t members = negate != NULL ? 4 : 3;
    if (json_object_size(item) != members || (negate != NULL && !json_is_boolean(negate)))
        return expected(w,
                        "objects of family, address, prefix and, if any, negate (true or false)");
    if (json_is_true(negate))
        put_char(w, '!');
    if (!put_number(w, json_object_get(item, "family")))
        return false;
    put_char(w, ':');
    if (!put_word(w, address))
        return false;
    if (memchr(json_string_value(address), '/', json_string_length(address)) != NULL)
        return expected(w, "an address without its prefix length");
    put_char(w, '/');
    return put_number(w, json_object_get(item, "prefix"));
}

static bool is_key(const char *key)
{
    return *key != '\0' && key[strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* key or key="value" for each member */
static bool put_params(struct writer *w, json_t *json)
{
    const char *key;
    json_t *value;
    bool first = true;
    if (!json_is_object(json))
        return expected(w, "an object");
    json_object_foreach(json, key, value)
    {
        if (!is_key(key))
            return expected(w, "keys of lower-case letters, digits and hyphens");
        if (!first)
            put_char(w, ' ');
        first = false;
        put_chars(w, key, strlen(key));
        if (json_is_string(value) && json_string_length(value) == 0)
            continue;
        put_char(w, '=');
        if (!put_string(w, value))
            return false;
    }
    return true;
}

static bool put_part(struct writer *w, const struct json_part *part, json_t *json)
{
    switch ((enum json_shape)part->shape) {
    case SHAPE_NUMBER:
        return put_number(w, json);
    case SHAPE_WORD:
        return put_words(w, json, part->words);
    case SHAPE_STRING:
        return put_string(w, json);
    case SHAPE_NUMBERS:
        return put_items(w, json, put_number);
    case SHAPE_WORDS:
        return put_items(w, json, put_word);
    case SHAPE_STRINGS:
        return put_items(w, json, put_string);
    case SHAPE_PREFIXES:
        return put_items(w, json, put_prefix);
    case SHAPE_PARAMS:
        return put_params(w, json);
    case SHAPE_END:
    default:
        return expected(w, "nothing");
    }
}

/* Writes the members of one field. Adds to *count how many there were. */
static bool put_field(struct writer *w, const struct field *field, json_t *data, size_t *count)
{
    for (const struct json_part *part = kinds[field->kind].json; part->shape != SHAPE_END; part++) {
        w->member = part->name != NULL ? part->name : field->name;
        json_t *json = json_object_get(data, w->member);
        if (json == NULL && part->optional)
            continue;
        if (json == NULL)
            return err_set(w->err, ERR_JSON, "data: the member %s is missing", w->member);
        char *from = w->to;
        if (!put_part(w, part, json))
            return false;
        if (w->to != from) /* an empty array leaves no gap */
            put_char(w, ' ');
        ++*count;
    }
    return true;
}

static bool has_member(const struct type_info *info, const char *name)
{
    for (const struct field *field = info->fields; field->name != NULL; field++)
        for (const struct json_part *part = kinds[field->kind].json; part->shape != SHAPE_END;
             part++)
            if (strcmp(part->name != NULL ? part->name : field->name, name) == 0)
                return true;
    return false;
}

/* Names a member that the type does not have; there is one. */
static void refuse_unknown(const struct type_info *info, json_t *data, struct err *err)
{
    const char *name;
    json_t *value;
    json_object_foreach(data, name, value)
    {
        if (!has_member(info, name))
            err_set(err, ERR_JSON, "data: %s has no member %.60s", info->mnemonic,
                    jsondata_printable(name, strlen(name)) ? name : "of that name");
    }
}

char *jsondata_text(char *to, const struct type_info *info, json_t *data, struct err *err)
{
    struct writer w = {.to = to, .member = "", .err = err};
    size_t count = 0;
    if (info == NULL || info->fields[0].name == NULL || !json_is_object(data)) {
        err_set(err, ERR_JSON,
                json_is_object(data) ? "data: the type has no fields; expected rdata"
                                     : "data: expected an object");
        return NULL;
    }
    for (const struct field *field = info->fields; field->name != NULL; field++)
        if (!put_field(&w, field, data, &count))
            return NULL;
    if (count != json_object_size(data)) {
        refuse_unknown(info, data, err);
        return NULL;
    }
    if (w.to > to)
        w.to--;
    if (w.to - to >= 2 && memcmp(to, "\\#", 2) == 0) { /* it would be taken for the generic form */
        err_set(err, ERR_JSON, "data: expected a value that does not begin with \\#");
        return NULL;
    }
    return w.to;
}
