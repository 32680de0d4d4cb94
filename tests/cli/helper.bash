# shellcheck shell=bash
# What the tests of the command line share. ZXFR, PRIMARY and MANYZONES name the programs.
#
#   primary_start [OPTION...] ZONEFILE...   a server on a free port of 127.0.0.1 (or -a ADDRESS);
#                                           sets PORT, and PORTS[n] for the n-th one
#   manyzones_start [OPTION...]             the server of many zones, likewise; $T/control and $T/counts
#                                           are its files
#   manyzones_change LINE...                lines for its control file, which hold at the return
#   manyzones_count NAME                    what it has counted so far
#   zx WORD...                              runs zxfr: $status, $T/out, $T/err
#   zx_start WORD... / zx_wait              the same in the background; $ZX_PID
#   is N                                    the exit status must be N
#   err_has, err_lacks, out_has, out_lacks  a fixed string in stderr or stdout
#   refute COMMAND...                       the command must fail (bats overlooks a failing "!")
#
# Each test has a folder of its own, $T, which others than root can enter; its programs end with
# it, however it ends.

bats_require_minimum_version 1.5.0
: "${ZXFR:?the zxfr program}" "${PRIMARY:?the server tests/tools/primary}"

setup() {
    T=$(mktemp -d "${BATS_RUN_TMPDIR%/*}/zxfr-cli.XXXXXX")
    chmod 755 "$T"
    mkdir "$T/home" "$T/tmp" "$T/box"
    chmod 1777 "$T/tmp"
    export HOME=$T/home TMPDIR=$T/tmp LC_ALL=C TERM=xterm
    unset NO_COLOR
    umask 022
    cd "$T/box" || return
    PIDS=()
    PORTS=()
    ZX_PID=
    status=
    write_zones
}

teardown() {
    local pid
    for pid in $ZX_PID "${PIDS[@]}"; do
        kill -KILL "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    chmod -R u+rwx "$T" 2>/dev/null || true
    cd / && rm -rf "$T"
}

# Seven records, and many (enough for several reads and messages). A zone of the given name.
write_zones() {
    zone_text example.com. >"$T/zone"
    ZONE=$T/zone RECORDS=7
}

zone_text() {
    cat <<ZONE
\$ORIGIN $1
\$TTL 3600
@ IN SOA ns1 hostmaster ${2:-2026112201} 7200 3600 1209600 300
@ IN NS ns1
@ IN MX 10 mail
ns1 IN A 192.0.2.1
mail IN AAAA 2001:db8::25
www IN CNAME ns1
txt IN TXT "hello world"
ZONE
}

write_big() {
    BIG=$T/big
    {
        zone_text example.com.
        awk -v n="${1:-20000}" 'BEGIN {
            for (i = 0; i < n; i++) printf "host%d IN A 10.%d.%d.%d\n", i, i / 65536, i / 256 % 256, i % 256
        }'
    } >"$BIG"
    BIG_RECORDS=$((${1:-20000} + RECORDS))
}

# Every IN row of the vectors that a zone can hold, in generic form, each below a name of its own. With an
# argument: those that can be transferred, or that this reader takes.
vector_zone() {
    zone_text example.com. | head -n 7
    # shellcheck disable=SC2016
    awk -F '\t' -v reader="$1" '
        /^#/ || NF < 5 || $2 != "IN" || $1 ~ /^(SOA|OPT|TSIG|TKEY|NXNAME)$/ { next }
        $1 == "SIG" && $3 ~ /^0000/ { next }
        reader != "" && $7 ~ /^malformed/ { next }
        reader != "transfer" && reader != "" && ("," $6 ",") !~ ("," reader ",") { next }
        reader == "bind" && $1 ~ /^(MD|MF|SINK)$/ { next }
        reader == "bind" && $1 ~ /SIG$/ && $4 ~ / 21[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]/ { next } # it writes 19xx
        {
            code = types[$1]
            if ($1 ~ /^TYPE/) code = substr($1, 5)
            if (code == "") { print "no code: " $1 >"/dev/stderr"; exit 1 }
            hex = $3 == "-" ? "" : $3
            printf "row%d IN TYPE%d \\# %d %s\n", NR, code, length(hex) / 2, hex
        }
        BEGIN { while ("'"$ZXFR"' --list-types" | getline line) { split(line, f, "\t"); types[f[2]] = f[1] } }' "$VECTORS"
}

