#include "cli/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

bool terminal_moves(int fd)
{
    const char *term = getenv("TERM");
    return term != NULL && *term != '\0' && strcmp(term, "dumb") != 0 && isatty(fd);
}

unsigned terminal_width(int fd)
{
    enum { UNKNOWN = 80 };
    struct winsize size;
    return ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : UNKNOWN;
}

bool terminal_is_ours(int fd)
{
    pid_t shown = tcgetpgrp(fd);
    return shown < 0 || shown == getpgrp();
}
