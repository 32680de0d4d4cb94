#include "io/fence.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/net.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- Landlock ------------------------------------------------------------------------------ */

/* The interface of the kernel, in numbers of our own: the headers of older systems lack the newer
 * parts, and the calls have these numbers on every architecture. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, ASK_VERSION = 1 };

enum { RULE_BENEATH = 1, RULE_PORT = 2 };

enum {
    FS_WRITE_FILE = 1 << 1,
    FS_READ_FILE = 1 << 2,
    FS_READ_DIR = 1 << 3,
    FS_REMOVE_FILE = 1 << 5,
    FS_MAKE_REG = 1 << 8,
    FS_TRUNCATE = 1 << 14,
    FS_OF_FILES = FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE,
    NET_BIND = 1 << 0,
    NET_CONNECT = 1 << 1,
};

struct ruleset {
    uint64_t files, net, scope;
};

struct rule_beneath {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

struct rule_port {
    uint64_t allowed, port;
};

/* What each version can forbid: all that its predecessors can, and these. */
static const struct version {
    uint64_t files, net, scope;
    size_t size; /* of struct ruleset, as far as it knows it */
} versions[] = {
    {0, 0, 0, 0},       {0x1fff, 0, 0, 8}, /* 1: execute, read, write, make, remove */
    {0x3fff, 0, 0, 8},                     /* 2: refer: a link or a rename to another folder */
    {0x7fff, 0, 0, 8},                     /* 3: truncate */
    {0x7fff, 3, 0, 16},                    /* 4: bind and connect of TCP */
    {0xffff, 3, 0, 16},                    /* 5: ioctl of devices */
    {0xffff, 3, 3, 24},                    /* 6: abstract sockets, signals */
};

static const struct version *version_of(int number)
{
    int last = (int)(sizeof versions / sizeof *versions) - 1;
    return &versions[number < last ? number : last];
}

/* What the C library and others open when they need it: parts of themselves, where these are by
 * ldconfig, and random numbers. Everybody may read all of that. */
static void let_system(struct fence *fence)
{
    static const char *const paths[] = {
        "/usr", "/lib", "/lib64", "/nix/store", "/gnu/store", "/dev/urandom", "/etc/ld.so.cache"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        fence_let_read(fence, paths[i]);
}

/* The version of Landlock that the kernel has; 0: none, and an error that says why. */
static int ask_version(int *error)
{
    long version = syscall(CREATE_RULESET, NULL, 0, ASK_VERSION);
    if (version > 0)
        return (int)version;
    *error = version < 0 ? errno : ENOSYS;
    return 0;
}

void fence_open(struct fence *fence)
{
    *fence = (struct fence){.ruleset = -1};
    fence->version = ask_version(&fence->trouble);
    if (fence->version == 0)
        return;
    const struct version *known = version_of(fence->version);
    const struct ruleset all = {known->files, known->net, known->scope};
    fence->ruleset = (int)syscall(CREATE_RULESET, &all, known->size, 0);
    if (fence->ruleset < 0)
        fence->trouble = errno;
    let_system(fence);
}

void fence_open_calls(struct fence *fence)
{
    *fence = (struct fence){.ruleset = -1, .no_files = true, .has_ports = true};
}

void fence_give_up(struct fence *fence, int error)
{
    if (fence->trouble == 0)
        fence->trouble = error;
}

/* One rule that is missing would make the run fail later: then there is no fence. A pipe, or what
 * else has no place in a file system (EBADFD), needs no rule and can have none. */
static void add_rule(struct fence *fence, int kind, const void *rule)
{
    if (syscall(ADD_RULE, fence->ruleset, kind, rule, 0) != 0 && errno != EBADFD)
        fence_give_up(fence, errno);
}

/* Whether a path that cannot be opened could not be opened later either. */
static bool is_nowhere(int error)
{
    return error == ENOENT || error == ENOTDIR || error == EACCES || error == ELOOP ||
           error == ENAMETOOLONG || error == ENXIO;
}

static void let(struct fence *fence, const char *path, unsigned access)
{
    struct stat st = {.st_mode = 0};
    if (fence->ruleset < 0)
        return;
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) {
        if (!is_nowhere(errno))
            fence_give_up(fence, errno);
        return;
    }
    if (fstat(fd, &st) != 0)
        fence_give_up(fence, errno);
    if (!S_ISDIR(st.st_mode))
        access &= FS_OF_FILES;
    const struct rule_beneath rule = {access & version_of(fence->version)->files, fd};
    add_rule(fence, RULE_BENEATH, &rule);
    close(fd);
}

