/* Key files and key words: text in, TSIG keys out, in every syntax that name servers write.
 *
 *   BIND       key "name" { algorithm hmac-sha256; secret "..."; };    also inside a named.conf
 *   Knot DNS   a "key:" section with "- id:" items                     also inside a knot.conf
 *   NSD        "key:" clauses with "name:"                             also inside an nsd.conf
 *   Unbound    "tsig-key:" clauses with "name:", as Cascade has them   also inside an unbound.conf
 *   keygen     K<name>.+163+<id>.private and .key of dnssec-keygen and ldns-keygen
 *   line       algorithm:name:secret, one a line, also after the "#" that keymgr writes
 *   script     key [algorithm:]name secret, of nsupdate and knsupdate  among other commands
 *   list       name. algorithm. secret, one a line, of pdnsutil
 *   ini        dns_rfc2136_name = and its like, of certbot             among other settings
 *
 * Purpose: the only place that reads a secret from text.
 * Owns: nothing. Borrows: the text and its name, until the reader is done.
 * Never: reads a file, allocates, or puts any part of the text into a message: what is in the wrong
 * place may be the secret. */
#ifndef XFER_KEYFILE_H
#define XFER_KEYFILE_H

#include "base/err.h"
#include "xfer/tsig.h"

enum keyfile_event { KEYFILE_KEY, KEYFILE_END, KEYFILE_FAIL };

enum keyfile_syntax {
    KEYFILE_BIND,
    KEYFILE_YAML,
    KEYFILE_PRIVATE,
    KEYFILE_PUBLIC,
    KEYFILE_LINE,
    KEYFILE_SCRIPT,
    KEYFILE_LIST,
    KEYFILE_INI,
    KEYFILE_FOREIGN, /* something else, which is named but not read */
};

struct keyfile {
    const char *path;     /* for messages; a K*.private has the key's name in it */
    const char *text;     /* all of it */
    const char *at, *end; /* what is left of it */
    unsigned line;
    enum keyfile_syntax syntax;
    size_t row;      /* of the table of syntaxes */
    unsigned depth;  /* BIND: open braces */
    bool in_section; /* YAML: inside "key:" */
    bool found;      /* a key was read */
    bool includes;   /* the text includes other files, which are not read */
};

/* Begins with a text, and finds out its syntax. */
void keyfile_init(struct keyfile *file, const char *path, const char *text, size_t length);

/* Reads on to the next key. At the end of a text without any key the answer is KEYFILE_FAIL. A
 * K*.private whose path does not tell the key's name leaves name_length 0: the name is in the .key
 * file beside it. Errors: ERR_KEY, with path, line, and what was expected there. */
enum keyfile_event keyfile_next(struct keyfile *file, struct tsig_key *key, struct err *err);

/* Reads [ALG:]NAME:SECRET, as dig has it, or NAME:SECRET[:ALG], as drill has it. Without algorithm
 * it is hmac-sha256, with algorithm_assumed set. Returns NULL, or what is wrong as a static phrase.
 */
const char *keyfile_word(struct tsig_key *key, const char *word, size_t length);

#endif
