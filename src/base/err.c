#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct class_row {
    enum err_class class;
    int rank;
    const char *slug, *meaning;
} class_table[] = {
#define CLASS(name, status, slug, rank, meaning) {ERR_CLASS_##name, rank, slug, meaning},
#include "base/err.def"
#undef CLASS
};

static const struct kind_row {
    enum err_class class;
    const char *slug, *hint;
    bool passes;
} kind_table[] = {
#define KIND(name, class, slug, hint) {ERR_CLASS_##class, slug, hint, false},
#define PASSING(name, class, slug, hint) {ERR_CLASS_##class, slug, hint, true},
#include "base/err.def"
#undef KIND
};

static void set_text(struct err *err, enum err_kind kind, const char *format, va_list args)
{
    err->kind = kind;
    vsnprintf(err->text, sizeof err->text, format, args);
}

bool err_set(struct err *err, enum err_kind kind, const char *format, ...)
{
    if (err->kind == ERR_NONE) {
        va_list args;
        va_start(args, format);
        set_text(err, kind, format, args);
        va_end(args);
    }
    return false;
}

bool err_set_errno(struct err *err, enum err_kind kind, int number, const char *format, ...)
{
    if (err->kind == ERR_NONE) {
        va_list args;
        va_start(args, format);
        set_text(err, kind, format, args);
        va_end(args);
        size_t used = strlen(err->text);
        snprintf(err->text + used, sizeof err->text - used, ": %s", strerror(number));
    }
    return false;
}

bool err_prefix(struct err *err, const char *format, ...)
{
    char head[ERR_TEXT_MAX];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(head, sizeof head, format, args);
    va_end(args);
    if (length <= 0)
        return false;
    size_t lead = (size_t)length < sizeof head ? (size_t)length : sizeof head - 1;
    size_t room = sizeof err->text - 1 - lead, kept = strlen(err->text);
    if (kept > room)
        kept = room;
    memmove(err->text + lead, err->text, kept);
    err->text[lead + kept] = '\0';
    memcpy(err->text, head, lead);
    return false;
}

enum err_class err_class(enum err_kind kind)
{
    return kind_table[kind].class;
}

const char *err_slug(enum err_kind kind)
{
    return kind_table[kind].slug;
}

const char *err_hint(enum err_kind kind)
{
    return kind_table[kind].hint;
}

bool err_passes(enum err_kind kind)
{
    return kind_table[kind].passes || kind_table[kind].class == ERR_CLASS_NETWORK;
}

static const struct class_row *class_row(enum err_class class)
{
    size_t i = 0;
    while (class_table[i].class != class)
        i++;
    return &class_table[i];
}

const char *err_class_name(enum err_class class)
{
    return class_row(class)->slug;
}

int err_rank(enum err_class class)
{
    return class_row(class)->rank;
}

bool err_is_worse(enum err_kind kind, enum err_kind than)
{
    int rank = err_rank(err_class(kind));
    return than == ERR_NONE || rank == 0 || rank > err_rank(err_class(than));
}

const char *err_class_slug(size_t row, enum err_class *class, const char **meaning)
{
    if (row >= sizeof class_table / sizeof *class_table)
        return NULL;
    *class = class_table[row].class;
    *meaning = class_table[row].meaning;
    return class_table[row].slug;
}
