#include "cli/compile.h"

#include "cli/command.h"
#include "cli/terminal.h"
#include "io/cpus.h"
#include "io/infile.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool compile_tls(struct tls_context **tls, const struct settings *settings,
                 const struct keys_config *config, struct err *err)
{
    const struct tls_options *options = &settings->tls;
    const char *key = options->key != NULL ? options->key : options->cert;
    struct stat st;
    *tls = NULL;
    if (!settings->use_tls)
        return true;
    *tls = tls_context_new(options, config->loop, config->deadline, err);
    return *tls != NULL &&
           (key == NULL || stat(key, &st) != 0 || keys_check_mode(config, key, &st, err));
}

bool compile_trust(struct compile_trust *trust, const struct settings *settings,
                   const struct loop *loop, uint64_t deadline, struct teller *teller,
                   struct err *err)
{
    const struct keys_config config = {
        .options = &settings->keys,
        .loop = loop,
        .deadline = deadline,
        .strict = settings->strict,
        .teller = teller,
    };
    trust->keys = (struct keys){.config = config};
    return compile_tls(&trust->tls, settings, &config, err) &&
           keys_load(&trust->keys, &config, err);
}

void compile_trust_fini(struct compile_trust *trust)
{
    keys_fini(&trust->keys);
    tls_context_free(trust->tls);
    trust->tls = NULL;
}

enum { ANCHORS_MAX = 1024 * 1024 }; /* octets: a whole named.conf fits */

bool compile_anchors(struct anchors **anchors, const struct settings *settings,
                     const struct loop *loop, uint64_t deadline, struct err *err)
{
    const char *path = settings->anchors;
    size_t length;
    *anchors = NULL;
    if (path == NULL)
        return true;
    char *text = infile_text(path, ANCHORS_MAX, loop, deadline, &length, err);
    if (text == NULL) /* as a key file: nothing was asked yet */
        return false;
    *anchors = anchor_read(path, text, length, err);
    free(text);
    return *anchors != NULL;
}

/* Who waits a short time only for every octet does so for the first one, too. */
static uint64_t answer_timeout(const struct settings *settings)
{
    enum { DEFAULT = 10000000 };
    if (settings->answer_timeout != 0)
        return settings->answer_timeout;
    return settings->idle_timeout < DEFAULT ? settings->idle_timeout : DEFAULT;
}

void compile_source(struct route *route, struct spec *spec, const struct zone_source *source)
{
    if (source->path != NULL)
        return;
    spec->word = source->zone_text;
    spec->zone = source->zone;
    spec->zone_length = source->zone_length;
    route->server_count = source->has_server;
    route->servers = &source->server;
}

static bool open_engine(struct compile_net *net, const struct engine_config *config,
                        struct err *err)
{
    net->endpoints = endpoint_set_new(err);
    net->engine = net->endpoints != NULL ? engine_new(config, err) : NULL;
    return net->engine != NULL;
}

bool compile_net(struct compile_net *net, const struct settings *settings, const struct loop *loop,
                 struct record *record, struct err *err)
{
    *net = (struct compile_net){.transport = transport_new(loop->signal_fd, err)};
    const struct engine_config config = {
        .transport = net->transport,
        .connect_timeout = settings->connect_timeout,
        .answer_timeout = answer_timeout(settings),
        .idle_timeout = settings->idle_timeout,
        .record = record,
    };
    return net->transport != NULL && open_engine(net, &config, err);
}

bool compile_net_many(struct compile_net *net, const struct settings *settings,
                      const struct loop *loop, const struct compile_many *many, struct err *err)
{
    *net = (struct compile_net){.transport = transport_new(loop->signal_fd, err)};
    const struct engine_config config = {
        .transport = net->transport,
        .connect_timeout = settings->connect_timeout,
        .answer_timeout = answer_timeout(settings),
        .idle_timeout = settings->idle_timeout,
        .work = many->work,
        .down_for = many->down_for,
        .inbox = many->inbox,
        .event_fd = many->event_fd,
    };
    return net->transport != NULL && open_engine(net, &config, err);
}

void compile_net_fini(struct compile_net *net)
{
    if (net->engine != NULL)
        engine_free(net->engine);
    if (net->endpoints != NULL)
        endpoint_set_free(net->endpoints);
    if (net->transport != NULL)
        net->transport->free(net->transport);
    *net = (struct compile_net){.engine = NULL};
}

