#include "cli/say.h"

#include "base/codec.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static bool progress_stands;

void say_progress_end(void)
{
    if (progress_stands)
        fputs("\r\033[K", stderr);
    progress_stands = false;
}

void say(const char *format, ...)
{
    char text[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    codec_mask(text);
    say_progress_end();
    fprintf(stderr, "zxfr: %s\n", text);
}

void say_progress(const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    codec_mask(text);
    fprintf(stderr, "\r\033[K%s", text);
    progress_stands = true;
}

void say_notes(const char *who, const struct notes *notes)
{
    for (int kind = 0; kind < ERR_KINDS; kind++) {
        const struct note *note = &notes->kinds[kind];
        if (note->count == 0 || note->first[0] == '\0')
            continue;
        if (note->count == 1)
            say("%s: warning: %s", who, note->first);
        else
            say("%s: warning: %s (and %" PRIu64 " more)", who, note->first, note->count - 1);
    }
}
