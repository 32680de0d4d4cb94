/* The command `convert`: reads a zone from a file and writes it in any format. */
#ifndef CLI_RUN_CONVERT_H
#define CLI_RUN_CONVERT_H

#include "cli/run_get.h"

/* Runs it, prints messages, and returns the exit status. */
int run_convert(const struct settings *settings, const struct loop *loop, struct run_end *end);

#endif
