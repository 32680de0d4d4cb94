/*
 * halfwrite: a library to preload in which a write of several octets takes only the first half of
 * them, as a signal or a file system that is nearly full may make it. Standard error is left
 * alone: what is of interest is how the program itself writes.
 */
#include <sys/syscall.h>
#include <unistd.h>

ssize_t write(int fd, const void *octets, size_t length)
{
    size_t taken = fd == STDERR_FILENO || length < 2 ? length : length / 2;
    return syscall(SYS_write, fd, octets, taken);
}
