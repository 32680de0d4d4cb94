#include "base/faults.h"

#include <stdlib.h>
#include <string.h>

/* The list grows by doubling: `kept` is its size where that is a power of two. */
static bool make_room(struct faults *faults)
{
    if ((faults->kept & (faults->kept - 1)) != 0)
        return true;
    size_t room = faults->kept == 0 ? 1 : (size_t)faults->kept * 2;
    char **texts = realloc(faults->texts, room * sizeof *texts);
    if (texts == NULL)
        return false;
    faults->texts = texts;
    return true;
}

void faults_add(struct faults *faults, const struct err *err)
{
    faults->count++;
    if (faults->kept >= faults->most || !make_room(faults))
        return;
    char *text = strdup(err->text);
    if (text != NULL)
        faults->texts[faults->kept++] = text;
}

bool faults_wanted(const struct faults *faults)
{
    return faults->most > 0 && faults->count < FAULTS_COUNTED;
}

void faults_fini(struct faults *faults)
{
    for (unsigned i = 0; i < faults->kept; i++)
        free(faults->texts[i]);
    free(faults->texts);
    faults->texts = NULL;
    faults->kept = 0;
    faults->count = 0;
}
