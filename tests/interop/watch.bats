#!/usr/bin/env bats
# zxfr watch beside BIND, Knot DNS, NSD and PowerDNS that say by NOTIFY what has changed: nothing else can
# tell it in the time that these tests take, since the zones' refresh is two hours. MANY is how many zones
# each server has (500), CHANGES how many of them change (10), one after the other; the times from the
# change to the new file are printed.
#
# Environment: ZXFR, the path of the program. A test fails when its server is not installed.

load servers.bash
# shellcheck source=tests/interop/many.bash
. "$BATS_TEST_DIRNAME/many.bash"
# shellcheck source=tests/interop/notify.bash
. "$BATS_TEST_DIRNAME/notify.bash"

KEY=hmac-sha256:many.test:c2VjcmV0IG9mIGEga2V5IGZvciB0ZXN0cw==
OTHER=hmac-sha256:other.test:bm90IHRoYXQgb25lLCBhbm90aGVyIG9uZQ==

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    servers_begin "$PWD/servers"
    FOLDER=$PWD/zones
    N=${MANY:-500}
    PIDS=()
    NOTIFY_TO=127.0.0.1
    NOTIFY_PORT=$(servers_free_port)
    NOTIFY_FROM=
    mkdir files
    : >changes
}

teardown() {
    local pid
    for pid in "${PIDS[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    servers_end
}

refute() {
    if "$@"; then
        echo "should have failed: $*"
        return 1
    fi
}

# eventually COMMAND...: within half a minute it is so.
eventually() {
    local i
    for ((i = 0; i < 1500; i++)); do
        "$@" && return
        sleep 0.02
    done
    echo "in vain: $*"
    tail -n 5 err spied
    return 1
}

zone_of() { printf 'zone%06d.example' "$1"; }

# ---- A run that stays --------------------------------------------------------------------------

# watch WORD...: stdout in ./out, stderr in ./err; returns when all zones are there.
watch() {
    "$PYTHON" "$BATS_TEST_DIRNAME/watch.py" spy files "$NOTIFY_PORT" >spied 2>spied.err 3>&- &
    PIDS+=($!)
    eventually grep -qx ready spied
    setpriv --pdeathsig TERM "$ZXFR" watch -d files --listen "$NOTIFY_TO#$NOTIFY_PORT" "$@" >out 2>err </dev/null 3>&- &
    WATCH=$!
    PIDS+=("$WATCH")
    eventually all_there
}

all_there() { [ "$(grep -c '^zone' out)" = "$N" ]; }

