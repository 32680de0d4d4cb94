#include "cli/say.h"

#include "base/codec.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 79 }; /* where it cannot be known */

static bool progress_stands;
static FILE *lines_to; /* NULL: standard error */

void say_to(FILE *to)
{
    lines_to = to;
}

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
    if (lines_to == NULL)
        say_progress_end();
    fprintf(lines_to != NULL ? lines_to : stderr, "zxfr: %s\n", text);
}

/* How many characters fit into a line of the terminal: a longer one could not be removed. */
static int line_width(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1
                                                                           : WIDTH;
}

void say_progress(const char *format, ...)
{
    char text[320];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    codec_mask(text);
    fprintf(stderr, "\r\033[K%.*s", line_width(), text);
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
