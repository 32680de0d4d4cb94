/*
 * counts: what the server was asked for; a test judges by it how polite a client is.
 *
 * Owns: nothing; the struct belongs to the server. Borrows: the name of the file, for the time of
 * the call.
 */
#ifndef MANYZONES_COUNTS_H
#define MANYZONES_COUNTS_H

struct counts {
    long connections, open, open_most, turned_away;
    long soa, ixfr, axfr, other, malformed;
    long soa_again;                 /* questions for the SOA of a zone that was asked for before */
    long signed_, unsigned_;        /* questions */
    long errors, busy;              /* answers with an RCODE; those of them because of --quota */
    long transfers, transfers_most; /* in flight */
    long questions_most;            /* without a whole answer, on one connection */
};

/* Writes "NAME NUMBER" lines into a new file that takes the place of the old one; NULL: to standard
 * output. */
void counts_write(const struct counts *c, const char *file);

/* One more or less of what is in flight or open, and the most there were at once. */
void counts_rise(long *now, long *most);

#endif
