/* What the parts of the master-file reader share. Only zonefile*.c include this. */
#ifndef ZONE_ZONEFILE_STATE_H
#define ZONE_ZONEFILE_STATE_H

#include "dns/dumpmark.h"
#include "dns/lexer.h"
#include "dns/name.h"
#include "dns/neighbour.h"
#include "dns/rdata.h"
#include "dns/soa.h"
#include "dns/spelling.h"
#include "zone/zonefile.h"

enum {
    ZONEFILE_LEVELS = 16,          /* files that include one another */
    ZONEFILE_INCLUDES = 1000,      /* of a zone: a file may be included again and again */
    ZONEFILE_WINDOW = 256 * 1024,  /* of each file */
    ZONEFILE_ENTRY_MAX = 16 << 20, /* octets of one entry, over all its lines */
    ZONEFILE_OWNER_TEXT = 256,     /* an owner's text is remembered up to this length */
    ZONEFILE_GENERATE_TEXT = 4096, /* of the parts of $GENERATE, and of what they become */
    ZONEFILE_GENERATE_MAX = 65536, /* records of one $GENERATE */
    ZONEFILE_PLACE = 328,
    ZONEFILE_WHY = 512, /* of a file that is not whole: a quoted line in a sentence */
};

struct zonefile_ttl {
    bool known;
    uint32_t seconds;
};

/* TTL and class as they were written after an owner: neighbours mostly have the same, so that where
 * their text comes again nobody reads it. */
struct zonefile_head {
    uint64_t text[2], mask[2]; /* up to 16 characters: the blanks before, between and one after;
                                  masks of 0: none */
    uint32_t ttl;
    uint16_t class;
    uint8_t length;
};

/* A type as it was written after such a head. */
struct zonefile_type {
    uint64_t text, mask; /* up to 8 characters, with the blank after it */
    const struct type_info *info;
    uint16_t code, class; /* class 0: none */
    uint8_t length;       /* without the blank */
};
enum { ZONEFILE_HEADS = 4, ZONEFILE_TYPES = 32 };

/* What an included file must not change for the file that includes it. */
struct zonefile_names {
    uint8_t origin[NAME_READ_ROOM];
    uint8_t origin_length; /* 0: unknown */
    bool has_owner;
    uint8_t owner[NAME_READ_ROOM]; /* of the last record */
    uint8_t owner_length;
    struct zonefile_ttl default_ttl, last_ttl; /* of $TTL, and the last that a record had */
};

/* A file that is being read. */
struct zonefile_level {
    struct zonefile_input input;
    char *window;
    size_t capacity;
    bool begun;                  /* its first octets were looked at */
    bool high;                   /* octets above 127 came in it */
    struct lexer lexer;          /* over the window */
    const char *entry;           /* where the current entry begins in the window */
    unsigned long line;          /* of the entry, the first being 1 */
    unsigned lines;              /* of the entry */
    struct zonefile_names saved; /* those of the file that includes this one */
};

/* A $GENERATE that is being carried out. */
struct zonefile_generate {
    bool active;
    int64_t now, stop, step;
    struct rr record; /* type, class and TTL */
    size_t left_length, right_length;
    char left[ZONEFILE_GENERATE_TEXT], right[ZONEFILE_GENERATE_TEXT];
    char text[ZONEFILE_GENERATE_TEXT];
};

/* Another zone in the file, which is left out. */
struct zonefile_other {
    bool here;  /* its records are being read */
    bool below; /* it is part of the zone that is wanted */
    bool lost;  /* records that may be of the wanted zone were left out with it */
    uint8_t apex[NAME_MAX_WIRE];
    uint8_t length;
};

/* What the lines of other tools have said. */
struct zonefile_dump {
    enum dumpmark begins; /* the last such line before the SOA, or NONE */
    bool ends, over;      /* over: what comes is about another zone */
    bool failed, failed_anywhere, forged;
    char line[LEXER_QUOTE_ROOM]; /* the one that says so, in quotes; empty: none */
    unsigned long number;
};

struct zonefile {
    struct source source;
    struct zonefile_config config;
    struct zonefile_facts facts;
    struct endline end;
    uint8_t apex[NAME_MAX_WIRE];
    struct soa soa;
    struct zonefile_other other;
    struct zonefile_dump dump;
    unsigned long soa_line, again_line; /* of the SOA, and of the second one */
    bool goes_on;                       /* records came behind the second one */
    uint8_t told[NAME_MAX_WIRE];        /* the last $ORIGIN, unless it is line_origin's */
    uint8_t told_length;
    char why[ZONEFILE_WHY];

    struct zonefile_level *levels[ZONEFILE_LEVELS]; /* the last one is being read */
    unsigned depth;                                 /* how many there are */
    unsigned includes;                              /* that were opened so far */
    struct zonefile_names names;
    uint8_t next_owner[NAME_READ_ROOM];   /* of the entry, until it is known to be whole */
    char owner_text[ZONEFILE_OWNER_TEXT]; /* of the last entry; it means names.owner */
    size_t owner_text_length;             /* 0: unknown */
    bool owner_moved;                     /* the last record had another owner than names.owner */
    bool owner_outside;                   /* the last record's owner is outside the zone */
    bool plain; /* zone and class are known, and records are of it: only a SOA changes that */
    const char *blame; /* the entry's type: where errors about the record point to */
    struct zonefile_generate generate;

