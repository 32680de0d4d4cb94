#!/usr/bin/env bats
# The command watch: lists, keys and certificates that are read again, and catalogs that change.
# shellcheck disable=SC2046 # names of zones are words

load helper
load sync
load watch
# shellcheck source=tests/tools/certs.bash
. "$BATS_TEST_DIRNAME/../tools/certs.bash"

many() { for i; do NAME "$i" && echo; done; }

KEY=hmac-sha256:many.test.:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
NEW=hmac-sha256:many.test.:BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
key_file() { # FILE SPECIFICATION
    local algorithm name secret
    IFS=: read -r algorithm name secret <<<"$2"
    echo "key \"$name\" { algorithm $algorithm; secret \"$secret\"; };" >"$1"
    chmod 600 "$1"
}

# SIGHUP, and until that is over.
reload() {
    local before
    before=$(told_count READY=1)
    kill -HUP "$ZX_PID"
    eventually told_times READY=1 $((before + 1))
    told RELOADING=1
}

begin() {
    free_port
    mkdir d
    manyzones_start --zones 50 --serial 7 --log "$T/log" "${SERVER[@]}"
    watch_start --list list "$S" -d d --listen "127.0.0.1#$LISTEN" "$@"
    while read -r zone _; do [[ $zone == "#" ]] || eventually test -e "d/$zone.zone"; done <list
}

@test "zones that come and go, and options that change" {
    many 0 1 2 >list
    begin -v --metrics metrics
    [[ $(question_count AXFR) == 3 ]]
    printf '%s\n%s --max-records 3\n%s\n' "$(NAME 0)" "$(NAME 2)" "$(NAME 3)" >list
    reload
    eventually has_serial 3 7
    err_has "reloaded: 3 zones"
    [[ -e d/$(NAME 1).zone ]] # its file is nobody's now, and stays
    [[ $(question_count AXFR) == 4 && $(question_count SOA) == 0 ]] # who was there is not asked because of that
    manyzones_change "1 8" "2 8" "0 8"
    notify "$(NAME 1)"
    said_is "NOTAUTH unsigned" # there is no such zone any more
    notify "$(NAME 2)"
    said_is "NOERROR aa unsigned"
    eventually tells zone000002.example "more than 3 records"
    has_serial 2 7
    notify "$(NAME 0)"
    eventually has_serial 0 8
    has_serial 1 7
    printf '%s\n' $(many 0 1 2 3) >list
    reload
    eventually has_serial 1 8
    eventually has_serial 2 8
    watch_end
    promtool check metrics <metrics
    metric_is zxfr_config_last_reload_successful 1
    metric_is zxfr_zones_configured 4
}

@test "what cannot be read or is wrong leaves in force what there was" {
    many 0 1 2 >list
    begin --metrics metrics
    cp list good
    bad=("zone000004.example --nonsense" "zone000004.example -k missing" "zone000000.example" "zone000004.example --tls-ca missing"
        "zone000004.example @one.test @" "# nothing" "MISSING")
    n=0
    for line in "${bad[@]}"; do
        case $line in
            "# nothing") echo "$line" >list ;;
            MISSING) rm list ;;
            *) cat good - <<<"$line" >list ;;
        esac
        reload
        n=$((n + 1))
        eventually tells "not reloaded" ""
        count_is $n "not reloaded" "$T/err" || { echo "$line" && false; }
        count_is $n RELOADING=1 "$T/told"
    done
    err_clean
    err_has "list:4: " "missing" "no zones"
    cp good list
    names_are zone00000{0,1,2}.example
    manyzones_change "1 8"
    notify "$(NAME 1)"
    eventually has_serial 1 8
    kill -TERM "$ZX_PID"
    zx_wait
    promtool check metrics <metrics
    metric_is zxfr_config_last_reload_successful 0
}

@test "a list that has lost most of its zones is not believed; one that has lost a few is" {
    many {0..39} >list
    begin
    many {0..29} >list # ten of forty
    reload
    eventually tells "not reloaded" "10 of 40 zones would go"
    manyzones_change "35 8"
    notify "$(NAME 35)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 35 8
    many {0..31} >list # eight
    reload
    notify "$(NAME 35)"
    said_is "NOTAUTH unsigned"
    count_is 1 "not reloaded" "$T/err"
    watch_end
}

