#!/usr/bin/env bats
# zxfr sync beside BIND, Knot DNS, NSD and PowerDNS with their default limits, and what one server does
# to the zones of the others. MANY is how many zones each has (300). The figures of each run are
# printed.
#
# Environment: ZXFR, MANYZONES, MEASURE, the paths of the programs. A test fails when its server is not
# installed.

load servers.bash
# shellcheck source=tests/interop/many.bash
. "$BATS_TEST_DIRNAME/many.bash"
# shellcheck source=tests/tools/certs.bash
. "$BATS_TEST_DIRNAME/../tools/certs.bash"

KEY=hmac-sha256:many.test:c2VjcmV0IG9mIGEga2V5IGZvciB0ZXN0cw==

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    servers_begin "$PWD/servers"
    FOLDER=$PWD/zones
    N=${MANY:-300}
    PIDS=()
    mkdir files
}

teardown() {
    local pid
    servers_end
    for pid in "${PIDS[@]}"; do
        kill "$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
}

refute() {
    if "$@"; then
        echo "should have failed: $*"
        return 1
    fi
}

# ---- A run, and what it came to ----------------------------------------------------------------

# sync STATUS WORD...: its report is in ./report, stdout in ./out, stderr in ./err.
sync() {
    local wanted=$1 status=0
    shift
    timeout -k 5 300 "$ZXFR" sync --report report -d files "$@" >out 2>err </dev/null 3>&- || status=$?
    if [ "$status" != "$wanted" ]; then
        echo "status $status instead of $wanted"
        head -c 3000 err
        return 1
    fi
}

# Nothing is said, but what was expected.
quiet() { [ "$(cat err)" = "${SAID:-}" ] || { head -c 3000 err && return 1; }; }

# summary FILTER: of the last line of the report.
summary() { tail -n 1 report | jq -r "$1"; }
# holds FILTER: whether it is true of the summary.
holds() { tail -n 1 report | jq -e "$1" >/dev/null || { echo "not so: $1" && tail -n 1 report && return 1; }; }

# What the server has done so far, by its own account: transfers from the start, questions.
transfers() {
    local begun
    case $(<"$SERVERS_DIR/$1/kind") in
    bind) begun='xfer-out:.* started' ;;
    knot) begun='XFR, outgoing, .* started' ;;
    nsd) begun='xfr for' ;;
    pdns) begun='AXFR-out .*transfer initiated' ;;
    esac
    grep -c -- "$begun" "$(server_dir "$1")/log" || :
}

questions() {
    case $(<"$SERVERS_DIR/$1/kind") in
    bind)
        "$PYTHON" -c '
import json, sys, urllib.request
with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/json/v1/server") as answer:
    print(json.load(answer)["nsstats"]["ReqTCP"])' "$(<statistics)"
        ;;
    pdns) pdns_control --config-dir="$(server_dir "$1")" show tcp-queries ;;
    esac
}

# missed ASKED: how many questions of the last run the server has not taken, which it counted ASKED of before;
# 0 where it does not count. BIND 9.20 may for ever stop to read from a connection on which many came at once:
# they stand in its socket, and are asked over another connection. With any other server, or if that did not
# take the time after which a connection is doubted, it fails.
missed() {
    local missed=0
    [ -z "$1" ] || missed=$(($(summary '.servers[0].questions') - $(questions it) + $1))
    if [ "$missed" != 0 ]; then
        echo "# $(<"$SERVERS_DIR/it/kind") has not read $missed questions, $(summary .seconds) s" >&3
        [ "$missed" -gt 0 ] && [ "$(<"$SERVERS_DIR/it/kind")" = bind ] &&
            server_does bind stops-reading && holds '.seconds >= 2.5' >&2 || return
    fi
    echo "$missed"
}

# The client's ends of the connections on which a server has transferred.
connections() {
    case $(<"$SERVERS_DIR/$1/kind") in
    bind) sed -n 's/.*xfer-out: client [^ ]* \([^ ]*\) .*started.*/\1/p' "$(server_dir "$1")/log" ;;
    knot) sed -n 's/.*XFR, outgoing, remote \([^ ,]*\),.* started.*/\1/p' "$(server_dir "$1")/log" ;;
    esac | sort -u | wc -l
}

tell() {
    echo "# $1: $(summary '[(.by_state | to_entries[] | select(.value > 0) | "\(.value) \(.key)"),
        "\(.seconds) s", (.servers[] | "connections \(.connections) questions \(.questions) refused \(.failures)")]
        | join(", ")')" >&3
}

