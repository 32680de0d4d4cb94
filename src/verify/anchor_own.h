/* What the files of anchor share: a text that is read, and where its records go. */
#ifndef VERIFY_ANCHOR_OWN_H
#define VERIFY_ANCHOR_OWN_H

#include "dns/rdata.h"
#include "verify/anchor.h"

struct anchor_text {
    const char *path, *at, *end;
    unsigned line;
    struct anchors *into;
    uint8_t *scratch; /* RDATA_SCRATCH */
};

/* A piece of the text. */
struct anchor_piece {
    const char *at;
    size_t length;
};

/* Sets the error, with path and line. Returns false. */
bool anchor_fail(const struct anchor_text *text, const char *what, struct err *err);

/* Adds a record whose RDATA is in the scratch. */
bool anchor_add(struct anchor_text *text, const uint8_t *owner, size_t owner_length, uint16_t type,
                uint16_t rdlength, uint64_t from, uint64_t until, struct err *err);

/* Adds a record by its name and the text of its RDATA. */
bool anchor_add_text(struct anchor_text *text, const struct anchor_piece *owner, uint16_t type,
                     const char *rdata, uint64_t from, uint64_t until, struct err *err);

bool anchor_read_bind(struct anchor_text *text, struct err *err);
bool anchor_read_xml(struct anchor_text *text, struct err *err);

/* Whether the text has a clause of BIND with anchors. */
bool anchor_is_bind(struct anchor_text text);

#endif
