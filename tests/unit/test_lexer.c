/* dns/lexer as it was compiled for this processor against the same without its instructions: the
 * same tokens out of texts at random, of which some end too early. */
#include "dns/lexer.h"

#include "tap.h"

enum lexer_kind plain_next(struct lexer *lexer);
bool plain_expects_word(const struct lexer *lexer);
void plain_init(struct lexer *lexer, const char *text, size_t length, bool last);
void plain_back(struct lexer *lexer);
bool plain_comment(struct lexer *lexer);
bool plain_expected(const struct lexer *lexer, const char *expected, struct err *err);
const char *plain_place(const struct lexer *lexer);
uint8_t *plain_decode(const char *token, size_t length, uint8_t *to, size_t room, const char **why);
const char *plain_quote(char to[LEXER_QUOTE_ROOM], const char *text, size_t length);

#undef __SSE2__
#define lexer_next plain_next
#define lexer_expects_word plain_expects_word
#define lexer_init plain_init
#define lexer_back plain_back
#define lexer_comment plain_comment
#define lexer_expected plain_expected
#define lexer_place plain_place
#define lexer_decode plain_decode
#define lexer_quote plain_quote
#include "dns/lexer.c"
#undef lexer_next
#undef lexer_expects_word
#undef lexer_init
#undef lexer_back

enum { TEXTS = 40000, LONGEST = 150 };

static uint32_t random_number(void)
{
    static uint64_t state = 20261130;
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(state >> 33);
}

/* Words, and now and then what is between them; in a third of the texts hardly anything else. */
static void fill(char *text, size_t n)
{
    static const char marks[] = "  \t\n\n\r\n\";()\\\\\1\x1f\x7f\xff\xa0!#9";
    unsigned often = 1 + random_number() % 30;
    for (size_t i = 0; i < n; i++) {
        uint32_t number = random_number();
        text[i] = number % often == 0 ? marks[number / often % sizeof marks] /* NUL, too */
                                      : (char)('a' + number / often % 26);
    }
}

static bool is_same(const struct lexer *a, const struct lexer *b)
{
    if ((a->why == NULL) != (b->why == NULL) || (a->why != NULL && strcmp(a->why, b->why) != 0))
        return false;
    return a->kind == b->kind && a->token == b->token && a->length == b->length && a->at == b->at &&
           a->escaped == b->escaped && a->starved == b->starved && a->depth == b->depth &&
           a->lines == b->lines && a->comment == b->comment;
}

/* All tokens of a text; each other one is read twice. Returns whether both read the same. */
static bool compare(const char *text, size_t n, bool last, unsigned *tokens)
{
    struct lexer lexer, plain;
    lexer_init(&lexer, text, n, last);
    plain_init(&plain, text, n, last);
    while (lexer.at < lexer.end) {
        if (lexer_expects_word(&lexer) != plain_expects_word(&plain) ||
            lexer_next(&lexer) != plain_next(&plain) || !is_same(&lexer, &plain))
            return false;
        if (lexer.kind == LEXER_FAIL)
            return true;
        if (++*tokens % 2 == 0) {
            lexer_back(&lexer);
            plain_back(&plain);
            if (lexer.at != plain.at || lexer_next(&lexer) != plain_next(&plain) ||
                !is_same(&lexer, &plain))
                return false;
        }
    }
    return true;
}

int main(void)
{
    unsigned tokens = 0, differ = 0;
    for (unsigned i = 0; i < TEXTS; i++) {
        size_t n = random_number() % LONGEST;
        char *text = malloc(n + 1); /* of its own, so that reading past its end is found */
        if (text == NULL)
            return 1;
        fill(text + 1, n);
        if (!compare(text + 1, n, i % 2 == 0, &tokens) && ++differ <= 3) {
            printf("# differs: ");
            for (size_t at = 1; at <= n; at++)
                printf("%02x", (unsigned char)text[at]);
            printf("\n");
        }
        free(text);
    }
    is_int(differ, 0, "the same tokens");
    ok(tokens > TEXTS, "... of which there were %u", tokens);
    return tap_end();
}