# new_server KIND [KEY]: of all zones, with changes where it can, and its statistics.
new_server() {
    local lines=()
    case $1 in
    bind) lines=('ixfr-from-differences yes;') ;;
    knot) lines=('zonefile-load: difference') ;;
    nsd) lines=('store-ixfr: yes' 'create-ixfr: yes') ;;
    esac
    many_server it "$1" "$FOLDER" "${2:--}" "${lines[@]}"
    case $1 in
    bind)
        servers_free_port >statistics
        server_clause it "statistics-channels { inet 127.0.0.1 port $(<statistics) allow { 127.0.0.1; }; };"
        ;;
    nsd) server_option it 'verbosity: 2' ;;
    esac
}

# Thirty files are what the run for one zone writes.
same_bytes() { # WORD...
    local name
    for name in $(shuf -n 30 "$FOLDER/list"); do
        rm -f alone
        "$ZXFR" "$name" "$@" --sort -o alone 2>err || { cat err && return 1; }
        cmp alone "files/$name.zone" || return
    done
    rm -f alone
}

# ---- One server --------------------------------------------------------------------------------

first_run() { # KIND WORD...
    local kind=$1 begun asked missed
    shift
    begun=$(transfers it)
    asked=$(questions it)
    sync 0 --list "$FOLDER/list" "$@"
    tell "$kind, first run"
    quiet
    missed=$(missed "$asked")
    holds ".by_state.new == $N and .zones == $N and .servers[0].transfers == $N"
    holds ".servers | length == 1 and .[0].connections == $((1 + (missed > 0)))"
    # what was asked twice
    holds ".servers[0].questions - $N - $missed == .servers[0].failures and .servers[0].failures <= $N / 20 + 5"
    [ "$(($(transfers it) - begun))" = "$N" ] || { echo "the server has begun $(transfers it), before $begun" && tail -5 "$(server_dir it)/log" && return 1; }
    [ "$(connections it)" -le $((missed == 0 ? 1 : 2)) ]
    many_files "$FOLDER" files
    sed 's/ added [0-9]* deleted/ added N deleted/' out | sort >lines
    sed 's/$/ - 1 added N deleted 0 axfr/' "$FOLDER/list" | diff - lines
}

unchanged_run() { # KIND WORD...
    local kind=$1 begun asked missed
    shift
    begun=$(transfers it)
    asked=$(questions it)
    find files -type f -printf '%p %i\n' | sort >before
    sync 0 --list "$FOLDER/list" "$@"
    tell "$kind, second run"
    quiet && [ ! -s out ]
    holds ".by_state.unchanged == $N and .servers[0].transfers == 0 and .servers[0].failures == 0"
    missed=$(missed "$asked")
    holds ".servers[0].questions - $missed == $N and .servers[0].connections == $((1 + (missed > 0)))"
    [ "$(transfers it)" = "$begun" ]
    find files -type f -printf '%p %i\n' | sort | cmp - before
}

# Some change, and come by changes where the server has them and they are right.
bumped_run() { # KIND WORD...
    local kind=$1 numbers way=ixfr number more asked missed
    shift
    numbers=$(shuf -i "0-$((N - 1))" -n 20)
    # shellcheck disable=SC2086 # numbers have no blanks
    many_bump "$FOLDER" 2 $numbers && many_reload it "$FOLDER" $numbers
    case ${kind%% *} in
    nsd) refute server_does nsd wrong-changes || way=axfr ;;
    pdns) way=axfr-style ;;
    esac
    more=$([ "$way" = axfr ] && echo 40 || echo 20)
    asked=$(questions it)
    sync 0 --list "$FOLDER/list" "$@"
    tell "$kind, 20 changed"
    quiet
    holds ".by_state.updated == 20 and .by_state.unchanged == $N - 20"
    missed=$(missed "$asked")
    holds ".servers[0].questions - $missed - .servers[0].failures == $N + $more"
    holds ".servers[0].connections == $((1 + (missed > 0)))"
    for number in $numbers; do
        printf 'zone%06d.example 1 2 added 2 deleted 2 %s\n' "$number" "$way"
    done | sort >lines
    sort out | diff lines -
    many_files "$FOLDER" files
}

serves() { # KIND
    many_zones "$FOLDER" "$N"
    new_server "$1"
    many_start it "$FOLDER"
    local to=(@127.0.0.1 -p "$(server_port it)")
    first_run "$1" "${to[@]}"
    same_bytes "${to[@]}"
    unchanged_run "$1" "${to[@]}"
    bumped_run "$1" "${to[@]}"
    same_bytes "${to[@]}"
    unchanged_run "$1" "${to[@]}"
}

