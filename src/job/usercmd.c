#include "job/usercmd.h"

#include "dns/name.h"
#include "zone/filename.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- What it is told ----------------------------------------------------------------------- */

enum { NAME_ROOM = 16, NUMBER_ROOM = 16, VARIABLES = 8 };

struct environment {
    const char *list[VARIABLES + 1];
    char zone[NAME_ROOM + NAME_TEXT_ROOM], name[NAME_ROOM + FILENAME_ROOM];
    char serial[NAME_ROOM + NUMBER_ROOM], old_serial[NAME_ROOM + NUMBER_ROOM];
    char file[NAME_ROOM + PATH_MAX], old_file[NAME_ROOM + PATH_MAX], diff[NAME_ROOM + PATH_MAX];
    char kind[NAME_ROOM + NUMBER_ROOM];
};

static void set_zone(struct environment *env, const struct usercmd_facts *facts)
{
    struct name_string text;
    strcpy(env->zone, "ZXFR_ZONE=");
    if (facts->zone == NULL)
        return;
    int n = (int)strlen(name_string(&text, facts->zone));
    bool is_dash = text.text[0] == '-'; /* which would make it an option */
    snprintf(env->zone, sizeof env->zone, "ZXFR_ZONE=%s%.*s", is_dash ? "\\045" : "",
             (n > 1 ? n - 1 : n) - is_dash, text.text + is_dash);
}

static void set_serial(char to[NAME_ROOM + NUMBER_ROOM], const char *name, bool has,
                       uint32_t serial)
{
    int n = snprintf(to, NAME_ROOM + NUMBER_ROOM, "%s=", name);
    if (has)
        snprintf(to + n, NUMBER_ROOM, "%" PRIu32, serial);
}

/* A command may change to another folder before it looks at the file. */
static bool set_path(char to[NAME_ROOM + PATH_MAX], const char *name, const char *path,
                     struct err *err)
{
    char folder[PATH_MAX] = "";
    if (path == NULL)
        path = "";
    if (*path != '/' && *path != '\0' && getcwd(folder, sizeof folder) == NULL)
        return err_set_errno(err, ERR_OUTPUT, errno, "cannot tell where %.300s is", path);
    int n = snprintf(to, NAME_ROOM + PATH_MAX, "%s=%s%s%s", name, folder,
                     *folder != '\0' && strcmp(folder, "/") != 0 ? "/" : "", path);
    return n < NAME_ROOM + PATH_MAX ||
           err_set(err, ERR_OUTPUT, "the path of %.300s is too long", path);
}

static bool fill(struct environment *env, const struct usercmd_facts *facts, struct err *err)
{
    int n = snprintf(env->name, sizeof env->name, "ZXFR_NAME=");
    set_zone(env, facts);
    set_serial(env->serial, "ZXFR_SERIAL", facts->has_serial, facts->serial);
    set_serial(env->old_serial, "ZXFR_OLD_SERIAL", facts->has_old_serial, facts->old_serial);
    snprintf(env->kind, sizeof env->kind, "ZXFR_KIND=%s", facts->kind != NULL ? facts->kind : "");
    const char *const list[VARIABLES + 1] = {env->zone,       env->name, env->serial,
                                             env->old_serial, env->file, env->old_file,
                                             env->diff,       env->kind, NULL};
    memcpy(env->list, list, sizeof list);
    return (facts->zone == NULL ||
            filename_write(env->name + n, facts->zone, facts->zone_length, err)) &&
           set_path(env->file, "ZXFR_FILE", facts->file, err) &&
           set_path(env->old_file, "ZXFR_OLD_FILE", facts->old_file, err) &&
           set_path(env->diff, "ZXFR_DIFF", facts->diff, err);
}

/* ---- Running ------------------------------------------------------------------------------- */

/* The run's own deadline may come first; then there is little time for a farewell. */
static void set_limit(struct child_options *options, const struct usercmd_config *config)
{
    enum { MOMENT = 500000 };
    uint64_t now = loop_now();
    options->limit = config->limit;
    if (config->deadline == LOOP_NEVER)
        return;
    uint64_t left = config->deadline > now ? config->deadline - now : 1;
    if (config->limit != 0 && left >= config->limit)
        return;
    options->limit = left;
    options->grace = MOMENT;
}

bool usercmd_start(struct usercmd *cmd, struct engine *engine, const struct usercmd_config *config,
                   void *owner, struct err *err)
{
    struct environment *env = calloc(1, sizeof *env);
    *cmd = (struct usercmd){.deadline = config->deadline};
    if (env == NULL)
        return err_set(err, ERR_MEMORY, "out of memory");
    struct child_options options = {.command = config->command,
                                    .environment = env->list,
                                    .input = config->input > 0 ? config->input : -1};
    set_limit(&options, config);
    bool good = fill(env, &config->facts, err) &&
                engine_child_start(engine, &cmd->child, &options, owner, err);
    free(env);
    return good;
}

bool usercmd_ended(struct usercmd *cmd, const struct child_result *result, struct err *err)
{
    cmd->result = *result;
    return !result->timed_out || loop_now() < cmd->deadline ||
           err_set(err, ERR_TIMEOUT_TOTAL, "time is up (--max-time), and a command still ran");
}

void usercmd_stop(struct usercmd *cmd, struct engine *engine)
{
    engine_child_kill(engine, &cmd->child);
}

/* ---- What came of it ----------------------------------------------------------------------- */

bool usercmd_is_good(const struct usercmd *cmd)
{
    const struct child_result *result = &cmd->result;
    return result->status == 0 && result->signal == 0 && !result->timed_out;
}

const char *usercmd_text(char text[USERCMD_TEXT], const struct usercmd *cmd, uint64_t limit)
{
    enum { SECOND = 1000000, NOT_FOUND = 127, CANNOT_RUN = 126 };
    const struct child_result *result = &cmd->result;
    if (result->timed_out)
        snprintf(text, USERCMD_TEXT, "took longer than %" PRIu64 " s", limit / SECOND);
    else if (result->signal != 0)
        snprintf(text, USERCMD_TEXT, "killed by signal %d", result->signal);
    else
        snprintf(text, USERCMD_TEXT, "exit status %d%s", result->status,
                 result->status == NOT_FOUND    ? ": not found"
                 : result->status == CANNOT_RUN ? ": it cannot be run"
                                                : "");
    return text;
}

int usercmd_status(const struct usercmd *cmd)
{
    enum { OF_SIGNALS = 128 };
    return cmd->result.signal != 0 ? OF_SIGNALS + cmd->result.signal : cmd->result.status;
}