@test "a zone that goes while its transfer goes on, and one that comes back meanwhile" {
    SERVER=(--do "zone 1 for transfers delay 2500" --do "zone 2 for transfers delay 2500")
    many 0 >list
    begin --exec 'echo "$ZXFR_ZONE $ZXFR_SERIAL" >>told' --report report
    many 0 1 2 >list
    reload
    eventually questions_are AXFR 1 1
    eventually questions_are AXFR 1 2
    many 0 >list
    reload
    notify "$(NAME 1)"
    said_is "NOTAUTH unsigned"
    many 0 2 >list
    reload
    notify "$(NAME 2)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 1 7 # it went, and finished first
    eventually has_serial 2 7
    eventually grep -q zone000002 told
    watch_end
    [[ $(grep -c zone000001 told) -le 1 && $(grep -c zone000002 told) == 1 ]]
    [[ $(question_count AXFR 2) == 1 ]] || { cat "$T/log" && false; }
    [[ -z $(find d -name '.*' ! -name .) ]] || { ls -la d && false; }
    jq -es 'all(.[]; .event == "summary" or .state == "new" or .state == "unchanged")' report
}

@test "a key that changes on the server, and then in the list" {
    SERVER=(--key "$KEY" --refresh 1 --retry 1)
    key_file key "$KEY"
    key_file next "$NEW"
    echo "$(NAME 0) -k key" >list
    begin --min-refresh 1s --metrics metrics
    KEPT=$PORT
    server_stop
    manyzones_start --zones 1 --serial 8 --refresh 1 --retry 1 --key "$NEW" --port "$KEPT" --log "$T/log"
    eventually tells zone000000.example BADSIG
    has_serial 0 7
    echo "$(NAME 0) -k next" >list
    reload
    eventually has_serial 0 8
    notify --source 127.0.0.2 --key "$NEW" "$(NAME 0)"
    said_is "NOERROR aa signed"
    notify --source 127.0.0.2 --key "$KEY" "$(NAME 0)"
    said_is "NOTAUTH unsigned tsig BADSIG"
    # and in the same file
    server_stop
    manyzones_start --zones 1 --serial 9 --refresh 1 --retry 1 --key "$KEY" --port "$KEPT" --log "$T/log"
    key_file next "$KEY"
    reload
    eventually has_serial 0 9
    watch_end
    [[ $(grep -c "BADSIG" "$T/err") -le 2 ]] || show
}

@test "a key that was given by descriptor or the environment lasts through reloads" {
    SERVER=(--key "$KEY" --refresh 1 --retry 1)
    key_file key "$KEY"
    export ZXFR_TEST_KEY="$KEY"
    many 0 >list
    manager_start
    begin --min-refresh 1s -k env:ZXFR_TEST_KEY
    for serial in 8 9; do
        reload
        manyzones_change "0 $serial"
        notify "$(NAME 0)"
        eventually has_serial 0 $serial
    done
    watch_end
    err_empty
}

@test "certificates of servers that are exchanged" {
    certs_begin "$T/certs"
    ca_new one "One root" && ca_new two "Two root"
    cert_new first one "IP:127.0.0.1"
    cert_new second two "IP:127.0.0.1"
    cp "$CERTS/one.pem" ca.pem
    manyzones_start --zones 2 --serial 7 --refresh 1 --retry 1 --log "$T/log"
    BEHIND=$PORT
    ONE=$MANYZONES_PID
    PRIMARY=$TLSFRONT primary_start --cert "$CERTS/first.pem" --key "$CERTS/first.key" "$BEHIND"
    FRONT=${PIDS[-1]} KEPT=$PORT
    mkdir d
    echo "$(NAME 0) $S --tls --tls-ca ca.pem" >list
    watch_start --list list -d d --min-refresh 1s
    eventually has_serial 0 7
    kill "$FRONT"
    wait "$FRONT" || true
    PRIMARY=$TLSFRONT primary_start --port "$KEPT" --cert "$CERTS/second.pem" --key "$CERTS/second.key" "$BEHIND"
    MANYZONES_PID=$ONE
    manyzones_change "0 8"
    eventually tells zone000000.example certificate
    cat "$CERTS/two.pem" "$CERTS/one.pem" >ca.pem
    sleep 2.5
    has_serial 0 7 # not read again by itself
    reload
    eventually has_serial 0 8
    echo "no certificate" >ca.pem
    reload
    err_has "list:1: ca.pem" "not reloaded"
    err_lacks "nothing was asked"
    manyzones_change "0 9"
    eventually has_serial 0 9
    watch_end
}

