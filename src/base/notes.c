#include "base/notes.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

void notes_reset(struct notes *notes)
{
    memset(notes, 0, offsetof(struct notes, texts));
}

const char *notes_text(const struct notes *notes, enum err_kind kind)
{
    return notes->counts[kind] > 0 ? notes->texts[kind] : "";
}

bool notes_add(struct notes *notes, struct err *err, enum err_kind kind, const char *format, ...)
{
    char *text = notes->texts[kind];
    if (++notes->counts[kind] == 1 || notes->strict) {
        va_list args;
        va_start(args, format);
        vsnprintf(text, NOTES_TEXT_MAX, format, args);
        va_end(args);
    }
    if (!notes->strict)
        return true;
    return err_set(err, kind, "%s (--strict)", text);
}

void notes_count(struct notes *notes, enum err_kind kind)
{
    if (++notes->counts[kind] == 1)
        notes->texts[kind][0] = '\0';
}
