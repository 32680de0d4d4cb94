/* io/fence in real processes: each row puts the fence up in a child, tries one thing there, and
 * tells what came of it. What is let through goes on, everything else fails with the error that the
 * kernel gives for it. A part that this kernel has not is skipped, and said. */
#include "io/fence.h"

#include "tap.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static char root[] = "/tmp/zxfr-fence.XXXXXX";
static int held;           /* swap/held, open since before the fence */
static int abstract;       /* a listener that has a name and no file */
static uint16_t let, kept; /* ports with a listener */
static pid_t outside;      /* a process that did not go into the fence */

/* ---- What is tried: 0, or the error -------------------------------------------------------- */

static int result_of(long value)
{
    return value >= 0 ? 0 : errno;
}

static int try_open(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int result = result_of(fd);
    if (fd >= 0)
        close(fd);
    return result;
}

static int read_file(void)
{
    return try_open("read", O_RDONLY);
}
static int read_by_link(void)
{
    return try_open("link", O_RDONLY);
}
static int read_below(void)
{
    return try_open("in/sub/file", O_RDONLY);
}
static int read_beside(void)
{
    return try_open("kept", O_RDONLY);
}
static int read_passwd(void)
{
    return try_open("/etc/passwd", O_RDONLY);
}
static int read_written(void)
{
    return try_open("written", O_RDONLY);
}
static int read_in_swap(void)
{
    return try_open("swap/other", O_RDONLY);
}
static int list_folder(void)
{
    return try_open("in", O_RDONLY | O_DIRECTORY);
}
static int list_root(void)
{
    return try_open("/", O_RDONLY | O_DIRECTORY);
}
static int list_swap(void)
{
    return try_open("swap", O_RDONLY | O_DIRECTORY);
}
static int write_file(void)
{
    return try_open("written", O_WRONLY | O_TRUNC);
}
static int write_read(void)
{
    return try_open("read", O_WRONLY);
}
static int write_below(void)
{
    return try_open("in/sub/file", O_WRONLY);
}
static int write_in_swap(void)
{
    return try_open("swap/other", O_WRONLY);
}
static int write_fifo(void)
{
    return try_open("fifo", O_RDWR | O_NONBLOCK);
}
static int make_there(void)
{
    return try_open("make/new", O_RDWR | O_CREAT | O_EXCL);
}
static int make_beside(void)
{
    return try_open("new", O_RDWR | O_CREAT | O_EXCL);
}
static int make_below_read(void)
{
    return try_open("in/new", O_WRONLY | O_CREAT);
}
static int make_in_swap(void)
{
    return try_open("swap/new", O_WRONLY | O_CREAT | O_EXCL);
}
static int truncate_read(void)
{
    return result_of(truncate("read", 0));
}
static int remove_beside(void)
{
    return result_of(unlink("kept"));
}
static int remove_made(void)
{
    return make_there() != 0 ? 999 : result_of(unlink("make/new"));
}
static int swap(void)
{
    return result_of(rename("swap/held", "swap/target"));
}
static int make_folder(void)
{
    return result_of(mkdir("make/folder", 0700));
}
static int make_link(void)
{
    return result_of(symlink("/etc/passwd", "make/out"));
}
static int make_pipe(void)
{
    return result_of(mkfifo("make/fifo", 0600));
}

static int change_mode(void)
{
    return result_of(chmod("kept", 0644));
}
static int change_owner(void)
{
    return result_of(chown("kept", (uid_t)-1, (gid_t)-1));
}
static int change_attribute(void)
{
    return result_of(setxattr("kept", "user.x", "x", 1, 0));
}
static int change_mode_of_held(void)
{
    return result_of(fchmod(held, 0600));
}

static int use_held(void)
{
    char octets[4];
    return write(held, "new", 3) == 3 && pread(held, octets, 3, 0) == 3 ? 0 : errno;
}

static int read_standard_input(void)
{
    return try_open("/dev/stdin", O_RDONLY);
}

static int connect_to(uint16_t port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return errno;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int result = result_of(connect(fd, (struct sockaddr *)&to, sizeof to));
    close(fd);
    return result;
}

static int connect_let(void)
{
    return connect_to(let);
}
static int connect_kept(void)
{
    return connect_to(kept);
}

static int bind_any(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return fd < 0 ? errno : result_of(bind(fd, (struct sockaddr *)&at, sizeof at));
}

