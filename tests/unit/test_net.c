/* The engine over the sockets, threads and commands of the system: what the scripted tests leave to
 * the transport. The server is a child process on the loopback interface. */
#include "net/engine.h"

#include "base/work.h"
#include "dns/types.h"

#include "tap.h"
#include "wire.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECOND = 1000000, QUESTIONS = 300 };

static struct err err;
static struct transport *transport;
static struct engine *engine;
static struct endpoint_set *endpoints;
static int stop_pipe[2], event_pipe[2];

/* ---- A server -------------------------------------------------------------------------------- */

static bool read_all(int fd, uint8_t *to, size_t n)
{
    for (size_t got = 0; got < n;) {
        ssize_t more = read(fd, to + got, n - got);
        if (more <= 0)
            return false;
        got += (size_t)more;
    }
    return true;
}

/* Puts an answer, and its length before it. */
static void make_answer(struct wire *w, unsigned id)
{
    w->n = 0;
    wire_u16(w, 0);
    wire_header(w, id, 0x8400, 1, 1, 0, 0);
    wire_question(w, "z.", TYPE_SOA, 1);
    wire_soa(w, "z.", 1, "ns.", "h.", 7);
    wire_set_u16(w, 0, (unsigned)w->n - 2);
}

/* Answers each SOA question, as long as they come. */
static void answer(int fd)
{
    static struct wire w;
    uint8_t query[4096], prefix[2];
    while (read_all(fd, prefix, 2)) {
        size_t length = (size_t)prefix[0] << 8 | prefix[1];
        if (length > sizeof query || !read_all(fd, query, length))
            return;
        make_answer(&w, (unsigned)query[0] << 8 | query[1]);
        if (write(fd, w.octets, w.n) != (ssize_t)w.n)
            return;
    }
}

/* Over UDP: loses each query the first time; then there are answers from elsewhere and for another
 * one, and the right one twice. */
static void answer_datagrams(int fd)
{
    static struct wire w;
    static bool seen[65536];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    uint8_t query[4096];
    int elsewhere = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    while (recvfrom(fd, query, sizeof query, 0, (struct sockaddr *)&from, &length) >= 2) {
        unsigned id = (unsigned)query[0] << 8 | query[1];
        for (unsigned i = 0; seen[id] && i < 4; i++) {
            make_answer(&w, i == 1 ? id ^ 1 : id);
            sendto(i == 0 ? elsewhere : fd, w.octets + 2, w.n - 2, 0, (struct sockaddr *)&from,
                   length);
        }
        seen[id] = true;
    }
    _exit(1);
}

/* Returns the port of a server that takes one connection after the other, or datagrams; *pid ends
 * it. 0: there is none. */
static uint16_t start_server(int type, pid_t *pid)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof here;
    int listener = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof here) != 0 ||
        (type == SOCK_STREAM && listen(listener, 8) != 0) ||
        getsockname(listener, (struct sockaddr *)&here, &length) != 0)
        return 0;
    *pid = fork();
    if (*pid == 0) {
        alarm(60); /* it must not outlive a test that was killed */
        if (type == SOCK_DGRAM)
            answer_datagrams(listener);
        for (;;) {
            int fd = accept(listener, NULL, NULL);
            answer(fd);
            close(fd);
        }
    }
    close(listener);
    return ntohs(here.sin_port);
}

/* ---- Helpers --------------------------------------------------------------------------------- */

static void open_engine(struct record *record, struct work *work)
{
    struct engine_config config = {
        .transport = transport,
        .connect_timeout = 10 * SECOND,
        .answer_timeout = 10 * SECOND,
        .idle_timeout = 10 * SECOND,
        .record = record,
        .work = work,
        .event_fd = event_pipe[0],
    };
    engine = engine_new(&config, &err);
}

static const struct endpoint *endpoint_at(int type, uint16_t port)
{
    struct endpoint like = {.tls = NULL};
    address_parse("127.0.0.1", port, &like.address);
    like.address.datagram = type == SOCK_DGRAM;
    return endpoint_intern(endpoints, &like, &err);
}

static const uint8_t zone[] = {1, 'z', 0};
static struct notes notes;

static void init_question(struct question *question, const struct endpoint *to)
{
    struct answer_config config = {
        .question = {.name = zone, .name_length = sizeof zone, .type = TYPE_SOA, .class = CLASS_IN},
        .notes = &notes,
    };
    *question = (struct question){
        .to = to,
        .answer = answer_new(&config, &err),
        .deadline = LOOP_NEVER,
        .kind = QUESTION_SOA,
        .edns = MSG_EDNS_BARE,
    };
}

/* Runs to the end, or to a signal; returns how many SOA records came. *last is the last failure. */
static unsigned run(struct err *last)
{
    struct engine_event event;
    struct zone_info info;
    struct rr rr;
    enum rr_op op;
    unsigned records = 0;
    while (engine_next(engine, &event) && event.kind != ENGINE_STOP) {
        if (event.kind == ENGINE_FAILED)
            *last = *event.err;
        if (event.kind != ENGINE_MESSAGE)
            continue;
        enum answer_event next;
        while ((next = answer_next(event.question->answer, &info, &rr, &op, &err)) ==
                   ANSWER_BEGIN ||
               next == ANSWER_RR)
            records += next == ANSWER_RR;
        engine_end(engine, event.question, err.kind);
    }
    return records;
}