static struct route route_of(const struct settings *settings, const struct keys *keys,
                             const struct tls_context *tls)
{
    return (struct route){
        .servers = settings->servers,
        .server_count = settings->server_count,
        .port = settings->port,
        .family = settings->family,
        .has_bind = settings->has_bind,
        .bind = settings->bind,
        .connect_timeout = settings->connect_timeout,
        .idle_timeout = settings->idle_timeout,
        .retry = settings->retry,
        .tls = tls,
        .tls_proves = settings->use_tls && !settings->tls.insecure,
        .keys = keys,
        .asks_options = settings->verbose > 0,
    };
}

struct route compile_route(const struct settings *settings, const struct compile_trust *trust)
{
    return route_of(settings, &trust->keys, trust->tls);
}

unsigned compile_jobs(const struct settings *settings)
{
    return settings->jobs > 0 ? settings->jobs : cpus_allowed();
}

struct witness_config compile_witness(const struct settings *settings,
                                      const struct anchors *anchors, const struct halt *halt)
{
    enum { SECOND = 1000000 };
    return (struct witness_config){
        .what = gate_what(&settings->gates),
        .anchors = anchors,
        .skew = (uint32_t)(settings->skew / SECOND),
        .max_findings = settings->reading.max_findings,
        .jobs = (gate_what(&settings->gates) & VERIFY_DNSSEC) != 0 ? compile_jobs(settings) : 1,
        .halt = halt,
    };
}

struct shape compile_shape(const struct settings *settings)
{
    return (struct shape){
        .format = settings->format,
        .style = settings->style,
        .sort = settings->sort,
        .keep_case = settings->keep_case,
        .memory = settings->memory < SIZE_MAX ? (size_t)settings->memory : SIZE_MAX,
        .condense = settings->condense,
        .counts = settings->report != NULL,
        .filter = &settings->filter,
        .guard = settings->guard,
        .gates = &settings->gates,
        .max_bytes = settings->max_bytes,
        .strict = settings->strict,
    };
}

struct orders compile_orders(const struct settings *settings, const struct keys *keys,
                             const struct tls_context *tls, const struct anchors *anchors)
{
    struct shape shape = compile_shape(settings);
    shape.format = writer_find("zone");
    shape.style = (struct writer_style){.sum = true};
    shape.sort = true;
    shape.keep_case = shape.condense = shape.counts = false;
    shape.memory = 0; /* that of the run is for all zones together */
    shape.filter = NULL;
    return (struct orders){
        .route = route_of(settings, keys, tls),
        .shape = shape,
        .witness = compile_witness(settings, anchors, NULL),
        .answer_timeout = answer_timeout(settings),
        .max_time = settings->max_time,
        .class = settings->class,
        .no_fallback = settings->no_fallback,
        .allow_older = settings->allow_older,
    };
}

struct spec compile_spec(const struct settings *settings, const struct route *route,
                         const struct shape *shape)
{
    return (struct spec){
        .word = settings->zone_word,
        .zone = settings->zone,
        .zone_length = settings->zone_length,
        .class = settings->class,
        .route = route,
        .shape = shape,
        .changes = settings->changes,
        .since = settings->since,
        .update = settings->update,
        .no_fallback = settings->no_fallback,
        .allow_older = settings->allow_older,
        .force = settings->force,
        .output = settings->output,
        .diff_to = settings->diff_to,
    };
}

struct hook_config compile_hook(const struct settings *settings, const char *name,
                                const struct loop *loop, uint64_t deadline, struct teller *teller)
{
    return (struct hook_config){
        .command = settings->exec,
        .limit = settings->gates.cmd_timeout,
        .loop = loop,
        .deadline = deadline,
        .teller = teller,
        .name = name,
        .changes = settings->changes,
    };
}

uint64_t compile_deadline(const struct settings *settings)
{
    return settings->max_time == 0 ? LOOP_NEVER : loop_now() + settings->max_time;
}

static bool writes_to_terminal(const struct settings *settings)
{
    const char *path = settings->output.path;
    return (path == NULL || strcmp(path, "-") == 0) && isatty(STDOUT_FILENO);
}

bool compile_one_terminal(const struct settings *settings)
{
    return writes_to_terminal(settings) && isatty(STDERR_FILENO);
}

bool compile_progress(const struct settings *settings)
{
    return settings->progress == CHOICE_ON ||
           (settings->progress == CHOICE_AUTO && !settings->quiet && terminal_moves(STDERR_FILENO));
}
