/* A list of zones (--list): a line for each, which is a command line of its own.
 *
 *     ZONE [@SERVER...] [OPTION...]        # options with OPT_ZONE; others are as for the run
 *     group=NAME [@SERVER...] [OPTION...]  # a template for the members of a group of a catalog
 *
 * How a line becomes words is told in zonelist_words.h. The first word that is neither option nor
 * server is the zone, even if it names a command; a template has group=NAME first, where NAME is
 * written as `zxfr catalog` prints it. Lines may end in CR LF; a byte order mark before the first
 * one is passed over; empty lines are allowed. No zone and no group may have two lines. Paths are
 * relative to the folder of the list.
 *
 * Purpose: reads it, keeps every line that is good, and says of every other one what is wrong.
 * Owns: the names, and the orders of all lines.
 * Borrows: the members of the configuration, for its life.
 * Never: stops at a bad line; shows a secret that stands on one; starts a command. */
#ifndef CLI_ZONELIST_H
#define CLI_ZONELIST_H

#include "base/faults.h"
#include "cli/orderbook.h"

struct zonelist;

struct zonelist_config {
    const struct settings *run; /* complete, and checked */
    const struct loop *loop;
    uint64_t deadline; /* of loop_now, for reading the list and all files that it names */
    struct teller *teller;
    bool servers_come;             /* from catalogs */
    const struct zonelist *before; /* one that this is to follow, or NULL */
    unsigned max_faults;           /* how many texts of bad lines are kept */
};

/* Reads the list, "-" for standard input, and what its lines name; NULL: there is none, and only
 * the orders of the run are made. A list with bad lines is a list: zonelist_faults has them.
 * Environment variables that held keys are gone then. Errors, NULL then: ERR_INPUT, ERR_USAGE for
 * FAULTS_COUNTED bad lines, which are not a list; those of
 * orderbook_new for what the run itself names, ERR_MEMORY, ERR_INTERRUPTED, ERR_TIMEOUT_TOTAL. */
struct zonelist *zonelist_read(const struct zonelist_config *config, const char *path,
                               struct err *err);
void zonelist_free(struct zonelist *list);

/* Follows the list before, which may go then, when nobody has its orders any more: keys in
 * variables and pipes can be read only once. */
void zonelist_inherit(struct zonelist *list, struct zonelist *before);

/* The bad lines, each as "LIST:12: what is wrong". */
const struct faults *zonelist_faults(const struct zonelist *list);

struct zonelist_line {
    const uint8_t *zone; /* wire form, in lower case; in the list */
    uint8_t zone_length;
    unsigned line;
    const struct orders *orders;
};

/* The good lines with a zone, in their order; false past the end. */
bool zonelist_line(const struct zonelist *list, size_t index, struct zonelist_line *line);

/* The line of a zone, which is in lower case; false if there is none. */
bool zonelist_find(const struct zonelist *list, const uint8_t *zone, size_t length,
                   struct zonelist_line *line);

/* The orders of a group, as catalog_group_text writes it; NULL: it has no template. */
const struct orders *zonelist_template(const struct zonelist *list, const char *group, size_t n);

/* The group of a template, by number: n octets; and its line. NULL past the end. */
const char *zonelist_group(const struct zonelist *list, size_t index, size_t *n, unsigned *line);

/* The orders of the run: of zones that no line is for. */
const struct orders *zonelist_default(const struct zonelist *list);

/* Orders like these, but with this server alone, given as after @. Errors: ERR_USAGE, ERR_MEMORY;
 * NULL then. */
const struct orders *zonelist_with_server(struct zonelist *list, const struct orders *like,
                                          const char *word, struct err *err);

/* All orders that were made so far, by number; and all options of TLS among them. NULL past the
 * end. */
const struct orders *zonelist_orders(const struct zonelist *list, size_t index);
const struct tls_options *zonelist_tls(const struct zonelist *list, size_t index);

#endif
