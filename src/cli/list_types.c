#include "cli/list_types.h"

#include "dns/kinds.h"

static void print_fields(FILE *to, const struct type_info *info)
{
    if ((info->flags & TYPE_FLAG_META) != 0)
        fputs("(never zone content)", to);
    else if ((info->flags & TYPE_FLAG_OPAQUE) != 0)
        fputs("(generic form only)", to);
    for (const struct field *field = info->fields; field->name != NULL; field++)
        fprintf(to, "%s%s:%s", field == info->fields ? "" : " ", field->name,
                kinds[field->kind].name);
}

void list_types(FILE *to)
{
    const struct type_info *info;
    for (size_t i = 0; (info = types_row(i)) != NULL; i++) {
        fprintf(to, "%u\t%s%s\t", info->code, info->mnemonic,
                info->class == CLASS_CH ? " (CH)" : "");
        print_fields(to, info);
        putc('\n', to);
    }
}