@test "BIND: all zones at first, none, and what has changed" { serves bind; }
@test "Knot DNS: all zones at first, none, and what has changed" { serves knot; }
@test "NSD: all zones at first, none, and what has changed" { serves nsd; }
@test "PowerDNS: all zones at first, none, and what has changed" { serves pdns; }

signed() { # KIND
    many_zones "$FOLDER" "$N"
    echo "$KEY" >key
    chmod 600 key
    new_server "$1" "$KEY"
    many_start it "$FOLDER"
    local to=(@127.0.0.1 -p "$(server_port it)")
    first_run "$1 with a key" "${to[@]}" -k key
    [ "$(jq -c 'select(.event == "zone").tsig' report | sort | uniq -c | awk '{ print $1 }')" = "$N" ]
    refute jq -e 'select(.event == "zone" and .tsig == null)' report
    same_bytes "${to[@]}" -k key
    unchanged_run "$1 with a key" "${to[@]}" -k key
    # who does not have it gets nothing
    rm files/*
    sync 4 --list "$FOLDER/list" "${to[@]}"
    holds ".by_state.missing == $N and .servers[0].transfers == 0"
    [ "$(ls files)" = "" ]
    [ "$(grep -c "$N zones: zone000000.example, zone000001.example, " err)" = 1 ]
}

@test "BIND: one key for all zones" { signed bind; }
@test "Knot DNS: one key for all zones" { signed knot; }
@test "NSD: one key for all zones" { signed nsd; }
@test "PowerDNS: one key for all zones" { signed pdns; }

over_tls() { # KIND
    certs_begin "$PWD/certs"
    ca_new ca
    cert_new good ca "DNS:ns1.test,IP:127.0.0.1"
    many_zones "$FOLDER" "$N"
    new_server "$1"
    many_tls it "$CERTS/good.pem" "$CERTS/good.key"
    many_start it "$FOLDER"
    local to=(@127.0.0.1 -p "$(many_tls_port it)" --tls --tls-ca "$CERTS/ca.pem") SAID=''
    if [ "$1" = nsd ] && server_does nsd no-alpn; then
        # once a connection
        SAID='zxfr: zone000000.example: 127.0.0.1: warning: the server selected no protocol (ALPN), where RFC 9103 wants dot'
    fi
    first_run "$1 over TLS" "${to[@]}"
    refute jq -e 'select(.event == "zone" and .tls == null)' report
    same_bytes "${to[@]}"
    unchanged_run "$1 over TLS" "${to[@]}"
    bumped_run "$1 over TLS" "${to[@]}"
    sync "$([ -z "$SAID" ] && echo 0 || echo 5)" --list "$FOLDER/list" "${to[@]}" --strict --dry-run
    # another certificate authority: one verdict for all
    ca_new other
    sync 5 --list "$FOLDER/list" @127.0.0.1 -p "$(many_tls_port it)" --tls --tls-ca "$CERTS/other.pem"
    holds ".by_state.kept == $N and .servers[0].questions == 0"
    [ "$(grep -c "$N zones: " err)" = 1 ]
    many_files "$FOLDER" files
}

@test "BIND: all over one connection with TLS" { over_tls bind; }
@test "NSD: all over one connection with TLS" { over_tls nsd; }

# ---- Many servers ------------------------------------------------------------------------------

# start NAME OPTION...: a server of tools/manyzones; its port is in ./NAME.port.
start() {
    local name=$1 i
    shift
    : >"$name.log"
    setpriv --pdeathsig TERM "$MANYZONES" "$@" >"$name.log" 2>&1 </dev/null 3>&- &
    PIDS+=($!)
    for ((i = 0; i < 1000; i++)); do
        if grep -q '^ready' "$name.log"; then
            awk '$1 == "ready" { print $3 }' "$name.log" >"$name.port"
            return
        fi
        sleep 0.01
    done
    cat "$name.log"
    return 1
}

# start_real KIND: a real server of the zones; its port is in ./KIND.port.
start_real() {
    many_server "$1" "$1" "$FOLDER"
    many_start "$1" "$FOLDER"
    server_port "$1" >"$1.port"
}

# lines FROM TO SERVER...: of a list, for these zones. Each server's zones are kept in ./zones.SERVER.
lines() {
    local from=$1 last=$2 number name server of
    shift 2
    of=zones.$(IFS=- && echo "$*")
    for ((number = from; number <= last; number++)); do
        name=$(printf 'zone%06d.example' "$number")
        echo "$name" >>"$of"
        printf '%s' "$name"
        for server; do printf ' @127.0.0.1#%s' "$(<"$server.port")"; done
        echo
    done
}

# shuffled FILE: always another order, which SEED repeats.
shuffled() { awk -v seed="$SEED" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' "$1" | sort -n | cut -f 2-; }

# ended SERVERS: how many zones of these servers have ended so: "RESULT STATE", sorted.
ended() {
    jq -r 'select(.event == "zone") | "\(.zone) \(.result) \(.state)"' report |
        awk 'NR == FNR { of[$1 "."]; next } $1 in of { print $2, $3 }' "zones.$1" - | sort | uniq -c |
        awk '{ print $1, $2, $3 }' | paste -sd,
}

# is_so SERVERS WORDS: what ended() says.
is_so() { [ "$(ended "$1")" = "$2" ] || { echo "$1: $(ended "$1") instead of $2" && head -c 3000 err && return 1; }; }

# Where in the report the zones of these servers begin and end to be told.
first_line() { report_lines "$1" | head -n 1; }
last_line() { report_lines "$1" | tail -n 1; }
report_lines() {
    jq -r 'select(.event == "zone") | .zone' report |
        awk 'NR == FNR { of[$1 "."]; next } $1 in of { print FNR }' "zones.$1" - >"lines.$1"
    cat "lines.$1"
}

# The files of these servers' zones, by dnspython.
good_files() { # SERVERS...
    local server name
    rm -rf expected some && mkdir expected some
    for server; do cat "zones.$server"; done >expected/list
    while read -r name; do
        ln "$FOLDER/$name.zone" expected && ln "files/$name.zone" some || return
    done <expected/list
    many_files expected some
}

# failed_at SERVER: each failure of its zones names it, in the report and on standard error.
failed_at() {
    local port
    port=$(<"$1.port")
    jq -r 'select(.event == "zone" and .result != "ok") | "\(.zone) \(.attempts[-1].address)"' report |
        awk 'NR == FNR { of[$1 "."]; next } $1 in of' "zones.$1" - >addresses
    [ -s addresses ]
    refute grep -v " 127\.0\.0\.1#$port\$" addresses
    # and no message about another server names these zones
    while read -r name _; do
        grep -qF "${name%.}" err && ! grep -F "${name%.}" err | grep -v "127\.0\.0\.1#$port"
    done < <(head -n 5 addresses)
}

GOOD=(bind knot nsd pdns)

@test "servers that are down, mute, hostile or slow harm the zones of no other" {
    local server number=0
    many_zones "$FOLDER" 400
    for server in "${GOOD[@]}"; do start_real "$server"; done
    start mute --zones 400 --do mute
    start down --zones 400 && kill "${PIDS[-1]}" && wait "${PIDS[-1]}" || :
    start closes --zones 400 --close-after 1
    start rubbish --zones 400 --rubbish 3
    start broken --zones 400 --do 'zone 321 broken rdlength' --do 'zone 327 broken soa' \
        --do 'zone 333 broken close' --do 'zone 339 broken reset' --do 'zone 345 rcode SERVFAIL'
    start inorder --zones 400 --order line --do 'zone 360 big 1000000'
    {
        for server in "${GOOD[@]}"; do
            lines $((number * 60)) $((number * 60 + 59)) "$server"
            number=$((number + 1))
        done
        lines 240 259 mute
        lines 260 279 down
        lines 280 299 closes
        lines 300 319 rubbish
        lines 320 359 broken
        lines 361 379 inorder
        lines 380 384 mute bind
        lines 385 389 down knot
    } >list
    # the big one comes first
    SEED=${SEED:-$RANDOM}
    echo "SEED=$SEED"
    { lines 360 360 inorder && shuffled list; } >mixed
    sync 12 --list mixed --answer-timeout 4s
    for server in "${GOOD[@]}" closes rubbish broken inorder mute down mute-bind down-knot; do
        echo "# $server: $(ended "$server")" >&3
    done
    for server in "${GOOD[@]}"; do is_so "$server" '60 ok new'; done
    is_so mute '20 network missing'
    is_so down '20 network missing'
    is_so closes '20 ok new'
    is_so rubbish '20 ok new'
    is_so broken '2 network missing,35 ok new,2 protocol missing,1 refused missing'
    is_so inorder '20 ok new'
    is_so mute-bind '5 ok new'
    is_so down-knot '5 ok new'
    for server in "${GOOD[@]}" closes rubbish down-knot; do
        [ "$(last_line "$server")" -lt "$(first_line mute)" ]
    done
    good_files "${GOOD[@]}" closes rubbish mute-bind down-knot
    for server in mute down broken; do failed_at "$server"; done
    [ "$(tail -n 1 files/zone000360.example.zone)" = "$(grep 'records 1000000 ' files/zone000360.example.zone)" ]
    [ "$(grep -v '^;' files/zone000360.example.zone | uniq | wc -l)" = 1000000 ]
}

@test "more mute servers than there may be transfers at once keep nobody waiting" {
    local i
    many_zones "$FOLDER" 400
    start_real knot
    for i in 0 1 2 3 4 5 6 7 8 9; do
        start "mute$i" --zones 400 --do mute
        lines $((i * 10)) $((i * 10 + 9)) "mute$i"
    done >list
    lines 100 399 knot >>list
    cat zones.mute* >zones.mute
    sync 12 --list list --answer-timeout 8s --retry 0
    echo "# knot: $(ended knot); lines $(first_line knot) to $(last_line knot), mute ones from $(first_line mute)" >&3
    is_so knot '300 ok new'
    is_so mute '100 network missing'
    [ "$(last_line knot)" -lt "$(first_line mute)" ]
    good_files knot
}

@test "a huge zone that comes slowly and takes all memory holds nobody up" {
    many_zones "$FOLDER" 400
    start huge --zones 400 --do 'zone 100 big 1000000' --do 'zone 100 pace 8'
    start slow --zones 400 --jitter 300
    { lines 100 100 huge && lines 101 280 slow; } >list
    sync 0 --list list --memory 64M
    echo "# $(summary .seconds) s; slow lines to $(last_line slow), huge $(first_line huge)" >&3
    is_so slow '180 ok new'
    is_so huge '1 ok new'
    [ "$(last_line slow)" -lt "$(first_line huge)" ]
    good_files slow
}

@test "a real server that is stopped, and one that hangs: the others' zones, and the next run" {
    local server number=0 pid
    many_zones "$FOLDER" 400
    for server in "${GOOD[@]}"; do
        start_real "$server"
        lines $((number * 100)) $((number * 100 + 99)) "$server" >>list
        number=$((number + 1))
    done
    sync 0 --list list
    many_files "$FOLDER" files
    many_bump "$FOLDER" 2 50 150 250 350
    for server in knot nsd; do many_reload "$server" "$FOLDER" 150 250; done
    server_stop bind
    pid=$(<"$SERVERS_DIR/pdns/pid")
    kill -STOP "$pid"
    find files -name 'zone0000*' -printf '%p %i %T@\n' | sort >before
    sync 12 --list list --answer-timeout 3s --metrics metrics || { kill -CONT "$pid" && return 1; }
    kill -CONT "$pid"
    is_so bind '100 network kept'
    is_so knot '99 ok unchanged,1 ok updated'
    is_so nsd '99 ok unchanged,1 ok updated'
    is_so pdns '100 network kept'
    [ "$(wc -l <out)" = 2 ]
    for server in bind pdns; do failed_at "$server"; done
    for server in knot nsd; do [ "$(last_line "$server")" -lt "$(first_line pdns)" ]; done
    find files -name 'zone0000*' -printf '%p %i %T@\n' | sort | cmp - before
    promtool_judges metrics
    grep -q "^zxfr_server_up{server=\"127.0.0.1#$(<bind.port)\"} 0" metrics
    grep -q "^zxfr_server_up{server=\"127.0.0.1#$(<pdns.port)\"} 0" metrics
    grep -q "^zxfr_server_up{server=\"127.0.0.1#$(<knot.port)\"} 1" metrics
    many_reload pdns "$FOLDER" 350
    sed -i "/#$(<bind.port)\$/d" list
    sync 0 --list list --max-unlisted 100
    is_so pdns '99 ok unchanged,1 ok updated'
}

# ---- Small limits ------------------------------------------------------------------------------

limited() { # KIND LINE...
    local connections=${CONNECTIONS:-1} asked='' missed
    many_zones "$FOLDER" "$N"
    new_server "$1"
    server_option it "${@:2}"
    many_start it "$FOLDER"
    local to=(@127.0.0.1 -p "$(server_port it)")
    [ "$1" != bind ] || asked=$(questions it)
    sync 0 --list "$FOLDER/list" "${to[@]}"
    tell "$1, ${*:2}"
    quiet
    missed=$(missed "$asked")
    holds ".by_state.new == $N and .servers[0].connections <= $((connections + (missed > 0)))"
    holds ".servers[0].failures <= $N / 4"
    many_files "$FOLDER" files
    [ "$1" != bind ] || asked=$(questions it)
    sync 0 --list "$FOLDER/list" "${to[@]}"
    tell "$1, ${*:2}"
    missed=$(missed "$asked")
    holds ".by_state.unchanged == $N and .servers[0].connections <= $((connections + (missed > 0)))"
}

@test "BIND with two transfers and ten connections" { limited bind 'transfers-out 2;' 'tcp-clients 10;'; }
@test "BIND with one transfer" { limited bind 'transfers-out 1;'; }
@test "PowerDNS with five connections" { limited pdns 'max-tcp-connections=5'; }
@test "PowerDNS with one connection" { limited pdns 'max-tcp-connections=1'; }
@test "NSD with five connections" { limited nsd 'tcp-count: 5'; }
@test "NSD with ten queries a connection" { CONNECTIONS=$((N / 10 + 2)) limited nsd 'tcp-query-count: 10'; }
@test "Knot DNS with three connections" { limited knot '    tcp-max-clients: 3'; }

# ---- Catalogs ----------------------------------------------------------------------------------

# The configuration is written anew, and read by the server.
reconfigure() { # NAME
    local dir kind
    dir=$(server_dir "$1")
    kind=$(<"$dir/kind")
    "servers_conf_$kind" "$dir" "$(server_port "$1")" >"$dir/$kind.conf"
    kill -HUP "$(<"$dir/pid")"
}

# The serial of the catalog, or what the server answers.
catalog_serial() {
    dig +tcp +norec -p "$(server_port it)" @127.0.0.1 catalog.test SOA >dig.out
    awk '$4 == "SOA" { print $7; found = 1 } / status: / && !/NOERROR/ { gsub(",", ""); print $6; found = 1 }' dig.out
}

catalog_was() { # SERIAL
    local i
    for ((i = 0; i < 400; i++)); do
        [ "$(catalog_serial)" = "$1" ] || return 0
        sleep 0.05
    done
    echo "the catalog is still $(catalog_serial)"
    return 1
}

# members FILE: only those that it lists are members from now on.
members() {
    local dir serial
    dir=$(server_dir it)
    serial=$(catalog_serial)
    mkdir -p fewer && cp "$1" fewer/list
    case $(<"$dir/kind") in
    bind)
        many_py catalog "$dir/catalog.zone" catalog.test fewer
        sed -i "s/ 1 3600 / $((serial + 1)) 3600 /" "$dir/catalog.zone"
        kill -HUP "$(<"$dir/pid")"
        ;;
    knot)
        awk 'NR == FNR { keep["\"" $1 "\""]; next }
            $2 == "domain:" { on = $3 in keep } on' "$1" "$dir/whole" >"$dir/zones/1"
        reconfigure it
        ;;
    esac
    catalog_was "$serial"
}

catalogs() { # KIND
    local to gold
    many_zones "$FOLDER" "$N"
    new_server "$1"
    many_catalog it catalog.test "$FOLDER"
    cp "$(server_dir it)/zones/1" "$(server_dir it)/whole"
    many_start it "$FOLDER"
    to=(--catalog "catalog.test" @127.0.0.1 -p "$(server_port it)")
    sync 0 "${to[@]}"
    quiet
    tell "$1, a catalog of all"
    holds ".by_state.new == $N and .catalogs[0].members == $N and .catalogs[0].used == \"new\""
    holds ".servers[0].transfers == $N + 1 and .servers[0].connections == 1"
    [ "$(wc -l <out)" = $((N + 1)) ]
    [ -s files/catalog.test.zone ]
    files_of() { rm -rf seen && mkdir seen && ln files/zone*.zone seen && many_files "$1" seen; }
    files_of "$FOLDER"
    jq -r 'select(.event == "zone") | "\(.zone) \(.group // "-")"' report |
        sed 's/\. / /; /^catalog/d' | sort >groups
    many_py groups "$FOLDER" | sort | diff - groups
    sync 0 "${to[@]}"
    holds ".by_state.unchanged == $N and .servers[0].questions == $N + 1"
    # one group; a template for the other
    rm files/*
    sync 0 "${to[@]}" --group gold
    many_py groups "$FOLDER" | awk '$2 == "gold" { print $1 }' >gold
    gold=$(wc -l <gold)
    holds ".by_state.new == $gold"
    [ "$(find files -name 'zone*' | wc -l)" = "$gold" ]
    echo 'group=silver --min-records 12' >templates
    sync 12 "${to[@]}" --list templates
    jq -r 'select(.event == "zone" and .result == "guard") | .group' report | sort -u >guarded
    [ "$(<guarded)" = silver ]
    sync 0 "${to[@]}"
    # some go
    head -n $((N - 10)) "$FOLDER/list" >fewest
    members fewest
    sync 0 "${to[@]}" -v --max-unlisted 50
    holds ".zones == $N - 10 and .unlisted == 10 and .by_state.unchanged == $N - 10"
    files_of "$FOLDER"
    # and come, the first of all with them
    tail -n +2 "$FOLDER/list" >others
    members others
    rm "files/$(tail -n 1 "$FOLDER/list").zone"
    mkdir gone
    sync 0 "${to[@]}" --unlisted-to gone
    holds ".zones == $N - 1 and .unlisted == 1"
    [ "$(ls gone)" = zone000000.example.zone ]
    [ -s "files/$(tail -n 1 "$FOLDER/list").zone" ]
    vanishes "$1"
}

# It goes: those that it had are brought up to date all the same.
vanishes() { # KIND
    local dir serial
    dir=$(server_dir it)
    serial=$(catalog_serial)
    mv "$dir/zones/2" "$dir/gone"
    : >"$dir/zones/2"
    [ "$1" != knot ] || sed -i '/catalog-/d' "$dir/zones/1"
    reconfigure it
    catalog_was "$serial"
    rm files/zone000005.example.zone
    cp files/catalog.test.zone kept
    sync 12 "${to[@]}"
    cat err
    holds ".catalogs[0].used == \"kept\" and .catalogs[0].members == $N - 1"
    holds ".by_state.unchanged == $N - 2 and .by_state.new == 1 and .unlisted == null"
    cmp kept files/catalog.test.zone
    grep -q '^zxfr: catalog.test: ' err
}

@test "BIND: a catalog, its groups, members that come and go, and its end" { catalogs bind; }
@test "Knot DNS: a catalog, its groups, members that come and go, and its end" { catalogs knot; }

@test "a catalog of 100 000 members: three are picked, all are looked at" {
    many_zones "$FOLDER" 30
    mkdir large
    awk 'BEGIN { for (i = 0; i < 100000; i++) printf "zone%06d.example\n", i }' >large/list
    many_server it bind "$FOLDER"
    many_py catalog "$PWD/catalog.zone" catalog.test large
    server_zone it catalog.test "$PWD/catalog.zone"
    many_start it "$FOLDER"
    local to=(--catalog catalog.test @127.0.0.1 -p "$(server_port it)")
    measured 0 "${to[@]}" --pick zone000003.example --pick zone000007.example --pick zone000029.example
    holds '.by_state.new == 3 and .catalogs[0].members == 100000'
    [ "$(find files -name 'zone*' | wc -l)" = 3 ]
    measured 0 "${to[@]}" --pick zone000003.example --pick zone000007.example --pick zone000029.example
    holds '.by_state.unchanged == 3 and .servers[0].questions == 4'
    # all the others are not there: REFUSED, 99 970 times
    measured 12 "${to[@]}" --dry-run
    holds '.zones == 100000 and .by_result.refused == 99970 and .by_result.ok == 30'
    holds '.servers[0].connections <= 3'
    [ "$(wc -l <err)" -lt 10 ]
    [ "$(find files -name 'zone*' | wc -l)" = 3 ]
    # a third of them
    measured 12 "${to[@]}" --dry-run --shard 1/3
    holds '.zones > 32000 and .zones < 34700'
}

# A run that takes less than 256 MiB.
measured() { # STATUS WORD...
    local wall cpu memory status
    read -r wall cpu memory status < <("$MEASURE" -o out "$ZXFR" sync --report report -d files "${@:2}" 2>err 3>&-)
    echo "# $((memory / 1024)) MiB, $wall s, CPU $cpu s" >&3
    [ "$status" = "$1" ] || { echo "status $status" && head -c 2000 err && return 1; }
    [ "${SANITIZED:-}" = yes ] || [ "$memory" -lt 262144 ]
}

# ---- Zones that are signed ---------------------------------------------------------------------

# sign NAME INCEPTION EXPIRATION: NAME.plain to NAME, with the zone's key.
sign() {
    [ -s "key.$1" ] || ldns-keygen -a ECDSAP256SHA256 -k "$1" >"key.$1"
    ldns-signzone -i "$2" -e "$3" -f "$1" "$1.plain" "$(<"key.$1")"
}

promtool_judges() { promtool check metrics <"$1"; }

# What the end lines and the metrics say of signatures is so, by dnspython and date.
signatures_are_so() { # ZONE...
    local zone text
    "$PYTHON" "$BATS_TEST_DIRNAME/../tools/expires.py" files/*.zone || return
    promtool_judges metrics || return
    for zone; do
        text=$(sed -n 's/^; zxfr end: .* expires \([0-9]*\) sum .*/\1/p' "files/$zone.zone")
        [ -n "$text" ] || { echo "$zone: no expires" && return 1; }
        text=$(date -u -d "${text:0:8} ${text:8:2}:${text:10:2}:${text:12:2}" +%s)
        grep "\"$zone\"" metrics
        grep -qx "zxfr_zone_signature_expiry_timestamp_seconds{zone=\"$zone\"} $text" metrics || return
        grep -qx "zxfr_zone_signed{zone=\"$zone\"} 1" metrics || return
    done
}

