/* Text to wire: tests/vectors/rr.tsv, random RDATA made from the schema, and text that is wrong. */
#include "dns/lexer.h"
#include "dns/name.h"
#include "dns/rdata.h"
#include "dns/types.h"

#include "tap.h"
#include "wire.h"

#include <errno.h>

enum { LINE_MAX_OCTETS = 700000, COLUMNS = 7 };

static char line[LINE_MAX_OCTETS];
static struct wire rdata;
static uint8_t *out; /* RDATA_SCRATCH octets, so that a memory checker sees the one behind */

/* --- the vectors --- */

static void reads(const struct type_info *info, uint16_t type, const char *text, size_t length,
                  const struct wire *expected, bool opaque, const char *what)
{
    struct err err = {.kind = ERR_NONE};
    uint16_t rdlength = 0;
    bool is_opaque = false;
    char *exact = malloc(length + 1);
    memcpy(exact, text, length);
    exact = realloc(exact, length > 0 ? length : 1);
    bool good = rdata_parse_text(info, type, exact, length, NULL, 0, out, &rdlength, &is_opaque, &err);
    free(exact);
    if (good && rdlength == expected->n && memcmp(out, expected->octets, rdlength) == 0 &&
        is_opaque == opaque) {
        ok(true, "%s", what);
        return;
    }
    ok(false, "%s: %.*s: %s", what, (int)(length < 200 ? length : 200), text, err.text);
    if (good)
        is_mem(out, rdlength, expected->octets, expected->n, "... octets");
}

static void check_vector(const char *type_text, const char *class_text, const char *text,
                         const char *note, unsigned number)
{
    uint16_t type = types_parse(type_text, strlen(type_text));
    const struct type_info *info = types_find(type, types_class_parse(class_text));
    bool generic = strncmp(text, "\\#", 2) == 0;
    char what[400];
    snprintf(what, sizeof what, "line %u: %s: %.200s", number, type_text, note);
    reads(info, type, text, strlen(text), &rdata, generic, what);
    struct rr rr = {.rdata = rdata.octets, .info = info, .type = type,
                    .rdlength = (uint16_t)rdata.n, .flags = generic ? RR_OPAQUE : 0};
    char *room = malloc(rdata_text_bound(rdata.n));
    char *end = rdata_text_generic(room, &rr);
    snprintf(what, sizeof what, "line %u: %s: generic form", number, type_text);
    reads(info, type, room, (size_t)(end - room), &rdata, generic, what);
    struct rdata_style portable = {.portable = true};
    end = generic ? NULL : rdata_text(room, &rr, &portable);
    snprintf(what, sizeof what, "line %u: %s: portable text", number, type_text);
    if (end != NULL)
        reads(info, type, room, (size_t)(end - room), &rdata, generic, what);
    free(room);
}

static void check_line(unsigned number)
{
    char *columns[COLUMNS] = {NULL}, *rest = line;
    line[strcspn(line, "\n")] = '\0';
    if (line[0] == '\0' || line[0] == '#')
        return;
    for (size_t i = 0; i < COLUMNS; i++)
        columns[i] = strsep(&rest, "\t");
    rdata.n = 0;
    if (strcmp(columns[2], "-") != 0)
        wire_hex(&rdata, columns[2]);
    check_vector(columns[0], columns[1], columns[3], columns[6] != NULL ? columns[6] : "", number);
}

static bool check_vectors(const char *path)
{
    FILE *file = fopen(path, "r");
    unsigned number = 0;
    if (file == NULL)
        return ok(false, "the vectors: %s", strerror(errno));
    while (fgets(line, sizeof line, file) != NULL)
        check_line(++number);
    fclose(file);
    return ok(number > 900, "there are vectors");
}

int main(int argc, char **argv)
{
    out = malloc(RDATA_SCRATCH);
    if (argc != 2 || out == NULL) {
        printf("Bail out! usage: test_parse FILE\n");
        return 1;
    }
    check_vectors(argv[1]);
    free(out);
    return tap_end();
}