/* ---- Tests ----------------------------------------------------------------------------------- */

static void asks(const struct endpoint *server, const struct endpoint *nobody)
{
    static struct question questions[QUESTIONS];
    struct err last = {.kind = ERR_NONE};
    open_engine(NULL, NULL);
    for (unsigned i = 0; i < QUESTIONS; i++) {
        init_question(&questions[i], server);
        engine_ask(engine, &questions[i], &err);
    }
    is_int(run(&last), QUESTIONS, "%d questions are answered", QUESTIONS);
    ok(last.kind == ERR_NONE && err.kind == ERR_NONE, "without an error");
    questions[0].to = nobody;
    engine_ask(engine, &questions[0], &err);
    run(&last);
    is_str(last.text, "cannot connect: Connection refused", "where nobody listens");
    questions[0].to = server;
    questions[0].deadline = loop_now();
    engine_ask(engine, &questions[0], &err);
    run(&last);
    is_str(last.text, "not done within --max-time", "where there is no time");
    questions[0].deadline = LOOP_NEVER;
    engine_ask(engine, &questions[0], &err);
    engine_free(engine);
    for (unsigned i = 0; i < QUESTIONS; i++)
        answer_free(questions[i].answer);
}

static void asks_over_udp(const struct endpoint *server, const struct endpoint *nobody)
{
    enum { SOME = 20 };
    static struct question questions[SOME];
    struct err last = {.kind = ERR_NONE};
    open_engine(NULL, NULL);
    uint64_t began = loop_now();
    for (unsigned i = 0; i < SOME; i++) {
        init_question(&questions[i], server);
        engine_ask(engine, &questions[i], &err);
    }
    is_int(run(&last), SOME, "%d questions over UDP are answered", SOME);
    ok(last.kind == ERR_NONE && err.kind == ERR_NONE, "without an error");
    ok(loop_now() - began >= SECOND, "after they were sent again");
    bool is_one = questions[0].octets > 0;
    for (unsigned i = 1; i < SOME; i++)
        is_one = is_one && questions[i].octets == questions[0].octets;
    for (unsigned i = 0; i < SOME; i++) {
        questions[i].to = nobody;
        engine_ask(engine, &questions[i], &err);
    }
    ok(is_one, "by one message each");
    began = loop_now();
    is_int(run(&last), 0, "where nobody listens nothing comes");
    is_str(last.text, "cannot ask over UDP: Connection refused", "and that is told");
    ok(loop_now() - began < 5 * SECOND, "before the time is over");
    engine_free(engine);
    for (unsigned i = 0; i < SOME; i++)
        answer_free(questions[i].answer);
}

/* What kinds of entries a recording has, in order. */
static void kinds_of(const char *path, char kinds[64])
{
    static char file[10000];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = read(fd, file, sizeof file);
    size_t n = 0;
    const char *at = memchr(file, '\n', length > 0 ? (size_t)length : 0);
    while (at != NULL && ++at + 11 <= file + length && n < 63) {
        kinds[n++] = *at;
        at += 10 + ((unsigned)(unsigned char)at[9] << 8 | (unsigned char)at[10]);
    }
    kinds[n] = '\0';
    close(fd);
}

static void records(const struct endpoint *server)
{
    char path[] = "/tmp/zxfr-record.XXXXXX", kinds[64];
    struct err last = {.kind = ERR_NONE};
    struct question question;
    close(mkstemp(path));
    const struct loop loop = {.signal_fd = -1};
    const struct record_config config = {
        .path = path, .zone = "z.", .class = "IN", .loop = &loop, .deadline = LOOP_NEVER};
    struct record *record = record_open(&config, &err);
    open_engine(record, NULL);
    init_question(&question, server);
    engine_ask(engine, &question, &err);
    run(&last);
    engine_free(engine);
    ok(record_close(record, &err), "a recording");
    kinds_of(path, kinds);
    is_str(kinds, "C><", "of the connection, the query and the answer");
    answer_free(question.answer);
    unlink(path);
}

static bool ran;

static void run_task(struct task *task)
{
    (void)task;
    ran = true;
}

static void tasks(unsigned threads)
{
    struct work *work = work_new(threads, &err);
    struct task task = {.run = run_task};
    struct engine_event event;
    ran = false;
    open_engine(NULL, work);
    engine_task(engine, &task);
    ok(engine_next(engine, &event) && event.kind == ENGINE_TASK && event.task == &task && ran,
       "a task with %u threads", threads);
    ok(!engine_next(engine, &event), "is given back once");
    engine_free(engine);
    work_free(work);
}