void fence_let_read(struct fence *fence, const char *path)
{
    let(fence, path, FS_READ_FILE | FS_READ_DIR);
}

void fence_let_write(struct fence *fence, const char *path)
{
    let(fence, path, FS_WRITE_FILE | FS_TRUNCATE);
}

/* A folder is read where what was renamed in it is flushed. */
void fence_let_rename(struct fence *fence, const char *folder)
{
    let(fence, folder, FS_READ_DIR | FS_MAKE_REG | FS_REMOVE_FILE);
}

void fence_let_make(struct fence *fence, const char *folder)
{
    let(fence, folder, FS_READ_DIR | FS_MAKE_REG | FS_REMOVE_FILE | FS_OF_FILES);
}

void fence_let_read_beside(struct fence *fence, const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t n = slash != NULL ? (size_t)(slash + 1 - path) : 0;
    if (n < sizeof folder) {
        snprintf(folder, sizeof folder, "%.*s", (int)n, path);
        fence_let_read(fence, n > 0 ? folder : ".");
    }
}

static void let_port(struct fence *fence, unsigned access, uint16_t port)
{
    const struct rule_port rule = {access, port};
    fence->has_ports = true;
    if (fence->ruleset >= 0 && version_of(fence->version)->net != 0)
        add_rule(fence, RULE_PORT, &rule);
}

void fence_let_connect(struct fence *fence, uint16_t port)
{
    let_port(fence, NET_CONNECT, port);
}

void fence_let_bind(struct fence *fence, uint16_t port)
{
    let_port(fence, NET_BIND, port);
}

/* ---- System calls -------------------------------------------------------------------------- */

/* The architecture as the filter sees it. The numbers of another one (32 bits on a machine of 64)
 * mean other calls, so none of those is let through. */
#if defined __x86_64__ && !defined __ILP32__
#define OUR_ARCH AUDIT_ARCH_X86_64
#elif defined __i386__
#define OUR_ARCH AUDIT_ARCH_I386
#elif defined __aarch64__ && !defined __ILP32__ && defined __AARCH64EL__
#define OUR_ARCH AUDIT_ARCH_AARCH64
#elif defined __ARM_EABI__ && defined __ARMEL__
#define OUR_ARCH AUDIT_ARCH_ARM
#elif defined __riscv && __riscv_xlen == 64
#define OUR_ARCH AUDIT_ARCH_RISCV64
#elif defined __powerpc64__ && defined __LITTLE_ENDIAN__
#define OUR_ARCH AUDIT_ARCH_PPC64LE
#else
#define OUR_ARCH 0 /* not known here: no filter */
#endif

/* What zxfr never does. Calls that only some architectures or newer kernels have are named as far
 * as the headers know them; from 424 on the numbers are the same everywhere. */
