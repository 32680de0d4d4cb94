#include "cli/audit_cells.h"

#include "base/codec.h"
#include "cli/audit_say.h"
#include "cli/report_json.h"

#include <stdio.h>
#include <string.h>

static const char *const titles[CELLS] = {
    [CELL_ZONE] = "ZONE",       [CELL_SERVER] = "SERVER", [CELL_ADDRESS] = "ADDRESS",
    [CELL_RCODE] = "RCODE",     [CELL_UDP] = "UDP",       [CELL_AA] = "AA",
    [CELL_SERIAL] = "SERIAL",   [CELL_LAG] = "LAG",       [CELL_SIGNED] = "SIGNED",
    [CELL_EXPIRES] = "EXPIRES", [CELL_NSID] = "NSID",     [CELL_TRANSFER] = "TRANSFER",
    [CELL_RECORDS] = "RECORDS", [CELL_SUM] = "SUM",       [CELL_PROBLEMS] = "PROBLEMS",
};

static const char *const transfers[] = {
    [AUDIT_UNTRIED] = "-",     [AUDIT_OPEN] = "open",       [AUDIT_REFUSED] = "refused",
    [AUDIT_CLOSED] = "closed", [AUDIT_TIMEOUT] = "timeout", [AUDIT_UNREACHABLE] = "unreachable",
    [AUDIT_FAILED] = "failed",
};

void audit_cells_head(struct audit_cells *cells)
{
    for (unsigned i = 0; i < CELLS; i++)
        snprintf(cells->texts[i], AUDIT_CELL_MAX, "%s", titles[i]);
}

static char *cell(struct audit_cells *cells, enum audit_cell which)
{
    return cells->texts[which];
}

/* Words that a server or a zone has chosen. */
static void put_text(struct audit_cells *cells, enum audit_cell which, const char *text)
{
    snprintf(cell(cells, which), AUDIT_CELL_MAX, "%.*s", AUDIT_CELL_MAX - 1, text);
    codec_mask(cell(cells, which));
}

static void put_number(struct audit_cells *cells, enum audit_cell which, bool is_known,
                       uint64_t number)
{
    if (is_known)
        snprintf(cell(cells, which), AUDIT_CELL_MAX, "%llu", (unsigned long long)number);
}

const char *audit_cells_rcode(char text[AUDIT_CELL_MAX], const struct audit_answer *answer)
{
    const char *name = msg_rcode_name(answer->rcode);
    if (name != NULL)
        snprintf(text, AUDIT_CELL_MAX, "%s", name);
    else
        snprintf(text, AUDIT_CELL_MAX, "RCODE%u", answer->rcode);
    return text;
}

static void put_answer(struct audit_cells *cells, enum audit_cell which,
                       const struct audit_answer *answer)
{
    if (answer->came)
        audit_cells_rcode(cell(cells, which), answer);
    else if (answer->asked)
        put_text(cells, which, err_slug(answer->err.kind));
}

static void put_expiry(struct audit_cells *cells, const struct audit_row *row, uint64_t now)
{
    uint64_t moment = report_moment(row->expires, now);
    char text[CODEC_MOMENT_ROOM];
    if (row->expires == 0 || codec_moment(text, moment / 1000000) == NULL)
        return;
    if (moment < now)
        snprintf(cell(cells, CELL_EXPIRES), AUDIT_CELL_MAX, "expired");
    else
        snprintf(cell(cells, CELL_EXPIRES), AUDIT_CELL_MAX, "%.10s", text); /* the day */
}

static void put_problems(struct audit_cells *cells, unsigned problems)
{
    char *to = cell(cells, CELL_PROBLEMS);
    size_t n = 0;
    for (unsigned bit = 0; audit_say_problem(bit) != NULL; bit++)
        if ((problems & 1u << bit) != 0)
            n += (size_t)snprintf(to + n, AUDIT_CELL_MAX - n, "%s%s", n > 0 ? "," : "",
                                  audit_say_problem(bit));
}

void audit_cells_of(struct audit_cells *cells, const struct audit_zone *zone,
                    const struct audit_row *row, uint64_t now)
{
    struct name_string name;
    bool has_soa = row->soa.has_soa;
    for (unsigned i = 0; i < CELLS; i++)
        strcpy(cells->texts[i], "-");
    put_text(cells, CELL_ZONE, name_string(&name, zone->name));
    put_text(cells, CELL_SERVER, row->host);
    if (row->has_address)
        address_text(&row->address, cell(cells, CELL_ADDRESS));
    else if (row->lookup.kind != ERR_NONE)
        put_text(cells, CELL_RCODE, err_slug(row->lookup.kind));
    put_answer(cells, CELL_RCODE, &row->tcp);
    put_answer(cells, CELL_UDP, &row->udp);
    if (row->tcp.came || row->udp.came)
        put_text(cells, CELL_AA,
                 (row->tcp.came ? row->tcp.authoritative : row->udp.authoritative) ? "yes" : "no");
    put_number(cells, CELL_SERIAL, has_soa, has_soa ? rdata_soa_serial(&row->soa.soa.rr) : 0);
    put_number(cells, CELL_LAG, row->has_lag, row->lag);
    if (has_soa)
        put_text(cells, CELL_SIGNED, row->soa.signatures > 0 ? "yes" : "no");
    put_expiry(cells, row, now);
    if (row->nsid[0] != '\0')
        put_text(cells, CELL_NSID, row->nsid);
    put_text(cells, CELL_TRANSFER, transfers[row->transfer]);
    put_number(cells, CELL_RECORDS, row->has_content, row->records);
    if (row->has_content)
        *sum_text(cell(cells, CELL_SUM), &row->sum) = '\0';
    put_problems(cells, row->problems);
}
