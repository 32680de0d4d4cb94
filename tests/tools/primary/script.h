/*
 * script: the words of a script become commands.
 *
 * Owns: nothing; the commands are added to the options, the data in them lives as long as the
 * process. Borrows: texts, for the time of the call. Never: leaves a mistake for later: it ends the
 * process, naming its place.
 */
#ifndef PRIMARY_SCRIPT_H
#define PRIMARY_SCRIPT_H

struct options;

/* Reads one line, which is overwritten. "connection" and "for" hold for the lines that follow.
 * where says which line it is, for the message about a mistake in it. */
void script_line(struct options *o, char *line, const char *where);

/* Reads a file of such lines; "connection" and "for" end with it. */
void script_read(struct options *o, const char *file);

#endif
