#include "cli/completion.h"

#include "cli/completion_rows.h"

#include <string.h>

static const struct shell {
    const char *name;
    void (*print)(FILE *to);
} shells[] = {{"bash", completion_bash_print},
              {"zsh", completion_zsh_print},
              {"fish", completion_fish_print}};

static const struct shell *find(const char *shell)
{
    for (size_t i = 0; i < sizeof shells / sizeof *shells; i++)
        if (strcmp(shells[i].name, shell) == 0)
            return &shells[i];
    return NULL;
}

const char *completion_shell(size_t index)
{
    return index < sizeof shells / sizeof *shells ? shells[index].name : NULL;
}

bool completion_has(const char *shell)
{
    return find(shell) != NULL;
}

void completion_print(FILE *to, const char *shell)
{
    const struct shell *row = find(shell);
    if (row != NULL)
        row->print(to);
}
