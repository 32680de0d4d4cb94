#include "io/tail.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

bool tail_read(struct tail *tail, int fd)
{
    struct stat st;
    tail->failure = 0;
    if (fstat(fd, &st) != 0)
        tail->failure = errno;
    if (tail->failure != 0 || !S_ISREG(st.st_mode))
        return false;
    ssize_t n =
        pread(fd, tail->octets, TAIL_ROOM, st.st_size > TAIL_ROOM ? st.st_size - TAIL_ROOM : 0);
    if (n < 0)
        tail->failure = errno;
    if (n < 2 || tail->octets[n - 1] != '\n')
        return false;
    const char *end = tail->octets + n - 1, *line = end;
    while (line > tail->octets && line[-1] != '\n')
        line--;
    tail->line = line;
    tail->length = (size_t)(end - line);
    return true;
}
