#include "table.h"

#include "../primary/name.h"
#include "../primary/tool.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void table_fill(struct table *t, size_t count, struct state state)
{
    t->zones = tool_grow(NULL, count * sizeof *t->zones);
    t->count = count;
    for (size_t i = 0; i < count; i++) {
        t->zones[i] = (struct zone){.now = state};
    }
}

static void change(struct zone *z, struct state state)
{
    if (z->now.serial != state.serial || z->now.resigned != state.resigned) {
        z->before = z->now;
        z->now = state;
        z->changed = true;
    }
}

static bool read_line(struct table *t, const char *line)
{
    unsigned long number, serial, resigned;
    int fields = sscanf(line, "%lu %lu %lu", &number, &serial, &resigned);
    struct state state;
    struct zone *z;

    if (line[strspn(line, " \t")] == '#' || line[strspn(line, " \t")] == '\n') {
        return true;
    }
    if (fields < 2 || number >= t->count || serial > UINT32_MAX) {
        return false;
    }
    z = &t->zones[number];
    state = z->now;
    state.serial = (uint32_t)serial;
    state.resigned = fields == 3 ? (unsigned)resigned : state.resigned;
    change(z, state);
    return true;
}

void table_read(struct table *t, const char *file)
{
    char line[256];
    FILE *in = fopen(file, "re");

    if (!in) {
        tool_die("%s: %s", file, strerror(errno));
    }
    while (fgets(line, sizeof line, in)) {
        if (!read_line(t, line)) {
            tool_die("%s: not \"ZONE SERIAL [RESIGNED]\": %s", file, line);
        }
    }
    fclose(in);
}

void table_apex(uint8_t name[TABLE_APEX], unsigned number)
{
    memcpy(name, "\12zone000000\7example", TABLE_APEX);
    for (size_t at = TABLE_APEX - 10; number; number /= 10) {
        name[at--] = (uint8_t)('0' + number % 10);
    }
}

bool table_find(const struct table *t, const uint8_t *name, unsigned *number)
{
    uint8_t right[TABLE_APEX];

    *number = 0;
    if (name_length(name) != TABLE_APEX) {
        return false;
    }
    for (size_t i = 5; i < 11; i++) {
        if (name[i] < '0' || name[i] > '9') {
            return false;
        }
        *number = *number * 10 + (unsigned)(name[i] - '0');
    }
    table_apex(right, *number);
    return *number < t->count && name_equal(name, right);
}
