/* zxfr: the program's entry. */
#include "cli/command.h"
#include "cli/compile.h"
#include "cli/opt.h"
#include "cli/say.h"
#include "cli/say_facts.h"
#include "cli/say_work.h"
#include "cli/signals.h"
#include "io/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Descriptors 0 to 2 must be something, or the first socket would become standard output. What was
 * closed is opened for the wrong direction, so that using it still fails. */
static bool fill_descriptors(void)
{
    for (int fd = 0; fd <= 2; fd++)
        if (fcntl(fd, F_GETFD) < 0 &&
            open("/dev/null", (fd == 0 ? O_WRONLY : O_RDONLY) | O_CLOEXEC) != fd)
            return false;
    return true;
}

/* The mode of files that this run makes. The umask can only be read by setting it, so this is done
 * once, before there are threads. */
static mode_t mode_of_new_files(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static int without_signals(void)
{
    struct say_facts facts = {.quiet = false};
    struct err err = {.kind = ERR_NONE};
    err_set_errno(&err, ERR_INTERNAL, errno, "cannot prepare for signals");
    say_facts_error(&facts, NULL, &err);
    return ERR_CLASS_INTERNAL;
}

enum {
    ONE_BY_ONE = COMMAND_GET | COMMAND_CONVERT | COMMAND_DIFF | COMMAND_CHECK | COMMAND_CATALOG
};

/* Why nothing came of it; the commands for many zones have a summary. Whoever does not read it is
 * not waited for: the run is to end. */
static void say_interrupted(const struct settings *settings)
{
    if ((settings->command->bit & ONE_BY_ONE) == 0)
        return;
    say_give_up();
    say_error("interrupted");
}

int main(int argc, char **argv)
{
    struct err err = {.kind = ERR_NONE};
    static struct settings settings; /* too large for the stack */
    if (!fill_descriptors())
        return ERR_CLASS_INTERNAL;
    struct loop loop = {.signal_fd = signals_init()};
    if (loop.signal_fd < 0)
        return without_signals();
    bool good = opt_parse(&settings, argc - 1, argv + 1, &err);
    say_colored(opt_wants_color(&settings, STDERR_FILENO));
    struct run_end end = {.caught_signal = signals_caught};
    settings.output.new_mode = mode_of_new_files();
    settings.output.beside = true;
    if (good && (settings.command->bit & ONE_BY_ONE) != 0 && compile_progress(&settings))
        say_work_begin(&loop, &settings, compile_one_terminal(&settings));
    int status = (int)err_class(err.kind);
    if (!good) {
        say_error("%s", err.text);
        command_misused(&settings, &loop, &err);
    } else {
        status = command_chosen(&settings)(&settings, &loop, &end);
    }
    say_progress_end();
    if (end.interrupted)
        say_interrupted(&settings);
    secret_free(settings.keys.given, sizeof *settings.keys.given);
    opt_fini(&settings);
    if (end.interrupted)
        signals_raise_caught();
    if (end.broken_pipe)
        signals_raise_pipe();
    return status;
}
