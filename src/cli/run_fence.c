#include "cli/run_fence.h"

#include "cli/command.h"
#include "cli/opt_source.h"
#include "cli/say.h"
#include "io/folder.h"
#include "io/spool.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A zone, and what lies beside it or below: it may include that. */
static void let_input(struct fence *fence, const char *path)
{
    struct stat st;
    if (path == NULL)
        return;
    bool is_stdin = strcmp(path, "-") == 0;
    if (is_stdin || (stat(path, &st) == 0 && !S_ISREG(st.st_mode)))
        spool_fence(fence); /* a copy of a recording that can only be read once */
    if (is_stdin)
        return;
    fence_let_read(fence, path);
    fence_let_read_beside(fence, path);
}

static void let_later(struct fence *fence, const char *path)
{
    if (path != NULL)
        outfile_fence_later(&(struct outfile_options){.path = path}, fence);
}

static void let_record(struct fence *fence, const char *path)
{
    if (path != NULL)
        outfile_fence_later(&(struct outfile_options){.path = path, .straight = true}, fence);
}

/* Servers whose address is not given are looked up. */
static void let_server(struct fence *fence, const struct settings *settings,
                       const struct server *server)
{
    struct address literal;
    bool is_named = server != NULL;
    fence_let_connect(fence, is_named && server->port != 0 ? server->port : settings->port);
    if (!is_named || !address_parse(server->host, 0, &literal))
        resolve_fence(fence);
}

static bool takes_any(const char *name)
{
    (void)name;
    return true;
}

/* The files of a folder, which may be links that lead elsewhere. */
static void let_folder(struct fence *fence, const char *path)
{
    struct err ignored = {.kind = ERR_NONE}; /* listing it again will say the same */
    struct folder folder;
    fence_let_read(fence, path);
    if (folder_list(&folder, path, takes_any, &ignored))
        for (size_t i = 0; i < folder.count; i++)
            fence_let_read(fence, folder.paths[i]);
    folder_fini(&folder);
}

static void let_source(struct fence *fence, const struct settings *settings,
                       const struct zone_source *source)
{
    if (source->path == NULL)
        let_server(fence, settings, source->has_server ? &source->server : NULL);
    else if (folder_is(source->path))
        let_folder(fence, source->path);
    else
        let_input(fence, source->path);
}

/* Which was read before, and is good. */
static void let_word(struct fence *fence, const struct settings *settings, const char *word)
{
    struct zone_source source;
    struct err ignored = {.kind = ERR_NONE};
    if (opt_source_read(&source, word, &ignored))
        let_source(fence, settings, &source);
}

static void let_servers(struct fence *fence, const struct settings *settings)
{
    bool any = settings->input == NULL && settings->diff.word_count == 0 &&
               settings->check.word_count == 0 && settings->source.word == NULL;
    for (size_t i = 0; i < settings->server_count; i++)
        let_server(fence, settings, &settings->servers[i]);
    if (any && settings->server_count == 0)
        let_server(fence, settings, NULL);
    if (settings->has_bind)
        fence_let_bind(fence, address_port(&settings->bind));
}

/* ---- What is said of it -------------------------------------------------------------------- */

static const char *reason(int error)
{
    return error != 0 ? strerror(error) : "not in this kernel";
}

static void say_parts(const struct settings *settings, const struct fence_facts *facts)
{
    char files[200], calls[200];
    snprintf(files, sizeof files, "files%s%s", facts->ports ? ", ports of TCP" : "",
             facts->scope ? ", signals" : "");
    if (facts->no_files)
        snprintf(files, sizeof files, "not files, since %s",
                 settings->command->bit == COMMAND_AUDIT ? "--diff reads keys once more"
                                                         : "SIGHUP may name others");
    else if (!facts->files)
        snprintf(files, sizeof files, "not files (Landlock: %s)", reason(facts->files_error));
    snprintf(calls, sizeof calls, "system calls%s", facts->sockets ? ", sockets" : "");
    if (!facts->calls)
        snprintf(calls, sizeof calls, "not system calls (seccomp: %s)", reason(facts->calls_error));
    say("sandbox: %s; %s", files, calls);
}

static void say_fence(const struct settings *settings, const struct fence_facts *facts)
{
    if (facts->left_out)
        say("sandbox: none in a build that watches itself");
    else
        say_parts(settings, facts);
}

/* Why there is none, or NULL. Inside nothing could be executed. */
static const char *why_none(const struct settings *settings)
{
    bool starts = settings->exec != NULL || settings->gates.check_cmd != NULL ||
                  settings->sync.exec_all != NULL;
    return settings->no_sandbox ? "--no-sandbox" : starts ? "commands are started" : NULL;
}

/* Whether there is to be one; if not it is said why. */
static bool is_fenced(const struct settings *settings)
{
    const char *none = why_none(settings);
    if (settings->is_fenced)
        return false;
    if (none != NULL && settings->verbose)
        say("sandbox: none (%s)", none);
    return none == NULL;
}

