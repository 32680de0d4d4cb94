#!/usr/bin/env bats
# Files that other programs have written, as zxfr convert reads them: what dig, kdig and drill leave of
# transfers, good and failed, and what rndc makes named write. The programs themselves write them.

load ../cli/helper

SECRET=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
KEY=hmac-sha256:k.example:$SECRET

# Whatever these exit with: what counts is the file. dig and kdig name messages in it, too.
with_dig() { timeout 20 dig @127.0.0.1 -p "$PORT" axfr example.com +time=1 +tries=1 "$@" >dump 2>&1 || true; }
with_kdig() { timeout 20 kdig @127.0.0.1 -p "$PORT" axfr example.com +time=1 +retry=0 "$@" >dump 2>&1 || true; }
with_drill() { timeout 20 drill -p "$PORT" "$@" axfr example.com @127.0.0.1 >dump 2>&1 || true; }

need() { for tool; do command -v "$tool" >/dev/null || { echo "$tool is missing" && return 1; }; done; }

# run_tool "TOOL OPTION..."
run_tool() {
    local words
    read -ra words <<<"$1"
    "with_${words[0]}" "${words[@]:1}"
}

no_zone() {
    zx convert dump
    if [[ $status != 7 ]] || grep -q "zxfr end:" "$T/out"; then
        echo "not refused: $1" && cat dump && show
    fi
}

TOOLS=("dig" "dig +noall +answer" "dig +noall +answer +onesoa" "dig +onesoa" "dig +multiline"
    "dig +noall +answer +multiline" "dig +nocmd +nostats" "dig +nocomments" "dig +nocookie +noedns"
    "dig +ttlunits" "dig +nocl" "dig +rrcomments" "dig +tries=3" "kdig" "kdig +noall +answer"
    "kdig +multiline" "kdig +nocomments" "drill" "drill -V 3")

@test "whole transfers by dig, kdig and drill are zones, with all their options" {
    local tool files
    need dig kdig drill
    for files in "$ZONE" "--records 1 $ZONE" "--records 3 $ZONE"; do
        # shellcheck disable=SC2086
        primary_start $files
        for tool in "${TOOLS[@]}"; do
            run_tool "$tool"
            zx convert dump
            [[ $status == 0 ]] || { echo "$tool" && cat dump && show; }
            err_empty
            whole "$T/out"
        done
    done
}

@test "transfers that another server of the same name completes are zones" {
    need dig
    primary_start "$ZONE"
    local closed=$PORT
    kill "${PIDS[-1]}" && wait "${PIDS[-1]}" || true
    unset 'PIDS[-1]'
    primary_start -p "$closed" "$ZONE"
    # ::1 comes first, and nobody listens there
    printf '127.0.0.1 both\n::1 both\n' >hosts
    need_namespaces
    with_hosts hosts dig @both -p "$PORT" axfr example.com +noall +answer +onesoa >dump
    cat dump
    zx convert dump
    is 0
    whole "$T/out"
}

@test "what they leave of a transfer that failed is no zone" {
    local fault tool
    need dig kdig
    while read -r fault; do
        primary_start --records 2 --do "$fault" "$ZONE"
        for tool in dig "dig +noall +answer" "dig +noall +answer +onesoa" "dig +onesoa" "dig +multiline" \
            "dig +noall +answer +multiline" "dig +nocmd +nostats" "dig +tries=3" kdig "kdig +noall +answer" \
            "kdig +multiline" "kdig +nocomments"; do
            run_tool "$tool"
            no_zone "$tool ($fault)"
            grep -q "example.com" dump || continue
            zx convert --accept-incomplete dump
            is 0 || { echo "$tool ($fault)" && cat dump && return 1; }
            incomplete
        done
        kill "${PIDS[-1]}"
    done <<'LIST'
close -1
stop 3 close
stop 3 reset
stop 3 stall
rcode 3 SERVFAIL
noend
LIST
}

@test "what they leave where nothing came is no zone" {
    local fault tool
    need dig kdig drill
    for fault in "stop 1 close" "stop 1 reset" "rcode 1 REFUSED" nosoa "id 1"; do
        primary_start --do "$fault" "$ZONE"
        for tool in dig "dig +noall +answer" kdig "kdig +noall +answer" drill "drill -Q"; do
            [[ $tool != drill || $fault != id* ]] || continue # it does not look at the ID
            run_tool "$tool"
            # kdig 3.4 complains of the ID, and writes the whole zone all the same
            [[ $tool != kdig* || $fault != id* || $(grep -c "SOA" dump) != 2 ]] || continue
            no_zone "$tool ($fault)"
        done
        kill "${PIDS[-1]}"
    done
}

