#!/usr/bin/env bats
# audit against servers of a single machine, which answer over TCP alone: options, what is printed,
# exit statuses. What it finds in a field of real servers is a matter of tests/interop.

load helper

# Two servers of the same serial, whose zones differ in one record; SERVERS has both.
differing_servers() {
    local name=${1:-example.com.}
    zone_text "$name" >"$T/a.$name"
    sed 's/hello/good day,/' "$T/a.$name" >"$T/b.$name"
    primary_start "${@:2}" "$T/a.$name"
    SERVERS=("$S")
    primary_start "${@:2}" "$T/b.$name"
    SERVERS+=("$S")
}

audit() { zx audit --rate 0 --answer-timeout 2 "$@"; }

@test "what makes no sense is refused before anything is asked" {
    audit
    usage_error "no zones given"
    audit -f zone example.com @127.0.0.1
    usage_error "--format json"
    audit -f json --diff example.com @127.0.0.1
    usage_error "--diff prints text"
    audit --max-lag 3x example.com @127.0.0.1
    usage_error "neither a number of serial steps nor a time"
    for words in none "," "open,," error "open,error"; do
        audit --fail-on "$words" example.com @127.0.0.1
        usage_error "--fail-on"
    done
    zx check --fail-on open "$ZONE"
    usage_error "check takes error, warning or info"
    zx check --fail-on error,warning "$ZONE"
    usage_error "\"error,warning\" is not one of"
    audit --also @ example.com @127.0.0.1
    usage_error "follows without a blank"
    audit --retry 1 example.com @127.0.0.1
    usage_error "--retry"
    audit --diff -k - example.com @127.0.0.1
    usage_error "standard input can be read only once"
    echo "example.com @127.0.0.1 --fail-on open" >"$T/list"
    audit --list "$T/list"
    is 2
    err_has "not for a line of a list"
    err_has "nothing was asked"
}

@test "an open server counts, unless it is allowed or something else is asked for" {
    primary_start "$ZONE"
    audit example.com "$S"
    is 1
    [[ $(awk 'NR == 2 { print $1, $2, $3, $5, $6, $7, $8, $11 }' "$T/out") == \
        "127.0.0.1 127.0.0.1#$PORT NOERROR yes 2026112201 0 no open" ]] || show
    out_has "example.com.: 127.0.0.1 (127.0.0.1#$PORT): anybody gets the whole zone: "
    [[ ! -s $T/err ]] || show
    audit -q example.com "$S"
    is 1
    [[ $(wc -l <"$T/out") == 1 ]] || show
    for words in --allow-open "--fail-on=lag,lame" "--allow-open --fail-on=open"; do
        # shellcheck disable=SC2086 # two words
        audit -q $words example.com "$S"
        is 0
        [[ ! -s $T/out && ! -s $T/err ]] || show
    done
    audit --fail-on timeout example.com "$S" # nobody is there over UDP
    is 1
}

@test "who has no answer from anybody is not told that all is well" {
    closed_port
    audit -f json example.com "@127.0.0.1#$CLOSED"
    is 3
    err_has "none of its servers has answered: 127.0.0.1: cannot connect: Connection refused"
    err_has "hint: check the address and the port"
    [[ $(jq -r '.zones[0] | .result, .rows[0].transfer, .rows[0].problems[]' "$T/out") == \
        $'network\nunreachable\ntimeout' ]] || show
    primary_start --do "stall 0" "$ZONE"
    audit -f json --max-time 1 example.com "$S"
    is 3
    err_has "--max-time"
    [[ $(jq -r '.zones[0].result' "$T/out") == network ]] || show
    # the other zone is told all the same
    primary_start "$ZONE"
    printf 'example.com %s\nexample.net @127.0.0.1#%s\n' "$S" "$CLOSED" >"$T/list"
    audit -f json --list "$T/list"
    is 3
    [[ $(jq -r '.zones[].result' "$T/out") == $'open\nnetwork' ]] || show
}

@test "a key is for the content alone" {
    key=hmac-sha256:k:c2VjcmV0
    primary_start --key "$key" "$ZONE"
    audit -y "$key" -f json --content example.com "$S"
    [[ $(jq -r '.zones[0].rows[0] | .transfer, .records' "$T/out") == $'refused\n'$RECORDS ]] || show
    audit -f json --content example.com "$S"
    is 4
    err_has "no server has given its content (--content): "
    [[ $(jq -r '.zones[0].rows[0] | .transfer, .records' "$T/out") == $'refused\nnull' ]] || show
}

