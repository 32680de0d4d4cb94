/*
 * corelimit: a library to preload in which the limit on core dumps stays as it is, so that a test
 * can see what a dump would hold.
 */
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    if (resource == RLIMIT_CORE)
        return 0;
    return (int)syscall(SYS_setrlimit, resource, limit);
}
