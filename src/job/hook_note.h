/* The note in the marker of --exec: that the command is due, and from which serial on.
 *
 * Purpose: makes and reads the line; writes it for whoever replaces many files, on any thread,
 * right before the rename, and takes it back where that has failed.
 * Owns: nothing; whatever is opened is closed again.
 * Never: tells anybody anything; runs a command; makes the name of a marker last: the folder is to
 * be flushed by the caller, together with those of others, before the first rename. */
#ifndef JOB_HOOK_NOTE_H
#define JOB_HOOK_NOTE_H

#include "io/marker.h"
#include "job/usercmd.h"

/* What a note says. What was torn, or is somebody else's, gives nothing away. */
struct hook_note {
    bool known; /* it can be read; else nothing is known of what was missed */
    bool has_serial;
    bool mixed;      /* more was missed than the changes of one run tell */
    uint32_t serial; /* of what was there before */
    const char *kind;
};

struct hook_note hook_note_read(const char *text);

/* Makes the note on a change. `pending`, if not NULL, is the text of one that is replaced: what was
 * missed begins there, and the facts are changed accordingly; a kind is named "resigned" where the
 * serial has stayed. Returns what makes it a note of its own: its stamp, never 0. */
uint64_t hook_note_make(char text[MARKER_MOST + 1], const char *pending,
                        struct usercmd_facts *facts);

/* Whether it is the note that this process has made with that stamp. */
bool hook_note_is(const char *text, uint64_t stamp);

/* What is needed to take it back, and to find it again. */
struct hook_note_written {
    uint64_t stamp;
    bool found; /* there was one before */
    char before[MARKER_MOST + 1], text[MARKER_MOST + 1];
};

/* Writes the note on a change of the file, whose name was followed to its end (outfile.target), and
 * brings the content of the marker to the disk. To be called under the lock of the file (its
 * temporary file), before the rename. Of the facts the serials and the kind count. Error:
 * ERR_OUTPUT, ERR_BUSY, ERR_INTERRUPTED; then the note is what it was, and the file must not be
 * replaced. */
bool hook_note_write(struct hook_note_written *written, const char *target,
                     const struct usercmd_facts *facts, const struct loop *loop, struct err *err);

/* The file was not replaced: the note is what it was before, or there is none. To be called under
 * the same lock. Its own failures are nobody's: the command is run once more than it must. */
void hook_note_take_back(const struct hook_note_written *written, const char *target,
                         const struct loop *loop);

#endif
