/* base/err and base/notes. */
#include "base/notes.h"

#include "tap.h"

#include <errno.h>

static void first_wins(void)
{
    struct err err = {.kind = ERR_NONE};
    ok(!err_set(&err, ERR_ID, "number %d", 7), "err_set returns false");
    is_int(err.kind, ERR_ID, "its kind");
    is_str(err.text, "number 7", "its text");
    ok(!err_set(&err, ERR_TC, "later"), "a second err_set returns false");
    ok(!err_set_errno(&err, ERR_OUTPUT, ENOENT, "later"), "so does err_set_errno");
    is_int(err.kind, ERR_ID, "the first kind stays");
    is_str(err.text, "number 7", "the first text stays");
}

static void words_of_errno(void)
{
    struct err err = {.kind = ERR_NONE};
    char expected[200];
    ok(!err_set_errno(&err, ERR_OUTPUT, ENOSPC, "cannot write %s", "x"), "err_set_errno");
    snprintf(expected, sizeof expected, "cannot write x: %s", strerror(ENOSPC));
    is_str(err.text, expected, "text and words of errno");
    is_int(err.kind, ERR_OUTPUT, "its kind");
    is_int(err.facts, ERR_FACT_NO_ROOM, "its fact");
    ok(strstr(err_hint(err.kind, err.facts), "make room") != NULL, "and a hint that goes with it");
}

static void prefix(void)
{
    struct err err = {.kind = ERR_NONE};
    err_set(&err, ERR_ID, "what");
    ok(!err_prefix(&err, "where %u: ", 3u), "err_prefix returns false");
    ok(!err_prefix(&err, "who: "), "once more");
    is_str(err.text, "who: where 3: what", "prefixes stand before the text, the last one first");
    is_int(err.kind, ERR_ID, "the kind stays");
    err_prefix(&err, "%s", "");
    is_str(err.text, "who: where 3: what", "an empty prefix changes nothing");
}

/* The words of others are in quotes, behind our own. */
static void quoting(void)
{
    static const char said[] = "a \"b\" \\ \033[31m\xff";
    struct err err = {.kind = ERR_NONE};
    ok(!err_set_quoting(&err, ERR_ID, said, sizeof said - 1, "it says %d", 7), "returns false");
    is_str(err.text, "it says 7: \"a \\\"b\\\" \\\\ ?[31m?\"", "quoted and masked");
    is_int((int64_t)err_own_length(&err), 9, "our own words");
    err_prefix(&err, "where: ");
    is_int((int64_t)err_own_length(&err), 16, "and a prefix is one of them");
    err_set_quoting(&err, ERR_TC, "x", 1, "later");
    ok(err.kind == ERR_ID && err_own_length(&err) == 16, "the first error stays");
    struct err silent = {.kind = ERR_NONE};
    err_set_quoting(&silent, ERR_ID, NULL, 0, "it says nothing");
    is_str(silent.text, "it says nothing", "no words, no quotes");
    is_int((int64_t)err_own_length(&silent), 15, "all is ours");
    char words[2 * ERR_TEXT_MAX];
    bool good = true;
    for (unsigned char octet = 'x';; octet = '"') {
        memset(words, octet, sizeof words);
        for (int n = 0; n <= ERR_TEXT_MAX + 5; n++) {
            struct err cut = {.kind = ERR_NONE};
            err_set_quoting(&cut, ERR_ID, words, sizeof words, "%*s", n, "");
            size_t own = err_own_length(&cut), length = strlen(cut.text);
            good = good && strspn(cut.text, " ") == (n < ERR_TEXT_MAX ? (size_t)n : length) &&
                   length < ERR_TEXT_MAX && (own == length || cut.text[length - 1] == '"');
        }
        if (octet == '"')
            break;
    }
    ok(good, "quotes are closed wherever the text is cut");
    struct err cut = {.kind = ERR_NONE};
    err_set_quoting(&cut, ERR_ID, "abc", 3, "ours");
    for (int i = 0; i < 3; i++)
        err_prefix(&cut, "%300s", "");
    ok(err_own_length(&cut) <= strlen(cut.text), "our own words are cut with the text");
}

