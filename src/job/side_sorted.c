#include "job/side_sorted.h"

#include "dns/endline.h"
#include "io/infile.h"
#include "io/tail.h"

#include <string.h>
#include <sys/stat.h>

enum { OLD, NEW };

/* Whether its last line is one that ends with a sum. */
static bool looks_sorted(const struct infile *file)
{
    struct tail tail;
    struct endline end;
    return !file->waits && !file->is_stdin && tail_read(&tail, file->fd) &&
           endline_read(&end, tail.line, tail.length) && end.kind == ENDLINE_COMPLETE &&
           end.sum[0] != '\0';
}

/* What needs every record of each side, or another reading of the files. */
static bool can_compare_lines(const struct side_config *config)
{
    const struct shape *shape = config->spec->shape;
    return !shape->strict && shape->guard.max_records == 0 && shape->guard.min_records == 0 &&
           (shape->format->flags & WRITER_AS_SENT) == 0;
}

/* Whether the zone that was found is the one that the command line names, if it names one. */
static bool is_named(const struct side_config *config, const struct pair *pair)
{
    const struct spec *spec = config->spec;
    struct zone_info zone = pair_facts(pair, OLD).zone; /* that of both */
    return (spec->word == NULL ||
            name_equal(spec->zone, spec->zone_length, zone.apex, zone.apex_length)) &&
           (!config->class_given || spec->class == zone.class);
}

bool side_sorted_open(struct side_sorted *sorted, const struct side sides[2])
{
    struct pair_input inputs[2];
    *sorted = (struct side_sorted){.sides = sides};
    if (!can_compare_lines(&sides[OLD].config) || !can_compare_lines(&sides[NEW].config))
        return false;
    for (int i = OLD; i <= NEW; i++) {
        struct err ignored = {.kind = ERR_NONE};
        const struct side_config *config = &sides[i].config;
        const char *path = config->path;
        struct stat st;
        /* Opening a FIFO and closing it again would be seen at its other end. */
        if (path == NULL || strcmp(path, "-") == 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode))
            return false;
        sorted->files[i] = infile_open(path, NULL, config->loop, config->deadline, &ignored);
        if (sorted->files[i] == NULL || !looks_sorted(sorted->files[i]))
            return false;
        inputs[i] = (struct pair_input){infile_read, sorted->files[i], sorted->files[i]->name};
    }
    struct err ignored = {.kind = ERR_NONE};
    sorted->pair = pair_open(inputs, &ignored);
    return sorted->pair != NULL && is_named(&sides[OLD].config, sorted->pair) &&
           is_named(&sides[NEW].config, sorted->pair);
}

void side_sorted_close(struct side_sorted *sorted)
{
    if (sorted->pair != NULL)
        pair_free(sorted->pair);
    for (int i = OLD; i <= NEW; i++)
        if (sorted->files[i] != NULL)
            infile_close(sorted->files[i]);
}

static bool takes(void *context, const struct rr *rr)
{
    const struct side_sorted *sorted = context;
    return side_takes(&sorted->sides[OLD].config, rr);
}

void side_sorted_use(struct side_sorted *sorted, struct merge_config *config)
{
    config->old = pair_source(sorted->pair, OLD);
    config->new = pair_source(sorted->pair, NEW);
    config->takes = takes;
    config->context = sorted;
    config->skip = pair_skip;
    config->skip_context = sorted->pair;
    config->distrusts = true;
    config->halt = sorted->sides[OLD].config.halt;
}

bool side_sorted_gives_up(const struct err *err)
{
    return err_class(err->kind) == ERR_CLASS_INPUT || err_class(err->kind) == ERR_CLASS_PROTOCOL;
}
