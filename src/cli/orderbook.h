/* The orders of many zones, of which those with the same options share one object.
 *
 * Purpose: makes orders of the words of a line and the settings of the run, each once; reads the
 * keys, certificates and trust anchors that they name, each once.
 * Owns: all orders and what they point to, but for the run's settings, until orderbook_free.
 * Borrows: the members of the configuration, for its life.
 * Never: starts anything; reads another file than the options name. */
#ifndef CLI_ORDERBOOK_H
#define CLI_ORDERBOOK_H

#include "cli/settings.h"
#include "job/orders.h"

struct orderbook;

struct orderbook_config {
    const struct settings *run; /* complete, and checked */
    const char *path;           /* of the list, to whose folder the paths on its lines are relative;
                                 * NULL: to that of the process */
    const struct loop *loop;
    uint64_t deadline; /* of loop_now, for reading all the files */
    struct teller *teller;
    bool servers_come; /* zones without a server may get one from orderbook_with_server */
    const struct orderbook *before; /* one that this is to follow, or NULL: keys in variables and
                                     * pipes are read once, and taken from there */
};

/* Makes the orders of the run itself, number 0. Errors: those of keys_load, compile_tls,
 * compile_anchors. NULL then. */
struct orderbook *orderbook_new(const struct orderbook_config *config, struct err *err);
void orderbook_free(struct orderbook *book);

/* Follows the book before: that one may go then, when its orders have. */
void orderbook_inherit(struct orderbook *book, struct orderbook *before);

/* The words of a line: one after the other, each with a NUL. */
struct orderbook_words {
    char *const *words;
    size_t count;
};

/* The orders of a line for one zone, whose name is put into `zone`, in lower case. NULL with an
 * error: ERR_USAGE, those of orderbook_new. */
const struct orders *orderbook_line(struct orderbook *book, const struct orderbook_words *words,
                                    uint8_t zone[NAME_MAX_WIRE], uint8_t *zone_length,
                                    struct err *err);

/* The orders of words that are for no zone of their own: of a template. */
const struct orders *orderbook_template(struct orderbook *book, const struct orderbook_words *words,
                                        struct err *err);

/* Orders like these, but with this server alone, given as after @. Errors: ERR_USAGE, ERR_MEMORY;
 * NULL then. */
const struct orders *orderbook_with_server(struct orderbook *book, const struct orders *like,
                                           const char *word, struct err *err);

/* Removes the environment variables that held keys: once no more lines come. */
void orderbook_forget_variables(struct orderbook *book);

/* All orders, by number; and all options of TLS that any of them has. NULL past the end. */
const struct orders *orderbook_orders(const struct orderbook *book, size_t index);
const struct tls_options *orderbook_tls(const struct orderbook *book, size_t index);

#endif