resigned() { # KIND
    local zone to names=(signed{1..6}.test)
    for zone in "${names[@]}" plain1.test plain2.test; do
        # shellcheck disable=SC2016
        printf '$ORIGIN %s.\n@ 300 SOA ns1 admin 7 7200 900 1209600 300\n@ 300 NS ns1\nns1 300 A 192.0.2.1\n' \
            "$zone" >"$zone.plain"
        cp "$zone.plain" "$zone"
        [[ $zone == plain* ]] || sign "$zone" 20260101000000 "20360${zone:6:1}01000000"
    done
    server_new it "$1"
    for zone in "${names[@]}" plain1.test plain2.test; do server_zone it "$zone" "$PWD/$zone"; done
    server_start it
    printf '%s\n' "${names[@]}" plain1.test plain2.test >list
    to=(--list list @127.0.0.1 --metrics metrics)
    sync 0 "${to[@]}" -p "$(server_port it)"
    holds '.by_state.new == 8'
    signatures_are_so "${names[@]}"
    refute grep -q 'signature_expiry.*plain' metrics
    sync 0 "${to[@]}" -p "$(server_port it)"
    holds '.by_state.unchanged == 8'
    signatures_are_so "${names[@]}"
    # two of them signed anew, with the same serial
    server_stop it
    sign signed2.test 20260102000000 20350101000000
    sign signed5.test 20260102000000 20380101000000
    touch -d "@$(($(date +%s) + 5))" signed[25].test
    server_start it
    sync 0 "${to[@]}" -p "$(server_port it)"
    holds '.by_state.updated == 2 and .by_state.unchanged == 6'
    sed 's/added [1-9][0-9]* deleted [1-9][0-9]*/added N deleted N/' out | sort >lines
    printf 'signed%d.test 7 7 added N deleted N resigned\n' 2 5 | diff - lines
    signatures_are_so "${names[@]}"
    [[ $(tail -n 1 files/signed2.test.zone) == *' expires 20350101000000 sum '* ]]
    for zone in signed2.test signed5.test; do
        rm -f alone
        "$ZXFR" "$zone" @127.0.0.1 -p "$(server_port it)" --sort -o alone
        cmp alone "files/$zone.zone"
    done
    sync 0 "${to[@]}" -p "$(server_port it)" --verify dnssec --recheck --min-signature-life 1d
    holds '.by_state.unchanged == 8'
    sync 12 "${to[@]}" -p "$(server_port it)" --min-signature-life 3100d
    holds '.by_result.guard == 1 and .by_result.ok == 7'
}