    /* What is odd about the entry, until it is known whether its record is given. */
    struct rdata_report report;
    struct spelling spelling;
    uint8_t
        entry_owner_length; /* the entry's owner is in next_owner; 0: it is the last one, or bad */
    bool in_entry;          /* the last error came before the entry was read to its end */
    bool hopeless;          /* what follows the last error means nothing */
    bool untold; /* the owner has changed since a record was compared with its neighbour */

    unsigned steps; /* between two looks at the halt */

    struct types_memo types;
    struct zonefile_head heads[ZONEFILE_HEADS];
    struct zonefile_type seen[ZONEFILE_TYPES];
    uint64_t ttl_key; /* the last TTL, by its text */
    uint32_t ttl;

    struct neighbour neighbour;
    uint8_t scratch[RDATA_SCRATCH];
};

enum zonefile_step {
    ZONEFILE_FAILED,  /* the error is set, or the lexer is starved */
    ZONEFILE_NOTHING, /* an entry that is not a record */
    ZONEFILE_RECORD,
    ZONEFILE_OPENED, /* $INCLUDE: one level more */
};

/* zonefile_entry.c: reads the entry at the lexer of the current level: a record, a directive, a
 * comment or an empty line. When it fails it has changed nothing that matters when the entry is
 * read again. */
enum zonefile_step zonefile_entry(struct zonefile *zonefile, struct rr *rr, struct err *err);

/* Reads TTL and class, in either order or left out, and the type. */
bool zonefile_head(struct zonefile *zonefile, struct lexer *lexer, struct rr *rr, bool *has_ttl,
                   struct err *err);

/* The TTL of a record that has none of its own; false if none is known. */
bool zonefile_default_ttl(const struct zonefile *zonefile, uint32_t *ttl);

/* Reads the RDATA; the type is known. Notes what is odd. */
bool zonefile_rdata(struct zonefile *zonefile, struct lexer *lexer, struct rr *rr, struct err *err);

/* Remembers the entry's owner, which is that of the last entry or in next_owner. */
void zonefile_keep_owner(struct zonefile *zonefile, struct rr *rr);

/* Reads an owner from n characters into next_owner. Returns NULL or what was expected. */
const char *zonefile_owner(struct zonefile *zonefile, const char *text, size_t n, uint8_t *length);

/* zonefile_generate.c: reads the line after $GENERATE, then gives one record a call. */
bool zonefile_generate_begin(struct zonefile *zonefile, struct err *err);
bool zonefile_generate_next(struct zonefile *zonefile, struct rr *rr, struct err *err);

/* zonefile_dump.c: looks at a line of the first file: a comment, or one that is no entry. Returns
 * whether another tool has written it. */
bool zonefile_dump_line(struct zonefile *zonefile, const char *line, size_t length);

/* zonefile_dump.c: whether the entry at the lexer, which cannot be read, is a line that another
 * tool has written. It is passed over then; or the lexer is starved. Notes a TSIG record, so it
 * fails under strict. */
bool zonefile_dump_entry(struct zonefile *zonefile, struct err *err);

/* zonefile_dump.c: whether what was read is the zone as far as these lines tell; if not, writes why
 * not. */
bool zonefile_dump_whole(const struct zonefile *zonefile, char why[ZONEFILE_WHY]);

/* zonefile.c: keeps zxfr's own last line, of `length` characters; of an included file only one that
 * says INCOMPLETE. Returns whether it was kept. */
bool zonefile_keep_end(struct zonefile *zonefile, const char *line, size_t length);

/* zonefile.c: where there is no SOA, the last $ORIGIN tells the zone, but not the one that zxfr
 * writes before types in generic form (line_origin). */
void zonefile_keep_told(struct zonefile *zonefile, const uint8_t *origin, uint8_t length);

/* zonefile.c: whether a record belongs to another zone; its owner may be NULL, not known yet. */
bool zonefile_is_other(const struct zonefile *zonefile, const struct rr *rr);

/* zonefile.c: opens an included file; the path is terminated. */
bool zonefile_include(struct zonefile *zonefile, const char *path, const uint8_t *origin,
                      uint8_t origin_length, struct err *err);

/* zonefile.c: reads on after an entry, from level->entry on, that did not end in the window. */
bool zonefile_refill(struct zonefile *zonefile, struct err *err);

/* Begins another entry, or another record of $GENERATE. */
static inline void zonefile_begin_entry(struct zonefile *z)
{
    spelling_forget(&z->spelling);
    z->entry_owner_length = 0;
}

/* Writes FILE:LINE:COLUMN of a place in the current entry. */
const char *zonefile_place(const struct zonefile *zonefile, const char *at,
                           char place[ZONEFILE_PLACE]);

/* What stands before the text of a note: the place, of which the end is kept where it is long. */
const char *zonefile_note_place(const struct zonefile *zonefile, const char *at,
                                char place[ZONEFILE_PLACE]);

/* Notes something about a record. Fails only under strict. */
bool zonefile_note(struct zonefile *zonefile, const struct rr *rr, enum err_kind kind,
                   const char *field, const char *what, struct err *err);

#endif