# ---- Reports, many reloads ---------------------------------------------------------------------

@test "a report that is moved away is begun anew at SIGHUP, and added to at a start" {
    many 0 1 >list
    begin --report report
    eventually lines_are report 2
    mv report report.1
    reload
    manyzones_change "0 8"
    notify "$(NAME 0)"
    eventually has_serial 0 8
    eventually test -s report
    [[ $(wc -l <report.1) == 2 ]]
    [[ $(jq -r '.zone' report) == zone000000.example. ]]
    watch_end
    [[ $(jq -r .event report | tr '\n' ' ') == "zone summary " ]]
    watch_start --list list "$S" -d d --report report
    eventually lines_are report 4
    watch_end
    [[ $(jq -r .event report | tr '\n' ' ') == "zone summary zone zone summary " ]]
}

@test "two SIGHUPs at once, and one hundred while zones change: nothing is lost, nothing grows" {
    [[ ${SANITIZED:-} != yes ]] || skip "a sanitizer has a memory of its own"
    SERVER=(--key "$KEY")
    key_file key "$KEY"
    for i in {0..49}; do echo "$(NAME $i) -k key"; done >list
    cp list all
    head -n 45 list >most
    begin --metrics metrics --report report
    for ((round = 0; round < 20; round++)); do
        reload
    done
    before=$(memory) before_fds=$(descriptors)
    serial=8
    for ((round = 0; round < 100; round++)); do
        if ((round % 2)); then cp all next; else cp most next; fi
        mv next list
        kill -HUP "$ZX_PID" && kill -HUP "$ZX_PID"
        if ((round % 10 == 0)); then
            serial=$((serial + 1))
            mapfile -t lines < <(for i in {0..49}; do echo "$i $serial"; done)
            manyzones_change "${lines[@]}"
            for i in {0..9}; do notify --blind "$(NAME $i)"; done
        fi
    done
    reload
    manyzones_change "49 100" "3 100"
    notify "$(NAME 49)"
    said_is "NOERROR aa unsigned"
    notify "$(NAME 3)"
    eventually has_serial 49 100
    eventually has_serial 3 100
    for i in {0..9}; do ((i == 3)) || eventually has_serial $i $serial; done
    echo "memory $before $(memory), descriptors $before_fds $(descriptors)"
    [[ $(memory) -lt $((before + 2048)) ]]
    [[ $(descriptors) -le $((before_fds + 1)) ]]
    watch_end
    err_empty
}

# ---- Catalogs ----------------------------------------------------------------------------------

# The catalog is served by "primary", which cannot be told that it has changed: it is started anew.
catalog_serve() { # SERIAL, members on standard input
    [[ -z ${CATALOG_PID:-} ]] || { kill "$CATALOG_PID" && wait "$CATALOG_PID" || true; }
    catalog_text catalog.invalid. "$1" >"$T/catalog"
    primary_start -p "${CATALOG_PORT:-0}" "$T/catalog" || return
    CATALOG_PID=${PIDS[-1]} CATALOG_PORT=$PORT
}
members() { for i; do echo "m$i $(NAME "$i")."; done; }

begin_catalog() {
    catalog_serve 1 < <(members "${MEMBERS[@]}")
    C=@127.0.0.1#$CATALOG_PORT
    free_port
    mkdir -p d
    manyzones_start --zones 50 --serial 7 --log "$T/log"
    watch_start --catalog "catalog.invalid$C" "$S" -d d --listen "127.0.0.1#$LISTEN" "$@"
    for i in "${MEMBERS[@]}"; do eventually has_serial "$i" 7; done
}

@test "a catalog: members come and go by NOTIFY alone" {
    MEMBERS=(0 1 2)
    begin_catalog --metrics metrics
    catalog_serve 2 < <(members 0 2 3)
    notify --serial 2 catalog.invalid
    said_is "NOERROR aa unsigned"
    eventually has_serial 3 7
    eventually refute_known "$(NAME 1)"
    [[ -e d/$(NAME 1).zone ]]
    manyzones_change "2 8"
    notify "$(NAME 2)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 2 8
    [[ $(question_count AXFR) == 4 ]]
    catalog_serve 3 < <(members 0 1 2 3)
    notify catalog.invalid
    eventually known "$(NAME 1)"
    watch_end
    promtool check metrics <metrics
    metric_is 'zxfr_catalog_members{catalog="catalog.invalid"}' 4
    metric_is 'zxfr_catalog_valid{catalog="catalog.invalid"}' 1
    err_lacks catalog
}
known() { notify "$1" && said_is "NOERROR aa unsigned"; }
refute_known() { notify "$1" && said_is "NOTAUTH unsigned"; }

