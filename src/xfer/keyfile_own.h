/* What the readers of key files share: keyfile.c chooses one of them, keyfile_text.c moves about in
 * a text, keyfile_part.c takes the parts of a key; then there is one file a family of syntaxes.
 * Nobody else includes this. */
#ifndef XFER_KEYFILE_OWN_H
#define XFER_KEYFILE_OWN_H

#include "xfer/keyfile.h"

/* A piece of the text, and the line where it begins. */
struct keyfile_piece {
    const char *at;
    size_t length;
    unsigned line;
    bool quoted;
};

/* What a clause has told so far. */
struct keyfile_draft {
    struct keyfile_piece name, algorithm, secret;
};

/* ---- keyfile_text.c ------------------------------------------------------------------------ */

/* Always KEYFILE_FAIL. What is said is a phrase of ours, never a part of the text. */
enum keyfile_event keyfile_fail_at(const struct keyfile *file, unsigned line, const char *what,
                                   struct err *err);

bool keyfile_is_blank(char c);

/* Whether a piece is this word, in any letter case. */
bool keyfile_is(const struct keyfile_piece *piece, const char *word);

/* Takes the blanks off both ends. */
void keyfile_trim(struct keyfile_piece *piece);

/* Takes the next line that is not empty, without blanks around it. */
bool keyfile_next_line(struct keyfile *file, struct keyfile_piece *line);

/* Takes the next word of a line off it. */
bool keyfile_next_word(struct keyfile_piece *line, struct keyfile_piece *word);

/* A decimal number below 1000000010. */
bool keyfile_read_number(const struct keyfile_piece *word, unsigned *number);

/* Moves over n characters, counting lines. */
void keyfile_skip(struct keyfile *file, size_t n);

/* Moves to the end of the line. */
void keyfile_skip_line(struct keyfile *file);

/* Whether what is left of the text begins with this. */
bool keyfile_begins(const struct keyfile *file, const char *text);

/* ---- keyfile_part.c: each returns NULL, or what is wrong ----------------------------------- */

const char *keyfile_set_name(struct tsig_key *key, const char *text, size_t length);
const char *keyfile_set_algorithm(struct tsig_key *key, const char *name, size_t length);

/* BIND's names: a number of bits may follow, and never makes another algorithm of it. */
const char *keyfile_set_bind_algorithm(struct tsig_key *key, const char *name, size_t length);

/* Sets one of tsig_algorithm_row's that nobody has named. */
void keyfile_assume_algorithm(struct tsig_key *key, const char *name);

/* How much of the MAC is sent, in bits; 0 is all of it. */
const char *keyfile_set_bits(struct tsig_key *key, unsigned bits);

const char *keyfile_set_secret(struct tsig_key *key, const char *text, size_t length);

/* Reads base64 (RFC 4648 section 4) with blanks and line ends anywhere, of at most so many octets.
 */
bool keyfile_read_base64(uint8_t *out, size_t room, size_t *length, const char *text, size_t n);

void keyfile_clear(struct tsig_key *key);

/* Puts a clause together whose text ended at a line. */
enum keyfile_event keyfile_finish(const struct keyfile *file, const struct keyfile_draft *draft,
                                  unsigned line, struct tsig_key *key, struct err *err);

/* ---- One reader a syntax: whether a text is for it, and the next key of it ------------------ */

/* The text is handed over from where its comments end: `ahead` is a copy, to look as far as needed.
 */
bool keyfile_fits_ini(struct keyfile ahead);
bool keyfile_fits_foreign(struct keyfile ahead);
bool keyfile_fits_script(struct keyfile ahead);
bool keyfile_fits_list(struct keyfile ahead);
bool keyfile_fits_bind(struct keyfile ahead);
bool keyfile_fits_yaml(struct keyfile ahead);
bool keyfile_fits_private(struct keyfile ahead);
bool keyfile_fits_public(struct keyfile ahead);
bool keyfile_fits_lines(struct keyfile ahead);

enum keyfile_event keyfile_next_ini(struct keyfile *file, struct tsig_key *key, struct err *err);
enum keyfile_event keyfile_next_foreign(struct keyfile *file, struct tsig_key *key,
                                        struct err *err);
enum keyfile_event keyfile_next_script(struct keyfile *file, struct tsig_key *key, struct err *err);
enum keyfile_event keyfile_next_in_list(struct keyfile *file, struct tsig_key *key,
                                        struct err *err);
enum keyfile_event keyfile_next_bind(struct keyfile *file, struct tsig_key *key, struct err *err);
enum keyfile_event keyfile_next_yaml(struct keyfile *file, struct tsig_key *key, struct err *err);
enum keyfile_event keyfile_next_private(struct keyfile *file, struct tsig_key *key,
                                        struct err *err);
enum keyfile_event keyfile_next_public(struct keyfile *file, struct tsig_key *key, struct err *err);
enum keyfile_event keyfile_next_in_lines(struct keyfile *file, struct tsig_key *key,
                                         struct err *err);

/* Skips blanks and BIND's comments, which are also everybody else's. Returns false at a comment
 * that does not end. */
bool keyfile_skip_bind(struct keyfile *file);

/* Whether one of the first words of a statement is an opening brace, as in BIND and nowhere else.
 */
bool keyfile_opens_brace(struct keyfile ahead);

/* What to say of a text, from where its comments end, in which there was no key: a phrase that has
 * nothing of the text. */
const char *keyfile_hint(const struct keyfile *start);

#endif
