#include "cli/say.h"

#include "base/codec.h"
#include "io/lines.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { WIDTH = 79 }; /* where it cannot be known */

static bool progress_stands;
static bool gives_up;           /* a line that nobody takes is lost */
static bool was_full;           /* the last line has found no room */
static FILE *lines_to;          /* NULL: standard error */
static const char *lines_about; /* what stands before them, or NULL */

void say_to(FILE *to)
{
    lines_to = to;
}

void say_about(const char *what)
{
    lines_about = what;
}

void say_progress_end(void)
{
    if (progress_stands)
        fputs("\r\033[K", stderr);
    progress_stands = false;
}

void say_give_up(void)
{
    gives_up = true;
}

/* Whether there is room on standard error, after a moment at most; from then on nobody is waited
 * for until there is. A signal ends the moment. */
static bool has_room(void)
{
    was_full = !lines_room(STDERR_FILENO, was_full ? 0 : LINES_PATIENCE);
    return !was_full;
}

void say(const char *format, ...)
{
    char text[2048];
    va_list args;
    size_t used = 0;
    if (lines_about != NULL)
        used = (size_t)snprintf(text, sizeof text, "%.*s: ", (int)(sizeof text / 2), lines_about);
    va_start(args, format);
    vsnprintf(text + used, sizeof text - used, format, args);
    va_end(args);
    codec_mask(text);
    if (lines_to == NULL)
        say_progress_end();
    if (lines_to == NULL && gives_up && !has_room())
        return;
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

const char *say_file(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Where in a text NAME:LINE:COLUMN the name ends. Of a long name only the end stands there. Returns
 * 0 where the text does not begin with a place in this file. */
static size_t name_end(const char *text, const char *name)
{
    enum { LONG = 100 };
    size_t length = strlen(name), n = length;
    if (strncmp(text, name, length) == 0 && text[length] == ':')
        return length;
    while (n > LONG) {
        n--;
        if (strncmp(text, name + length - n, n) == 0 && text[n] == ':')
            return n;
    }
    return 0;
}

/* The length of ":LINE:COLUMN" at the beginning of a text, either of which may be missing. */
static size_t numbers_length(const char *text)
{
    size_t at = 0;
    while (text[at] == ':' && text[at + 1] >= '0' && text[at + 1] <= '9')
        at += 1 + strspn(text + at + 1, "0123456789");
    return at;
}

void say_notes(const char *label, const char *who, const struct notes *notes)
{
    for (int kind = 0; kind < ERR_KINDS; kind++) {
        const char *text = notes_text(notes, (enum err_kind)kind), *place = "";
        size_t length = 0, end = name_end(text, who);
        char more[40] = "";
        if (*text == '\0')
            continue;
        if (end > 0) {
            place = text + end;
            length = numbers_length(place);
            text = place + length + strspn(place + length, ": ");
        }
        if (notes->counts[kind] > 1)
            snprintf(more, sizeof more, " (and %" PRIu64 " more)", notes->counts[kind] - 1);
        say("%s%s%s%.*s: warning: %s%s", label != NULL ? label : "", label != NULL ? ": " : "", who,
            (int)length, place, text, more);
    }
}