static int ask_by_udp(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(kept)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return fd < 0 ? errno : result_of(sendto(fd, "", 1, 0, (struct sockaddr *)&to, sizeof to));
}

static int make_socket(int family, int protocol)
{
    int fd = socket(family, SOCK_STREAM, protocol);
    int result = result_of(fd);
    if (fd >= 0)
        close(fd);
    return result;
}
static int make_local_socket(void)
{
    return make_socket(AF_UNIX, 0);
}
static int make_mptcp_socket(void)
{
    return make_socket(AF_INET6, 262);
}
static int make_other_socket(void)
{
    return make_socket(AF_VSOCK, 0);
}
static int connect_by_message(void)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(kept)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return fd < 0 ? errno
                  : result_of(sendto(fd, "x", 1, MSG_FASTOPEN, (struct sockaddr *)&to, sizeof to));
}
static int limit_other(void)
{
    return result_of(prlimit(outside, RLIMIT_CORE, NULL, NULL));
}
static int limit_self(void)
{
    struct rlimit limit;
    return result_of(getrlimit(RLIMIT_CORE, &limit));
}

static const struct sockaddr_un nameless = {.sun_family = AF_UNIX, .sun_path = "\0zxfr-fence"};

static socklen_t nameless_length(void)
{
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen("zxfr-fence"));
}

static int connect_abstract(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return fd < 0 ? errno
                  : result_of(connect(fd, (const struct sockaddr *)&nameless, nameless_length()));
}

static int signal_outside(void)
{
    return result_of(kill(outside, 0));
}
static int signal_self(void)
{
    return result_of(kill(getpid(), 0));
}

static int execute(void)
{
    char *const words[] = {(char[]){"true"}, NULL};
    execv("/bin/true", words);
    return errno;
}

static int execute_by_fd(void)
{
    char *const words[] = {(char[]){"true"}, NULL}, *const none[] = {NULL};
    syscall(SYS_execveat, AT_FDCWD, "/bin/true", words, none, 0);
    return errno;
}

static int trace(void)
{
    return result_of(ptrace(PTRACE_SEIZE, getppid(), NULL, NULL));
}

static int read_process(void)
{
    char octet;
    struct iovec here = {&octet, 1}, there = {root, 1};
    return result_of(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

static int mount_something(void)
{
    return result_of(mount("none", "in", "tmpfs", 0, NULL));
}
static int open_file_system(void)
{
    return result_of(syscall(430, "tmpfs", 0));
}
static int change_root(void)
{
    return result_of(chroot("in"));
}
static int leave_namespace(void)
{
    return result_of(unshare(CLONE_NEWUSER));
}
static int use_bpf(void)
{
    return result_of(syscall(SYS_bpf, BPF_MAP_CREATE, NULL, 0));
}
static int use_ring(void)
{
    return result_of(syscall(425, 1, NULL));
}
static int use_faults(void)
{
    return result_of(syscall(SYS_userfaultfd, 0));
}
static int count_events(void)
{
    return result_of(syscall(SYS_perf_event_open, NULL, 0, 0, 0, 0));
}
static int change_personality(void)
{
    return result_of(syscall(SYS_personality, 0xffffffff)); /* the library sets no errno */
}
static int become(void)
{
    return result_of(setuid(getuid()));
}
static int make_device(void)
{
    return result_of(mknod("make/null", S_IFCHR | 0600, 0x103));
}

static int use_keys(void)
{
    return result_of(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0));
}

static int type_into_terminal(void)
{
    int fd = open("/dev/null", O_RDONLY);
    char octet = 'x';
    return ioctl(fd < 0 ? 0 : fd, TIOCSTI, &octet) == 0 ? 0 : errno;
}

/* With exit_group of another number of calls in the way, this one would end the child. */
static int fork_into_namespace(void)
{
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, NULL, NULL, NULL, 0);
    if (pid == 0)
        _exit(0);
    return result_of(pid);
}

static int fork_by_clone3(void)
{
    return result_of(syscall(435, NULL, 0));
}

#ifdef __x86_64__
/* The call that has number 20 in the other table, getpid, is writev in ours. */
static int call_by_32_bits(void)
{
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory", "r8", "r9", "r10", "r11");
    return result < 0 ? (int)-result : 0;
}

static int call_by_x32(void)
{
    return result_of(syscall(0x40000000 + SYS_getpid));
}
#endif