@test "a dump that ends before its end is no zone" {
    local tool n
    need dig kdig
    primary_start "$ZONE"
    for tool in dig "dig +multiline" kdig "kdig +multiline"; do
        run_tool "$tool"
        cp dump all
        for ((n = 1; n < $(grep -n '^example.com.*SOA' all | tail -n 1 | cut -d: -f1); n++)); do
            head -n "$n" all >dump
            no_zone "$tool, $n lines"
        done
    done
}

@test "signed transfers: the signatures are left out, and what dig and kdig say of them counts" {
    local tool
    need dig kdig
    primary_start --records 3 --key "$KEY" "$ZONE"
    for tool in dig "dig +multiline" "dig +nocl" "dig +ttlunits" kdig "kdig +multiline" "kdig +noclass" \
        "kdig +generic"; do
        run_tool "$tool -y $KEY"
        grep -q '^k.example.' dump
        zx convert dump
        is 0
        whole "$T/out"
        err_has 'dump:'
        err_has ': warning: the TSIG record of the key "k.example." signs a message'
        zx convert dump -q
        err_empty
        zx convert dump --strict
        is 7
        err_has TSIG
    done
    primary_start --records 3 --key "$KEY" --do 'mac 3 flip' "$ZONE"
    for tool in "dig" "dig +noall +answer"; do
        run_tool "$tool -y $KEY"
        no_zone "$tool, wrong signature"
        err_has "Couldn't verify signature"
    done
    primary_start --key "$KEY" --do 'mac 1 flip' "$ZONE"
    for tool in dig "dig +noall +answer" kdig "kdig +noall +answer"; do
        run_tool "$tool -y $KEY"
        no_zone "$tool, wrong signature"
    done
}

# named writes all its zones to one file, and of each view, too: there may be others of class CH.
@test "rndc dumpdb -zones: each zone out of one file" {
    local zone
    need named rndc named-compilezone
    # shellcheck source=servers.bash
    source "$BATS_TEST_DIRNAME/servers.bash"
    servers_begin "$T/servers"
    local rndc
    rndc=$(servers_free_port)
    zone_text example.net. 5 >net
    { zone_text sub.example.com. 6 && echo "below.www A 192.0.2.9"; } >sub
    { cat "$ZONE" && echo "sub NS ns1.sub" && echo "ns1.sub A 192.0.2.1"; } >com
    printf '%s\n' "\$TTL 9" "@ SOA a b 7 2 3 4 5" "@ NS a.example.com." "example NS ns1.example" \
        "ns1.example A 192.0.2.1" >top
    server_new bind bind
    server_option bind 'dump-file "dumped";' 'allow-query { any; };'
    server_clause bind 'key "rndc" { algorithm hmac-sha256; secret "'$SECRET'"; };' \
        "controls { inet 127.0.0.1 port $rndc allow { any; } keys { rndc; }; };"
    server_zone bind example.net. "$PWD/net"
    server_zone bind example.com. "$PWD/com"
    server_zone bind sub.example.com. "$PWD/sub"
    server_zone bind com. "$PWD/top"
    server_start bind
    printf '%s\n' 'key "rndc" { algorithm hmac-sha256; secret "'$SECRET'"; };' >rndc.key
    rndc -s 127.0.0.1 -p "$rndc" -k rndc.key dumpdb -zones
    local dump
    dump=$(server_dir bind)/dumped
    eventually grep -q '^; Dump complete' "$dump"
    cp "$dump" dump
    servers_end
    grep -v '^;' dump | head -n 100
    for zone in example.net:net sub.example.com:sub example.com:com com:top; do
        rm -f expected.sorted got
        named-compilezone -q -i none -o expected "${zone%:*}" "${zone#*:}"
        zx convert --sort expected -o expected.sorted
        is 0
        python3 "$BATS_TEST_DIRNAME/../tools/sum.py" expected.sorted
        zx convert --origin "${zone%:*}" dump --sort -o got
        is 0
        err_has "of another zone; such records are left out"
        cmp expected.sorted got
        [[ $(wc -l <"$T/err") == 1 ]] || show
    done
    zx convert --origin example.org dump
    is 7
    err_has "holds no record of the zone example.org."
    zx convert dump
    is 7
    err_has "--origin"
}
