/* The values of options: text into numbers, times, ports, addresses, servers, types.
 *
 * Purpose: one parser for each kind of value, whichever option it is for.
 * Owns: nothing. A server keeps a pointer to its word.
 * Never: knows an option by name; prints; allocates. */
#ifndef CLI_OPT_VALUE_H
#define CLI_OPT_VALUE_H

#include "cli/settings.h"

/* Reads decimal digits, at most `most`. */
bool opt_value_number(const char *text, uint64_t most, uint64_t *number);

/* Reads a number above zero, which may end in k, M or G for thousands, millions, thousands of
 * millions: below 10^9 before the letter, at most 10^15 without one. */
bool opt_value_count(const char *text, uint64_t *count);

/* Reads a limit, which may be zero: a number as opt_value_count does, or with a % (up to 10^9), or
 * the word off: then there is none. */
bool opt_value_limit(const char *text, bool *is_set, uint64_t *most, bool *percent);

/* Reads seconds, or a number followed by s, m, h, d or w, into microseconds: at most some 60 years.
 */
bool opt_value_duration(const char *text, uint64_t *microseconds);

/* Reads a point in time, in seconds since 1970: 2026-12-24T18:00:00Z, 20261224180000, a
 * date alone in either form (midnight, UTC), or +TIME from `now` on. */
bool opt_value_time(const char *text, uint64_t now, uint64_t *seconds);

/* Reads a port: 1 to 65535. */
bool opt_value_port(const char *text, uint16_t *port);

/* Reads ADDRESS or ADDRESS#PORT; the port is 0 where there is none. */
bool opt_value_address(const char *text, struct address *address);

/* Reads the name of a zone as users type it, with A-labels in place of what is not ASCII. Refuses
 * what is meant to be something else (opt_mistake.h). Errors: ERR_USAGE, ERR_MEMORY. */
bool opt_value_zone(const char *text, uint8_t zone[NAME_MAX_WIRE], uint8_t *length,
                    struct err *err);

/* Reads HOST, HOST#PORT, HOST:PORT, [V6]:PORT, without the @ before it on the command line. Error:
 * ERR_USAGE. */
bool opt_value_server(struct server *server, const char *word, struct err *err);

/* Gives each type of a list with commas to `add`. Returns the text from the first word on
 * that is not a type, or NULL if all are. */
const char *opt_value_types(const char *list, struct filter *filter,
                            void (*add)(struct filter *filter, uint16_t type));

#endif