@test "BIND: the same serial and new signatures" { resigned bind; }
@test "Knot DNS: the same serial and new signatures" { resigned knot; }
@test "NSD: the same serial and new signatures" { resigned nsd; }

@test "Knot DNS signs by itself: new signatures come as changes" {
    local zone to names
    many_zones "$FOLDER" 8
    mapfile -t names <"$FOLDER/list"
    many_server it knot "$FOLDER" - 'dnssec-signing: on' 'zonefile-load: difference'
    server_start it
    to=(--list "$FOLDER/list" @127.0.0.1 -p "$(server_port it)" --metrics metrics)
    for zone in "${names[@]}"; do
        is_signed() { dig +dnssec +short -p "$(server_port it)" @127.0.0.1 "$zone" NS | grep -q ' 13 2 '; }
        until_so is_signed
    done
    sync 0 "${to[@]}" --verify dnssec
    holds '.by_state.new == 8'
    signatures_are_so "${names[@]}"
    sleep 1.1 # signatures tell seconds
    for zone in "${names[@]:0:3}"; do
        dig +short -p "$(server_port it)" @127.0.0.1 "$zone" SOA >soa
        knotc -s "$(server_dir it)/knot.sock" zone-sign "$zone"
        is_newer() { ! dig +short -p "$(server_port it)" @127.0.0.1 "$zone" SOA | cmp -s soa; }
        until_so is_newer
    done
    sync 0 "${to[@]}" --verify dnssec
    cat out
    holds '.by_state.updated == 3 and .by_state.unchanged == 5'
    [ "$(grep -c ' ixfr$' out)" = 3 ]
    signatures_are_so "${names[@]}"
    for zone in "${names[@]}"; do
        rm -f alone
        "$ZXFR" "$zone" @127.0.0.1 -p "$(server_port it)" --sort -o alone
        cmp alone "files/$zone.zone"
    done
}

until_so() {
    local i
    for ((i = 0; i < 400; i++)); do
        "$@" && return
        sleep 0.05
    done
    echo "in vain: $*"
    return 1
}
