#include "cli/jsonmem.h"

#include <jansson.h>
#include <stdlib.h>

static bool failed;

const char *jsonmem_library_version(void)
{
    return JANSSON_VERSION;
}

static void *watched_malloc(size_t size)
{
    void *memory = malloc(size);
    failed = failed || memory == NULL;
    return memory;
}

void jsonmem_watch(void)
{
    json_set_alloc_funcs(watched_malloc, free);
}

bool jsonmem_failed(void)
{
    return failed;
}
