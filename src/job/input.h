/* A file as a source of records: a master file, JSON Lines, a JSON document, or a recording of a
 * transfer; its first octets tell which.
 *
 * Purpose: opens what a word of the command line names, and judges at its end whether it is whole.
 * Owns: the file, and the reader of its form.
 * Borrows: the configuration's members, for its life.
 * Never: prints. */
#ifndef JOB_INPUT_H
#define JOB_INPUT_H

#include "base/faults.h"
#include "base/notes.h"
#include "dns/name.h"
#include "dns/rr.h"
#include "io/loop.h"
#include "xfer/delta.h"
#include "xfer/tsig.h"

struct teller;

/* How files are read: what the command line says of all of them. */
struct input_reading {
    const char *include_dir; /* where relative paths of $INCLUDE are looked for next, or NULL */
    bool no_include;         /* $INCLUDE is an error */
    unsigned max_findings;   /* how many errors of a file are told; 0: the first, which decides */
};

struct input_config {
    const char *path;      /* "-": standard input */
    const uint8_t *origin; /* the zone, wire form; NULL: the file tells */
    uint8_t origin_length;
    const uint8_t *likely; /* the zone where the file does not tell it; NULL: not known */
    uint8_t likely_length;
    uint16_t class;       /* 0: the file tells, or IN */
    bool sorts;           /* whoever takes the records sorts the zone, and judges it then */
    bool incomplete_good; /* a file that says that it is not whole is accepted */
    struct input_reading reading;
    struct faults *faults;      /* where the errors go, the first one too, or NULL */
    enum delta_view view;       /* of recorded changes */
    size_t delta_limit;         /* of them, as in struct delta_config */
    const struct tsig_key *key; /* verifies a recording, or NULL */
    const struct loop *loop;
    uint64_t deadline; /* of loop_now, for files that must be waited for */
    struct notes *notes;
    struct teller *watcher; /* is told of each message of a recording; or NULL */
    /* Whether jansson was refused memory since the process began, which its parser does not tell;
     * NULL: this is not known. The hooks of its memory belong to the process, so cli sets them. */
    bool (*json_failed)(void);
};

enum input_form { INPUT_MASTER_FILE, INPUT_JSON, INPUT_RECORDING };

struct input {
    struct source source; /* its `free` closes the file */
    enum input_form form;
    struct zone_info zone; /* known from the first SOURCE_BEGIN on */
    bool changes;          /* it is a recording of changes; from then on, too */
    bool soa_first;        /* the first record is the SOA, as writers want it */
    uint64_t records;      /* that were given */
    bool verified;         /* it is a recording whose signatures were verified */
    bool filtered;         /* known at the end: its end line says that types were left out */

    /* At the end, with incomplete_good: it was not whole, and why. */
    bool partial;
    bool edited; /* all that it ever had may be there, but the last line tells of something else */
    char why[ERR_TEXT_MAX];
};

/* Opens a file, or waits for the writer of a FIFO. The text of an error begins with the file's
 * name. Errors: ERR_INPUT (it cannot be opened or read), ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL,
 * ERR_MEMORY. Errors of the source: those of the readers; of a recording those of the transfer;
 * ERR_INCOMPLETE, where the file says that it is not whole or has ended too early; ERR_END_LINE,
 * where its last line does not say what came; ERR_FOREIGN, where it is not text; ERR_ZONE_FILE and
 * ERR_NO_ORIGIN, where it cannot be a zone. With `faults` what is wrong with one record is not the
 * end of reading: what else is wrong is looked for, and then the first error is given. Notes:
 * ERR_UNVERIFIED, a signed recording was read without key; ERR_NO_SOA; ERR_LINE_ENDS, the sum is
 * right but for carriage returns. */
struct input *input_open(const struct input_config *config, struct err *err);

/* Whether it is a regular file of at least so many octets, and what it begins with is that of a
 * master file. */
bool input_is_master(const struct input_config *config, uint64_t least);

/* Finds out which zone a regular file is of, without reading more of it than that takes. *length is
 * 0 where it does not tell, or cannot be read. Errors: ERR_MEMORY, ERR_INTERRUPTED,
 * ERR_TIMEOUT_TOTAL. */
bool input_zone(const struct input_config *config, uint8_t apex[NAME_MAX_WIRE], uint8_t *length,
                struct err *err);

#endif
