#include "cli/cmd_text.h"

#include "cli/check_say.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/list_types.h"
#include "cli/settings.h"
#include "cli/jsonmem.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "io/resolve.h"
#include "io/tls.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* What was printed counts only once it was flushed. */
static int flush_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return ERR_CLASS_OK;
    if (errno == EPIPE)
        signals_raise_pipe();
    say_error("cannot write standard output: %s", strerror(errno));
    return ERR_CLASS_OUTPUT;
}

/* At a terminal no line shall be broken in the middle of a word; elsewhere nobody knows. */
static int help_width(void)
{
    unsigned width = isatty(STDOUT_FILENO) ? terminal_width(STDOUT_FILENO) : HELP_WIDTH;
    if (width < HELP_LEAST_WIDTH)
        return HELP_LEAST_WIDTH;
    return width < HELP_WIDTH ? (int)width : HELP_WIDTH;
}

int cmd_text_help(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    (void)loop;
    (void)end;
    if (settings->topic != NULL)
        help_command(stdout, settings->topic, help_width());
    else if (settings->stop == STOP_SCREEN)
        help_screen(stdout);
    else
        help_all(stdout, help_width());
    return flush_output();
}

/* `has` is what there is of it, or NULL: there is nothing, for this reason. */
static void put_part(const char *name, const char *has, const char *why)
{
    if (has != NULL)
        printf("%s %s\n", name, has);
    else
        printf("%s no (%s)\n", name, why);
}

/* What a report of a bug should tell: the libraries, and what the kernel has for a sandbox. */
static void put_surroundings(void)
{
    struct fence_facts offered;
    struct err err = {.kind = ERR_NONE};
    char landlock[12];
    fence_offers(&offered);
    snprintf(landlock, sizeof landlock, "%d", offered.version);
    put_part("openssl", tls_library_version(&err), err.text);
    put_part("c-ares", resolve_library_version(), "");
    put_part("jansson", jsonmem_library_version(), "");
    put_part("landlock", offered.files ? landlock : NULL, strerror(offered.files_error));
    put_part("seccomp", offered.calls ? "yes" : NULL, strerror(offered.calls_error));
    if (offered.left_out)
        puts("sandbox no (a build that watches itself)");
}

int cmd_text_version(const struct settings *settings, const struct loop *loop, struct run_end *end)
{
    (void)loop;
    (void)end;
    printf("zxfr %s\n", ZXFR_VERSION);
    if (settings->stop == STOP_NOT)
        put_surroundings();
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
