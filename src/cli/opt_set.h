/* The setters of options: each puts a value where it belongs in the settings.
 *
 * Purpose: what a row of the option table names in its column `set`. The value is NULL for an
 * option without argument. Error: ERR_USAGE, with the name of the option. Owns: nothing; the
 * settings keep pointers to values. The key of --key is made here; main frees it. Never: opens a
 * file; looks at another option, except at one that excludes it. */
#ifndef CLI_OPT_SET_H
#define CLI_OPT_SET_H

#include "cli/opt.h"

/* Store at the offset of the row: true, one more (unsigned), the row's number (an int), a text that
 * is not empty. */
opt_setter opt_set_flag, opt_set_more, opt_set_number, opt_set_string;

/* A port (uint16_t); a time in microseconds (uint64_t), above zero if the row's number is 1; a
 * count (uint64_t); a number from 0 to the row's number (unsigned). */
opt_setter opt_set_port, opt_set_duration, opt_set_count, opt_set_small;

/* One of the row's words: its number (an int); a list of them: their numbers as bits, added to what
 * is there (unsigned); one whose number is 0 takes back what is there. */
opt_setter opt_set_word, opt_set_words;

/* What is asked for: the class, the zone of a file, the kind of transfer, the serial of changes. */
opt_setter opt_set_class, opt_set_origin, opt_set_type, opt_set_since;

/* The words axfr and ixfr=SERIAL, which are the values of --type and may be given alone. */
bool opt_set_is_transfer(const char *word);
bool opt_set_transfer(struct settings *settings, const char *word, struct err *err);

/* Format, local address. */
opt_setter opt_set_format, opt_set_bind;

/* check: the level of a rule, the time at which signatures are judged. */
opt_setter opt_set_level, opt_set_at;

/* A repeatable option: struct given. */
opt_setter opt_set_given;

/* An amount of memory (uint64_t). */
opt_setter opt_set_memory;

/* sync: I/N. */
opt_setter opt_set_shard;

/* watch: where it listens; who may notify. */
opt_setter opt_set_listen, opt_set_allow_notify;

/* A label for --metrics. */
opt_setter opt_set_metrics_label;

/* Before FILE is replaced: a limit on changes. */
opt_setter opt_set_max_change;

/* The choice of records. */
opt_setter opt_set_only, opt_set_except, opt_set_no_dnssec;

/* Keys. opt_set_key makes the key at once, so that the caller can overwrite the text. */
opt_setter opt_set_key, opt_set_key_name, opt_set_server_key;

/* TLS: each of them also turns TLS on. */
opt_setter opt_set_tls_flag, opt_set_tls_string, opt_set_tls_hostname, opt_set_tls_pin;

/* Forgets what options of this row have added up so far, and what excludes them. */
void opt_set_anew(struct settings *settings, const struct opt *opt);

#endif
