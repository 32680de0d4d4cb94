#include "base/err.h"

#include <errno.h>
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

static const struct hint_row {
    enum err_kind kind;
    unsigned facts;
    const char *hint;
} hint_table[] = {
#define HINT(name, facts, hint) {ERR_##name, (facts), hint},
#include "base/err.def"
#undef HINT
};

__attribute__((format(printf, 3, 0))) static void set_text(struct err *err, enum err_kind kind,
                                                           const char *format, va_list args)
{
    err->kind = kind;
    err->own = 0;
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

static unsigned facts_of(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
        return ERR_FACT_NO_ROOM;
    case EACCES:
    case EPERM:
        return ERR_FACT_DENIED;
    case ENOENT:
    case ENOTDIR:
        return ERR_FACT_ABSENT;
    case EROFS:
        return ERR_FACT_READ_ONLY;
    case EFBIG:
        return ERR_FACT_FILE_LIMIT;
    case EMFILE:
    case ENFILE:
        return ERR_FACT_DESCRIPTORS;
    case EADDRINUSE:
        return ERR_FACT_IN_USE;
    default:
        return 0;
    }
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
        err->facts |= facts_of(number);
    }
    return false;
}

/* Adds a text in quotes. The room is for `: "`, one character more and `"` at least. */
static void add_quoted(struct err *err, const unsigned char *octets, size_t n)
{
    static const char lead[] = ": \"";
    size_t used = strlen(err->text), most = sizeof err->text - 2;
    if (used + sizeof lead + 2 > most)
        return;
    err->own = (unsigned)used;
    memcpy(err->text + used, lead, sizeof lead - 1);
    used += sizeof lead - 1;
    for (size_t i = 0; i < n && used + 2 <= most; i++) {
        if (octets[i] == '"' || octets[i] == '\\')
            err->text[used++] = '\\';
        err->text[used++] = octets[i] >= ' ' && octets[i] < 0x7f ? (char)octets[i] : '?';
    }
    memcpy(err->text + used, "\"", 2);
}

bool err_set_quoting(struct err *err, enum err_kind kind, const void *octets, size_t n,
                     const char *format, ...)
{
    if (err->kind == ERR_NONE) {
        va_list args;
        va_start(args, format);
        set_text(err, kind, format, args);
        va_end(args);
        if (n > 0)
            add_quoted(err, octets, n);
    }
    return false;
}

size_t err_own_length(const struct err *err)
{
    return err->own > 0 ? err->own : strlen(err->text);
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
    if (err->own > 0)
        err->own = (unsigned)(lead + err->own < lead + kept ? lead + err->own : lead + kept);
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

const char *err_hint(enum err_kind kind, unsigned facts)
{
    for (size_t i = 0; i < sizeof hint_table / sizeof *hint_table; i++)
        if (hint_table[i].kind == kind && (hint_table[i].facts & facts) == hint_table[i].facts)
            return hint_table[i].hint;
    return kind_table[kind].hint;
}

bool err_is_trouble(enum err_kind kind)
{
    return kind == ERR_INTERRUPTED || kind == ERR_TIMEOUT_TOTAL || kind == ERR_MEMORY ||
           kind == ERR_TEMPORARY;
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