# Nothing was said but what was expected, and it ends as it shall.
ends() { # LINE...
    local status=0
    kill "$WATCH"
    wait "$WATCH" || status=$?
    sed 's/zone[0-9]*/zoneN/; s/#[0-9]*//' err | sort >said
    if [ $# -gt 0 ]; then printf '%s\n' "$@"; fi | sort | diff - said || return
    [ "$status" = 0 ]
}

settle() { # SERVER
    notify_settle "$1"
    quiet
    notify_count "$1"
    SETTLED=$EPOCHREALTIME
}

# What a server sends at its start may come late: waits until nothing was seen for a while.
quiet() {
    local i before
    for ((i = 0; i < 30; i++)); do
        before=$(wc -l <spied)
        sleep 1.5
        [ "$(wc -l <spied)" != "$before" ] || break
    done
}

# change SERVER NUMBER SERIAL WAY: returns when the file is new.
change() {
    local zone
    zone=$(zone_of "$2")
    notify_change "$1" "$FOLDER" "$2" "$3" "$4" || return
    echo "$NOTIFY_BEGUN $NOTIFY_ENDED $zone $3" >>changes
    eventually has_serial "$zone" "$3"
    eventually grep -q " file $zone$" spied
}

has_serial() { grep -qsE "^$1\.	[0-9]+	IN	SOA	[^ ]+ [^ ]+ $2 " "files/$1.zone"; }

# What changed was told once each, and what is in the files is what the server has.
all_changed() { # SERVER
    awk '{ print $3, $4 - 1, $4 }' changes | sort >expected
    tail -n "+$((N + 1))" out | cut -d' ' -f1-3 | sort | diff expected - || return
    many_files "$FOLDER" files || return
    awk '{ print $3 }' changes | sort -u | shuf -n 5 | while read -r zone; do
        dig +noall +answer +onesoa -p "$(server_port "$1")" @127.0.0.1 axfr "$zone" | grep -v '^;' |
            awk '{ $1 = $1; print }' | sort >served
        grep -v '^;' "files/$zone.zone" | awk '{ $1 = $1; print }' | sort | diff served - || return
    done
}

# Each request was answered once, and the sender took the answer.
all_acknowledged() { # SERVER KIND
    local number
    number=$(wc -l <changes)
    [ "$2" = nsd ] || eventually acknowledged "$1" "$number"
    [ "$(notify_failed "$1")" = 0 ] || { notify_log "$1" | tail -n 20 && return 1; }
}

acknowledged() { [ "$(notify_done "$1")" -ge "$2" ]; }

# Where the system lets it be seen: no request was sent twice, and all came that way. Of what passes
# loopback some may be lost to who looks on.
seen() { # PROTOCOL KEY
    if grep -q ' notify ' spied; then
        awk -v since="$SETTLED" '$1 >= since && $2 == "notify" { print $3, $4, $5 }' spied | sort >requests
        due | awk -v way="$1 $2" '{ print $1, way }' | sort | comm -13 - requests >unexpected
        [ ! -s unexpected ] || unexpected
    fi
}

# The zones of the requests that there should be: one for each change, or, since PowerDNS at times means to
# send two for one, those that it says it will send.
due() {
    sed -n "s/.*Queued also-notification of domain '\([^']*\)'.*/\1/p" "$SERVERS_DIR"/*/log >queued
    if [ -s queued ]; then cat queued; else awk '{ print $3 }' changes; fi
}

unexpected() {
    local zone
    read -r zone _ <unexpected
    wc -l unexpected
    grep -h " $zone" spied changes
    grep -h "$zone" "$SERVERS_DIR"/*/log
    return 1
}

tell() { echo "# $1: $("$PYTHON" "$BATS_TEST_DIRNAME/watch.py" figures changes spied)" >&3; }

# ---- Changes -----------------------------------------------------------------------------------

# told KIND WAY PROTOCOL [LINE...]: by addresses.
told() {
    local kind=$1 way=$2 protocol=$3 number to
    shift 3
    many_zones "$FOLDER" "$N"
    notify_server it "$kind" "$FOLDER" - "$@"
    [ "$NOTIFY_TO" = 127.0.0.1 ] || notify_also6 it
    many_start it "$FOLDER"
    to=@127.0.0.1#$(server_port it)
    [ "$NOTIFY_TO" = 127.0.0.1 ] || to=@::1#$(notify_port6 it)
    watch --list "$FOLDER/list" "$to"
    settle it
    for number in $(shuf -i "0-$((N - 1))" -n "${CHANGES:-10}"); do
        change it "$number" 2 "$way"
    done
    tell "$kind, $way, $protocol to $NOTIFY_TO"
    all_changed it
    all_acknowledged it "$kind"
    seen "$protocol" plain
    ends
}

@test "BIND: files that changed, by UDP" { told bind file udp; }
@test "Knot DNS: files that changed, by TCP" { told knot file tcp 'zonefile-load: difference'; }
@test "NSD: files that changed, by UDP" { told nsd file udp; }
@test "PowerDNS: files that changed, by UDP" { told pdns file udp; }

over6() {
    [ -e /proc/net/if_inet6 ] && grep -q '^0*1 ' /proc/net/if_inet6 || skip "no ::1"
    NOTIFY_TO=::1
    told "$@"
}

# bats takes the last brace of the line for that of the test.
@test "BIND: dynamic updates, by UDP over IPv6" {
    over6 bind dynamic udp 'allow-update { 127.0.0.1; };'
}
@test "Knot DNS: changes by knotc, by TCP over IPv6" { over6 knot dynamic tcp; }
@test "NSD: files that changed, by UDP over IPv6" { over6 nsd file udp; }
@test "PowerDNS finds changes out by itself, by UDP over IPv6" { over6 pdns own udp; }

# ---- Keys --------------------------------------------------------------------------------------

# signed KIND PROTOCOL [LINE...]: from an address that is none of the zones' servers, signed; NOTIFY for
# zones 100 to 149 is not signed, and for zones 150 to 199 by a key that the run does not know.
signed() {
    local kind=$1 protocol=$2 number asked cost refused said
    shift 2
    NOTIFY_FROM=127.0.0.2
    echo "$KEY" >key
    chmod 600 key
    many_zones "$FOLDER" "$N"
    notify_server it "$kind" "$FOLDER" "$KEY" "$@"
    [ "$kind" = pdns ] || notify_other it none 100 149
    notify_other it "$OTHER" 150 199
    many_start it "$FOLDER"
    watch --list "$FOLDER/list" -k key "@127.0.0.1#$(server_port it)" --metrics metrics
    settle it
    for number in $(shuf -i 200-$((N - 1)) -n "${CHANGES:-10}"); do
        change it "$number" 2 file
    done
    tell "$kind, signed, $protocol"
    all_acknowledged it "$kind"
    seen "$protocol" signed

    # what one change costs in questions is all that is asked when others come with it
    asked=$(notify_asked it)
    change it 0 2 file
    cost=$(($(notify_asked it) - asked))
    echo "cost $cost"
    [ "$cost" -gt 0 ]
    asked=$(notify_asked it)
    refused=(150 160 199)
    [ "$kind" = pdns ] || refused+=(100 110 149)
    for number in "${refused[@]}"; do notify_change it "$FOLDER" "$number" 2 file; done
    eventually failed it ${#refused[@]}
    change it 1 2 file
    [ "$(($(notify_asked it) - asked))" = "$cost" ]
    for number in "${refused[@]}"; do has_serial "$(zone_of "$number")" 1; done
    said=("zxfr: zoneN.example: a message from 127.0.0.2 was refused: there is no key other.test. with hmac-sha256.")
    [ "$kind" = pdns ] || said+=("zxfr: zoneN.example: a message from 127.0.0.2 was refused: it is none of the zone's servers; --allow-notify would let it")
    ends "${said[@]}"
    counted accepted "$(wc -l <changes)" && counted signature 3
    [ "$kind" = pdns ] || counted refused 3
}

# NSD says the same again where it was refused.
counted() { # RESULT NUMBER
    awk -v name="zxfr_notifies_total{result=\"$1\"}" -v least="$2" '
        $1 == name { good = name ~ /accepted/ ? $2 == least : $2 >= least }
        END { exit !good }' metrics || { grep notifies metrics && return 1; }
}

failed() { [ "$(notify_failed "$1")" -ge "$2" ]; }

@test "BIND: only the key makes it count" { signed bind udp; }
@test "Knot DNS: only the key makes it count" { signed knot tcp 'zonefile-load: difference' 'module: mod-stats'; }
@test "NSD: only the key makes it count" { signed nsd udp; }
@test "PowerDNS: only the key makes it count" { signed pdns udp; }

# ---- Catalogs ----------------------------------------------------------------------------------

# catalog KIND [LINE...]: NOTIFY for the catalog makes a new member come, and one that it has lost go.
catalog() {
    local kind=$1 port lines last lost
    shift
    many_zones "$FOLDER" "$((N + 1))"
    last=$(zone_of "$N")
    lost=$(zone_of 0)
    notify_server it "$kind" "$FOLDER" - "$@"
    mapfile -t lines < <(notify_lines "$kind" none)
    many_catalog it catalog.invalid "$FOLDER" "${lines[@]}"
    member_held_back "$last"
    many_start it "$FOLDER"
    port=$(server_port it)
    watch --catalog "catalog.invalid@127.0.0.1#$port" "@127.0.0.1#$port" --metrics metrics
    settle it
    answers "$last" NOTAUTH
    answers "$lost" NOERROR
    echo "$last" >>"$FOLDER/list"
    "member_comes_$kind" "$last"
    eventually has_serial "$last" 1
    answers "$last" NOERROR
    change it "$N" 2 file
    sed -i "/^$lost\$/d" "$FOLDER/list"
    "member_goes_$kind" "$lost"
    eventually answers "$lost" NOTAUTH
    ends "zxfr: zoneN.example: a message from 127.0.0.1 was refused: there is no such zone here"
    # its file stays
    echo "$lost" >>"$FOLDER/list"
    rm files/catalog.invalid.zone
    many_files "$FOLDER" files
    grep -q "{zone=\"$last\"}" metrics
    refute grep "{zone=\"$lost\"}" metrics
}

# answers ZONE RCODE: to NOTIFY that tells the serial that the zone has, and so has no effect.
answers() { [ "$("$PYTHON" "$BATS_TEST_DIRNAME/watch.py" ask "$NOTIFY_PORT" "$1" 1)" = "$2" ]; }

# The last section goes to ./section.
member_held_back() { # ZONE
    local dir=$SERVERS_DIR/it
    sed -n "/\"$1\"/,\$p" "$dir/zones/1" >section
    sed -i "/\"$1\"/,\$d" "$dir/zones/1"
    sed -i '$d' "$FOLDER/list"
    sed -i "s/^$1\$/$(zone_of 0)/" "$dir/zonelist"
    [ ! -e "$dir/catalog.zone" ] || catalog_now 1
}

catalog_now() { many_py catalog "$SERVERS_DIR/it/catalog.zone" catalog.invalid "$FOLDER" "$1"; }

member_comes_bind() {
    rndc -c "$SERVERS_DIR/it/rndc.conf" addzone "$1" "$(sed '1s/.*{/{/' section)"
    catalog_now 2
    rndc -c "$SERVERS_DIR/it/rndc.conf" reload catalog.invalid
}

member_goes_bind() {
    catalog_now 3
    rndc -c "$SERVERS_DIR/it/rndc.conf" reload catalog.invalid
}

member_comes_knot() {
    cat section >>"$SERVERS_DIR/it/knot.conf"
    knotc -s "$SERVERS_DIR/it/knot.sock" reload
}

member_goes_knot() {
    awk -v zone="\"$1\"" '$1 == "-" && $2 == "domain:" { is_it = $3 == zone } !is_it' \
        "$SERVERS_DIR/it/knot.conf" >knot.conf
    cp knot.conf "$SERVERS_DIR/it/knot.conf"
    knotc -s "$SERVERS_DIR/it/knot.sock" reload
}

@test "BIND: members of a catalog come and go by its NOTIFY" { catalog bind; }
@test "Knot DNS: members of a catalog come and go by its NOTIFY" { catalog knot 'zonefile-load: difference'; }