static void hints(void)
{
    const char *plain = err_hint(ERR_RCODE_REFUSED, 0),
               *key = err_hint(ERR_RCODE_REFUSED, ERR_FACT_KEY);
    const char *is_signed =
        err_hint(ERR_RCODE_REFUSED, ERR_FACT_KEY | ERR_FACT_SIGNED | ERR_FACT_TLS);
    ok(strstr(plain, "-k") != NULL, "without a key there may be one to use");
    ok(strstr(key, "algorithm") != NULL, "with a key its algorithm may be another");
    ok(strstr(is_signed, "knows the key") != NULL, "a signed answer shows that the key is right");
    ok(strstr(err_hint(ERR_NO_ANSWER, ERR_FACT_TLS), "--tls") == NULL,
       "nobody is told what he did");
    ok(strstr(err_hint(ERR_SERIAL_OLDER, ERR_FACT_UPDATE), "--allow-older") != NULL,
       "an option that helps");
    ok(strstr(err_hint(ERR_SERIAL_OLDER, ERR_FACT_UPDATE | ERR_FACT_ALLOW_OLDER),
              "--allow-older") == NULL,
       "is not named where it was given");
    ok(strstr(err_hint(ERR_TEMPORARY, ERR_FACT_SORT), "--memory") != NULL &&
           strstr(err_hint(ERR_TEMPORARY, 0), "--memory") == NULL,
       "... and on what is written there");
    ok(err_is_trouble(ERR_TEMPORARY) && !err_is_trouble(ERR_OUTPUT),
       "no room for a temporary file says nothing of a zone");
    is_str(err_hint(ERR_CONNECT, ERR_FACT_TLS | ERR_FACT_KEY), err_hint(ERR_CONNECT, 0),
           "a kind without such rows has one hint");
}

/* Every length of text and of prefix around the size of the buffer. */
static void truncation(void)
{
    char words[2 * ERR_TEXT_MAX];
    memset(words, 'x', sizeof words);
    bool good = true;
    for (int n = ERR_TEXT_MAX - 5; n <= ERR_TEXT_MAX + 5; n++) {
        struct err err = {.kind = ERR_NONE};
        err_set(&err, ERR_ID, "%.*s", n, words);
        size_t expected = n < ERR_TEXT_MAX ? (size_t)n : ERR_TEXT_MAX - 1;
        good = good && strlen(err.text) == expected;
        struct err number = {.kind = ERR_NONE};
        err_set_errno(&number, ERR_ID, ENOENT, "%.*s", n, words);
        good = good && strlen(number.text) == ERR_TEXT_MAX - 1;
    }
    ok(good, "a text is cut at the size of the buffer");
    good = true;
    for (int lead = 0; lead <= ERR_TEXT_MAX + 5; lead++) {
        struct err err = {.kind = ERR_NONE};
        err_set(&err, ERR_ID, "0123456789");
        err_prefix(&err, "%.*s", lead, words);
        size_t x = strspn(err.text, "x");
        size_t room = ERR_TEXT_MAX - 1;
        good = good && x == ((size_t)lead < room ? (size_t)lead : room);
        size_t rest = room - x < 10 ? room - x : 10;
        good =
            good && strlen(err.text) == x + rest && strncmp(err.text + x, "0123456789", rest) == 0;
    }
    ok(good, "a prefix of any length keeps as much of the text as fits");
}

static void tables(void)
{
    /* The statuses and the ranks that the manual promises. */
    static const struct {
        const char *slug;
        int status, rank;
    } classes[] = {
        {"ok", 0, 0},       {"differs", 1, 0},        {"usage", 2, 0},    {"network", 3, 1},
        {"refused", 4, 2},  {"authentication", 5, 6}, {"protocol", 6, 5}, {"input", 7, 0},
        {"output", 8, 0},   {"guard", 9, 4},          {"nodelta", 10, 3}, {"internal", 11, 0},
        {"partial", 12, 0}, {"hook", 13, 0},
    };
    size_t rows = sizeof classes / sizeof *classes;
    for (size_t i = 0; i < rows; i++) {
        enum err_class class;
        const char *meaning;
        is_str(err_class_slug(i, &class, &meaning), classes[i].slug, "class %zu", i);
        is_int((int)class, classes[i].status, "its status");
        is_int(err_rank(class), classes[i].rank, "its rank");
        ok(meaning != NULL && meaning[0] != '\0', "its meaning");
    }
    enum err_class class;
    const char *meaning;
    ok(err_class_slug(rows, &class, &meaning) == NULL, "no further class");
    bool unique = true, worded = true;
    for (unsigned a = 0; a < ERR_KINDS; a++) {
        worded = worded && err_slug(a) != NULL && err_slug(a)[0] != '\0' &&
                 (err_hint(a, 0) == NULL || err_hint(a, 0)[0] != '\0');
        for (unsigned b = 0; b < a; b++)
            unique = unique && strcmp(err_slug(a), err_slug(b)) != 0;
    }
    ok(worded, "every kind has a slug");
    ok(unique, "slugs of kinds are unique");
    is_int(err_class(ERR_NONE), ERR_CLASS_OK, "no error is class ok");
    is_int(err_class(ERR_EOF_EARLY), 3, "an early end is 3");
    is_int(err_class(ERR_RCODE_REFUSED), 4, "a refusal is 4");
    is_int(err_class(ERR_TSIG_POS), 5, "a misplaced signature is 5");
    is_int(err_class(ERR_SOA_CHANGED), 6, "a changed SOA is 6");
}

