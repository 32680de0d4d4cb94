#include "cli/cmd_text.h"

#include "cli/check_say.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/list_types.h"
#include "cli/settings.h"
#include "cli/say.h"
#include "cli/signals.h"

#include <errno.h>
#include <string.h>

/* What was printed counts only once it was flushed. */
static int flush_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return ERR_CLASS_OK;
    if (errno == EPIPE)
        signals_raise_pipe();
    say("cannot write standard output: %s", strerror(errno));
    return ERR_CLASS_OUTPUT;
}

int cmd_text_help(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    (void)loop;
    (void)end;
    if (settings->topic != NULL)
        help_command(stdout, settings->topic);
    else if (settings->stop == STOP_SCREEN)
        help_screen(stdout);
    else
        help_all(stdout);
    return flush_output();
}

int cmd_text_version(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    (void)settings;
    (void)loop;
    (void)end;
    printf("zxfr %s\n", ZXFR_VERSION);
    return flush_output();
}

int cmd_text_completion(const struct settings *settings, const struct loop *loop,
                        struct run_end *end)
{
    (void)loop;
    (void)end;
    completion_print(stdout, settings->shell);
    return flush_output();
}

int cmd_text_list_types(const struct settings *settings, const struct loop *loop,
                        struct run_end *end)
{
    (void)settings;
    (void)loop;
    (void)end;
    list_types(stdout);
    return flush_output();
}

int cmd_text_list_rules(const struct settings *settings, const struct loop *loop,
                        struct run_end *end)
{
    (void)settings;
    (void)loop;
    (void)end;
    check_say_rules(stdout);
    return flush_output();
}