@test "--content finds what differs, and has the sum of a sorted file" {
    differing_servers
    audit --allow-open example.com "${SERVERS[@]}"
    is 0
    audit --allow-open --content -f json example.com "${SERVERS[@]}"
    is 1
    [[ $(jq -r '.zones[0].result' "$T/out") == differs ]] || show
    sum=$(jq -r '.zones[0].rows[1].sum' "$T/out")
    zx --sort -o "$T/box/sorted" example.com "${SERVERS[1]}"
    is 0
    [[ $(tail -n 1 "$T/box/sorted") == *" sum $sum"* ]] || show
    audit --allow-open --content example.com "${SERVERS[0]}" "${SERVERS[0]}"
    is 0
}

@test "--content reads no more than --max-records and --max-bytes allow" {
    primary_start "$ZONE"
    for limit in "--max-records $RECORDS" "--max-bytes 10000"; do
        # shellcheck disable=SC2086 # two words
        audit -f json --content $limit example.com "$S"
        [[ $(jq -c '.zones[0].rows[0] | [.records, .content_error]' "$T/out") == "[$RECORDS,null]" ]] || show
    done
    for limit in "--max-records $((RECORDS - 1))" "--max-bytes 200"; do
        # shellcheck disable=SC2086 # two words
        audit -f json --content $limit example.com "$S"
        [[ $(jq -c '.zones[0].rows[0] | .records, .transfer' "$T/out") == $'null\n"open"' ]] || show
        jq -e '.zones[0].rows[0].content_error | test("more than [0-9]+ (records|octets)")' "$T/out" || show
    done
    echo "example.com $S --max-records=3 --min-records=100" >"$T/list"
    audit -f json --content --list "$T/list"
    jq -e '.zones[0].rows[0].content_error == "more than 3 records"' "$T/out" || show
}

@test "--diff prints what diff does, of each zone, with keys of a file, in a fence" {
    umask 077
    echo hmac-sha256:k:c2VjcmV0 >"$T/key"
    umask 022
    : >"$T/expected"
    for name in example.com. example.net.; do
        differing_servers "$name" --key hmac-sha256:k:c2VjcmV0
        echo "$name ${SERVERS[*]}" >>"$T/list"
        zx diff -k "$T/key" "$name" "${SERVERS[@]}"
        is 1
        grep '^[-+]' "$T/out" >>"$T/expected"
    done
    [[ $(wc -l <"$T/expected") == 4 ]]
    audit -q -k "$T/key" --fail-on lag --diff --list "$T/list"
    is 0
    [[ ! -s $T/err ]] || show
    diff <(grep '^[-+]' "$T/out") "$T/expected"
    audit -v -k "$T/key" --fail-on differs --diff --list "$T/list"
    is 1
    err_has "sandbox: "
    diff <(grep '^[-+]' "$T/out") "$T/expected"
    # where the comparison cannot be written
    status=0
    timeout 20 "$ZXFR" audit -q --rate 0 -k "$T/key" --fail-on lag --diff --list "$T/list" \
        >/dev/full 2>"$T/err" || status=$?
    is 8
}

@test "standard output counts only once it was written" {
    primary_start "$ZONE"
    for format in "" "-f json"; do
        status=0
        # shellcheck disable=SC2086 # none or two words
        timeout 20 "$ZXFR" audit $format --allow-open example.com "$S" >/dev/full 2>"$T/err" || status=$?
        is 8
        err_has "standard output"
    done
}

@test "colours on a terminal, unless they are not wanted" {
    primary_start "$ZONE"
    colored() { script -qec "$*" /dev/null </dev/null | grep -c $'\033'; }
    command="$ZXFR audit --rate 0 --answer-timeout 2 --no-progress example.com $S"
    [[ $(TERM=xterm colored "$command") == 1 ]]
    [[ $(TERM=xterm NO_COLOR=1 colored "$command") == 0 ]]
    [[ $(TERM=xterm colored "$command --color never") == 0 ]]
    audit --color always example.com "$S"
    grep -q $'^\033\[31m127' "$T/out" || show
    audit --color always --fail-on lag example.com "$S"
    grep -q $'^\033\[33m127' "$T/out" || show
}

@test "--max-lag: steps, or a time in which who is behind may follow" {
    manyzones_start --zones 1 --serial 9
    newest=@127.0.0.1#$PORT
    manyzones_start --zones 1 --serial 7
    words=(zone000000.example "$newest" "@127.0.0.1#$PORT" --allow-open)
    audit -f json "${words[@]}"
    is 1
    [[ $(jq -c '[.zones[0].rows[] | .lag, .problems]' "$T/out") == '[0,["open","timeout"],2,["open","lag","timeout"]]' ]] || show
    audit --max-lag 1 "${words[@]}"
    is 1
    audit --max-lag 2 "${words[@]}"
    is 0
    # never: until the time is over
    SECONDS=0
    audit --max-lag 2s "${words[@]}"
    is 1
    ((SECONDS >= 2)) || show
    # the second follows while it is waited for; only it is asked again
    zx_start audit --rate 0 --answer-timeout 1 --max-lag 60s -v -f json "${words[@]}"
    until (($(grep -c "(127.0.0.1#$PORT): SOA over TCP" "$T/err") >= 1)); do sleep 0.05; done
    manyzones_change '0 9'
    zx_wait
    is 0
    [[ $(jq -c '[.zones[0].rows[].lag]' "$T/out") == '[0,0]' ]] || show
    [[ $(grep -c "(${newest#@}): SOA over TCP" "$T/err") == 1 ]] || show
}

