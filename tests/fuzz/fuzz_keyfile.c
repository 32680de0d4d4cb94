/* Key files: an octet that chooses the path, then the text; the same text once more as a word for
 * -y. Whatever the text, reading ends, keys are whole, and no message shows a part of a secret. */
#include "fuzz.h"

#include "xfer/keyfile.h"

#include <string.h>

/* The longest word that a message may have: 12 characters of a secret in a row would be one. */
enum { WORD_MAX = 11 };

static const char *const paths[] = {
    "f", "Kxfr.example.+163+00317.private", "Ka%2Fb%.+157+1", "K%", "K.+", "/K.+.+165+2.key",
};

static void check_message(const char *said, const char *path)
{
    size_t run = 0;
    if (strncmp(said, path, strlen(path)) == 0)
        said += strlen(path);
    for (; *said != '\0'; said++) {
        bool in_secret = (*said >= 'a' && *said <= 'z') || (*said >= 'A' && *said <= 'Z') ||
                         (*said >= '0' && *said <= '9') || strchr("+/=", *said) != NULL;
        run = in_secret ? run + 1 : 0;
        MUST(run <= WORD_MAX);
        MUST(*said >= ' ' && *said < 0x7f);
    }
}

static void check_key(const struct tsig_key *key, bool may_lack_name)
{
    MUST(key->algorithm != NULL);
    MUST(key->secret_length >= 1 && key->secret_length <= TSIG_SECRET_MAX);
    MUST(key->mac_length >= 10 && key->mac_length <= key->algorithm->output);
    MUST(key->mac_length * 2 >= key->algorithm->output);
    if (key->name_length == 0) {
        MUST(may_lack_name);
        return;
    }
    MUST(name_length(key->name, key->name_length) == key->name_length && key->name_length > 1);
    for (size_t i = 0; i < key->name_length; i++)
        MUST(key->name[i] < 'A' || key->name[i] > 'Z');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > 60000)
        return 0;
    const char *path = paths[data[0] % (sizeof paths / sizeof *paths)];
    size_t n = size - 1;
    char *text = malloc(n > 0 ? n : 1);
    MUST(text != NULL);
    memcpy(text, data + 1, n);

    struct keyfile file;
    struct tsig_key key;
    struct err err = {.kind = ERR_NONE};
    enum keyfile_event event;
    keyfile_init(&file, path, text, n);
    size_t count = 0;
    while ((event = keyfile_next(&file, &key, &err)) == KEYFILE_KEY) {
        check_key(&key, file.syntax == KEYFILE_PRIVATE);
        MUST(++count <= n);
    }
    MUST((event == KEYFILE_FAIL) == (err.kind != ERR_NONE) && (event == KEYFILE_FAIL || count > 0));
    MUST(err.kind == ERR_NONE || err.kind == ERR_KEY);
    for (size_t i = 0; i < sizeof key; i++)
        MUST(((const uint8_t *)&key)[i] == 0);
    const char *why = keyfile_word(&key, text, n);
    if (why == NULL)
        check_key(&key, false);

    check_message(err.text, path);
    check_message(why != NULL ? why : "", "");
    free(text);
    return 0;
}