static const uint16_t never[] = {
    SYS_execve,
    SYS_execveat, /* other programs */
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_kcmp, /* other processes */
    434 /* pidfd_open */,
    438 /* pidfd_getfd */,
    440 /* process_madvise */,
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_unshare,
    SYS_setns, /* other roots */
    428 /* open_tree */,
    429 /* move_mount */,
    430 /* fsopen */,
    431 /* fsconfig */,
    432 /* fsmount */,
    433 /* fspick */,
    442 /* mount_setattr */,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    443 /* quotactl_fd */, /* the machine */
    SYS_reboot,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_syslog,
    SYS_vhangup,
    SYS_fanotify_init,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd, /* wide doors into the kernel */
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,
    SYS_personality,
    425 /* io_uring_setup */,
    426 /* io_uring_enter */,
    427 /* io_uring_register */,
    SYS_setuid,
    SYS_setgid,
    SYS_setreuid,
    SYS_setregid,
    SYS_setresuid,
    SYS_setresgid, /* users */
    SYS_setfsuid,
    SYS_setfsgid,
    SYS_setgroups,
    SYS_capset,
    SYS_mknodat,
    SYS_open_by_handle_at, /* files past the fence */
    SYS_fchmodat,
    452 /* fchmodat2 */,
    SYS_fchownat,
    SYS_setxattr,
    SYS_lsetxattr,
    463 /* setxattrat */,
    SYS_removexattr,
    SYS_lremovexattr,
    466 /* removexattrat */,
    SYS_linkat,
    SYS_symlinkat, /* files by their names, which Landlock lets through */
#ifdef SYS_chmod
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_link,
    SYS_symlink,
#endif
#ifdef SYS_chown32
    SYS_chown32,
    SYS_lchown32,
#endif
#ifdef SYS_stime
    SYS_stime,
#endif
#ifdef SYS_clock_settime64
    SYS_clock_settime64,
    SYS_clock_adjtime64,
#endif
#ifdef SYS_vm86
    SYS_vm86,
    SYS_vm86old,
#endif
#ifdef SYS_mknod
    SYS_mknod,
#endif
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
#ifdef SYS_iopl
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
#endif
#ifdef SYS_uselib
    SYS_uselib,
#endif
#ifdef SYS_setuid32
    SYS_setuid32,
    SYS_setgid32,
    SYS_setreuid32,
    SYS_setregid32,
    SYS_setresuid32,
    SYS_setresgid32,
    SYS_setfsuid32,
    SYS_setfsgid32,
    SYS_setgroups32,
#endif
#ifdef SYS_umount
    SYS_umount,
#endif
};

/* What makes a socket, for a run that needs none. */
static const uint16_t sockets[] = {
    SYS_socket,
    SYS_socketpair,
};

enum {
    NEVER = sizeof never / sizeof *never,
    SOCKETS = sizeof sockets / sizeof *sockets,
    LEAF = 4, /* so many numbers are compared one by one */
    PARTLY = 9,
    BY_SOCKETCALL = 2,
    INSTRUCTIONS_MAX = 3 * (NEVER + SOCKETS) + 5 * (PARTLY + BY_SOCKETCALL) + 12,
    NEW_SPACES = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |
                 CLONE_NEWPID | CLONE_NEWNET,
    CLONE3 = 435,
    X32_BIT = 0x40000000,
    FILTER_SPEC_ALLOW = 1 << 2, /* Linux 4.17 */
};

/* A jump reaches over half of the list. */
_Static_assert(3 * (NEVER + SOCKETS) / 2 < UINT8_MAX, "the list is short enough for one byte");

/* A program for the kernel's filter, as it is written. */
struct program {
    struct sock_filter code[INSTRUCTIONS_MAX];
    unsigned short length;
};

static void put(struct program *program, uint16_t code, uint32_t k, unsigned yes, unsigned no)
{
    program->code[program->length++] = (struct sock_filter){code, (uint8_t)yes, (uint8_t)no, k};
}