@test "--max-lag TIME: who has come to what was the newest has followed, whoever is ahead by now" {
    manyzones_start --zones 1 --serial 9
    newest=@127.0.0.1#$PORT
    manyzones_start --zones 1 --serial 7
    zx_start audit --rate 0 --answer-timeout 1 --max-lag 60s -v -f json zone000000.example "$newest" \
        "@127.0.0.1#$PORT" --allow-open
    until (($(grep -c "(127.0.0.1#$PORT): SOA over TCP" "$T/err") >= 1)); do sleep 0.05; done
    manyzones_change '0 12'
    SECONDS=0
    zx_wait
    is 0
    ((SECONDS < 30)) || show
    [[ $(jq -c '[.zones[0].rows[] | .lag, .problems]' "$T/out") == '[3,["open","timeout"],0,["open","timeout"]]' ]] || show
}

@test "--also compares, and is not judged but for its silence" {
    manyzones_start --zones 1 --serial 7
    server=@127.0.0.1#$PORT
    manyzones_start --zones 1 --serial 9
    audit -f json --also "@127.0.0.1#$PORT" zone000000.example "$server"
    is 1
    [[ $(jq -c '[.zones[0].rows[] | .sources, .lag, .problems]' "$T/out") == \
        '[["named"],2,["open","lag","timeout"],["also"],0,["timeout"]]' ]] || show
    closed_port
    # a hidden primary may answer only for the key
    key=hmac-sha256:k:c2VjcmV0
    manyzones_start --zones 1 --serial 9 --key "$key"
    audit -y "$key" -f json --also "@127.0.0.1#$PORT" zone000000.example "$server"
    is 1
    [[ $(jq -c '[.zones[0].rows[] | .lag, .transfer]' "$T/out") == '[2,"open",0,"refused"]' ]] || show
    # without the reference nobody knows who is behind
    audit --allow-open --also "@127.0.0.1#$CLOSED" zone000000.example "$server"
    is 3
    err_has "127.0.0.1 (--also) has told no serial to compare with: cannot connect"
    audit --fail-on timeout --also "@127.0.0.1#$CLOSED" zone000000.example "$server"
    is 3
    out_has "127.0.0.1#$CLOSED): it gives no answer"
}

@test "a list: options in a line, those of sync, one address for several zones" {
    key=hmac-sha256:k:c2VjcmV0
    zone_text example.net. >"$T/zone.net"
    primary_start --query-log "$T/queries" --key "$key" "$ZONE" "$T/zone.net"
    umask 077
    echo "$key" >"$T/key"
    printf '%s\n' "example.com $S --key-file=$T/key --max-change=10%" "example.net $S" >"$T/list"
    audit -f json --content --fail-on open --list "$T/list" # the SOA is refused, too
    is 4
    [[ $(jq -c '[.zones[] | .zone, .result, .rows[0].records]' "$T/out") == \
        "[\"example.com.\",\"ok\",$RECORDS,\"example.net.\",\"refused\",null]" ]] || show
    # SOA, transfer without a key, content: for two zones, at a rate of 4
    SECONDS=0
    zx audit --rate 4 --answer-timeout 1 --list "$T/list"
    ((SECONDS >= 1)) || show
}

@test "an address that two names have: one row, the key and the certificate of the first" {
    key=hmac-sha256:k:c2VjcmV0
    primary_start --key "$key" "$ZONE"
    umask 077
    echo "$key" >"$T/key"
    for names in "localhost 127.0.0.1" "127.0.0.1 localhost"; do
        read -r one two <<<"$names"
        audit -4 -f json --content --server-key "$one#$PORT=$T/key" example.com "@$one#$PORT" "@$two#$PORT"
        [[ $(jq -c '[.zones[0].rows[] | .server, .records]' "$T/out") == "[\"$one,$two\",$RECORDS]" ]] || show
    done
}

@test "progress ticks while no server answers" {
    primary_start --do "stall 0" "$ZONE"
    status=0
    timeout --foreground -k 5 60 env NO_COLOR=1 "$BATS_TEST_DIRNAME/terminal.py" \
        "$ZXFR" audit example.com "$S" --answer-timeout 2 >said </dev/null || status=$?
    cat said
    [[ $status == 1 || $status == 3 ]]
    grep -q '^~0 of 1 zones, [0-9]* answers, 1 s$' said
    grep -q '^~0 of 1 zones, [0-9]* answers, 2 s$' said
    zx audit example.com "$S" --answer-timeout 1
    err_lacks "of 1 zones"
}

