#include "job/oldfile.h"

#include "io/tail.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Reads the end line of a zone that was complete. Of a damaged line, what can be read counts: it
 * still guards against a loss. */
static bool read_end(int fd, struct endline *end)
{
    struct tail tail;
    return tail_read(&tail, fd) && endline_read(end, tail.line, tail.length) &&
           end->kind != ENDLINE_INCOMPLETE;
}

static bool is_empty(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == 0;
}

enum oldfile oldfile_records(const char *path, uint64_t *records)
{
    struct endline end;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? OLDFILE_MISSING : OLDFILE_NO_END_LINE;
    enum oldfile result = is_empty(fd) ? OLDFILE_MISSING : OLDFILE_NO_END_LINE;
    if (read_end(fd, &end) && (end.kind == ENDLINE_COMPLETE || end.records > 0)) {
        *records = end.records;
        result = OLDFILE_COUNTED;
    }
    close(fd);
    return result;
}

/* Whether the file begins with a record of this owner. */
static bool begins_with(int fd, const uint8_t *owner)
{
    struct name_string text;
    char head[sizeof text.text];
    size_t n = strlen(name_string(&text, owner));
    return pread(fd, head, n + 1, 0) == (ssize_t)n + 1 && memcmp(head, text.text, n) == 0 &&
           head[n] == '\t';
}

int oldfile_last(int fd, struct endline *end, bool *names_zone)
{
    struct tail tail;
    *names_zone = false;
    if (!tail_read(&tail, fd) || !endline_read(end, tail.line, tail.length)) {
        end->kind = ENDLINE_NONE;
        return tail.failure;
    }
    *names_zone =
        end->kind != ENDLINE_INCOMPLETE && end->name_length > 0 && begins_with(fd, end->name);
    return 0;
}
