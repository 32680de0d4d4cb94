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
    bool pretty;   /* columns, owners once, what is long on several lines */
    bool no_class;
    bool no_ttl;
    bool generic;     /* RFC 3597 form for every type */
    bool modern;      /* mnemonics for every type */
    bool typed;       /* JSON: also a member for each RDATA field */
    bool color;       /* changes: deletes in red, adds in green; pretty: owners, types, comments */
    bool filtered;    /* the end line says that types were left out */
    bool split;       /* nsupdate: as many updates as it takes */
    bool with_dnssec; /* nsupdate: also types that signing makes */
    /* The end line has the sum of the lines before it (base/sum.h), and before that, if the zone is
     * signed, until when its signatures are good (dns/expiry.h). The records come sorted. */
    bool sum;
    unsigned width; /* pretty: characters in a line; 0: 80 */
};

/* What a format needs, and which options apply to it; any other option is refused. */
enum writer_flag {
    WRITER_HELD = 1, /* nothing may leave before the end is known to be good */
    WRITER_TAKES_RELATIVE = 2,
    WRITER_TAKES_PRETTY = 4,
    WRITER_TAKES_TYPED = 8,
    WRITER_END_LINE = 16,      /* the last line counts the records, for --max-shrink */
    WRITER_SORTED = 32,        /* the records of a zone must come sorted, as --sort gives them */
    WRITER_TAKES_STYLE = 64,   /* it writes records as text: the options of style apply */
    WRITER_CHANGES = 256,      /* it can write changes */
    WRITER_ONLY_CHANGES = 512, /* it cannot write a zone */
    WRITER_AS_SENT = 1024,     /* changes must come step by step, in the order of RFC 1995 */
    WRITER_NET = 2048,         /* changes must come as their net effect, as --condense gives it */
    WRITER_UPDATES = 4096,     /* what it writes is for a server that signs the zone itself */
};

struct writer_type {
    const char *name;
    const char *suffix; /* of file names */
    const char *help;
    unsigned flags; /* enum writer_flag */
    /* Makes the sink; the style and the buffer must outlive it. Error: ERR_MEMORY. */
    struct sink *(*open)(const struct writer_style *style, struct buf *out, struct err *err);
};

/* The rows, by index; NULL past the end. The first is the default. */
const struct writer_type *writer_row(size_t index);

/* The row of that name, or NULL. */
const struct writer_type *writer_find(const char *name);

/* --stat: the changed names, and how much has changed of which type. It is not a row of the
 * registry. */
extern const struct writer_type writer_diffstat;

/* The writers. */
struct sink *w_zone_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_jsonl_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_stats_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_zonemd_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_json_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_diff_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_diffstat_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_ixfr_open(const struct writer_style *style, struct buf *out, struct err *err);
struct sink *w_nsupdate_open(const struct writer_style *style, struct buf *out, struct err *err);

/* For writers that build on the lines of the zone format: sets the texts, of at most 16 characters,
 * that go before and after the next records; they must stay valid. Once this was called, the zone
 * writer writes only lines of records. */
void w_zone_mark(struct sink *zone, const char *before, const char *after);

/* Lets a sink of w_zonemd_open take records that nobody has sorted. It notes what a store would,
 * which the notes must outlive, and fails with ERR_INTERNAL, before anything is written, where they
 * are not in canonical order, each once. */
struct notes;
void w_zonemd_try(struct sink *sink, struct notes *notes);

/* Sets where a sink of w_nsupdate_open puts its warnings; the notes must outlive it. */
void w_nsupdate_notes(struct sink *sink, struct notes *notes);

/* Gives the same sink a halt, for as long as it lives: its end has much to do. */
struct halt;
void w_nsupdate_halt(struct sink *sink, const struct halt *halt);

#endif
