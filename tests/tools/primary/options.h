/*
 * options: what the command line asks of the server.
 *
 * Owns: sources and commands, for as long as the process lives.
 * Borrows: words of the command line, for as long as the process lives.
 * Never: changes once options_read has returned.
 */
#ifndef PRIMARY_OPTIONS_H
#define PRIMARY_OPTIONS_H

#include "build.h"
#include "history.h"
#include "signer.h"

#include <stdbool.h>
#include <stddef.h>

struct command;
struct source;

struct options {
    bool as_client; /* --drain: the words are address, port and zone */
    const char *address;
    long port, message_size, records, opt_only, refuse, ede;
    const char *ede_text;
    enum compress compress;
    bool soa_alone, question_all, no_edns;
    int query_log;
    struct signer_config signer;
    struct source *sources;
    size_t source_count;
    enum history_mode history;
    bool history_given;
    struct source *older; /* only their apex and records are used */
    size_t older_count;
    struct command *commands;
    size_t command_count;
    long block;          /* the connection that the next commands are for; 0 is all */
    unsigned block_type; /* the QTYPE that they are for; 0 is all */
};

/* Reads the whole command line, and the files that it names. optind is then where its words begin.
 * Ends the process after --help, and with a message about a mistake. */
void options_read(struct options *o, int argc, char **argv);

#endif