static void *nothing(void *context)
{
    return context;
}

static int start_thread(void)
{
    pthread_t thread;
    int result = pthread_create(&thread, NULL, nothing, NULL);
    return result != 0 ? result : pthread_join(thread, NULL);
}

static int start_process(void)
{
    int status;
    pid_t pid = fork();
    if (pid == 0)
        _exit(0);
    return pid > 0 && waitpid(pid, &status, 0) == pid ? 0 : errno;
}

/* ---- The rows ------------------------------------------------------------------------------ */

enum part { PART_NONE, PART_FILES, PART_TRUNCATE, PART_PORTS, PART_SCOPE, PART_CALLS };

/* Where one call does all that sockets do, a filter does not see of what kind they are. */
#ifdef __i386__
enum { KINDS_OF_SOCKETS = 0 };
#else
enum { KINDS_OF_SOCKETS = EPERM };
#endif

/* Whether sockets are let through. */
enum net { WITH, WITHOUT };

static const struct row {
    const char *what;
    int (*act)(void);
    int expected;
    enum part part; /* without it the row says nothing */
    enum net net;
} rows[] = {
    {"a file that is let is read", read_file, 0, PART_FILES, WITH},
    {"a file that is let by a link is read by it", read_by_link, 0, PART_FILES, WITH},
    {"what is below a folder that is let is read", read_below, 0, PART_FILES, WITH},
    {"such a folder is listed", list_folder, 0, PART_FILES, WITH},
    {"another file is not read", read_beside, EACCES, PART_FILES, WITH},
    {"nor is the system's", read_passwd, EACCES, PART_FILES, WITH},
    {"nor is what may only be written", read_written, EACCES, PART_FILES, WITH},
    {"nor are the others where files are renamed", read_in_swap, EACCES, PART_FILES, WITH},
    {"another folder is not listed", list_root, EACCES, PART_FILES, WITH},
    {"the folder where files are renamed is opened", list_swap, 0, PART_FILES, WITH},
    {"a file that is let is written and emptied", write_file, 0, PART_FILES, WITH},
    {"a FIFO that is let to be written is not read", write_fifo, EACCES, PART_FILES, WITH},
    {"what may be read is not written", write_read, EACCES, PART_FILES, WITH},
    {"nor below a folder", write_below, EACCES, PART_FILES, WITH},
    {"nor are the others where files are renamed written", write_in_swap, EACCES, PART_FILES, WITH},
    {"nor emptied by its name", truncate_read, EACCES, PART_TRUNCATE, WITH},
    {"a file is made where files are made", make_there, 0, PART_FILES, WITH},
    {"and removed", remove_made, 0, PART_FILES, WITH},
    {"none is made beside", make_beside, EACCES, PART_FILES, WITH},
    {"none is made where files are read", make_below_read, EACCES, PART_FILES, WITH},
    {"none is made to be written where files are renamed", make_in_swap, EACCES, PART_FILES, WITH},
    {"none is removed beside", remove_beside, EACCES, PART_FILES, WITH},
    {"what was open stays usable", use_held, 0, PART_FILES, WITH},
    {"and is renamed over another file", swap, 0, PART_FILES, WITH},
    {"no folder is made", make_folder, EACCES, PART_FILES, WITH},
    {"no link is made", make_link, EPERM, PART_CALLS, WITH},
    {"no FIFO is made", make_pipe, EPERM, PART_CALLS, WITH},
    {"no mode is changed by name", change_mode, EPERM, PART_CALLS, WITH},
    {"nor an owner", change_owner, EPERM, PART_CALLS, WITH},
    {"nor an attribute", change_attribute, EPERM, PART_CALLS, WITH},
    {"the mode of what was open is", change_mode_of_held, 0, PART_CALLS, WITH},
    {"standard input is opened again", read_standard_input, 0, PART_FILES, WITH},

    {"a port that is let is connected to", connect_let, 0, PART_PORTS, WITH},
    {"another is not", connect_kept, EACCES, PART_PORTS, WITH},
    {"no port is bound to", bind_any, EACCES, PART_PORTS, WITH},
    {"UDP goes on", ask_by_udp, 0, PART_PORTS, WITH},
    {"no abstract socket of others is connected to", connect_abstract, EPERM, PART_SCOPE, WITH},
    {"no socket of this machine is made", make_local_socket, KINDS_OF_SOCKETS, PART_CALLS, WITH},
    {"none of MPTCP", make_mptcp_socket, KINDS_OF_SOCKETS, PART_CALLS, WITH},
    {"none of other families", make_other_socket, KINDS_OF_SOCKETS, PART_CALLS, WITH},
    {"no message connects by the way", connect_by_message, KINDS_OF_SOCKETS, PART_CALLS, WITH},
    {"no limits of others", limit_other, EPERM, PART_CALLS, WITH},
    {"limits of its own are asked for", limit_self, 0, PART_CALLS, WITH},
    {"no signal goes out", signal_outside, EPERM, PART_SCOPE, WITH},
    {"a signal to itself does", signal_self, 0, PART_SCOPE, WITH},

    {"no program is executed", execute, EPERM, PART_CALLS, WITH},
    {"nor by execveat", execute_by_fd, EPERM, PART_CALLS, WITH},
    {"no process is traced", trace, EPERM, PART_CALLS, WITH},
    {"no process is read", read_process, EPERM, PART_CALLS, WITH},
    {"nothing is mounted", mount_something, EPERM, PART_CALLS, WITH},
    {"nor the new way", open_file_system, EPERM, PART_CALLS, WITH},
    {"no chroot", change_root, EPERM, PART_CALLS, WITH},
    {"no unshare", leave_namespace, EPERM, PART_CALLS, WITH},
    {"no namespace by clone", fork_into_namespace, EPERM, PART_CALLS, WITH},
    {"clone3 is as if it were not there", fork_by_clone3, ENOSYS, PART_CALLS, WITH},
    {"no bpf", use_bpf, EPERM, PART_CALLS, WITH},
    {"no io_uring", use_ring, EPERM, PART_CALLS, WITH},
    {"no userfaultfd", use_faults, EPERM, PART_CALLS, WITH},
    {"no perf_event_open", count_events, EPERM, PART_CALLS, WITH},
    {"no keyctl", use_keys, EPERM, PART_CALLS, WITH},
    {"no personality", change_personality, EPERM, PART_CALLS, WITH},
    {"no other user", become, EPERM, PART_CALLS, WITH},
    {"no device", make_device, EPERM, PART_CALLS, WITH},
    {"nothing is typed into a terminal", type_into_terminal, EPERM, PART_CALLS, WITH},
#ifdef __x86_64__
    {"no call of another architecture", call_by_32_bits, EPERM, PART_CALLS, WITH},
    {"no call of x32", call_by_x32, EPERM, PART_CALLS, WITH},
#endif
    {"threads are started", start_thread, 0, PART_CALLS, WITH},
    {"processes are started", start_process, 0, PART_CALLS, WITH},
    {"without servers: no socket of TCP", connect_let, EPERM, PART_CALLS, WITHOUT},
    {"without servers: no socket of UDP", ask_by_udp, EPERM, PART_CALLS, WITHOUT},
    {"without servers: no abstract socket", connect_abstract, EPERM, PART_CALLS, WITHOUT},
};

