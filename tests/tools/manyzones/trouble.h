/*
 * trouble: what is wrong with which zones: the commands of --do.
 *
 * Purpose: a command is a verb, and before it what it is for: "zone N", "every N" (the numbers that
 * N divides, 0 among them), "for SOA|IXFR|AXFR|transfers". All that fit a question act together.
 * Owns: nothing; commands and what they come to are plain values.
 * Borrows: the text, for the time of the call.
 */
#ifndef MANYZONES_TROUBLE_H
#define MANYZONES_TROUBLE_H

#include <stdbool.h>
#include <stddef.h>

enum broken {
    BROKEN_RDATA,    /* an address of three octets */
    BROKEN_RDLENGTH, /* RDATA that would end behind the message */
    BROKEN_SOA,      /* the last SOA has another serial */
    BROKEN_CLOSE,    /* the connection ends inside of the first message, */
    BROKEN_RESET,    /* is reset there */
    BROKEN_NOT
};
#define BROKEN_WAYS "rdata rdlength soa close reset"

/* What one question meets. */
struct trouble {
    long mute;  /* 1: there is no answer */
    long rcode; /* -1: none is wanted */
    long delay; /* ms before the first message */
    long pace;  /* ms before each other one */
    long big;   /* so many records at the least */
    long broken;
};

struct trouble_command {
    long zone, every; /* -1 and 1: all */
    unsigned type;    /* 0: all; AXFR stands for both transfers where that is said */
    bool transfers;
    size_t member; /* of struct trouble */
    long value;
};

/* Reads one command; a bad one ends the process. */
struct trouble_command trouble_parse(const char *text);

/* What a question of this type for this zone meets. */
struct trouble trouble_of(const struct trouble_command *commands, size_t count, unsigned zone,
                          unsigned type);

/* One line for each verb on standard output. */
void trouble_help(void);

#endif
