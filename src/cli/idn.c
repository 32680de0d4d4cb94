#include "cli/idn.h"

#include <stdio.h>
#include <string.h>

#ifdef ZXFR_IDN
#include <dlfcn.h>
#include <idn2.h>
#endif

enum { NAME_ROOM = 256, SHOWN = 80 };

bool idn_is_ascii(const char *text)
{
    while (*text != '\0' && (unsigned char)*text < 0x80)
        text++;
    return *text == '\0';
}

const char *idn_shown(const char *word, char to[IDN_SHOWN_ROOM])
{
    char *at = to;
    for (int i = 0; i < SHOWN && word[i] != '\0'; i++) {
        unsigned char octet = (unsigned char)word[i];
        if (octet < 0x80)
            *at++ = word[i];
        else
            at += snprintf(at, 5, "\\%03u", octet);
    }
    *at = '\0';
    return to;
}

static bool no_library(const char *name, const char *why, struct err *err)
{
    char shown[IDN_SHOWN_ROOM];
    return err_set(err, ERR_USAGE,
                   "%s: give the A-labels (xn--...) of a name that is not ASCII: %s",
                   idn_shown(name, shown), why);
}

#ifdef ZXFR_IDN
/* Loaded with the first name that needs it, as the C library does itself: it and its tables would
 * take a sixth of the time of every start. */
static struct {
    bool is_there;
    __typeof__(idn2_to_ascii_8z) *to_ascii;
    __typeof__(idn2_strerror) *why;
    __typeof__(idn2_free) *release;
} idn2;

static bool find(void *library, const char *name, void *function)
{
    void *at = dlsym(library, name);
    memcpy(function, &at, sizeof at);
    return at != NULL;
}

bool idn_load(void)
{
    void *library = idn2.is_there ? NULL : dlopen("libidn2.so.0", RTLD_NOW | RTLD_LOCAL);
    if (library != NULL)
        idn2.is_there = find(library, "idn2_to_ascii_8z", &idn2.to_ascii) &&
                        find(library, "idn2_strerror", &idn2.why) &&
                        find(library, "idn2_free", &idn2.release);
    return idn2.is_there;
}

/* One name. */
static bool convert(const char *name, char to[NAME_ROOM], struct err *err)
{
    char *labels = NULL, shown[IDN_SHOWN_ROOM];
    size_t n = 0;
    if (!idn_load())
        return no_library(name, "libidn2 cannot be loaded", err);
    int fault = idn2.to_ascii(name, &labels, IDN2_NONTRANSITIONAL);
    if (fault == IDN2_OK && (n = strlen(labels)) < NAME_ROOM && n > 0)
        memcpy(to, labels, n + 1);
    else if (fault == IDN2_MALLOC)
        err_set(err, ERR_MEMORY, "out of memory");
    else
        err_set(err, ERR_USAGE,
                "%s is not a name in UTF-8: %s; its A-labels (xn--...) are taken, too",
                idn_shown(name, shown), fault != IDN2_OK ? idn2.why(fault) : "too long");
    idn2.release(labels);
    return err->kind == ERR_NONE;
}
#else
bool idn_load(void)
{
    return false;
}

static bool convert(const char *name, char to[NAME_ROOM], struct err *err)
{
    (void)to;
    return no_library(name, "this zxfr was built without libidn2", err);
}
#endif

static bool append(char to[IDN_WORD_ROOM], size_t *used, const char *text, size_t n,
                   struct err *err)
{
    if (n >= IDN_WORD_ROOM - *used)
        return err_set(err, ERR_USAGE, "a name is too long");
    memcpy(to + *used, text, n);
    *used += n;
    to[*used] = '\0';
    return true;
}

bool idn_ascii(const char *word, char to[IDN_WORD_ROOM], struct err *err)
{
    char name[IDN_WORD_ROOM], labels[NAME_ROOM] = "";
    size_t used = 0, n;
    bool good = true;
    for (to[0] = '\0'; good && *word != '\0'; word += n) {
        n = strcspn(word, "@#:[]");
        if (n == 0 || n >= sizeof name) {
            n = n == 0 ? 1 : n;
            good = append(to, &used, word, n, err);
            continue;
        }
        memcpy(name, word, n);
        name[n] = '\0';
        good = idn_is_ascii(name)
                   ? append(to, &used, name, n, err)
                   : convert(name, labels, err) && append(to, &used, labels, strlen(labels), err);
    }
    return good;
}
