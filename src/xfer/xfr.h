/* The transfer machine: authenticated messages in, records out (RFC 5936, RFC 1995).
 *
 * Purpose: knows where a zone, or a chain of changes, begins and ends, and refuses what cannot be
 * one.
 * Owns: copies of what it must remember across messages; all of its state is in one struct.
 * Borrows: a pushed message, until it asks for another; the apex, the notes and the staged changes,
 * for its life.
 * Lends: a record, until the next call.
 * Never: does I/O, reads a clock, knows how messages are authenticated. */
#ifndef XFER_XFR_H
#define XFER_XFR_H

#include "base/notes.h"
#include "dns/msg.h"
#include "dns/rr.h"

struct delta;
struct xfr;

struct xfr_config {
    const uint8_t *apex; /* wire form */
    uint8_t apex_length;
    uint16_t class;
    struct notes *notes;
    /* Neighbours are not compared (dns/neighbour.h): whoever takes the records sorts them, and
     * compares them then. */
    bool skip_neighbours;
    /* IXFR only: the changes after serial `since` are staged here. After a failure there are none.
     * NULL for AXFR. */
    struct delta *delta;
    uint32_t since;
};

/* What the answer turned out to be. */
enum xfr_kind {
    XFR_UNDECIDED,   /* not yet known */
    XFR_ZONE,        /* AXFR: a zone */
    XFR_ZONE_STYLE,  /* IXFR: the server sends the whole zone in place of changes */
    XFR_INCREMENTAL, /* IXFR: changes; no record comes out, all are in the delta */
    XFR_UPTODATE,    /* IXFR: the server has the serial that was asked for */
    XFR_OLDER,       /* IXFR: the server's serial is not newer */
};

enum xfr_event { XFR_RR, XFR_MORE, XFR_END, XFR_FAIL };

/* Error: ERR_MEMORY. */
struct xfr *xfr_new(const struct xfr_config *config, struct err *err);
void xfr_free(struct xfr *xfr);

/* Takes the next message; the one before must be used up (XFR_MORE). The message must stay until
 * the next XFR_MORE. Errors: ERR_EMPTY_ANSWER for a first message without records, ERR_EMPTY_RUN
 * for more than 1000 later ones in a row. */
bool xfr_push(struct xfr *xfr, const struct msg *msg, struct err *err);

/* Gives the next record of a zone. The SOA comes once, first; the SOA that closes the transfer
 * is compared with it and ends it. Changes give no record: they are staged, and XFR_END tells that
 * all of them were seen. What follows where the server has nothing newer is not looked at.
 * What is no record comes again for whoever asks again.
 * Errors: ERR_FIRST_NOT_SOA, ERR_SOA_OWNER, ERR_SOA_MIDDLE, ERR_SOA_CHANGED, ERR_AFTER_END,
 * ERR_CLASS, ERR_METATYPE, ERR_NAME, ERR_RDLEN, ERR_RDATA; in changes ERR_IXFR_BASE (they begin at
 * another serial), ERR_IXFR_CHAIN (the steps do not fit each other) and those of delta_add; under
 * strict also what is otherwise noted: ERR_OUT_OF_ZONE, ERR_RDATA, ERR_DUP_RR, ERR_TTL_MISMATCH,
 * ERR_TTL_HIGHBIT, ERR_CNAME_CLASH, ERR_MULTI_SINGLE, ERR_COMPRESSED, ERR_SERIAL_UNDEFINED. The
 * text begins with the number of the message. */
enum xfr_event xfr_next(struct xfr *xfr, struct rr *rr, struct err *err);

/* What is known: records given out (the SOA once); the serial that the server has and, of changes,
 * the one that they begin at. The kind is known from the first record on, and at the end. */
struct xfr_facts {
    uint64_t messages, records;
    enum xfr_kind kind;
    uint32_t serial, from;
};
struct xfr_facts xfr_facts(const struct xfr *xfr);

/* The SOA that the answer began with, for the life of the machine. Call it only once the kind is
 * known. */
const struct rr *xfr_soa(const struct xfr *xfr);

/* IXFR: whether all that came is the SOA of a newer zone. More must follow; but a server that has
 * no changes may send this and stop. */
bool xfr_is_lone_soa(const struct xfr *xfr);

#endif
