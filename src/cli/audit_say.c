#include "cli/audit_say.h"

#include "base/codec.h"
#include "cli/audit_cells.h"
#include "cli/say.h"
#include "cli/report_json.h"

#include <stdlib.h>
#include <string.h>

static const char *const problem_words[] = {"open", "lag",      "differs",
                                            "lame", "unsigned", "timeout"};

const char *audit_say_problem(unsigned bit)
{
    return bit < sizeof problem_words / sizeof *problem_words ? problem_words[bit] : NULL;
}

/* What to say of each problem that counts, behind the server; of the last one silence_of does. */
static const char *const problem_texts[] = {
    "anybody gets the whole zone: allow transfers only to its secondaries",
    "it is behind the newest serial: does it get NOTIFY, and may it transfer?",
    "it has other content at the same serial: transfer the zone anew there (--diff shows what "
    "differs)",
    "it does not serve the zone with authority: configure it there, or take it out of the NS "
    "records",
    "its zone has no signatures, although it should",
};

/* ... and the fact behind it. */
enum { FACT_MAX = 600 };

static const char *silence_of(const struct audit_row *row)
{
    return !row->has_address ? "its name has no address"
           : row->tcp.came   ? "it gives no answer over UDP"
           : row->udp.came   ? "it gives no answer over TCP"
                             : "it gives no answer, neither over TCP nor over UDP";
}

static const char *reason_of(const struct audit_row *row)
{
    const struct err *why = !row->has_address ? &row->lookup
                            : row->tcp.came   ? &row->udp.err
                                              : &row->tcp.err;
    return why->kind != ERR_NONE ? why->text : "";
}

static const char *lameness_of(const struct audit_row *row)
{
    const struct audit_answer *answer =
        row->tcp.came && (row->tcp.rcode != 0 || !row->tcp.authoritative || !row->tcp.has_soa)
            ? &row->tcp
            : &row->udp;
    return answer->err.kind != ERR_NONE ? answer->err.text
           : !answer->authoritative     ? "no AA"
                                        : "no SOA";
}

static const char *text_of(char text[FACT_MAX], unsigned bit, const struct audit_zone *zone,
                           const struct audit_row *row)
{
    unsigned problem = 1u << bit;
    const char *what = problem == AUDIT_TIMES_OUT ? silence_of(row) : problem_texts[bit], *why = "";
    if (problem == AUDIT_IS_BEHIND) {
        snprintf(text, FACT_MAX, "%s [serial %lu, newest %lu]", what,
                 (unsigned long)rdata_soa_serial(&row->soa.soa.rr), (unsigned long)zone->newest);
        return text;
    }
    if (problem == AUDIT_TIMES_OUT) {
        why = reason_of(row);
    } else if (problem == AUDIT_IS_LAME) {
        why = lameness_of(row);
    } else if (problem == AUDIT_IS_UNSIGNED) {
        why = zone->has_ds ? "the parent has a DS" : "others have some";
    }
    snprintf(text, FACT_MAX, "%s%s%.400s%s", what, *why != '\0' ? " [" : "", why,
             *why != '\0' ? "]" : "");
    return text;
}

/* ---- As it goes ------------------------------------------------------------------------------ */

static const char *soa_words(char text[AUDIT_CELL_MAX], const struct audit_answer *answer)
{
    char rcode[AUDIT_CELL_MAX];
    if (!answer->has_soa)
        snprintf(text, AUDIT_CELL_MAX, "%s",
                 answer->err.kind != ERR_NONE ? answer->err.text : "no SOA");
    else
        snprintf(text, AUDIT_CELL_MAX, "%s, serial %lu, %.1f ms", audit_cells_rcode(rcode, answer),
                 (unsigned long)answer->serial, (double)answer->microseconds / 1000);
    return text;
}

static const char *content_words(char text[AUDIT_CELL_MAX], const struct audit_row *row)
{
    if (!row->has_content)
        return row->content_err.text;
    snprintf(text, AUDIT_CELL_MAX, "%llu records, serial %lu", (unsigned long long)row->records,
             (unsigned long)row->content_serial);
    return text;
}

static const char *step_words(char text[AUDIT_CELL_MAX], const struct audit_row *row,
                              enum audit_step step)
{
    switch (step) {
    case AUDIT_STEP_TCP:
        return soa_words(text, &row->tcp);
    case AUDIT_STEP_UDP:
        return soa_words(text, &row->udp);
    case AUDIT_STEP_OPEN:
        return row->transfer == AUDIT_OPEN ? "it is open to anybody" : row->transfer_err.text;
    case AUDIT_STEP_CONTENT:
        return content_words(text, row);
    case AUDIT_STEP_END:
    default:
        return "";
    }
}

void audit_say_step(const struct audit_zone *zone, const struct audit_row *row,
                    enum audit_step step)
{
    static const char *const what[] = {"SOA over TCP", "SOA over UDP", "transfer without a key",
                                       "content"};
    char text[AUDIT_CELL_MAX], address[ADDRESS_TEXT_MAX];
    struct name_string name;
    say("%s: %s (%s): %s: %s", name_string(&name, zone->name), row->host,
        address_text(&row->address, address), what[step], step_words(text, row, step));
}

