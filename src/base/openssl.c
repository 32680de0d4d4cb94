#include "base/openssl.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>

/* It brings libcrypto along, in which a name is looked for next. */
#define LIBRARY "libssl.so." OPENSSL_MSTR(OPENSSL_SHLIB_VERSION)

_Alignas(sizeof(union openssl)) union openssl openssl;

/* In the order of the members of `openssl`, and without an address each, which the dynamic linker
 * would have to fill in at each start. */
static const char names[][40] = {
#define FUNCTION(name) #name,
#include "base/openssl.def"
#undef FUNCTION
};
enum { NAMES = sizeof names / sizeof *names };

static bool find_all(void *library, struct err *err)
{
    void *found[NAMES];
    _Static_assert(sizeof found <= sizeof openssl.page, "the table has one page");
    for (unsigned i = 0; i < NAMES; i++)
        if ((found[i] = dlsym(library, names[i])) == NULL)
            return err_set(err, ERR_OPENSSL, LIBRARY " is not the one zxfr was built for: no %s",
                           names[i]);
    memcpy(&openssl, found, sizeof found);
    return true;
}

/* Of larger pages there may be other variables on the same one. */
static void protect(void)
{
    if (getauxval(AT_PAGESZ) == sizeof openssl)
        mprotect(&openssl, sizeof openssl, PROT_READ);
}

/* The dynamic linker tells in words only what it lacked, behind the file that it is about. */
static bool cannot_load(struct err *err)
{
    const char *why = dlerror(), *slash = why != NULL ? strrchr(why, '/') : NULL;
    const char *lack = slash != NULL ? slash : why;
    if (lack == NULL || strstr(lack, "memory") != NULL || strstr(lack, strerror(ENOMEM)) != NULL)
        return err_set(err, ERR_MEMORY, "no memory to load OpenSSL");
    if (strstr(lack, strerror(EMFILE)) != NULL)
        return err_set_errno(err, ERR_MEMORY, EMFILE, "OpenSSL cannot be loaded");
    return err_set(err, ERR_OPENSSL, "OpenSSL is needed and cannot be loaded: %.200s", why);
}

/* Without memory for its start OpenSSL 3.0 runs into a null pointer, and 3.5 aborts, or waits for
 * itself. */
static bool start(struct err *err)
{
    enum { NEEDS = 512 * 1024 };
    void *volatile room = malloc(NEEDS); /* volatile, lest the compiler leave it out */
    bool has_room = room != NULL;
    free(room);
    return (has_room && OSSL_LIB_CTX_get0_global_default() != NULL) ||
           err_set(err, ERR_MEMORY, "out of memory");
}

static bool load(struct err *err)
{
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL)
        return cannot_load(err);
    if (!find_all(library, err)) {
        dlclose(library);
        return false;
    }
    if (!start(err))
        return false; /* the next call will fill the table again */
    protect();
    return true;
}

bool openssl_load(struct err *err)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    static bool loaded;
    pthread_mutex_lock(&lock);
    loaded = loaded || load(err);
    bool good = loaded;
    pthread_mutex_unlock(&lock);
    return good;
}

/* Tells lack of memory from what is switched off: OpenSSL says so, unless it has not even memory
 * for that. */
static bool cannot_hash(struct err *err)
{
    bool told = false, is_memory = false;
    for (unsigned long code; (code = ERR_get_error()) != 0; told = true)
        is_memory = is_memory || ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE;
    if (is_memory || !told)
        return err_set(err, ERR_MEMORY, "no memory for a hash");
    err->facts |= ERR_FACT_DENIED;
    return err_set(err, ERR_OPENSSL, "OpenSSL does not make SHA-256");
}

bool openssl_sha256(const uint8_t *octets, size_t n, uint8_t out[OPENSSL_SHA256], struct err *err)
{
    return openssl_load(err) &&
           (EVP_Digest(octets, n, out, NULL, EVP_sha256(), NULL) == 1 || cannot_hash(err));
}
