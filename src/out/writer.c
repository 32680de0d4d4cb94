#include "out/writer.h"

static const struct writer_type table[] = {
    {"zone", ".zone", "master file",
     WRITER_TAKES_RELATIVE | WRITER_TAKES_PRETTY | WRITER_TAKES_STYLE | WRITER_END_LINE, w_zone_open},
    {"jsonl", ".jsonl", "JSON, one record a line", WRITER_TAKES_TYPED | WRITER_TAKES_STYLE, w_jsonl_open},
    {"json", ".json", "one JSON document", WRITER_TAKES_TYPED | WRITER_TAKES_STYLE | WRITER_HELD, w_json_open},
    {"stats", ".stats", "figures", WRITER_SORTED, w_stats_open},
};

const struct writer_type *writer_row(size_t index)
{
    return index < sizeof table / sizeof *table ? &table[index] : NULL;
}
