/*
 * primary: a small authoritative server for tests and benchmarks of zone transfers.
 *
 * It serves zone files, the changes between versions of a zone and recorded streams over TCP on a
 * loopback address, signs what it says, and breaks its answers in any way a script orders. It
 * shares no code with the client, so that one mistake cannot hide another.
 *
 * The way of a query, and who is in charge of what:
 *
 *   main options script      the command line; a script becomes commands
 *   zone source history      master files, recordings, the versions of a zone and their changes
 *   listener serve query reply  sockets and processes; what is asked; which answer that gets
 *   transfer answer build    the stages of a transfer; the list of messages; the octets of one
 *   signer stream sender     signatures; from messages to octets; octets, pauses and ends
 *   fault fault_* shape      what a script can break at each stage; names that are broken
 *   drain                    a client that reads to nowhere
 *   name type wire bytes tool  names, types, messages, octets, and the rest
 *
 * Run "primary --help" for the options and the commands of a script.
 */
#include "drain.h"
#include "listener.h"
#include "options.h"
#include "serve.h"
#include "tool.h"

#include <getopt.h>

int main(int argc, char **argv)
{
    static struct options o;

    options_read(&o, argc, argv);
    if (o.as_client) {
        if (argc - optind != 3) {
            tool_die("--drain needs an address, a port and a zone");
        }
        return drain_read(argv[optind], argv[optind + 1], argv[optind + 2]);
    }
    serve_forever(&o, listener_open(o.address, o.port));
}