/* ---- The fence ----------------------------------------------------------------------------- */

static struct fence_facts put_up(enum net net)
{
    struct fence fence;
    struct fence_facts facts;
    fence_open(&fence);
    fence_let_read(&fence, "read");
    fence_let_read(&fence, "link"); /* leads to linked/file */
    fence_let_read(&fence, "in");
    fence_let_read(&fence, "not-there");
    fence_let_read(&fence, "/dev/stdin"); /* a pipe */
    fence_let_read(&fence, "/dev/null");
    fence_let_write(&fence, "written");
    fence_let_write(&fence, "fifo");
    fence_let_rename(&fence, "swap");
    fence_let_make(&fence, "make");
    if (net == WITH)
        fence_let_connect(&fence, let);
    fence_up(&fence, &facts);
    return facts;
}

/* Whether the part of the fence is there; if not, why. */
static bool has_part(const struct fence_facts *facts, enum part part, char why[100])
{
    bool is_file = part != PART_CALLS;
    int error = is_file ? facts->files_error : facts->calls_error;
    if (facts->left_out)
        snprintf(why, 100, "a sanitized build has no fence");
    else if (error != 0)
        snprintf(why, 100, "this kernel has no %s: %s", is_file ? "Landlock" : "seccomp",
                 strerror(error));
    else
        snprintf(why, 100, "Landlock of this kernel has version %d", facts->version);
    switch (part) {
    case PART_FILES:
        return facts->files;
    case PART_TRUNCATE:
        return facts->files && facts->version >= 3;
    case PART_PORTS:
        return facts->ports;
    case PART_SCOPE:
        return facts->scope;
    case PART_CALLS:
        return facts->calls;
    case PART_NONE:
    default:
        return true;
    }
}