static bool begin_fence(const struct settings *settings, struct fence *fence)
{
    if (!is_fenced(settings))
        return false;
    fence_open(fence);
    tls_fence_library(fence);
    return true;
}

static void end_fence(const struct settings *settings, struct fence *fence)
{
    struct fence_facts facts;
    fence_up(fence, &facts);
    if (settings->verbose)
        say_fence(settings, &facts);
}

void run_fence(const struct settings *settings, const struct outfile *output)
{
    struct fence fence;
    if (!begin_fence(settings, &fence))
        return;
    let_input(&fence, settings->input);
    for (size_t i = 0; i < settings->diff.word_count; i++)
        let_source(&fence, settings, &settings->diff.sources[i]);
    if (settings->source.word != NULL)
        let_source(&fence, settings, &settings->source);
    for (size_t i = 0; i < settings->check.word_count; i++)
        let_word(&fence, settings, settings->check.words[i]);
    if (settings->reading.include_dir != NULL)
        fence_let_read(&fence, settings->reading.include_dir);
    if (output != NULL)
        outfile_fence(output, &fence);
    else
        outfile_fence_later(&settings->output, &fence);
    if (settings->memory > 0)
        spool_fence(&fence); /* a part of a zone that is sorted */
    let_later(&fence, settings->diff_to);
    let_record(&fence, settings->record);
    let_later(&fence, settings->report);
    if (settings->gates.keep_refused != NULL)
        fence_let_make(&fence, settings->gates.keep_refused);
    let_servers(&fence, settings);
    if (settings->use_tls)
        tls_fence(&settings->tls, &fence);
    end_fence(settings, &fence);
}

static void let_orders(struct fence *fence, const struct orders *orders)
{
    const struct route *route = &orders->route;
    struct address literal;
    if (route->server_count == 0) {
        fence_let_connect(fence, route->port);
        resolve_fence(fence);
    }
    for (size_t i = 0; i < route->server_count; i++) {
        const struct server *server = &route->servers[i];
        fence_let_connect(fence, server->port != 0 ? server->port : route->port);
        if (!address_parse(server->host, 0, &literal))
            resolve_fence(fence);
    }
    if (route->has_bind)
        fence_let_bind(fence, address_port(&route->bind));
}

static void let_make(struct fence *fence, const char *folder)
{
    if (folder != NULL)
        fence_let_make(fence, folder);
}

/* Files of zones that lie elsewhere: those are replaced. */
static void let_links(struct fence *fence, const struct zonefolder *folder)
{
    char path[PATH_MAX];
    struct stat st;
    for (size_t i = 0; i < folder->links.count; i++) {
        size_t n;
        const uint8_t *name = dict_key(&folder->links, i, &n);
        int length = snprintf(path, sizeof path, "%s/%.*s.zone", folder->path, (int)n, name);
        if (length > 0 && length < PATH_MAX && stat(path, &st) == 0 && S_ISREG(st.st_mode))
            outfile_fence_later(&(struct outfile_options){.path = path}, fence);
    }
}

void run_fence_sync(const struct settings *settings, const struct zonelist *list,
                    const struct zonefolder *folder)
{
    const struct sync_options *sync = &settings->sync;
    const struct orders *orders;
    const struct tls_options *tls;
    struct fence fence;
    if (!begin_fence(settings, &fence))
        return;
    let_make(&fence, folder->path);
    let_links(&fence, folder);
    let_make(&fence, sync->diff_dir);
    let_make(&fence, sync->unlisted_to);
    let_make(&fence, settings->gates.keep_refused);
    let_later(&fence, settings->report);
    let_later(&fence, settings->metrics.path);
    for (size_t i = 0; (orders = zonelist_orders(list, i)) != NULL; i++)
        let_orders(&fence, orders);
    for (size_t i = 0; (tls = zonelist_tls(list, i)) != NULL; i++)
        tls_fence(tls, &fence);
    end_fence(settings, &fence);
}

void run_fence_watch(const struct settings *settings)
{
    struct fence fence;
    if (!is_fenced(settings))
        return;
    fence_open_calls(&fence);
    end_fence(settings, &fence);
}

/* Those that others name are asked at the port of the zone's route, the parent's at that of DNS. */
void run_fence_audit(const struct settings *settings, const struct zonelist *list)
{
    const struct orders *orders;
    const struct tls_options *tls;
    struct fence fence;
    if (settings->audit.diff) {
        run_fence_watch(settings);
        return;
    }
    if (!begin_fence(settings, &fence))
        return;
    fence_let_connect(&fence, PORT_DNS);
    for (size_t i = 0; i < settings->audit.also_count; i++)
        let_server(&fence, settings, &settings->audit.also[i]);
    for (size_t i = 0; (orders = zonelist_orders(list, i)) != NULL; i++) {
        let_orders(&fence, orders);
        fence_let_connect(&fence, orders->route.port);
    }
    for (size_t i = 0; (tls = zonelist_tls(list, i)) != NULL; i++)
        tls_fence(tls, &fence);
    end_fence(settings, &fence);
}