@test "each server has its own key, a reference and another port, too" {
    local i words=()
    umask 077
    for i in 1 2 3; do
        primary_start --key "hmac-sha256:k$i:c2VjcmV0" "$ZONE"
        echo "hmac-sha256:k$i:c2VjcmV0" >"$T/key$i"
        words+=(--server-key "${S#@}=$T/key$i")
    done
    audit -f json --content "${words[@]}" --also "$S" example.com "@127.0.0.1#${PORTS[0]}" "@127.0.0.1#${PORTS[1]}"
    [[ $(jq -c '[.zones[0].rows[].records]' "$T/out") == "[$RECORDS,$RECORDS,$RECORDS]" ]] || show
    audit --also "$S" --server-key "127.0.0.2=$T/key1" example.com "@127.0.0.1#${PORTS[0]}"
    usage_error "@127.0.0.2 is not on the command line"
}

@test "no zones are not good ones" {
    : >"$T/list"
    audit -q --list "$T/list"
    usage_error "there are no zones"
}

@test "a line for each problem has the fact behind it" {
    manyzones_start --zones 1 --serial 9
    newest=@127.0.0.1#$PORT
    manyzones_start --zones 1 --serial 7
    audit -q zone000000.example "$newest" "@127.0.0.1#$PORT"
    is 1
    out_has "127.0.0.1#$PORT): it is behind the newest serial" "[serial 7, newest 9] (lag)"
    closed_port
    audit -q --fail-on timeout zone000000.example "$newest" "@127.0.0.1#$CLOSED"
    is 1
    out_has "127.0.0.1#$CLOSED): it gives no answer, neither over TCP nor over UDP [cannot connect"
    primary_start --do 'for SOA' --do 'aa off' "$ZONE"
    audit -q --allow-open example.com "$S"
    is 1
    out_has "[no AA] (lame)"
    primary_start --refuse REFUSED "$ZONE"
    audit -q example.com "$S"
    is 1
    out_has "the server answered REFUSED] (lame)"
}

@test "open is whoever begins a transfer, whatever follows" {
    primary_start --soa-alone "$ZONE"
    audit -f json example.com "$S"
    [[ $(jq -r '.zones[0].rows[0].transfer' "$T/out") == open ]] || show
    primary_start --do 'for AXFR' --do 'badrdata 1 forward' "$ZONE"
    audit -f json example.com "$S"
    [[ $(jq -r '.zones[0].rows[0].transfer' "$T/out") == open ]] || show
    for fault in nosoa 'empty 1 1' 'garbage 1'; do
        primary_start --do 'for AXFR' --do "$fault" "$ZONE"
        audit -f json example.com "$S"
        [[ $(jq -r '.zones[0].rows[0].transfer' "$T/out") == failed ]] || show
        [[ $(jq -r '.zones[0].rows[0].transfer_error' "$T/out") != null ]] || show
    done
}

@test "a server that drips costs some timeouts, and no other its row" {
    primary_start "$ZONE"
    good=$S
    primary_start --do 'for AXFR' --do 'trickle 1 100' "$ZONE"
    SECONDS=0
    zx audit --rate 0 --answer-timeout 1 --idle-timeout 1 -f json example.com "$S" "$good"
    ((SECONDS < 10)) || show
    [[ $(jq -c '[.zones[0].rows[].transfer]' "$T/out") == '["timeout","open"]' ]] || show
    is 3
    err_has "127.0.0.1 answers, but not whether it gives the zone to anybody: "
    primary_start --do 'for SOA' --do 'trickle 1 100' "$ZONE"
    SECONDS=0
    zx audit --rate 0 --answer-timeout 1 --idle-timeout 1 -f json example.com "$S" "$good"
    ((SECONDS < 15)) || show
    [[ $(jq -c '[.zones[0].rows[].serial]' "$T/out") == '[null,2026112201]' ]] || show
}

@test "-v tells each answer, -vv each lookup" {
    primary_start "$ZONE"
    audit -4vv example.com "@localhost#$PORT"
    err_has "example.com.: looked up localhost "
    err_has "example.com.: localhost (127.0.0.1#$PORT): SOA over TCP: NOERROR, serial 2026112201, "
    err_has "example.com.: localhost (127.0.0.1#$PORT): SOA over UDP: "
    err_has "example.com.: localhost (127.0.0.1#$PORT): transfer without a key: it is open to anybody"
    err_lacks "content:"
    primary_start --refuse REFUSED --ede 18:no "$ZONE"
    audit -v --content example.com "$S"
    err_has "SOA over TCP: message 1: the server answered REFUSED; extended error 18 (Prohibited)"
    err_has "content: "
}
