/* The words that a value may be, with what each means.
 *
 * Purpose: one list each for the setters, the messages, the help and the completions.
 * Owns: nothing; the texts are constants. */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word {
    const char *text;
    const char *help;  /* NULL: the word explains itself */
    int number;        /* what a setter stores for it */
    unsigned commands; /* enum command_bit: with others than these it is refused; 0: with none */
};

/* Gives the word of an index; false past the end. */
typedef bool word_list(size_t index, struct word *word);

/* The formats (their rows are in out/writer), the kinds of transfer, classes, types of records,
 * what --ignore takes (enum diff_ignore), --color (enum choice), --fail-on (enum level, or with
 * WORD_AUDIT enum audit_problem), --verify and --require (enum verify_what), what --level does
 * about a rule. */
enum { WORD_AUDIT = 256 };

word_list words_formats, words_transfers, words_classes, words_types, words_ignored, words_colors,
    words_fail_on, words_proofs, words_bad_lines, words_rules;

/* What a word means, and for which commands it is where that need be said. Returns `to`, or a text
 * of the word. */
enum { WORDS_MEANING = 160 };
const char *words_meaning(const struct word *word, char to[WORDS_MEANING]);

/* The commands of this version, and the shells that have completions. */
word_list words_commands, words_shells;

/* Finds a word of n characters. */
bool words_find(word_list *list, const char *text, size_t n, struct word *word);

/* Writes all words with `between` between them, as far as there is room, and returns `to`. */
const char *words_join(word_list *list, const char *between, char *to, size_t room);

#endif