/* ---- The table ------------------------------------------------------------------------------- */

enum { RED = 31, YELLOW = 33 };

/* How the table is laid out. A column of no width is left out. */
struct layout {
    unsigned widths[CELLS];
    unsigned with_value; /* bits of those with more than "-" in some row */
};

static void put_row(FILE *to, const struct audit_cells *cells, const unsigned *widths)
{
    unsigned last = CELL_PROBLEMS;
    for (unsigned i = 0; i <= last; i++) {
        if (widths[i] == 0)
            continue;
        fprintf(to, "%-*s%s", i == last ? 0 : (int)widths[i], cells->texts[i],
                i == last ? "" : "  ");
    }
}

static void widen(struct layout *layout, const struct audit_cells *cells)
{
    for (unsigned i = 0; i < CELLS; i++) {
        unsigned length = (unsigned)strlen(cells->texts[i]);
        if (length > layout->widths[i])
            layout->widths[i] = length;
    }
}

static void put_colored(FILE *to, const struct audit_saying *saying, const struct audit_row *row,
                        const struct audit_cells *cells, const unsigned *widths)
{
    int color = !saying->color || row->problems == 0     ? 0
                : (row->problems & saying->fail_on) != 0 ? RED
                                                         : YELLOW;
    if (color != 0)
        fprintf(to, "\033[%dm", color);
    put_row(to, cells, widths);
    fputs(color != 0 ? "\033[0m\n" : "\n", to);
}

static void put_problems(FILE *to, const struct audit_saying *saying, const struct audit_zone *zone,
                         struct audit_cells *cells)
{
    char text[FACT_MAX];
    for (size_t i = 0; i < zone->row_count; i++) {
        const struct audit_row *row = &zone->rows[i];
        audit_cells_of(cells, zone, row, saying->now);
        for (unsigned bit = 0; audit_say_problem(bit) != NULL; bit++)
            if ((row->problems & saying->fail_on & 1u << bit) != 0)
                fprintf(to, "%s: %s (%s): %s (%s)\n", cells->texts[CELL_ZONE],
                        cells->texts[CELL_SERVER], cells->texts[CELL_ADDRESS],
                        text_of(text, bit, zone, row), problem_words[bit]);
    }
}

/* The widest of each column. Returns how many rows there are. */
static size_t measure(struct layout *layout, const struct audit_saying *saying,
                      struct audit_cells *cells)
{
    size_t rows = 0;
    audit_cells_head(cells);
    widen(layout, cells);
    for (size_t i = 0; i < saying->count; i++) {
        for (size_t j = 0; j < saying->zones[i].row_count; j++, rows++) {
            audit_cells_of(cells, &saying->zones[i], &saying->zones[i].rows[j], saying->now);
            widen(layout, cells);
            for (unsigned k = 0; k < CELLS; k++)
                layout->with_value |= (strcmp(cells->texts[k], "-") != 0 ? 1u : 0u) << k;
        }
    }
    return rows;
}

/* Leaves out what is the same for all, or was not asked for; and on a terminal that is too narrow
 * for the table, columns that tell nothing. */
static void fit(struct layout *layout, const struct audit_saying *saying)
{
    unsigned *widths = layout->widths, width = 0;
    if (saying->count < 2)
        widths[CELL_ZONE] = 0;
    if (!saying->content)
        widths[CELL_RECORDS] = widths[CELL_SUM] = 0;
    for (unsigned i = 0; i < CELLS; i++)
        width += widths[i] > 0 ? widths[i] + 2 : 0;
    if (saying->width == 0 || width <= saying->width + 2)
        return;
    for (unsigned i = 0; i < CELL_PROBLEMS; i++)
        if ((layout->with_value >> i & 1) == 0)
            widths[i] = 0;
}

static void put_rows(FILE *to, const struct audit_saying *saying, struct audit_cells *cells)
{
    struct layout layout = {.widths = {0}};
    if (measure(&layout, saying, cells) == 0)
        return;
    fit(&layout, saying);
    audit_cells_head(cells);
    put_row(to, cells, layout.widths);
    putc('\n', to);
    for (size_t i = 0; i < saying->count; i++) {
        for (size_t j = 0; j < saying->zones[i].row_count; j++) {
            const struct audit_row *row = &saying->zones[i].rows[j];
            audit_cells_of(cells, &saying->zones[i], row, saying->now);
            put_colored(to, saying, row, cells, layout.widths);
        }
    }
}

