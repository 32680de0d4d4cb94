#include "cli/report_file.h"

#include "job/oldfile.h"

#include <string.h>
#include <sys/stat.h>

static bool is_there(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0;
}

/* Of what is no regular file nothing can be said. */
static bool is_special(const char *path)
{
    struct stat st;
    return strcmp(path, "-") == 0 || (stat(path, &st) == 0 && !S_ISREG(st.st_mode));
}

void report_file_look(struct report_file *file, const struct output *output)
{
    const char *path = output->out.target;
    if (output->out.temporary < 0)
        return;
    file->was_there = is_there(path);
    file->has_old_records = oldfile_records(path, &file->old_records) == OLDFILE_COUNTED;
}

enum report_state report_file_state(const struct report_file *file, const struct output *output,
                                    const char *path, bool good)
{
    if (path == NULL || is_special(path) || (good && output->out.target[0] == '\0'))
        return REPORT_NO_FILE;
    if (!good)
        return is_there(path) ? REPORT_KEPT : REPORT_MISSING;
    if (output->result == OUTFILE_UNCHANGED)
        return REPORT_UNCHANGED;
    return file->was_there ? REPORT_UPDATED : REPORT_NEW;
}

void report_file_measure(struct output *output, const struct measure_config *config,
                         const struct oldzone *old, bool has_stats)
{
    struct err ignored = {.kind = ERR_NONE};
    struct figures *figures = &output->figures;
    figures->stats.apex_length = 0;
    if (measure_file(config, &figures->facts, has_stats ? &figures->stats : NULL, &ignored))
        return;
    figures->stats.apex_length = 0;
    figures->facts = (struct zonefacts){.complete = false};
    if (old == NULL || !old->apex.has_soa)
        return;
    zonefacts_begin(&figures->facts,
                    &(struct zone_info){.apex = old->apex.soa.owner,
                                        .apex_length = old->apex.soa.rr.owner_length});
    zonefacts_add(&figures->facts, &old->apex.soa.rr);
}

void report_file_put(struct report_zone *zone, const struct report_file *file,
                     const struct output *output, bool good)
{
    bool is_kept = zone->state == REPORT_KEPT;
    zone->facts = output->config.changes ? NULL : &output->figures.facts;
    zone->stats = good ? &output->figures.stats : NULL;
    zone->spill = &output->figures.spill;
    zone->has_records = (is_kept && file->has_old_records) || zone->state == REPORT_MISSING;
    zone->records = is_kept ? file->old_records : 0;
    zone->has_old_records = file->has_old_records;
    zone->old_records = file->old_records;
}
