#include "base/findings.h"

#include <stdlib.h>
#include <string.h>

/* The list grows by doubling: `kept` is its size where that is a power of two. */
static bool make_room(struct findings *findings)
{
    if ((findings->kept & (findings->kept - 1)) != 0)
        return true;
    size_t room = findings->kept == 0 ? 1 : (size_t)findings->kept * 2;
    char **texts = realloc(findings->texts, room * sizeof *texts);
    if (texts == NULL)
        return false;
    findings->texts = texts;
    return true;
}

void findings_add(struct findings *findings, const struct err *err)
{
    findings->count++;
    if (findings->kept >= findings->most || !make_room(findings))
        return;
    char *text = strdup(err->text);
    if (text != NULL)
        findings->texts[findings->kept++] = text;
}

bool findings_wanted(const struct findings *findings)
{
    return findings->most > 0 && findings->count < FINDINGS_COUNTED;
}

void findings_fini(struct findings *findings)
{
    for (unsigned i = 0; i < findings->kept; i++)
        free(findings->texts[i]);
    free(findings->texts);
    findings->texts = NULL;
    findings->kept = 0;
    findings->count = 0;
}
