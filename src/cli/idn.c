#include "cli/idn.h"

#include <stdio.h>
#include <string.h>

#ifdef ZXFR_IDN
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

/* One name. */
#ifdef ZXFR_IDN
static bool convert(const char *name, char to[NAME_ROOM], struct err *err)
{
    char *labels = NULL, shown[IDN_SHOWN_ROOM];
    size_t n = 0;
    int fault = idn2_to_ascii_8z(name, &labels, IDN2_NONTRANSITIONAL);
    if (fault == IDN2_OK && (n = strlen(labels)) < NAME_ROOM && n > 0)
        memcpy(to, labels, n + 1);
    else if (fault == IDN2_MALLOC)
        err_set(err, ERR_MEMORY, "out of memory");
    else
        err_set(err, ERR_USAGE,
                "%s is not a name in UTF-8: %s; its A-labels (xn--...) are taken, too",
                idn_shown(name, shown), fault != IDN2_OK ? idn2_strerror(fault) : "too long");
    idn2_free(labels);
    return err->kind == ERR_NONE;
}
#else
static bool convert(const char *name, char to[NAME_ROOM], struct err *err)
{
    char shown[IDN_SHOWN_ROOM];
    (void)to;
    return err_set(
        err, ERR_USAGE,
        "%s: give the A-labels (xn--...) of a name that is not ASCII: this zxfr was built "
        "without libidn2",
        idn_shown(name, shown));
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
