/* A fence around the process: what this run is not going to need it cannot do any more, whoever
 * has got hold of it.
 *
 * Purpose: before the first octet that somebody else has written is read, the kernel is told which
 * files are still going to be opened and which ports connected to (Landlock), and which system
 * calls never come (seccomp): other programs and processes, what changes a file by its name but
 * does not open it, sockets other than those of TCP and UDP, ways around the ports. Those are a
 * list of what is forbidden, answered with EPERM, so that a newer C library keeps working. Whatever
 * is open already is not concerned. A kernel that has only a part of this gives that part.
 * Owns: a descriptor, from fence_open to fence_up.
 * Never: prints; fails: what cannot be had is said in the facts, and the run goes on without it;
 * lets go of what it has put up. It holds for this thread and for those that it starts later, so it
 * is put up before there are others. Nothing can be executed inside of it, so a run that starts
 * commands has none. */
#ifndef IO_FENCE_H
#define IO_FENCE_H

#include <stdbool.h>
#include <stdint.h>

struct fence {
    int ruleset;    /* or -1 */
    int version;    /* of Landlock; 0: none */
    int trouble;    /* the errno of what has failed; then there will be no fence around files */
    bool has_ports; /* so many are to be connected to that there must be sockets */
    bool no_files;  /* it is not about files and ports */
};

/* What was put up. A number of an error is 0 where the part is there. */
struct fence_facts {
    bool no_files;            /* as fence_open_calls wants it */
    bool left_out;            /* this build writes files of its own, or runs programs: no part */
    int version;              /* of Landlock */
    bool files, ports, scope; /* scope: abstract sockets, and signals to others */
    bool calls;               /* the list of system calls */
    bool sockets;             /* ... among them all that make a socket */
    int files_error, calls_error;
};

/* What the kernel offers, with nothing put up. */
void fence_offers(struct fence_facts *facts);

/* Begins the description of a run; until something is let through, nothing is. */
void fence_open(struct fence *fence);

/* In place of fence_open: a fence around system calls alone, for a run that may be told later of
 * files and ports that nobody knows yet. Sockets are let through. */
void fence_open_calls(struct fence *fence);

/* What the run is going to open, by path. A path that leads nowhere now is passed over. Links are
 * followed now: a link that is changed later leads out of the fence.
 *
 * A file that is read, or a folder with everything below. */
void fence_let_read(struct fence *fence, const char *path);

/* A file, FIFO or device that is there and is written. */
void fence_let_write(struct fence *fence, const char *path);

/* A folder in which files are renamed and removed that are open or let through by themselves. */
void fence_let_rename(struct fence *fence, const char *folder);

/* A folder in which files are made, written, read, renamed and removed. */
void fence_let_make(struct fence *fence, const char *folder);

/* The folder of a file that is read relative to another: the part of the path before the last
 * slash, or the folder of the process. */
void fence_let_read_beside(struct fence *fence, const char *path);

/* Sockets, and a port of TCP to connect to, or (0: any free one) to bind to. Whoever lets none
 * through gets no socket at all. There is no fence around UDP: Landlock has none yet. */
void fence_let_connect(struct fence *fence, uint16_t port);
void fence_let_bind(struct fence *fence, uint16_t port);

/* What the run needs is not known, for this reason (an errno): there will be no fence around
 * files. */
void fence_give_up(struct fence *fence, int error);

/* Puts it up, for the rest of the process's life. */
void fence_up(struct fence *fence, struct fence_facts *facts);

#endif