static void worst(void)
{
    ok(err_is_worse(ERR_CONNECT, ERR_NONE), "any failure is worse than none");
    ok(err_is_worse(ERR_RCODE_REFUSED, ERR_CONNECT), "a refusal is worse than silence");
    ok(!err_is_worse(ERR_CONNECT, ERR_RCODE_REFUSED), "and not the other way round");
    ok(!err_is_worse(ERR_RCODE_NOTAUTH, ERR_RCODE_REFUSED), "of equals the first stays");
    ok(err_is_worse(ERR_OUTPUT, ERR_TSIG_MAC), "what is not a server's failure is worse than any");
    ok(err_is_worse(ERR_INTERRUPTED, ERR_OUTPUT), "and of such the last one counts");
}

static void notes_lenient(void)
{
    static struct notes notes;
    struct err err = {.kind = ERR_NONE};
    ok(notes_add(&notes, &err, ERR_DUP_RR, "first %d", 1), "a note is no failure");
    ok(notes_add(&notes, &err, ERR_DUP_RR, "second"), "nor is a second");
    notes_count(&notes, ERR_DUP_RR);
    is_int((int64_t)notes.counts[ERR_DUP_RR], 3, "all are counted");
    is_str(notes_text(&notes, ERR_DUP_RR), "first 1", "the words of the first are kept");
    is_int(err.kind, ERR_NONE, "no error is set");
    notes_count(&notes, ERR_NOT_AA);
    is_int((int64_t)notes.counts[ERR_NOT_AA], 1, "notes_count counts");
    is_str(notes_text(&notes, ERR_NOT_AA), "", "and has no words");
    is_int((int64_t)notes.counts[ERR_TC], 0, "other kinds are not touched");
    char words[2 * NOTES_TEXT_MAX];
    memset(words, 'y', sizeof words - 1);
    words[sizeof words - 1] = '\0';
    notes_add(&notes, &err, ERR_RDATA, "%s", words);
    is_int((int64_t)strlen(notes_text(&notes, ERR_RDATA)), NOTES_TEXT_MAX - 1, "words are cut");
}

static void notes_strict(void)
{
    static struct notes notes = {.strict = true};
    struct err err = {.kind = ERR_NONE};
    ok(!notes_add(&notes, &err, ERR_DUP_RR, "case %d", 1), "under strict a note is a failure");
    is_int(err.kind, ERR_DUP_RR, "its kind is that of the note");
    is_str(err.text, "case 1 (--strict)", "and the text says why");
    is_int((int64_t)notes.counts[ERR_DUP_RR], 1, "it is counted");
    struct err other = {.kind = ERR_NONE};
    notes_add(&notes, &other, ERR_DUP_RR, "case %d", 2);
    is_str(other.text, "case 2 (--strict)", "the text is that of the case at hand");
}

/* As in a fetch that is begun again: what lies there is not touched, and must not be read. */
static void notes_again(void)
{
    static struct notes notes;
    struct err err = {.kind = ERR_NONE};
    memset(&notes, 'x', sizeof notes);
    notes_reset(&notes);
    ok(!notes.strict && notes.worth == NULL, "after a reset nothing is set");
    is_int(notes.texts[ERR_RDATA][0], 'x', "the texts were not touched");
    size_t left = 0;
    for (int kind = 0; kind < ERR_KINDS; kind++)
        left += notes.counts[kind] != 0 || *notes_text(&notes, (enum err_kind)kind) != '\0';
    is_int((int64_t)left, 0, "... and no kind has any");
    notes_count(&notes, ERR_NOT_AA);
    is_str(notes_text(&notes, ERR_NOT_AA), "", "what is only counted has no words of before");
    ok(notes_add(&notes, &err, ERR_NOT_AA, "late"), "... nor of a note that comes later");
    is_str(notes_text(&notes, ERR_NOT_AA), "", "... which is not the first");
    notes_add(&notes, &err, ERR_DUP_RR, "new");
    is_str(notes_text(&notes, ERR_DUP_RR), "new", "the first after a reset is kept");
}

int main(void)
{
    first_wins();
    words_of_errno();
    prefix();
    quoting();
    hints();
    truncation();
    tables();
    worst();
    notes_lenient();
    notes_strict();
    notes_again();
    return tap_end();
}