void audit_say_table(FILE *to, const struct audit_saying *saying)
{
    struct audit_cells cells; /* large: the one of all */
    if (!saying->quiet)
        put_rows(to, saying, &cells);
    for (size_t i = 0; i < saying->count; i++)
        put_problems(to, saying, &saying->zones[i], &cells);
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static json_t *problems_json(unsigned problems)
{
    struct report_list list = report_list();
    for (unsigned bit = 0; audit_say_problem(bit) != NULL; bit++)
        if ((problems & 1u << bit) != 0)
            report_append(&list, json_string(problem_words[bit]));
    return report_list_close(&list);
}

static json_t *sources_json(unsigned sources)
{
    static const char *const words[] = {"parent", "zone", "mname", "named", "also"};
    struct report_list list = report_list();
    for (unsigned bit = 0; bit < sizeof words / sizeof *words; bit++)
        if ((sources & 1u << bit) != 0)
            report_append(&list, json_string(words[bit]));
    return report_list_close(&list);
}

/* A cell of the table, in which "-" is what is not known. */
static json_t *cell_json(const struct audit_cells *cells, unsigned cell)
{
    const char *text = cells->texts[cell];
    return strcmp(text, "-") == 0 ? json_null() : report_text(text);
}

static json_t *answer_json(const struct audit_answer *answer)
{
    struct report_object object = report_object();
    char rcode[AUDIT_CELL_MAX];
    report_put(&object, "rcode",
               answer->came ? json_string(audit_cells_rcode(rcode, answer)) : json_null());
    report_put(&object, "aa", report_flag(answer->came, answer->authoritative));
    report_put(&object, "serial", report_number(answer->has_soa, answer->serial));
    report_put(&object, "error",
               answer->err.kind != ERR_NONE ? report_text(answer->err.text) : json_null());
    return report_close(&object);
}

static json_t *row_json(const struct audit_saying *saying, const struct audit_zone *zone,
                        const struct audit_row *row)
{
    struct report_object object = report_object();
    struct audit_cells cells;
    bool knows_soa = row->soa.has_soa;
    audit_cells_of(&cells, zone, row, saying->now);
    report_put(&object, "server", report_text(row->host));
    report_put(&object, "sources", sources_json(row->sources));
    char *port = strrchr(cells.texts[CELL_ADDRESS], '#');
    if (port != NULL)
        *port++ = '\0';
    report_put(&object, "address", cell_json(&cells, CELL_ADDRESS));
    report_put(&object, "port",
               report_number(port != NULL, port != NULL ? strtoul(port, NULL, 10) : 0));
    report_put(&object, "address_error", report_text(row->lookup.text));
    report_put(&object, "rcode", row->tcp.came ? cell_json(&cells, CELL_RCODE) : json_null());
    report_put(&object, "aa", report_flag(row->tcp.came, row->tcp.authoritative));
    report_put(&object, "serial",
               report_number(knows_soa, knows_soa ? rdata_soa_serial(&row->soa.soa.rr) : 0));
    report_put(&object, "lag", report_number(row->has_lag, row->lag));
    report_put(&object, "signed", report_flag(knows_soa, row->soa.signatures > 0));
    report_put(&object, "expires",
               report_time(row->expires != 0 ? report_moment(row->expires, saying->now) : 0));
    report_put(&object, "nsid", report_text(row->nsid));
    report_put(&object, "tcp", answer_json(&row->tcp));
    report_put(&object, "udp", answer_json(&row->udp));
    report_put(&object, "transfer", cell_json(&cells, CELL_TRANSFER));
    report_put(&object, "transfer_error", report_text(row->transfer_err.text));
    report_put(&object, "records", report_number(row->has_content, row->records));
    report_put(&object, "sum", cell_json(&cells, CELL_SUM));
    report_put(&object, "content_error", report_text(row->content_err.text));
    report_put(&object, "problems", problems_json(row->problems));
    return report_close(&object);
}

/* The first of the problems that count. */
static const char *result_of(const struct audit_saying *saying, const struct audit_zone *zone)
{
    unsigned counts = zone->problems & saying->fail_on;
    if (zone->err.kind != ERR_NONE)
        return err_class_name(err_class(zone->err.kind));
    for (unsigned bit = 0; audit_say_problem(bit) != NULL; bit++)
        if ((counts & 1u << bit) != 0)
            return problem_words[bit];
    return "ok";
}

static json_t *zone_json(const struct audit_saying *saying, const struct audit_zone *zone)
{
    struct report_object object = report_object();
    struct report_list rows = report_list();
    struct name_string name;
    for (size_t i = 0; i < zone->row_count; i++)
        report_append(&rows, row_json(saying, zone, &zone->rows[i]));
    report_put(&object, "zone", json_string(name_string(&name, zone->name)));
    report_put(&object, "result", json_string(result_of(saying, zone)));
    report_put(&object, "error", report_text(zone->err.text));
    report_put(&object, "parent",
               zone->asked_parent ? json_string(zone->has_ds ? "ds" : "no-ds") : json_null());
    report_put(&object, "parent_error", report_text(zone->parent_err.text));
    report_put(&object, "rows", report_list_close(&rows));
    return report_close(&object);
}

bool audit_say_json(FILE *to, const struct audit_saying *saying)
{
    struct report_object document = report_object();
    struct report_list zones = report_list();
    for (size_t i = 0; i < saying->count; i++)
        report_append(&zones, zone_json(saying, &saying->zones[i]));
    report_put(&document, "zones", report_list_close(&zones));
    json_t *json = report_close(&document);
    size_t length = 0;
    char *text = json != NULL ? report_print(json, &length) : NULL;
    bool good = text != NULL && fwrite(text, 1, length, to) == length;
    json_decref(json);
    free(text);
    return good;
}