@test "a catalog whose server is away at the start: its kept copy counts" {
    MEMBERS=(0 1)
    begin_catalog
    watch_end
    kill "$CATALOG_PID"
    wait "$CATALOG_PID" || true
    CATALOG_PID=
    rm d/zone*
    watch_start --catalog "catalog.invalid$C" "$S" -d d --listen "127.0.0.1#$LISTEN" --min-refresh 1s --max-refresh 1s
    for i in 0 1; do eventually has_serial $i 7; done
    eventually tells catalog.invalid "Connection refused"
    catalog_serve 2 < <(members 0 1 2)
    eventually has_serial 2 7
    watch_end
}

@test "a catalog whose server is away at the start and that has no copy: members come later" {
    closed_port
    mkdir d
    manyzones_start --zones 50 --serial 7 --log "$T/log"
    watch_start --catalog "catalog.invalid@127.0.0.1#$CLOSED" "$S" -d d --min-refresh 1s --max-refresh 1s
    eventually tells catalog.invalid "Connection refused"
    CATALOG_PORT=$CLOSED
    catalog_serve 2 < <(members 0 1 2)
    for i in 0 1 2; do eventually has_serial $i 7; done
    watch_end
}

@test "a catalog that is broken, empty, or has lost most of its members: the old ones stay" {
    MEMBERS=({0..19})
    begin_catalog --metrics metrics
    cp d/catalog.invalid.zone before
    printf '$ORIGIN catalog.invalid.\n@ 0 SOA . . 2 3600 600 2147483646 0\n@ 0 NS invalid.\na.zones 0 PTR zone000000.example.\n' >"$T/broken"
    kill "$CATALOG_PID" && wait "$CATALOG_PID" || true
    primary_start -p "$CATALOG_PORT" "$T/broken" # no version
    CATALOG_PID=${PIDS[-1]}
    notify catalog.invalid
    said_is "NOERROR aa unsigned"
    eventually tells catalog.invalid version
    cmp before d/catalog.invalid.zone
    known "$(NAME 7)"
    catalog_serve 3 </dev/null
    notify catalog.invalid
    eventually tells catalog.invalid "no members"
    cmp before d/catalog.invalid.zone
    known "$(NAME 7)"
    catalog_serve 4 < <(members {0..7})
    notify catalog.invalid
    eventually tells "12 of 20 zones would go" ""
    known "$(NAME 19)"
    known "$(NAME 7)"
    sleep 3
    count_is 1 "12 of 20 zones would go" "$T/err"
    catalog_serve 5 < <(members {0..20})
    notify catalog.invalid
    eventually has_serial 20 7
    watch_end
    promtool check metrics <metrics
    metric_is 'zxfr_catalog_members{catalog="catalog.invalid"}' 21
}

@test "files of zones that have gone are found while a server keeps the other ones waiting" {
    many 0 1 2 >list
    begin -v --min-refresh 1 --max-refresh 1 --answer-timeout 60
    kill -STOP "$MANYZONES_PID"
    sleep 3 # all zones are asked for within a second, and have no answer
    many 0 2 >list
    reload
    eventually grep -q "$(NAME 1).zone: no zone of this run names it" "$T/err"
    kill -CONT "$MANYZONES_PID"
}

# ---- What else may be different after SIGHUP ---------------------------------------------------

@test "a zone goes, and comes back, while its command runs or waits" {
    many 0 1 2 >list
    begin --exec 'echo "begin $ZXFR_ZONE $ZXFR_SERIAL" >>runs; while test -e block; do sleep 0.05; done; echo "end $ZXFR_ZONE $ZXFR_SERIAL" >>runs'
    eventually has_lines end 3 runs
    touch block
    manyzones_change "0 8" "1 8" "2 8"
    for i in 0 1 2; do notify "$(NAME $i)"; done
    for i in 0 1 2; do eventually has_serial $i 8; done
    eventually grep -q "begin .* 8" runs # one runs, two wait
    many 2 >list
    reload
    notify "$(NAME 0)"
    said_is "NOTAUTH unsigned"
    many 2 1 >list
    reload
    rm block
    for i in 0 1 2; do eventually grep -qx "end $(NAME $i) 8" runs; done
    eventually no_litter
    manyzones_change "1 9"
    notify "$(NAME 1)"
    eventually grep -qx "end $(NAME 1) 9" runs
    watch_end
    for i in 0 1 2; do [[ $(grep -cx "begin $(NAME $i) 8" runs) == 1 ]]; done || { cat runs && false; }
}
no_litter() { [[ -z $(find d -name '.*' ! -name .) ]]; }

