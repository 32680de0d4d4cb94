/* The reader of master files (RFC 1035 section 5, RFC 2308 section 4, RFC 3597 section 5).
 *
 * Purpose: text in, records out, one a call, in the order of the file. It reads what other readers
 * read: $ORIGIN, $TTL, $INCLUDE and BIND's $GENERATE, TTL and class in either order or left out,
 * several lines in parentheses.
 * Owns: a window of each open file, and copies of what it must remember; its memory does not grow
 * with the file.
 * Borrows: the configuration, with all that it points to, for its life.
 * Takes over: the open files, which it closes.
 * Lends: a record, until the next call.
 * Never: opens or reads files itself; prints. */
#ifndef ZONE_ZONEFILE_H
#define ZONE_ZONEFILE_H

#include "base/halt.h"
#include "base/notes.h"
#include "dns/endline.h"
#include "dns/name.h"
#include "dns/rr.h"

/* An open file. */
struct zonefile_input {
    /* Reads at most `room` octets, at least one if it can; *got is 0 only at the end. */
    bool (*read)(void *context, void *to, size_t room, size_t *got, struct err *err);
    void (*close)(void *context); /* may be NULL */
    void *context;
    const char *name;     /* for messages; must last until it is closed */
    uint64_t identity[2]; /* device and inode, or both 0: then files are told apart by name */
};

struct zonefile_config {
    /* The zone, and what names are relative to; NULL: the file tells it. The root is the latter
     * alone, so that a file whose names all lack their dot can be read. */
    const uint8_t *origin;
    uint8_t origin_length;
    bool origin_guessed;   /* the file may tell another zone all the same */
    bool incomplete_good;  /* records behind the second SOA are accepted */
    uint16_t class;        /* 0: the first record tells it; IN if it does not */
    bool check_neighbours; /* note what neighbour_check finds */
    struct notes *notes;
    /* Opens what $INCLUDE names. `from` is the name of the file that includes it; a relative path
     * is relative to its folder. NULL: $INCLUDE is an error. */
    bool (*open)(void *context, const char *path, const char *from, struct zonefile_input *input,
                 struct err *err);
    bool no_include; /* ... because it was asked for */
    /* Is given each line of the first file, without its line feed, but not zxfr's own last line.
     * May be NULL. */
    void (*line)(void *context, const void *line, size_t length);
    void *context;           /* of both */
    const struct halt *halt; /* of what makes records without reading; NULL: never */
};

/* Opens a source of the records of a file. The source takes over the file, even on failure. The SOA
 * is given once: a second one, with which the answer to a transfer ends, is compared with it and
 * left out. Records outside the zone are left out and noted (ERR_OUT_OF_ZONE). Where the origin is
 * certain the file may hold other zones, too: each begins with its SOA, and is left out. A byte
 * order mark at the beginning of a file is passed over. The text of an error begins with
 * FILE:LINE:COLUMN. Errors of opening: ERR_MEMORY. Errors of next: ERR_SYNTAX, ERR_NO_ORIGIN,
 * ERR_ZONE_FILE (a record that cannot stand where it does), ERR_FOREIGN (a file is not text),
 * ERR_INCOMPLETE (the SOA again, and not at the end), ERR_INCLUDE, ERR_MEMORY, those of the
 * callbacks and of the halt; under strict also what is otherwise noted: ERR_NO_TTL,
 * ERR_TTL_HIGHBIT, ERR_RDATA, ERR_OUT_OF_ZONE, ERR_TSIG_LINE and those of neighbour_check. */
struct source *zonefile_open(const struct zonefile_config *config,
                             const struct zonefile_input *file, struct err *err);

/* After an error of next, of the kind: goes on behind the entry that it is about, so that next
 * finds what else is wrong. The records that follow are as good as they can be, and no zone.
 * Returns false where there is nothing more to find, or nothing that would mean anything; errors of
 * reading and of the halt are set then. */
bool zonefile_resume(struct source *source, enum err_kind kind, struct err *err);

/* What is known: apex and class from the first record on, the rest as far as the file was read. */
struct zonefile_facts {
    const uint8_t *apex; /* lasts as long as the source */
    uint8_t apex_length;
    uint16_t class;
    bool has_soa;
    bool soa_first;              /* the SOA was the first record */
    bool soa_last;               /* and was repeated at the end */
    uint32_t serial;             /* of the SOA */
    uint64_t records;            /* that were given: those outside the zone are not counted */
    uint64_t records_before_end; /* ... and came before zxfr's own last line */
    const uint8_t *other;        /* the apex of another zone that was left out, or NULL */
};
struct zonefile_facts zonefile_facts(const struct source *source);

/* At the end: why the file does not hold the whole zone, although every record in it is well; or
 * NULL. dig, kdig and drill leave lines that say so, and the SOA may have come again before the
 * end. The text lasts as long as the source. */
const char *zonefile_broken(struct source *source);

/* zxfr's own last line, if there is one. Once it was an INCOMPLETE one, no other line changes it.
 */
struct endline zonefile_end_line(const struct source *source);

#endif
