/* The output formats.
 *
 * Purpose: one registry of writers; --format, its help, the manual and the completions come from
 * its rows.
 * Owns: nothing. A writer is a sink that owns its state and borrows the buffer that it fills.
 * Never: opens a file; knows where the records come from. */
#ifndef OUT_WRITER_H
#define OUT_WRITER_H

#include "base/buf.h"
#include "dns/rr.h"

/* How records are written; not every writer uses every member. */
struct writer_style {
    bool relative; /* names relative to the apex */
    bool pretty;   /* columns, owners once, the SOA on several lines */
    bool no_class;
    bool no_ttl;
    bool generic;  /* RFC 3597 form for every type */
    bool modern;   /* mnemonics for every type */
    bool typed;    /* JSON: also a member for each RDATA field */
    bool color;    /* changes: deletes in red, adds in green */
    bool filtered; /* the end line says that types were left out */
    bool split;    /* nsupdate: as many updates as it takes */
    bool sum;      /* the end line has the sum of the lines before it (base/sum.h) */
};

/* What a format needs, and which options mean something to it; any other is refused with it. */
enum writer_flag {
    WRITER_HELD = 1, /* nothing may leave before the end is known to be good */
    WRITER_TAKES_RELATIVE = 2,
    WRITER_TAKES_PRETTY = 4,
    WRITER_TAKES_TYPED = 8,
    WRITER_END_LINE = 16,    /* the last line counts the records, for --max-shrink */
    WRITER_SORTED = 32,      /* the records of a zone must come sorted, as --sort gives them */
    WRITER_TAKES_STYLE = 64, /* it writes records as text, which can lack this or have that */
    WRITER_TAKES_COLOR = 128,
    WRITER_CHANGES = 256,      /* it can write changes */
    WRITER_ONLY_CHANGES = 512, /* it cannot write a zone */
    WRITER_AS_SENT = 1024,     /* of changes: each step in the order of RFC 1995 */
    WRITER_NET = 2048,         /* of changes: the net effect, as --condense gives it */
    WRITER_UPDATES = 4096,     /* what it writes is for a server that signs the zone itself */
};

struct writer_type {
    const char *name;
    const char *suffix; /* of file names */
    const char *help;
    unsigned flags; /* enum writer_flag */
    /* Makes the sink; the style and the buffer must live as long as it. Error: ERR_MEMORY. */
    struct sink *(*open)(const struct writer_style *style, struct buf *out, struct err *err);
};

/* The rows, one after the other; NULL past the end. The first is the default. */
const struct writer_type *writer_row(size_t index);

/* The row of that name, or NULL. */
const struct writer_type *writer_find(const char *name);

/* --stat: the changed names, and how much has changed of which type. It is no row. */
extern const struct writer_type writer_diffstat;

/* The writers. */
struct sink *w_zone_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_jsonl_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_stats_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_json_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_diff_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_diffstat_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_ixfr_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_nsupdate_open(const struct writer_style *style, struct buf *out, struct err *err);

/* For writers that put the zone format's lines to other use: what stands before and behind the text
 * of the next records, each at most 16 characters, for as long as the texts are. Once it was called
 * there are no lines but those of records. */
void w_zone_mark(struct sink *zone, const char *before, const char *behind);

/* Says where a sink of w_nsupdate_open puts what is worth a warning, for as long as it lives. */
struct notes;
void w_nsupdate_notes(struct sink *sink, struct notes *notes);

/* Gives the same sink a halt, for as long as it lives: its end has much to do. */
struct halt;
void w_nsupdate_halt(struct sink *sink, const struct halt *halt);

#endif
