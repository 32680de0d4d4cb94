#include "job/oldfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Longer than any end line: the name is the longest part. */
enum { TAIL = 2048 };

static enum oldfile read_line(const char *line, uint64_t *records)
{
    static const char head[] = "; zxfr end: ", mark[] = " records ";
    unsigned long long count;
    char behind;
    if (strncmp(line, head, sizeof head - 1) != 0)
        return OLDFILE_NO_END_LINE;
    const char *found = strstr(line, mark);
    if (found == NULL || sscanf(found + sizeof mark - 1, "%19llu%c", &count, &behind) != 2)
        return OLDFILE_NO_END_LINE;
    *records = count;
    return behind == '\n' || behind == ' ' ? OLDFILE_COUNTED : OLDFILE_NO_END_LINE;
}

/* The last line of the file, with its line feed; NULL where there is none. */
static const char *last_line(int fd, off_t size, char tail[TAIL + 1])
{
    off_t from = size > TAIL ? size - TAIL : 0;
    ssize_t n = pread(fd, tail, TAIL, from);
    if (n < 2 || tail[n - 1] != '\n')
        return NULL;
    tail[n] = '\0';
    char *line = tail + n - 1;
    while (line > tail && line[-1] != '\n')
        line--;
    return line;
}

static enum oldfile read_tail(int fd, off_t size, uint64_t *records)
{
    char tail[TAIL + 1];
    const char *line = last_line(fd, size, tail);
    return line != NULL ? read_line(line, records) : OLDFILE_NO_END_LINE;
}

enum oldfile oldfile_records(const char *path, uint64_t *records)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return errno == ENOENT ? OLDFILE_MISSING : OLDFILE_NO_END_LINE;
    enum oldfile result = OLDFILE_NO_END_LINE;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        result = st.st_size == 0 ? OLDFILE_MISSING : read_tail(fd, st.st_size, records);
    close(fd);
    return result;
}

/* Whether the file begins with a record of this owner. */
static bool begins_with(int fd, const char *owner)
{
    char head[OLDFILE_ZONE];
    size_t n = strlen(owner);
    return pread(fd, head, n + 1, 0) == (ssize_t)n + 1 && memcmp(head, owner, n) == 0 &&
           head[n] == '\t';
}

bool oldfile_zone(const char *path, char zone[OLDFILE_ZONE])
{
    char tail[TAIL + 1];
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    bool found = false;
    if (fd < 0)
        return false;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
        const char *line = last_line(fd, st.st_size, tail);
        found =
            line != NULL && sscanf(line, "; zxfr end: %1039s ", zone) == 1 && begins_with(fd, zone);
    }
    close(fd);
    return found;
}
