/* What a text without a key looks like, and what to do. */
#include "xfer/keyfile_own.h"

#include "base/foreign.h"

#include <string.h>

enum where { BEGINS, HAS };

#define A_LINE "write the key as a line algorithm:name:secret"

/* What begins so is not read at all; what only has such a piece may still hold a key. */
static const struct foreign {
    enum where where;
    unsigned char length;
    const char *piece, *says;
} foreign[] = {
    {BEGINS, 1, "{", "holds no key, but JSON: " A_LINE},
    {BEGINS, 2, "[{", "holds no key, but JSON: " A_LINE},
    {BEGINS, 2, "[\n", "holds no key, but JSON: " A_LINE},
    {BEGINS, 8, "RFC2136_", "holds no key that is read, but settings of lego: " A_LINE},
    {HAS, 11, "-----BEGIN ",
     "not a TSIG key, but what --tls-key, --tls-cert or --tls-ca take (PEM)"},
    {HAS, 23, "dns-rfc2136-credentials",
     "holds no key; it is in the file that dns-rfc2136-credentials names"},
};

static bool is_foreign(const struct foreign *row, const struct keyfile *start)
{
    size_t length = (size_t)(start->end - start->at);
    if (row->where == BEGINS)
        return length >= row->length && memcmp(start->at, row->piece, row->length) == 0;
    return memmem(start->text, (size_t)(start->end - start->text), row->piece, row->length) != NULL;
}

/* What is not text holds no key. */
static const char *says_foreign(const struct keyfile *start)
{
    return foreign_says(start->text, (size_t)(start->end - start->text));
}

bool keyfile_fits_foreign(struct keyfile ahead)
{
    if (says_foreign(&ahead) != NULL)
        return true;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (foreign[i].where == BEGINS && is_foreign(&foreign[i], &ahead))
            return true;
    return false;
}

enum keyfile_event keyfile_next_foreign(struct keyfile *file, struct tsig_key *key, struct err *err)
{
    (void)key;
    (void)err;
    file->at = file->end;
    return KEYFILE_END;
}

/* A single word in base64, of at least eight octets. */
static bool is_lone_secret(struct keyfile ahead)
{
    struct keyfile_piece line, word, more;
    bool good = keyfile_next_line(&ahead, &line) && keyfile_next_word(&line, &word) &&
                !keyfile_next_word(&line, &more) && !keyfile_next_line(&ahead, &more) &&
                word.length >= 12 && word.length % 4 == 0;
    for (size_t i = 0; good && i < word.length; i++) {
        char c = word.at[i], low = (char)(c | 0x20);
        good = (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/' ||
               (c == '=' && i + 2 >= word.length);
    }
    return good;
}

const char *keyfile_hint(const struct keyfile *start)
{
    if (start->text == start->end)
        return "holds no key: it is empty";
    if (start->at == start->end)
        return "holds no key, only blanks and comments";
    if (start->includes)
        return "holds no key; it includes other files, which are not read";
    if (says_foreign(start) != NULL)
        return says_foreign(start);
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++)
        if (is_foreign(&foreign[i], start))
            return foreign[i].says;
    if (start->syntax == KEYFILE_SCRIPT)
        return "holds no key; it looks like a script of nsupdate, which has its key from "
               "elsewhere: "
               "give the file of nsupdate -k";
    if (is_lone_secret(*start))
        return "holds no key, but perhaps the secret of one: " A_LINE;
    return "holds no key; a line algorithm:name:secret would be one";
}
