#include "verify/nsec3_hash.h"

#include "base/openssl.h"

#include <stdlib.h>
#include <string.h>

struct nsec3_hash {
    EVP_MD *sha1;
    EVP_MD_CTX *context;
};

unsigned nsec3_hash_work(const struct nsec3_param *param)
{
    unsigned blocks = (NSEC3_HASH_LENGTH + param->salt_length + 63u) / 64;
    return (param->iterations + 1u) * blocks;
}

struct nsec3_hash *nsec3_hash_new(struct err *err)
{
    struct nsec3_hash *hash = openssl_load(err) ? calloc(1, sizeof *hash) : NULL;
    if (hash != NULL) {
        hash->sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
        hash->context = EVP_MD_CTX_new();
        if (hash->sha1 != NULL && hash->context != NULL)
            return hash;
    }
    nsec3_hash_free(hash);
    err_set(err, ERR_MEMORY, "out of memory");
    return NULL;
}

void nsec3_hash_free(struct nsec3_hash *hash)
{
    if (hash == NULL)
        return;
    EVP_MD_CTX_free(hash->context);
    EVP_MD_free(hash->sha1);
    free(hash);
}

bool nsec3_hash_name(struct nsec3_hash *hash, const struct nsec3_param *param, const uint8_t *name,
                     size_t length, uint8_t out[NSEC3_HASH_LENGTH], struct err *err)
{
    bool good = true;
    const uint8_t *octets = name;
    for (unsigned i = 0; good && i <= param->iterations; i++) {
        good = EVP_DigestInit_ex2(hash->context, hash->sha1, NULL) == 1 &&
               EVP_DigestUpdate(hash->context, octets, length) == 1 &&
               EVP_DigestUpdate(hash->context, param->salt, param->salt_length) == 1 &&
               EVP_DigestFinal_ex(hash->context, out, NULL) == 1;
        octets = out;
        length = NSEC3_HASH_LENGTH;
    }
    return good || err_set(err, ERR_MEMORY, "out of memory");
}
