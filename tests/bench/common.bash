# shellcheck shell=bash
# shellcheck disable=SC2154 # run assigns them
# What the parts of run share: programs and servers, and where results go.
#
#   start NAME ARGUMENT...        a primary on a free port, which port_of NAME tells
#   start_program NAME COMMAND... the same for any tool that says where it listens
#   stop_all                      ends all of them
#   serve_stream NAME RECORDS [WORD...] a primary that replays a stream of mkstream
#   note KEY COMMAND...           measures a command $repeat times: a line each in the results of KEY
#   note_once, note_status        ... once; with another exit status than 0
#   count NAME NUMBER             a number that the results need
#   skip KEY WHY                  what is not measured, which is told, loudly
#
# measure may have options before the command. Results go to the folder $results, a file KEY for each:
# wall seconds, CPU seconds, peak memory in KiB, exit status.
#
# A round has what zxfr does, and for the first of them, $beside_rounds, what other programs do; what takes
# longest among these only in $slow_rounds.

servers=()
warm=0 # MiB that measure uses before each run

say() { printf '%s %s\n' "$(date +%T)" "$*" >&2; }
die() { echo "run: $*" >&2 && exit 1; }

need_programs() {
    local program missing=()
    for program in dig kdig drill kzonecheck knotd named named-compilezone dnssec-keygen dnssec-signzone \
        dnssec-verify ldns-read-zone ldns-verify-zone ldns-compare-zones openssl; do
        command -v "$program" >/dev/null || missing+=("$program")
    done
    [[ ! ${missing[*]} ]] || die "not installed: ${missing[*]}"
}

build_tools() {
    local cc=${CC:-cc} flags="-std=c11 -D_GNU_SOURCE -O2" tools=$top/tests/tools
    # shellcheck disable=SC2086
    {
        $cc $flags -o "$work/primary" "$tools"/primary/*.c -lcrypto
        $cc $flags -o "$work/mkstream" "$top/tests/bench/mkstream.c"
        $cc $flags -o "$work/measure" "$top/tests/bench/measure.c"
        $cc $flags -o "$work/manyzones" "$tools"/manyzones/*.c \
            "$tools"/primary/{bytes,listener,name,query,signer,tool,type,wire}.c -lcrypto
    }
}

find_zxfr() {
    if [[ -z ${ZXFR:-} ]]; then
        if ! { meson setup "$work/build" "$top" && meson compile -C "$work/build"; } \
            >"$work/meson.log" 2>&1; then
            tail -n 20 "$work/meson.log" >&2
            exit 1
        fi
        ZXFR=$work/build/src/zxfr
    fi
    ZXFR=$(command -v "$ZXFR") || die "no program at ZXFR"
}

# ---- Servers --------------------------------------------------------------------------------------

start() { start_program "$1" "$work/primary" "${@:2}"; }

start_program() {
    local ready=$work/ready.$1
    shift
    : >"$ready"
    "$@" >"$ready" &
    servers+=($!)
    for _ in $(seq 6000); do
        [[ ! -s $ready ]] || return 0
        sleep 0.01
    done
    die "$1 does not start"
}

port_of() { sed -n '1s/.* //p' "$work/ready.$1"; }

stop_all() {
    local pid
    for pid in "${servers[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    servers=()
}

serve_stream() {
    local name=$1
    shift
    "$work/mkstream" "$1" "$work/stream.$name" bench. 1 rsa "${@:2}"
    start "$name" --replay "$work/stream.$name"
}

# The text that dig makes of it.
text_of() { dig +noall +answer +onesoa @127.0.0.1 -p "$(port_of "$1")" bench. axfr; }

# ---- Rounds ---------------------------------------------------------------------------------------

# From here on others are measured once, and those that no goal is about not at all.
very_large=10000000
too_slow="takes long or much memory with so many records, and no goal is about it"

is_very_large() { ((records >= very_large)); }

# set_rounds N: N rounds for zones of $records; what takes no time is done several times a round.
set_rounds() {
    repeat=1 rounds=$1 beside_rounds=$1
    if ((records <= 10000)); then
        repeat=5
    elif ((records <= 100000)); then
        repeat=2
    elif is_very_large; then
        rounds=$(($1 < 3 ? $1 : 3)) beside_rounds=1
    fi
    slow_rounds=$((beside_rounds < 3 ? beside_rounds : 3))
    warm=$((records < 1000000 ? 0 : records / 4096)) # 256 octets a record
}

# ---- Results --------------------------------------------------------------------------------------

note() { note_status 0 "$1" -n "$repeat" "${@:2}"; }
note_once() { note_status 0 "$@"; }

note_status() {
    local good=$1 key=$2
    shift 2
    "$work/measure" -w "$warm" "$@" >>"$results/$key"
    awk -v good="$good" '$4 != good { exit 1 }' "$results/$key" || die "$key: failed: ${*: -6}"
}

count() { echo "$2" >"$results/count.$1"; }

skip() {
    echo "$2" >"$results/skipped.$1"
    echo "run: SKIPPED: $1: $2" >&2
}
