#!/usr/bin/env bats
# Audits, against BIND, Knot DNS, NSD and PowerDNS, and servers that misbehave, each at an address of
# its own and port 53, with a resolver and a parent.
#
# Environment: ZXFR, PRIMARY, MEASURE, the paths of the programs; SEED draws the mixtures.

load field.bash

setup_file() {
    export FIELD=$BATS_FILE_TMPDIR/field
    field_begin "$FIELD" >"$BATS_FILE_TMPDIR/said" || {
        sed 's/^/# /' "$BATS_FILE_TMPDIR/said" >&3
        return 1
    }
    cat "$BATS_FILE_TMPDIR/said" >&3
}

teardown_file() { field_end; }

setup() { cd "$BATS_TEST_TMPDIR" || return; }

@test "the field is what its plan says, by dnspython" { field_holds; }

@test "the judge of the logs finds a crowd" {
    local status=0
    field_py mark
    field_holds many
    field_py polite 20 500 >said || status=$?
    [ "$status" -eq 1 ]
    cat said
    grep -q 'questions in a second' said
    grep -q '^10.53.0.18: .* transfers at once' said
    grep -q '^fd53::18: .* transfers at once' said
}

# The zones of these cases, or all but the many; options go before "--".
audit() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    read -ra zones < <(field_py zones "$@")
    status=0
    field_in timeout -k 5 100 "$ZXFR" audit -f json --answer-timeout 2s --connect-timeout 2s "${options[@]}" \
        "${zones[@]}" >out 2>err </dev/null 3>&- || status=$?
    head -c 1000 err
}

@test "each case and each mixture has the right rows and the right exit status" {
    audit --rate 0 --
    field_py judge out "$status"
}

@test "what is right, or only times out, ends with 0" {
    local case
    for case in good signed hidden mute noudp notcp tls nowhere expiring; do
        audit --rate 0 -- "$case"
        field_py judge out "$status"
        [ "$status" -eq 0 ]
    done
}

@test "each trouble alone ends with 1" {
    local case
    for case in open4 open6 stale wrapped soa absent unsigned ds refusing nonauth; do
        audit --rate 0 -- "$case"
        field_py judge out "$status"
        [ "$status" -eq 1 ]
    done
}

@test "--content: sums are the same where the zones are, and only there" {
    audit --rate 0 --content --
    field_py judge out "$status" contents
}

@test "500 zones: no address sees more than the rate, or two transfers at once" {
    field_py mark
    audit --rate 200 -- many
    field_py judge out "$status"
    field_py polite 200 500 >said || {
        cat said
        return 1
    }
    sed 's/^#* */# /' said >&3
}

# hostile COMMAND...: a server that keeps the client busy costs a short time and little memory.
hostile() {
    local wall cpu memory pid words=() command
    for command; do words+=(--do "$command"); done
    printf '%s\n' '$ORIGIN example.com.' '$TTL 60' '@ SOA ns host 1 1 1 1 1' '@ NS ns' 'ns A 192.0.2.1' >zone
    : >ready
    "$PRIMARY" "${words[@]}" zone >ready 2>why </dev/null 3>&- &
    pid=$!
    until [ -s ready ]; do
        kill -0 "$pid"
        sleep 0.01
    done
    read -r wall cpu memory status < <(timeout -k 5 50 "$MEASURE" -o out "$ZXFR" audit -f json --rate 0 \
        --connect-timeout 1s --answer-timeout 1s --idle-timeout 1s --max-time 5s "${more[@]}" \
        example.com "@127.0.0.1#$(cut -d' ' -f3 ready)" 2>err 3>&-) || true
    kill "$pid"
    wait "$pid" 2>/dev/null || true
    echo "$*: $wall s, $cpu s CPU, $memory KiB, status $status"
    cat err out
    [ -s out ]
    awk -v wall="$wall" 'BEGIN { exit !(wall < 20) }'
    [ "${SANITIZED:-no}" = yes ] || [ "$memory" -lt 32768 ]
}

@test "hostile servers: an endless stream, rubbish, a slow drip" {
    local more
    for more in '' --content; do
        # shellcheck disable=SC2206 # one word or none
        more=($more)
        hostile endless
        hostile 'garbage 1'
        hostile 'for SOA' 'garbage 1' 'for AXFR' endless
        hostile 'trickle 1 200'
        hostile 'for SOA' 'trickle 1 200' 'for AXFR' 'trickle 1 200'
    done
}
