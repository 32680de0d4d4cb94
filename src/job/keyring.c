#include "job/keyring.h"

#include "base/dict.h"

#include <stdlib.h>
#include <string.h>

struct piece {
    struct piece *next;
    size_t used;
    struct tsig_key keys[KEYRING_ROOM];
};

struct keyring {
    struct piece *pieces;
    struct dict keys, texts, warnings;
    const struct keyring *before; /* or NULL */
};

struct keyring *keyring_new(const struct keyring *before, struct err *err)
{
    struct keyring *ring = calloc(1, sizeof *ring);
    if (ring == NULL)
        err_set(err, ERR_MEMORY, "out of memory");
    else
        ring->before = before;
    return ring;
}

void keyring_inherit(struct keyring *ring, struct keyring *before)
{
    struct err ignored = {.kind = ERR_NONE};
    for (size_t i = 0; i < before->texts.count; i++) {
        size_t n, index;
        const uint8_t *path = dict_key(&before->texts, i, &n);
        void *text = before->texts.entries[i].value;
        bool is_wanted = text != NULL && !dict_find(&ring->texts, path, n, &index);
        if (is_wanted && dict_add(&ring->texts, path, n, text, &ignored))
            before->texts.entries[i].value = NULL;
    }
    ring->before = NULL;
}

void keyring_free(struct keyring *ring)
{
    if (ring == NULL)
        return;
    for (size_t i = 0; i < ring->texts.count; i++) {
        struct secret_text *text = ring->texts.entries[i].value;
        if (text != NULL) /* else another ring has inherited it */
            secret_text_fini(text);
        free(text);
    }
    while (ring->pieces != NULL) {
        struct piece *piece = ring->pieces;
        ring->pieces = piece->next;
        secret_free(piece, sizeof *piece);
    }
    dict_fini(&ring->keys);
    dict_fini(&ring->texts);
    dict_fini(&ring->warnings);
    free(ring);
}

struct tsig_key *keyring_room(struct keyring *ring, size_t count, struct err *err)
{
    struct piece *piece = ring->pieces;
    if (piece == NULL || KEYRING_ROOM - piece->used < count) {
        piece = secret_new(sizeof *piece, err);
        if (piece == NULL)
            return NULL;
        piece->next = ring->pieces;
        ring->pieces = piece;
    }
    piece->used += count;
    return &piece->keys[piece->used - count];
}

void keyring_give_back(struct keyring *ring, struct tsig_key *room, size_t count)
{
    struct piece *piece = ring->pieces;
    const struct dict *keys = &ring->keys;
    uintptr_t last = keys->count > 0 ? (uintptr_t)keys->entries[keys->count - 1].value : 0;
    bool is_put = last >= (uintptr_t)room && last < (uintptr_t)(room + count);
    if (is_put || room + count != piece->keys + piece->used)
        return;
    explicit_bzero(room, count * sizeof *room);
    piece->used -= count;
}

/* What a key is found by; NULL without memory. To be freed. */
static char *key_of(const char *path, const char *name, bool strict, size_t *length)
{
    size_t n = strlen(path) + 1, m = name != NULL ? strlen(name) + 1 : 0;
    char *key = malloc(n + m + 1);
    if (key == NULL)
        return NULL;
    memcpy(key, path, n);
    if (m > 0)
        memcpy(key + n, name, m);
    key[n + m] = strict ? 's' : 'w';
    *length = n + m + 1;
    return key;
}

const struct tsig_key *keyring_find(const struct keyring *ring, const char *path, const char *name,
                                    bool strict)
{
    size_t length;
    char *key = key_of(path, name, strict, &length);
    const struct tsig_key *found = key != NULL ? dict_value(&ring->keys, key, length) : NULL;
    free(key);
    return found;
}

bool keyring_put(struct keyring *ring, const char *path, const char *name, bool strict,
                 const struct tsig_key *key, struct err *err)
{
    size_t length;
    char *text = key_of(path, name, strict, &length);
    /* A dict has no use for a value but to give it back. */
    bool good = text != NULL && dict_add(&ring->keys, text, length, (void *)(uintptr_t)key, err);
    free(text);
    return good || err_set(err, ERR_MEMORY, "out of memory");
}

bool keyring_keep(struct keyring *ring, const char *path, struct secret_text *text, struct err *err)
{
    if (S_ISREG(text->stat.st_mode))
        return true;
    struct secret_text *kept = malloc(sizeof *kept);
    if (kept != NULL)
        *kept = *text;
    if (kept != NULL && dict_add(&ring->texts, path, strlen(path), kept, err))
        return true;
    free(kept);
    secret_text_fini(text);
    return err_set(err, ERR_MEMORY, "out of memory");
}

bool keyring_text(const struct keyring *ring, const char *path, struct secret_text *text)
{
    const struct secret_text *kept = dict_value(&ring->texts, path, strlen(path));
    if (kept == NULL && ring->before != NULL)
        return keyring_text(ring->before, path, text);
    if (kept != NULL)
        *text = *kept;
    return kept != NULL;
}

bool keyring_keeps(const struct keyring *ring, const struct secret_text *text)
{
    return ring != NULL && !S_ISREG(text->stat.st_mode);
}

bool keyring_is_first(struct keyring *ring, const char *warning)
{
    struct err ignored = {.kind = ERR_NONE};
    size_t index;
    if (dict_find(&ring->warnings, warning, strlen(warning), &index))
        return false;
    dict_add(&ring->warnings, warning, strlen(warning), NULL, &ignored);
    return true;
}