# ---- Servers -----------------------------------------------------------------------------------

# The server ends with the test's shell even if that is killed. Descriptor 3 is bats' own: who
# keeps it open keeps bats waiting.
primary_start() { start_program "$PRIMARY" "$@"; }

start_program() {
    local log=$T/primary.${#PIDS[@]} i
    : >"$log"
    setpriv --pdeathsig TERM -- "$@" >"$log" 2>"$log.err" </dev/null 3>&- &
    PIDS+=($!)
    for ((i = 0; i < 500; i++)); do
        if [[ $(<"$log") == ready* ]]; then
            PORT=$(awk '{ print $3 }' "$log")
            PORTS+=("$PORT")
            S=@127.0.0.1#$PORT
            return 0
        fi
        kill -0 "$!" 2>/dev/null || break
        sleep 0.01
    done
    echo "$* did not start:" && cat "$log.err"
    return 1
}

manyzones_start() {
    : >"$T/control"
    MANYZONES_LOG=$T/primary.${#PIDS[@]}
    start_program "${MANYZONES:?the server tests/tools/manyzones}" --control "$T/control" \
        --counts "$T/counts" "$@" || return
    MANYZONES_PID=${PIDS[-1]}
}

manyzones_change() {
    local before
    before=$(wc -l <"$MANYZONES_LOG")
    printf '%s\n' "$@" >"$T/control"
    kill -HUP "$MANYZONES_PID"
    eventually manyzones_said "$((before + 1))"
}

manyzones_said() { [[ $(wc -l <"$MANYZONES_LOG") == "$1" ]]; }

manyzones_count() {
    rm -f "$T/counts"
    kill -USR1 "$MANYZONES_PID"
    eventually test -s "$T/counts" || return
    awk -v name="$1" '$1 == name { print $2; found = 1 } END { exit !found }' "$T/counts"
}

# A port where nobody listens any more.
closed_port() {
    primary_start "$ZONE"
    kill "${PIDS[-1]}"
    wait "${PIDS[-1]}" 2>/dev/null || true
    unset 'PIDS[-1]' 'PORTS[-1]'
    CLOSED=$PORT
}

# Runs a command where FILE is the list of hosts and no resolver answers, so that the look-up of
# a name depends on nothing outside of the test.
with_hosts() {
    local file=$1
    shift
    echo "nameserver 127.0.0.1" >"$T/resolv.conf"
    # shellcheck disable=SC2016
    unshare -rm sh -c 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/resolv.conf &&
        shift 2 && exec "$@"' sh "$file" "$T/resolv.conf" "$@"
}

need_namespaces() {
    unshare -rm mount --bind /etc/hosts /etc/hosts 2>/dev/null ||
        skip "the system allows no mount namespaces"
}

# A build with sanitizers cannot look for leaks while it is traced.
need_strace() {
    strace -qq -o /dev/null -e trace=none true || skip "strace may not trace here"
    export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
}

# ---- Running zxfr ------------------------------------------------------------------------------

show() {
    echo "status ${status:-none}; stderr:"
    head -c 4000 "$T/err" 2>/dev/null
    echo "stdout:"
    head -c 2000 "$T/out" 2>/dev/null
    return 1
}

# Standard output is not the terminal, and no test may hang.
zx() {
    local limit=${LIMIT:-${SANITIZED:+6}60} # ThreadSanitizer is slower by far
    status=0
    timeout --foreground -k 5 "$limit" "$ZXFR" "$@" >"$T/out" 2>"$T/err" </dev/null ||
        status=$?
}

# bash starts what runs in the background with SIGINT ignored; a shell at a terminal does not.
zx_start() {
    env --default-signal=INT,HUP,TERM,PIPE "$ZXFR" "$@" >"$T/out" 2>"$T/err" </dev/null 3>&- &
    ZX_PID=$!
}

zx_wait() {
    local i
    for ((i = 0; i < 2000; i++)); do
        # shellcheck disable=SC2009
        [[ $(ps -o stat= -p "$ZX_PID") == [!Z]* ]] || break
        sleep 0.01
    done
    if ((i == 2000)); then
        echo "zxfr does not end"
        show
        return 1
    fi
    status=0
    wait "$ZX_PID" || status=$?
    ZX_PID=
}

# Waits until a condition holds, at most ten seconds.
eventually() {
    local i
    for ((i = 0; i < 1000; i++)); do
        if "$@" 2>/dev/null; then
            return 0
        fi
        sleep 0.01
    done
    echo "in vain: $*"
    show
    return 1
}

# As somebody whom permissions bind. The program may lie where only root can read.
as_nobody() {
    if ((EUID != 0)); then
        "$@"
        return
    fi
    setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

zx_nobody() {
    install -m 755 "$ZXFR" "$T/zxfr"
    status=0
    as_nobody timeout --foreground -k 5 60 "$T/zxfr" "$@" >"$T/out" 2>"$T/err" </dev/null ||
        status=$?
}

# ---- Judging -----------------------------------------------------------------------------------

# Each fails as soon as something is wrong, wherever it is called: behind || and && the shell's -e
# does not end a function.

is() { [[ $status == "$1" ]] || show; }
# has FILE WORDS..., lacks FILE WORDS...: each of the fixed strings.
has() {
    local file=$1 words
    for words in "${@:2}"; do
        grep -qF -- "$words" "$file" || { echo "not in $file: $words" && show; } || return
    done
}
lacks() {
    local file=$1 words
    for words in "${@:2}"; do
        refute grep -qF -- "$words" "$file" || return
    done
}
err_has() { has "$T/err" "$@"; }
out_has() { has "$T/out" "$@"; }
err_lacks() { lacks "$T/err" "$@"; }
out_lacks() { lacks "$T/out" "$@"; }
err_empty() { [[ ! -s $T/err ]] || show; }
out_empty() { [[ ! -s $T/out ]] || show; }
refute() {
    if "$@"; then
        echo "should have failed: $*"
        show
    fi
}
count_is() { [[ $(grep -cF -- "$2" "$3") == "$1" ]] || { echo "not $1 times in $3: $2" && show; }; }

# Every line of stderr says who speaks and holds nothing that a terminal would obey.
err_clean() {
    refute grep -qv '^zxfr: ' "$T/err" || return
    refute grep -q '[^ -~]' "$T/err"
}

# A usage error: exit 2, one line, nothing on stdout, and the given words in the message.
usage_error() {
    local words
    is 2 || return
    out_empty || return
    err_clean || return
    [[ $(wc -l <"$T/err") == 1 ]] || show || return
    for words; do
        err_has "$words" || return
    done
}

# FILE holds a whole zone of N records: the end line is the last one and true.
whole() {
    local file=$1 records=${2:-$RECORDS} zone=${3:-example.com.} serial=${4:-2026112201}
    [[ $(tail -n 1 "$file") == "; zxfr end: $zone IN serial $serial records $records" ]] ||
        show || return
    [[ $(grep -vc '^[;$]' "$file") == "$records" ]] || show || return
    [[ $(grep -c '^;' "$file") == 1 ]] || show
}

# stdout is marked as not whole, once and at its end.
incomplete() {
    [[ $(tail -n 1 "$T/out") == "; zxfr INCOMPLETE: "* ]] || show || return
    count_is 1 INCOMPLETE "$T/out" || return
    out_lacks "zxfr end:"
}

# Nothing beside what is named here is in the folder of the test. ThreadSanitizer leaves a file where
# a system call of its own was made to fail.
box_holds() {
    local there
    there=$(find . -mindepth 1 -printf '%P\n' | sort | tr '\n' ' ')
    [[ $there == "${*:+$* }" ]] || { echo "in the folder: $there" && show; } || return
    there=$(find "$T/tmp" -mindepth 1 ! -name 'tsan.rodata.*')
    [[ -z $there ]] || { echo "in TMPDIR: $there" && show; }
}
