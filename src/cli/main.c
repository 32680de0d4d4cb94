/* zxfr: the program's entry. */
#include "cli/completion.h"
#include "cli/list_types.h"
#include "cli/opt.h"
#include "cli/run_convert.h"
#include "cli/run_diff.h"
#include "cli/run_get.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "io/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Descriptors 0 to 2 must be something, or the first socket would become standard output. What was
 * closed is opened the wrong way round, so that using it still fails. */
static bool fill_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", (fd == 0 ? O_WRONLY : O_RDONLY) | O_CLOEXEC) != fd)
            return false;
    return true;
}

/* Text that --help and its like print: written only when it could be flushed. */
static int print_text(const struct settings *settings)
{
    if (settings->action == ACTION_HELP)
        opt_help(stdout);
    else if (settings->action == ACTION_LIST_TYPES)
        list_types(stdout);
    else if (settings->action == ACTION_VERSION)
        printf("zxfr %s\n", ZXFR_VERSION);
    else if (!completion_print(stdout, settings->shell)) {
        say("no completions for %.80s; there are some for bash, zsh and fish", settings->shell);
        return ERR_CLASS_USAGE;
    }
    if (fflush(stdout) == 0 && !ferror(stdout))
        return ERR_CLASS_OK;
    if (errno == EPIPE)
        signals_raise_pipe();
    say("cannot write standard output: %s", strerror(errno));
    return ERR_CLASS_OUTPUT;
}

int main(int argc, char **argv)
{
    struct err err = {.kind = ERR_NONE};
    static struct settings settings; /* too large for the stack */
    if (!fill_descriptors())
        return ERR_CLASS_INTERNAL;
    struct loop loop = {.signal_fd = signals_init()};
    if (loop.signal_fd < 0) {
        say("cannot prepare for signals: %s", strerror(errno));
        return ERR_CLASS_INTERNAL;
    }
    bool good = opt_parse(&settings, argc - 1, argv + 1, &err);
    struct run_end end = {.caught_signal = signals_caught};
    int status = (int)err_class(err.kind);
    if (!good)
        say("%s", err.text);
    else if (settings.action == ACTION_GET)
        status = run_get(&settings, &loop, &end);
    else if (settings.action == ACTION_CONVERT)
        status = run_convert(&settings, &loop, &end);
    else if (settings.action == ACTION_DIFF)
        status = run_diff(&settings, &loop, &end);
    else
        status = print_text(&settings);
    secret_free(settings.keys.given, sizeof *settings.keys.given);
    if (end.interrupted)
        signals_raise_caught();
    if (end.broken_pipe)
        signals_raise_pipe();
    return status;
}
