#include "base/notes.h"

#include <stdarg.h>
#include <stdio.h>

bool notes_add(struct notes *notes, struct err *err, enum err_kind kind, const char *format, ...)
{
    struct note *note = &notes->kinds[kind];
    note->count++;
    if (note->count == 1 || notes->strict) {
        va_list args;
        va_start(args, format);
        vsnprintf(note->first, sizeof note->first, format, args);
        va_end(args);
    }
    if (!notes->strict)
        return true;
    return err_set(err, kind, "%s (--strict)", note->first);
}

void notes_count(struct notes *notes, enum err_kind kind)
{
    notes->kinds[kind].count++;
}
