/*
 * manyzones: a primary of thousands of small zones for tests, which misbehaves as ordered.
 *
 * Its zones are made by rule and never stored: zone000000.example, zone000001.example and so on,
 * each with records that follow from its number and its serial. One process and one loop serve all
 * connections, so that it is not what a test of many questions waits for. Where "primary" breaks
 * octets of one transfer, this one breaks what many zones have in common: order, pace, limits, and
 * which zones are bad. It shares names, queries and signatures with primary, and no code with the
 * client.
 *
 *   main options trouble     the command line; what is wrong with which zones
 *   table record             serials and their changes; the records of a zone
 *   answer                   what a question gets, message by message
 *   connection serve counts  one connection; all of them and the signals; what is counted
 *
 * Run "manyzones --help" for all options.
 */
#include "options.h"
#include "serve.h"

int main(int argc, char **argv)
{
    static struct options o;

    options_read(&o, argc, argv);
    serve_forever(&o);
}
