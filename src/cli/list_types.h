/* --list-types: the schema as a table. */
#ifndef CLI_LIST_TYPES_H
#define CLI_LIST_TYPES_H

#include <stdio.h>

/* Prints code, mnemonic and fields of every RR type, one a line. */
void list_types(FILE *to);

#endif