@test "SIGHUP, and SIGTERM at once after it, during a slow first round" {
    free_port
    mkdir d
    manyzones_start --zones 50 --serial 7 --do "every 2 for transfers delay 60000"
    many {0..39} >list
    watch_start --list list "$S" -d d
    many {5..45} >list
    reload
    many {0..45} >list
    kill -HUP "$ZX_PID"
    kill -TERM "$ZX_PID"
    zx_wait
    is 0
    eventually no_litter
    err_empty
}

@test "bad lines that are left out, in a list that is read again" {
    many 0 1 >list
    begin --bad-lines skip --metrics metrics
    printf '%s\n%s\n%s --nonsense\n%s\n' "$(NAME 0)" "$(NAME 1)" "$(NAME 3)" "$(NAME 2)" >list
    reload
    eventually has_serial 2 7
    err_has "list:3: "
    # a line that is bad now does not let its zone go
    printf '%s\n%s --nonsense\n%s\n' "$(NAME 0)" "$(NAME 1)" "$(NAME 2)" >list
    reload
    err_has "1 of 3 zones would go, and the list has bad lines"
    manyzones_change "1 8"
    notify "$(NAME 1)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 1 8
    watch_end
    metric_is zxfr_list_invalid_lines 1
    metric_is zxfr_config_last_reload_successful 0
}

@test "--allow-empty: no zones at first" {
    echo "# none yet" >list
    begin --allow-empty
    many 0 1 >list
    reload
    for i in 0 1; do eventually has_serial $i 7; done
    echo "# none any more" >list
    reload
    notify "$(NAME 0)"
    said_is "NOTAUTH unsigned"
    watch_end
}

@test "files of zones that went are counted, and moved where that is wanted" {
    mkdir gone
    many {0..9} >list
    begin --unlisted-to gone --metrics metrics
    many {1..9} >list
    reload
    eventually test -e "gone/$(NAME 0).zone"
    names_are $(many {1..9})
    many {0..9} >list
    reload
    eventually has_serial 0 7
    watch_end
    names_are $(many {0..9})
}

@test "a file that somebody removes or changes comes back with the next look" {
    many 0 1 >list
    SERVER=(--refresh 1 --retry 1)
    begin --min-refresh 1s
    rm "d/$(NAME 0).zone"
    eventually has_serial 0 7
    is_whole 0
    sed -i 's/192.0.2.1/192.0.2.99/' "d/$(NAME 1).zone"
    manyzones_change "1 8"
    eventually has_serial 1 8
    watch_end
    is_whole 1
}
is_whole() { /usr/bin/python3 "$TOOLS/sum.py" "d/$(NAME "$1").zone"; }

@test "members that change their group take the options of the new one" {
    printf 'a zone000000.example. one\nb zone000001.example. one\n' | { catalog_text catalog.invalid. 1 >"$T/catalog"; }
    primary_start "$T/catalog"
    CATALOG_PID=${PIDS[-1]} CATALOG_PORT=$PORT C=$S
    printf 'group=one\ngroup=two --max-records 3\n' >list
    free_port
    mkdir d
    manyzones_start --zones 3 --serial 7 --log "$T/log"
    watch_start --catalog "catalog.invalid$C" --list list "$S" -d d --listen "127.0.0.1#$LISTEN"
    for i in 0 1; do eventually has_serial $i 7; done
    kill "$CATALOG_PID" && wait "$CATALOG_PID" || true
    printf 'a zone000000.example. one\nb zone000001.example. two\nc zone000002.example.\n' | { catalog_text catalog.invalid. 2 >"$T/catalog"; }
    primary_start -p "$CATALOG_PORT" "$T/catalog"
    notify catalog.invalid
    said_is "NOERROR aa unsigned"
    eventually has_serial 2 7 # all of it is in force then
    manyzones_change "0 8" "1 8"
    notify "$(NAME 1)"
    notify "$(NAME 0)"
    eventually has_serial 0 8
    eventually tells zone000001.example "more than 3 records"
    has_serial 1 7
    watch_end
}
