#include "io/lines.h"

#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void lines_look(struct lines *lines, const struct outfile *out)
{
    struct stat st;
    char last;
    if (!out->is_regular || fstat(out->direct, &st) != 0)
        return;
    if (st.st_size == 0)
        lines->torn = false;
    else if (pread(out->direct, &last, 1, st.st_size - 1) == 1) /* it may be for writing alone */
        lines->torn = last != '\n';
}

static uint64_t count_lines(const char *text, size_t length)
{
    uint64_t count = 0;
    const char *end = text + length, *at = text;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        count++;
    }
    return count;
}

bool lines_room(int fd, uint64_t patience)
{
    enum { MILLISECOND = 1000 };
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    return poll(&room, 1, (int)(patience / MILLISECOND)) > 0;
}

static bool has_room(const struct outfile *out)
{
    return out->is_regular || lines_room(out->direct, 0);
}

/* Writes, and remembers how the output ends now. */
static bool write_some(struct lines *lines, struct outfile *out, const char *text, size_t length,
                       struct err *err)
{
    bool good = outfile_write(out, text, length, err);
    if (out->done > 0)
        lines->torn = text[out->done - 1] != '\n';
    return good;
}

bool lines_write(struct lines *lines, struct outfile *out, const char *text, size_t length,
                 struct err *err)
{
    struct err failure = {.kind = ERR_NONE};
    size_t done = 0;
    if (lines->fails && !has_room(out)) {
        lines->dropped += count_lines(text, length);
        return true;
    }
    outfile_allow(out, loop_now() + LINES_PATIENCE);
    bool is_whole = !lines->torn || write_some(lines, out, "\n", 1, &failure);
    if (is_whole && write_some(lines, out, text, length, &failure)) {
        lines->fails = false;
        return true;
    }
    if (is_whole)
        done = out->done;
    lines->dropped += count_lines(text + done, length - done);
    if (out->hurries && !out->interrupted) {
        failure = (struct err){.kind = ERR_NONE};
        err_set(&failure, ERR_OUTPUT, "%.400s is not read, and lines are lost until it is",
                out->name);
    }
    bool is_news = !lines->fails || failure.kind == ERR_INTERRUPTED;
    lines->fails = true;
    return !is_news || err_set(err, failure.kind, "%s", failure.text);
}

uint64_t lines_lost(struct lines *lines)
{
    uint64_t lost = lines->fails ? 0 : lines->dropped;
    if (!lines->fails)
        lines->dropped = 0;
    return lost;
}
