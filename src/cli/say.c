#include "cli/say.h"

#include "base/codec.h"
#include "cli/terminal.h"
#include "io/lines.h"
#include "io/loop.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PROGRESS_LINES = 1000000 }; /* microseconds from one to the next */

static bool progress_stands;
static bool progress_is_over;
static bool is_colored;
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
    if (progress_stands && terminal_is_ours(STDERR_FILENO)) /* else the shell's line stands there */
        fputs("\r\033[K", stderr);
    progress_stands = false;
}

void say_progress_stop(void)
{
    say_progress_end();
    progress_is_over = true;
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

void say_colored(bool colored)
{
    is_colored = colored;
}

/* A line in parts: the word before all, in its colour, or the line. */
static void put_line(FILE *to, const char *text, bool is_error)
{
    static const char red[] = "\033[1;31m", yellow[] = "\033[33m", dim[] = "\033[2m",
                      none[] = "\033[0m";
    bool is_hint = strncmp(text, "hint: ", 6) == 0;
    const char *color = !is_colored                         ? NULL
                        : is_hint                           ? dim
                        : is_error                          ? red
                        : strstr(text, "warning: ") != NULL ? yellow
                                                            : NULL;
    if (color == NULL)
        fprintf(to, "zxfr: %s\n", text);
    else if (is_hint)
        fprintf(to, "%szxfr: %s%s\n", color, text, none);
    else
        fprintf(to, "%szxfr:%s %s\n", color, none, text);
}

static void say_text(bool is_error, const char *format, va_list args)
{
    char text[2048];
    size_t used = 0;
    if (lines_about != NULL)
        used = (size_t)snprintf(text, sizeof text, "%.*s: ", (int)(sizeof text / 2), lines_about);
    vsnprintf(text + used, sizeof text - used, format, args);
    codec_mask(text);
    if (lines_to == NULL)
        say_progress_end();
    if (lines_to == NULL && gives_up && !has_room())
        return;
    put_line(lines_to != NULL ? lines_to : stderr, text, is_error);
}

void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_text(false, format, args);
    va_end(args);
}

void say_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say_text(true, format, args);
    va_end(args);
}

/* Elsewhere than on a terminal it is a line now and then, for somebody asked for it. */
static void put_progress(const char *text)
{
    static uint64_t next;
    uint64_t now = loop_now();
    if (now < next)
        return;
    next = now + PROGRESS_LINES;
    fprintf(stderr, "zxfr: %s\n", text);
}

void say_progress(const char *format, ...)
{
    char text[320];
    va_list args;
    if (progress_is_over)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    codec_mask(text);
    if (!terminal_moves(STDERR_FILENO)) {
        put_progress(text);
    } else if (terminal_is_ours(STDERR_FILENO)) {
        /* A line that is as long as the terminal is wide might go on in the next one, from where it
         * could not be removed. The terminal may have another width each time. */
        fprintf(stderr, "\r\033[K%.*s", (int)terminal_width(STDERR_FILENO) - 1, text);
        progress_stands = true;
    }
}

const char *say_file(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

const char *say_amount(char text[SAY_AMOUNT], uint64_t octets)
{
    bool is_small = octets < 100000;
    if (octets < 1000)
        snprintf(text, SAY_AMOUNT, "%" PRIu64 " octets", octets);
    else
        snprintf(text, SAY_AMOUNT, "%.1f %s", (double)octets / (is_small ? 1e3 : 1e6),
                 is_small ? "kB" : "MB");
    return text;
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

void say_notes(const char *who, const struct notes *notes)
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
        say("%s%.*s: warning: %s%s", who, (int)length, place, text, more);
    }
}
