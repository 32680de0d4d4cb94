#include "out/writer.h"

#include <string.h>

static const struct writer_type table[] = {
    {"zone", ".zone", "master file",
     WRITER_TAKES_RELATIVE | WRITER_TAKES_PRETTY | WRITER_TAKES_STYLE | WRITER_END_LINE,
     w_zone_open},
    {"jsonl", ".jsonl", "JSON, one record a line",
     WRITER_TAKES_TYPED | WRITER_TAKES_STYLE | WRITER_CHANGES, w_jsonl_open},
    {"json", ".json", "one JSON document",
     WRITER_TAKES_TYPED | WRITER_TAKES_STYLE | WRITER_HELD | WRITER_CHANGES, w_json_open},
    {"stats", ".stats", "figures", WRITER_SORTED | WRITER_CHANGES, w_stats_open},
    {"zonemd", ".zonemd", "the ZONEMD records that the zone would have",
     WRITER_SORTED | WRITER_HELD, w_zonemd_open},
    {"diff", ".diff", "changes, a line each",
     WRITER_TAKES_STYLE | WRITER_HELD | WRITER_CHANGES | WRITER_ONLY_CHANGES, w_diff_open},
    {"ixfr", ".ixfr", "changes as a server sends them",
     WRITER_TAKES_STYLE | WRITER_CHANGES | WRITER_ONLY_CHANGES | WRITER_AS_SENT, w_ixfr_open},
    {"nsupdate", ".nsupdate", "changes for nsupdate and knsupdate",
     WRITER_HELD | WRITER_CHANGES | WRITER_ONLY_CHANGES | WRITER_NET | WRITER_UPDATES,
     w_nsupdate_open},
};

const struct writer_type writer_diffstat = {"stat", ".stat", "what has changed, in numbers",
                                            WRITER_HELD | WRITER_CHANGES | WRITER_ONLY_CHANGES,
                                            w_diffstat_open};

const struct writer_type *writer_row(size_t index)
{
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
}

const struct writer_type *writer_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}
