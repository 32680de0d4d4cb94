#include "cli/zonenames.h"

#include <stdio.h>
#include <string.h>

void zonenames_add(struct zonenames *names, const struct zone *zone)
{
    size_t at = names->shown;
    names->count++;
    while (at > 0 && names->first[at - 1]->index > zone->index)
        at--;
    if (at == ZONENAMES_MOST)
        return;
    size_t kept = names->shown < ZONENAMES_MOST ? names->shown : ZONENAMES_MOST - 1;
    memmove(&names->first[at + 1], &names->first[at], (kept - at) * sizeof(void *));
    names->first[at] = zone;
    names->shown = (unsigned)kept + 1;
}

void zonenames_drop(struct zonenames *names, const struct zone *zone)
{
    for (unsigned i = 0; i < names->shown; i++) {
        if (names->first[i] != zone)
            continue;
        names->count--;
        names->shown--;
        memmove(&names->first[i], &names->first[i + 1], (names->shown - i) * sizeof(void *));
        return;
    }
}

const char *zonenames_text(char text[ZONENAMES_ROOM], const struct zonenames *names)
{
    size_t used = 0, shown = 0;
    struct name_string name;
    *text = '\0';
    while (shown < names->shown) {
        sync_facts_name(&name, names->first[shown]->name);
        if (used + strlen(name.text) + 8 > ZONENAMES_ROOM)
            break;
        used += (size_t)snprintf(text + used, ZONENAMES_ROOM - used, "%s%s", shown > 0 ? ", " : "",
                                 name.text);
        shown++;
    }
    if (shown < names->count)
        snprintf(text + used, ZONENAMES_ROOM - used, "%s...", shown > 0 ? ", " : "");
    return text;
}