static void put_load(struct program *program, size_t offset)
{
    put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void put_return(struct program *program, uint32_t action)
{
    put(program, BPF_RET | BPF_K, action, 0, 0);
}

/* Goes on only if the test holds; otherwise the call fails with this error. */
static void put_require(struct program *program, uint16_t test, uint32_t k, int error)
{
    put(program, BPF_JMP | test | BPF_K, k, 1, 0);
    put_return(program, SECCOMP_RET_ERRNO | (uint32_t)error);
}

static void put_refuse(struct program *program, uint32_t number, int error)
{
    put(program, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1);
    put_return(program, SECCOMP_RET_ERRNO | (uint32_t)error);
}

/* Where the lower half of an argument stands. */
static size_t argument(unsigned number)
{
    return offsetof(struct seccomp_data, args) + 8 * number;
}

/* What is refused for the sake of one argument. A new process may not get a namespace of its own,
 * in which it could mount; nothing may be typed into the terminal, nor limits be set for others.
 * Ports are ports of TCP: what would go around them is MPTCP and others of its kind, and a message
 * that connects by the way. Sockets by name would lead to whoever listens on this machine. */
static const struct partly {
    uint16_t call;
    uint8_t argument;
    uint16_t test;
    uint32_t value;
} partly[] = {
    {SYS_clone, 0, BPF_JSET, NEW_SPACES},     {SYS_ioctl, 1, BPF_JEQ, TIOCSTI},
    {SYS_prlimit64, 0, BPF_JGT, 0},           {SYS_socket, 0, BPF_JEQ, AF_UNIX},
    {SYS_socket, 0, BPF_JGT, AF_NETLINK}, /* by which the C library asks for local addresses */
    {SYS_socket, 2, BPF_JGT, IPPROTO_UDP},    {SYS_sendto, 3, BPF_JSET, MSG_FASTOPEN},
    {SYS_sendmsg, 2, BPF_JSET, MSG_FASTOPEN}, {SYS_sendmmsg, 3, BPF_JSET, MSG_FASTOPEN},
};

_Static_assert(sizeof partly / sizeof *partly == PARTLY, "PARTLY rows");

/* On i386 the C library does all that sockets do by one call. Only what it is to do stands in its
 * arguments, the rest in memory that a filter does not see: which family, which flags. So there a
 * run that needs sockets can make any, and one that needs none can still use those that it has. */
#ifdef SYS_socketcall
static const struct partly by_socketcall[BY_SOCKETCALL] = {
    {SYS_socketcall, 0, BPF_JEQ, SYS_SOCKET},
    {SYS_socketcall, 0, BPF_JEQ, SYS_SOCKETPAIR},
};
#endif

static void put_partly(struct program *program, const struct partly *row)
{
    put(program, BPF_JMP | BPF_JEQ | BPF_K, row->call, 0, 4);
    put_load(program, argument(row->argument));
    put(program, BPF_JMP | row->test | BPF_K, row->value, 0, 1);
    put_return(program, SECCOMP_RET_ERRNO | EPERM);
    put_load(program, offsetof(struct seccomp_data, nr));
}

/* What is asked of clone3 stands in memory that a filter does not see: it is as if there were none,
 * and the C library uses clone. */
static void put_by_argument(struct program *program, bool with_sockets)
{
    put_refuse(program, CLONE3, ENOSYS);
    for (size_t i = 0; i < PARTLY; i++)
        put_partly(program, &partly[i]);
#ifdef SYS_socketcall
    for (size_t i = 0; !with_sockets && i < BY_SOCKETCALL; i++)
        put_partly(program, &by_socketcall[i]);
#else
    (void)with_sockets;
#endif
}

static int compare_numbers(const void *a, const void *b)
{
    return (int)*(const uint16_t *)a - (int)*(const uint16_t *)b;
}

/* Refuses the numbers of an ascending list and lets all others through. It halves the list, since
 * the kernel runs the program for every number when it takes it over. */
static void put_search(struct program *program, const uint16_t *list, size_t n)
{
    if (n > LEAF) {
        size_t half = n / 2;
        struct sock_filter *jump = &program->code[program->length];
        put(program, BPF_JMP | BPF_JGE | BPF_K, list[half], 0, 0);
        put_search(program, list, half);
        jump->jt = (uint8_t)(&program->code[program->length] - jump - 1);
        put_search(program, list + half, n - half);
        return;
    }
    for (size_t i = 0; i < n; i++)
        put_refuse(program, list[i], EPERM);
    put_return(program, SECCOMP_RET_ALLOW);
}

static void write_program(struct program *program, bool with_sockets)
{
    uint16_t list[NEVER + SOCKETS];
    size_t n = NEVER + (with_sockets ? 0 : SOCKETS);
    memcpy(list, never, sizeof never);
    memcpy(list + NEVER, sockets, sizeof sockets);
    qsort(list, n, sizeof *list, compare_numbers);
    program->length = 0;
    put_load(program, offsetof(struct seccomp_data, arch));
    put_require(program, BPF_JEQ, OUR_ARCH, EPERM);
    put_load(program, offsetof(struct seccomp_data, nr));
#ifdef __x86_64__
    put(program, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
    put_return(program, SECCOMP_RET_ERRNO | EPERM);
#endif
    put_by_argument(program, with_sockets);
    put_search(program, list, n);
}

/* Speculation stays as it is for other programs: the filter does not stand between this process and
 * code of somebody else inside of it, and slower loads would cost what the fence does not. */
static int forbid_calls(bool with_sockets)
{
    struct program program;
    if (OUR_ARCH == 0)
        return ENOSYS;
    write_program(&program, with_sockets);
    const struct sock_fprog filter = {.len = program.length, .filter = program.code};
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, FILTER_SPEC_ALLOW, &filter) == 0)
        return 0;
    if (errno == EINVAL && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0)
        return 0;
    return errno;
}

