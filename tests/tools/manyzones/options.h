/*
 * options: the command line, and what all parts of the server share.
 *
 * Owns: keys, commands and the table of zones, for as long as the process lives.
 * Borrows: the words of the command line, which outlive it.
 * Never: returns from a wrong command line; the process ends with status 2.
 */
#ifndef MANYZONES_OPTIONS_H
#define MANYZONES_OPTIONS_H

#include "../primary/signer.h"
#include "counts.h"
#include "table.h"
#include "trouble.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum order {
    ORDER_READY, /* each answer whole, as soon as nothing keeps it back */
    ORDER_LINE,  /* in the order of the questions, whatever the first one waits for */
    ORDER_MIXED, /* message by message from any answer that is ready */
};
#define ORDERS "ready line mixed"

enum ixfr {
    IXFR_CHANGES, /* one step from the state before; else the zone */
    IXFR_ZONE,
    IXFR_NONE, /* NOTIMP */
};
#define IXFR_WAYS "changes zone none"

struct options {
    const char *address, *control, *counts_file;
    FILE *log; /* NULL: not wanted */
    long port, zones, serial, resign, ixfr, order, seed, jitter, records, message_size;
    long refresh, retry, expire;
    long quota, close_after, connections, rubbish, no_edns; /* 0: not wanted */
    struct signer_config signer;
    struct trouble_command *commands;
    size_t command_count;
    /* what changes */
    struct table table;
    struct counts counts;
    uint64_t random;
};

/* Reads them and fills the table. */
void options_read(struct options *o, int argc, char **argv);

/* The next random number below a limit that is not 0; the seed decides which. */
unsigned options_random(struct options *o, unsigned limit);

#endif