struct answer {
    struct fence_facts facts;
    int result;
};

static void run(const struct row *row)
{
    struct answer answer = {.result = -1};
    char why[100];
    int channel[2], status;
    pid_t pid = pipe(channel) == 0 ? fork() : -1;
    if (pid == 0) {
        answer.facts = put_up(row->net);
        if (has_part(&answer.facts, row->part, why)) /* or it would execute a program */
            answer.result = row->act();
        _exit(write(channel[1], &answer, sizeof answer) != sizeof answer);
    }
    close(channel[1]);
    bool told = pid > 0 && read(channel[0], &answer, sizeof answer) == sizeof answer;
    close(channel[0]);
    waitpid(pid, &status, 0);
    if (!told)
        ok(false, "%s: the child has ended with status %x", row->what, (unsigned)status);
    else if (!has_part(&answer.facts, row->part, why))
        tap_skip(row->what, why);
    else if (!is_int(answer.result, row->expected, "%s", row->what))
        diag("got: %s", strerror(answer.result));
}

/* The same without a fence: a row that fails for another reason than the fence says nothing. */
static void check_rows(void)
{
    static int (*const good[])(void) = {
        read_beside,  read_passwd,  read_written,       read_in_swap,     list_root,
        write_read,   write_below,  write_in_swap,      make_beside,      make_below_read,
        make_in_swap, connect_kept, bind_any,           connect_abstract, signal_outside,
        execute,      ask_by_udp,   change_personality, become,
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int status;
        pid_t pid = fork();
        if (pid == 0)
            _exit(good[i]());
        waitpid(pid, &status, 0);
        ok(WIFEXITED(status) && WEXITSTATUS(status) == 0, "without a fence, try %zu succeeds", i);
    }
    unlink("new");
    unlink("in/new");
    unlink("swap/new");
}

/* ---- The world ----------------------------------------------------------------------------- */

static void make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    if (fd < 0 || write(fd, "old", 3) != 3 || close(fd) != 0)
        exit(1);
}

static int listen_at(const void *address, socklen_t length)
{
    const struct sockaddr *at = address;
    int fd = socket(at->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, at, length) != 0 || listen(fd, 8) != 0)
        exit(1);
    return fd;
}

static uint16_t listen_to_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET};
    socklen_t length = sizeof at;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = listen_at(&at, sizeof at);
    return getsockname(fd, (struct sockaddr *)&at, &length) == 0 ? ntohs(at.sin_port) : 0;
}

static void make_world(void)
{
    static const char *const folders[] = {"in", "in/sub", "linked", "swap", "make"};
    static const char *const files[] = {"read",       "kept",        "written",    "in/sub/file",
                                        "swap/other", "linked/file", "swap/target"};
    int input[2];
    if (mkdtemp(root) == NULL || chdir(root) != 0)
        exit(1);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (mkdir(folders[i], 0700) != 0)
            exit(1);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        make_file(files[i]);
    held = open("swap/held", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (symlink("linked/file", "link") != 0 || mkfifo("fifo", 0600) != 0 || pipe(input) != 0 ||
        dup2(input[0], STDIN_FILENO) != STDIN_FILENO)
        exit(1);
    let = listen_to_port();
    kept = listen_to_port();
    abstract = listen_at(&nameless, nameless_length());
    outside = fork();
    if (outside == 0) {
        pause();
        _exit(0);
    }
}

static void clear_world(void)
{
    static const char *const names[] = {"in/sub/file", "in/sub",     "in",          "linked/file",
                                        "linked",      "swap/other", "swap/target", "swap/held",
                                        "swap",        "make/new",   "make",        "read",
                                        "kept",        "written",    "link",        "fifo"};
    int status;
    kill(outside, SIGKILL);
    waitpid(outside, &status, 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        remove(names[i]);
    if (chdir("/") == 0)
        rmdir(root);
}

int main(void)
{
    make_world();
    check_rows();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        run(&rows[i]);
        unlink("make/new");
    }
    clear_world();
    return tap_end();
}