static void children(void)
{
    struct child_options options = {.command = "exit 3", .input = -1};
    struct engine_child a, b;
    struct engine_event event;
    open_engine(NULL, NULL);
    ok(engine_child_start(engine, &a, &options, &a, &err), "a command");
    ok(engine_next(engine, &event) && event.kind == ENGINE_CHILD && event.child == &a &&
           event.owner == &a && event.result->status == 3,
       "ends");
    options.command = "sleep 60";
    ok(engine_child_start(engine, &a, &options, &a, &err) &&
           engine_child_start(engine, &b, &options, &b, &err),
       "two that take long");
    engine_child_kill(engine, &a);
    engine_child_kill(engine, &a);
    engine_child_kill(engine, &b);
    ok(!engine_next(engine, &event), "are killed, and nothing is left to wait for");
    engine_free(engine);
}

static void lookups(void)
{
    struct engine_event event;
    int mark;
    open_engine(NULL, NULL);
    ok(engine_resolve(engine, "localhost", 5353, AF_INET, loop_now() + 10 * SECOND, &mark, &err),
       "a name is looked up");
    ok(engine_resolve(engine, "LOCALHOST", 853, AF_INET, loop_now() + 10 * SECOND, &err, &err),
       "twice");
    ok(engine_next(engine, &event) && event.kind == ENGINE_RESOLVED && event.owner == &mark &&
           event.address_count == 1,
       "and has an address");
    char text[ADDRESS_TEXT_MAX];
    is_str(event.address_count > 0 ? address_text(event.addresses, text) : "none", "127.0.0.1#5353",
           "with the port");
    ok(engine_next(engine, &event) && event.owner == &err && event.address_count == 1 &&
           strcmp(address_text(event.addresses, text), "127.0.0.1#853") == 0,
       "for each who asked, with its own");
    ok(!engine_next(engine, &event), "once");
    ok(engine_resolve(engine, "localhost", 53, AF_INET, loop_now() + 10 * SECOND, &mark, &err) &&
           engine_next(engine, &event) && event.address_count == 1,
       "what is known is known");
    engine_resolve(engine, "localhost", 53, AF_INET, loop_now() + 10 * SECOND, &mark, &err);
    engine_forget(engine, &mark);
    ok(!engine_next(engine, &event), "who does not care any more is told nothing");
    char name[] = "x............................................................................"
                  "..y";
    ok(engine_resolve(engine, name, 53, AF_INET, loop_now() + 10 * SECOND, &mark, &err) &&
           engine_next(engine, &event) && event.kind == ENGINE_RESOLVED &&
           event.err->kind == ERR_HOST,
       "what is no name has no address");
    engine_free(engine);
}

static void signals(const struct endpoint *server)
{
    struct question question;
    struct timer timer = {.at = 0};
    struct engine_event event;
    open_engine(NULL, NULL);
    engine_timer(engine, &timer, loop_now() + 20 * SECOND, &timer);
    ok(write(event_pipe[1], "", 1) == 1 && engine_next(engine, &event) &&
           event.kind == ENGINE_RELOAD,
       "an event");
    init_question(&question, server);
    engine_ask(engine, &question, &err);
    ok(write(stop_pipe[1], "", 1) == 1, "a signal");
    while (engine_next(engine, &event) && event.kind != ENGINE_STOP)
        ;
    is_int(event.kind, ENGINE_STOP, "stops everything");
    engine_end(engine, &question, ERR_INTERRUPTED);
    engine_timer_clear(engine, &timer);
    ok(!engine_next(engine, &event), "until all is ended");
    engine_free(engine);
    answer_free(question.answer);
}

int main(void)
{
    pid_t pid = -1, udp_pid = -1;
    uint16_t port = start_server(SOCK_STREAM, &pid);
    uint16_t udp_port = start_server(SOCK_DGRAM, &udp_pid);
    if (port == 0 || udp_port == 0 || pipe(stop_pipe) != 0 || pipe2(event_pipe, O_NONBLOCK) != 0)
        return 1;
    transport = transport_new(stop_pipe[0], &err);
    endpoints = endpoint_set_new(&err);
    const struct endpoint *server = endpoint_at(SOCK_STREAM, port);
    const struct endpoint *nobody = endpoint_at(SOCK_STREAM, 1);
    const struct endpoint *udp_server = endpoint_at(SOCK_DGRAM, udp_port);
    const struct endpoint *udp_nobody = endpoint_at(SOCK_DGRAM, 1);
    ok(endpoint_at(SOCK_STREAM, port) == server, "endpoints that are alike are the same");
    ok(nobody != udp_nobody, "TCP and UDP are not alike");
    endpoint_release(server);
    asks(server, nobody);
    asks_over_udp(udp_server, udp_nobody);
    records(server);
    tasks(0);
    tasks(2);
    children();
    lookups();
    signals(server);
    kill(pid, SIGKILL);
    kill(udp_pid, SIGKILL);
    waitpid(pid, NULL, 0);
    waitpid(udp_pid, NULL, 0);
    endpoint_release(server);
    endpoint_release(nobody);
    endpoint_release(udp_server);
    endpoint_release(udp_nobody);
    endpoint_set_free(endpoints);
    transport->free(transport);
    return tap_end();
}