/* ---- Both ---------------------------------------------------------------------------------- */

/* A sanitizer reads /proc, traces its own process and runs a program that finds names; a build that
 * counts what is executed writes its counts at the end, wherever it was built. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { SANITIZED = true };
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) ||                         \
    __has_feature(memory_sanitizer)
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif
#else
enum { SANITIZED = false };
#endif

extern void __gcov_exit(void) __attribute__((weak));
extern int __llvm_profile_runtime __attribute__((weak));

static bool is_left_out(void)
{
    return SANITIZED || __gcov_exit != NULL || &__llvm_profile_runtime != NULL;
}

static int calls_trouble(void)
{
    const uint32_t action = SECCOMP_RET_ERRNO;
    if (OUR_ARCH == 0)
        return ENOSYS;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0 ? 0 : errno;
}

void fence_offers(struct fence_facts *facts)
{
    *facts = (struct fence_facts){.left_out = is_left_out(), .calls_error = calls_trouble()};
    facts->version = ask_version(&facts->files_error);
    facts->files = facts->version > 0;
    facts->ports = version_of(facts->version)->net != 0;
    facts->scope = version_of(facts->version)->scope != 0;
    facts->calls = facts->calls_error == 0;
}

static void restrict_files(const struct fence *fence, struct fence_facts *facts)
{
    const struct version *known = version_of(fence->version);
    facts->files_error = fence->trouble;
    if (facts->files_error == 0 && syscall(RESTRICT_SELF, fence->ruleset, 0) != 0)
        facts->files_error = errno;
    facts->files = facts->files_error == 0;
    facts->ports = facts->files && known->net != 0;
    facts->scope = facts->files && known->scope != 0;
}

void fence_up(struct fence *fence, struct fence_facts *facts)
{
    *facts = (struct fence_facts){
        .version = fence->version, .no_files = fence->no_files, .left_out = is_left_out()};
    if (facts->left_out) {
        /* nothing */
    } else if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        facts->files_error = facts->calls_error = errno;
    } else {
        if (!fence->no_files)
            restrict_files(fence, facts);
        facts->calls_error = forbid_calls(fence->has_ports);
        facts->calls = facts->calls_error == 0;
        facts->sockets = facts->calls && !fence->has_ports;
    }
    if (fence->ruleset >= 0)
        close(fence->ruleset);
    fence->ruleset = -1;
}
