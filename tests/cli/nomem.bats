#!/usr/bin/env bats
# Memory runs out at each allocation of a run in turn (see tools/nomem.c): exit 11 with a message,
# the old FILE as it was, nothing left behind, nothing leaked. Exit 0 is right only where the zone
# is whole all the same: what the C library or the resolver tried to get memory for was something
# that they do without, or the list of attempts was lost, which only the report shows.

load helper

setup_nomem() {
    [[ -z $SANITIZED ]] || skip "a build with sanitizers has its own malloc"
    primary_start "$ZONE"
    GOOD=$T/good
    zx example.com "$S" -o "$GOOD"
    is 0
}

# OpenSSL 3.5 aborts where its start lacks memory, or waits for itself for ever (ERR_new, which wants it
# started): what it asks for there is granted.
: "${NOMEM_SPARE:=OPENSSL_init_crypto}"
export NOMEM_SPARE

# starved WORD...: a run in which one allocation fails, as NOMEM_AT or NOMEM_FROM say; $OBJECT is
# what asked for it, empty if there was none. LAUNCH goes before the program.
starved() {
    rm -f "$T/log"
    status=0
    # shellcheck disable=SC2086
    timeout --foreground -k 5 60 ${LAUNCH-} env LD_PRELOAD="$NOMEM" NOMEM_LOG="$T/log" \
        NOMEM_OF="${ZXFR##*/}" "$ZXFR" "$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
    OBJECT=$(awk '$1 == "failed" || $1 == "spared" { print $3; exit }' "$T/log")
}

prepare() {
    rm -rf record .zone.zxfr .report.zxfr
    echo "; the old zone" >zone
    echo "{}" >report
}

# What the library saw at the end of main. The C library and the dynamic linker keep some of their memory
# for the process, and so do those that $KEEPS names, a regular expression.
nothing_kept() {
    grep -qx "main returned" "$T/log" || { echo "main did not return" && show; } || return
    ! grep '^kept' "$T/log" | grep -vE "(libc\.so\.6|ld-linux[^ ]*${KEEPS:+|$KEEPS})\$" || { echo "not freed" && show; }
}

# The failing runs of `zxfr WORD...` with each allocation, or each $STEP-th one; $MAY is a regular expression of
# "STATUS OBJECT" that is right besides 11, $UNTOUCHED the status without a failure.
each_allocation() {
    local n spared=0
    for ((n = 1; n < ${MOST:-2000}; n += ${STEP:-1})); do
        prepare
        NOMEM_AT=$n starved "$@"
        if [[ -z $OBJECT ]]; then
            is "${UNTOUCHED:-0}"
            nothing_kept
            echo "$n allocations, $spared of them spared"
            ((n > ${LEAST:-5} && spared < n / 4))
            return
        fi
        judge_starved || { echo "allocation $n, of $OBJECT" && return 1; }
        ! grep -q '^spared' "$T/log" || spared=$((spared + 1))
        # and when there is no more memory from then on
        prepare
        NOMEM_FROM=$n starved "$@"
        # c-ares asks for a few more or less, by chance
        [[ $OBJECT ]] || { is "${UNTOUCHED:-0}" && continue; }
        judge_starved || { echo "all allocations from $n, of $OBJECT" && return 1; }
    done
    echo "still failing at $n" && return 1
}

judge_starved() {
    nothing_kept || return
    if [[ $status == 11 ]]; then
        err_has memory && err_clean || return
    elif [[ $status != 0 && ! -s $T/err ]]; then
        echo "no message" && show || return
    else
        [[ "$status $OBJECT" =~ ^(${MAY:-none})$ ]] || show || return
    fi
    if [[ $OBJECT == libjansson* ]]; then
        err_has "${JANSSON:-no memory for the report}" || return
    fi
    if [[ $status == 0 ]]; then
        cmp zone "$GOOD" || return
    else
        # only the report comes after the zone was replaced
        [[ $(<zone) == "; the old zone" ]] || { cmp zone "$GOOD" && err_has report; } || return
    fi
    # a report is the old one, or whole
    [[ $(<report) == "{}" ]] || jq -e .exit report >/dev/null || return
    [[ ! -e .zone.zxfr && ! -e .report.zxfr && -z $(ls -A "$T/tmp") ]] || { ls -A && return 1; }
}

# The list of attempts is the one thing of ours that may be lost; its facts are in the report
# nevertheless.
LIST='0 zxfr'
# getaddrinfo for an address in digits; strerror's words in another language. What fails there is
# looked up again, or not needed.
LIBC='0 libc\.so\.6'

@test "-o FILE, at each allocation" {
    setup_nomem
    MAY="$LIST|$LIBC" each_allocation example.com "$S" -o zone
}

@test "-o FILE with --report and --record, at each allocation" {
    setup_nomem
    MAY="$LIST|$LIBC" LEAST=50 each_allocation example.com "$S" -o zone --report report \
        --record record
}

@test "--sort, at each allocation" {
    setup_nomem
    write_big 3000
    { head -n 3 "$BIG" && tail -n +4 "$BIG" | shuf --random-source=<(yes); } >"$T/shuffled"
    primary_start "$T/shuffled"
    zx --sort example.com "$S" -o "$GOOD"
    is 0
    MAY="$LIST|$LIBC" LEAST=10 each_allocation --sort example.com "$S" -o zone
}

@test "--memory, of which two pieces of a zone are made, at each allocation" {
    setup_nomem
    awk 'BEGIN { print "example.com. 60 IN SOA ns1.example.net. h.example.net. 1 2 3 4 5"
        for (i = 0; i < 250000; i++)
            printf "h%06d.some-longer-label.example.com. 60 IN A 10.%d.%d.%d\n", i * 7919 % 250000,
                i % 7, i / 250 % 250, i % 250 }' >"$T/large"
    zx convert --sort "$T/large" -o "$GOOD"
    is 0
    # what is large is written by a thread, and without memory for one as all else is; the C library
    # keeps its stack
    MAY="$LIBC|0 zxfr|0 ld-linux.*" LEAST=50 each_allocation convert --sort --memory 16M "$T/large" -o zone
}

@test "convert, at each allocation" {
    setup_nomem
    zx example.com "$S" -f json -o json
    zx example.com "$S" --record recording
    for from in "$ZONE" "$GOOD" json recording; do
        cp "$from" "$T/from"
        zx convert "$T/from" -o "$GOOD"
        is 0
        JANSSON="out of memory" MAY="$LIBC" LEAST=3 each_allocation convert "$T/from" -o zone
    done
    zx convert "$T/from" --sort -o "$GOOD"
    MAY="$LIBC" LEAST=3 each_allocation convert "$T/from" --sort -o zone
}

@test "diff with a side that does not tell its zone, at each allocation" {
    local n words
    setup_nomem
    tail -n +2 "$ZONE" | sed 's/192.0.2.1/192.0.2.2/' >"$T/bare"
    zx diff "$T/bare" "$ZONE"
    is 1
    cp "$T/out" "$T/expected"
    for words in "$T/bare $ZONE" "$ZONE $T/bare" "$T/bare example.com$S"; do
        for ((n = 1; n < 300; n++)); do
            # shellcheck disable=SC2086
            NOMEM_AT=$n starved diff $words
            nothing_kept
            [[ $OBJECT ]] || break
            if [[ $status == 11 ]]; then
                err_has memory
                out_empty
            else # by lines, or in the memory that is there
                [[ "$status $OBJECT" =~ ^1\ (zxfr|libc\.so\.6)$ ]] || show
                [[ $words == "$ZONE"* ]] || cmp "$T/expected" "$T/out"
            fi
        done
        ((n > 20))
        is 1
    done
}

@test "check, at each allocation" {
    setup_nomem
    dnssec-keygen -q -K . -a ECDSAP256SHA256 -f KSK example.com >key
    "$ZXFR" convert --sort "$ZONE" -o plain
    "$ZXFR" convert -f zonemd plain >>plain
    dnssec-signzone -S -z -P -K . -3 - -o example.com -f signed plain >signing 2>&1 || { cat signing && false; }
    "$ZXFR" convert --accept-incomplete --sort -q signed >sorted
    sed -i '$d' sorted
    grep -h DNSKEY "$(<key).key" >anchor
    # The digest is that of the zone before it was signed. What OpenSSL does without changes nothing.
    export UNTOUCHED=1 KEEPS='libcrypto\.so\.3'
    judge_starved() {
        nothing_kept || return
        if [[ $status == 11 ]]; then
            err_has memory && err_clean
        else
            is "$UNTOUCHED" && cmp "$T/out" whole
        fi
    }
    for words in "--trust-anchor anchor" "-f json"; do
        # shellcheck disable=SC2086
        zx check --jobs 1 sorted $words
        cp "$T/out" whole
        # shellcheck disable=SC2086
        STEP=397 MOST=20000 each_allocation check --jobs 1 sorted $words # OpenSSL makes thousands
    done
    zx check --jobs 1 "$ZONE"
    cp "$T/out" whole
    STEP=97 MOST=20000 UNTOUCHED=0 each_allocation check --jobs 1 "$ZONE"
}

@test "catalog, at each allocation" {
    setup_nomem
    {
        printf '%s\n' '$ORIGIN catz.' '@ 0 SOA . . 7 1 1 1 1' '@ 0 NS .' 'version 0 TXT 2'
        for n in {1..40}; do
            printf '%s\n' "m$n.zones 0 PTR z$((n * 7 % 41)).example." "group.m$n.zones 0 TXT g h"
        done
    } >catz
    primary_start catz
    judge_starved() {
        nothing_kept || return
        if [[ $status == 11 ]]; then
            err_has memory && err_clean && out_empty
        else
            is 0 && cmp "$T/out" whole
        fi
    }
    for words in catz "-f json catz" "catz$S"; do
        # shellcheck disable=SC2086
        zx catalog $words
        is 0
        cp "$T/out" whole
        # shellcheck disable=SC2086
        each_allocation catalog $words
    done
}

# audit_starved WORD...: the document, or the table, is as it was, or there is none ($MAYBE_OUT: a
# part of it); or it says that OpenSSL could not sign. What ends as if nothing had failed is what the
# C library does without.
audit_starved() {
    judge_starved() {
        nothing_kept || return
        if [[ $status == 11 ]]; then
            err_has memory && err_clean && [[ ${MAYBE_OUT-} || ! -s $T/out ]]
        elif [[ $OBJECT == libcrypto* ]] && grep -q 'no serial to compare with: OpenSSL cannot' "$T/err"; then
            is 2 && err_clean
        elif [[ $OBJECT == libcrypto* ]] && grep -qE '"(content_)?error": "OpenSSL cannot' "$T/out"; then
            is "$UNTOUCHED"
        else
            is "$UNTOUCHED" && diff "$T/out" "$T/whole"
        fi
    }
    NOMEM_AT=0 starved "$@"
    cp "$T/out" "$T/whole"
    UNTOUCHED=$status JANSSON="no memory for the JSON document" each_allocation "$@"
}

@test "audit, at each allocation" {
    local words=(audit --rate 0) named
    setup_nomem
    export KEEPS='libcrypto\.so\.3'
    named=@127.0.0.1#${PORTS[0]}
    zone_text example.net. >"$T/other"
    primary_start --key hmac-sha256:k:c2VjcmV0 "$T/other"
    umask 077
    echo hmac-sha256:k:c2VjcmV0 >"$T/key"
    printf 'example.com %s\nexample.net %s\n' "$named" "$S --key-file=$T/key" >"$T/list"
    LEAST=30 audit_starved "${words[@]}" example.com "$named"
    STEP=41 MOST=9000 LEAST=60 audit_starved "${words[@]}" -f json --content --list "$T/list" --also "$named"
    sed 's/hello/good day,/' "$ZONE" >"$T/another"
    primary_start "$T/another"
    MAYBE_OUT=1 STEP=5 LEAST=60 audit_starved "${words[@]}" -q --fail-on differs --diff example.com "$named" "$S"
}

# gates_starved STATUS WORD...: each allocation of a run over an old zone of which changes are known.
gates_starved() {
    export UNTOUCHED=$1 KEEPS='libcrypto\.so\.3'
    prepare() {
        rm -rf .zone.zxfr .report.zxfr kept
        mkdir kept
        cp "$T/old" zone
        echo "{}" >report
    }
    judge_starved() {
        nothing_kept || return
        case $status in
        0) cmp zone "$GOOD" || return ;;
        11) err_has memory && cmp zone "$T/old" || return ;;
        # what the command could not start with, or what libraries do without
        9) cmp zone "$T/old" && [[ -s $T/err ]] || return ;;
        *) show || return ;;
        esac
        [[ $status != 0 || $UNTOUCHED == 0 ]] || { echo "a bad zone was taken" && show; } || return
        [[ $status != 9 || $UNTOUCHED == 9 || $OBJECT == libcrypto* || $OBJECT == libc.so* ]] ||
            { echo "a good zone was refused" && show; } || return
        [[ ! -e .zone.zxfr && ! -e kept/.example.com.2026112201.zone.zxfr && -z $(ls -A "$T/tmp") ]] ||
            { ls -lA . kept && return 1; }
    }
    each_allocation "${@:2}"
}

@test "gates, at each allocation" {
    local words=(--sort --max-change 50% --max-change @NS=0
        --min-records 7 --max-shrink 50 --keep-refused kept)
    setup_nomem
    sed 's/2026112201/2026112200/;s/192.0.2.1/192.0.2.9/' "$ZONE" >"$T/before"
    tac "$T/before" | { head -n 3 "$T/before" && grep -v 'ORIGIN\|TTL\|SOA'; } >"$T/old"
    zx example.com "$S" --sort -o "$GOOD"
    is 0
    LEAST=50 gates_starved 0 example.com "$S" -o zone "${words[@]}" --check-cmd :
    LEAST=50 gates_starved 9 example.com "$S" -o zone "${words[@]}" --max-change 0
    LEAST=50 gates_starved 9 convert "$ZONE" -o zone "${words[@]}" --check-cmd 'exit 1'
}

@test "gates of signatures, at each allocation" {
    setup_nomem
    dnssec-keygen -q -K . -a ECDSAP256SHA256 -f KSK example.com >key
    dnssec-signzone -S -z -P -K . -o example.com -f "$T/signed" "$ZONE" >signing 2>&1 ||
        { cat signing && false; }
    sed 's/192\.0\.2\.1/192.0.2.2/' "$T/signed" >"$T/bogus"
    "$ZXFR" convert -q --sort "$ZONE" -o "$T/old"
    "$ZXFR" convert -q --sort "$T/signed" -o "$GOOD"
    export STEP=397 MOST=40000 # OpenSSL makes thousands
    gates_starved 0 convert "$T/signed" --sort -o zone --jobs 1 --require dnssec --min-signature-life 1d
    gates_starved 9 convert "$T/bogus" --sort -o zone --jobs 1 --require dnssec,zonemd --keep-refused kept
}

@test "--diff-to from any zone file, at each allocation" {
    local n
    setup_nomem
    tail -n +2 "$ZONE" | sed 's/192.0.2.1/192.0.2.2/' >"$T/bare"
    for ((n = 1; n < 300; n++)); do
        cp "$T/bare" zone
        rm -f changes
        NOMEM_AT=$n starved example.com "$S" -o zone --update --diff-to changes
        nothing_kept
        [[ $OBJECT ]] || break
        if [[ $status == 11 ]]; then
            err_has memory
            cmp "$T/bare" zone
        else
            [[ "$status $OBJECT" =~ ^($LIST|$LIBC)$ ]] || show
            grep -q '^; zxfr diff: ' changes
        fi
    done
    ((n > 20))
    is 0
    grep -q '^-ns1' changes
}

@test "the report of a run that lost the list of attempts" {
    setup_nomem
    for ((n = 1; n < 100; n++)); do
        prepare
        NOMEM_AT=$n starved example.com "$S" -o zone --report report
        [[ "$status $OBJECT" != "0 zxfr" ]] || ! jq -e '.attempts == []' report || break
    done
    ((n < 100))
    jq -e '.result == "ok" and .records == 7 and .serial == 2026112201 and .attempts == []' report
}

@test "--whole to stdout, at each allocation" {
    setup_nomem
    for ((n = 1; n < 100; n++)); do
        NOMEM_AT=$n starved example.com "$S" --whole
        nothing_kept
        [[ $OBJECT ]] || break
        if [[ $status == 11 ]]; then
            err_has memory
            out_empty
        else
            [[ "$status $OBJECT" =~ ^($LIST|$LIBC)$ ]]
            cmp "$T/out" "$GOOD"
        fi
        box_holds
    done
    ((n > 5))
    is 0
}

@test "a failed transfer, at each allocation" {
    setup_nomem
    primary_start --records 2 --do "close -1" "$ZONE"
    # Without a list of attempts, or with what libc does without, it ends as it would have. A report
    # that cannot be made does not hide why the transfer failed.
    UNTOUCHED=3 MAY="3 (zxfr|libc\.so\.6|libjansson.*)" LEAST=50 each_allocation example.com "$S" -o zone \
        --report report --record record
    primary_start --refuse REFUSED "$ZONE"
    UNTOUCHED=4 MAY="4 (zxfr|libc\.so\.6)" each_allocation example.com "$S" -o zone
}

# Whatever fails: the command was run, or its marker is there, or FILE is the old one. Most of
# what a run of a command needs is asked for once FILE was replaced.
judge_hook() {
    nothing_kept || return
    [[ ! -e .zone.zxfr ]] || return
    if [[ $status == 0 ]]; then
        [[ ! -e .zone.hook && $(<"$T/said") == run ]] && cmp zone "$GOOD"
        return
    fi
    [[ "$status $OBJECT" =~ ^(11 |${MAY:-none}$) ]] || show || return
    [[ -s $T/err ]] || show || return
    if [[ $1 == pending ]]; then
        [[ -e .zone.hook || $(<"$T/said") == run ]]
    elif cmp -s zone "$GOOD"; then
        [[ -e .zone.hook && ! -e $T/said ]]
    else
        [[ $(<zone) == "; the old zone" && ! -e .zone.hook && ! -e $T/said ]]
    fi || { ls -A && show; }
}

each_hook() { # new|pending|kept WORD...
    local n how=$1 new=0
    shift
    for ((n = 1; n < 200; n++)); do
        prepare
        rm -f .zone.hook "$T/said"
        if [[ $how != new ]]; then
            cp "$GOOD" zone
            echo "1 axfr 1.1" >.zone.hook
        fi
        NOMEM_AT=$n starved "$@" -o zone --exec "echo run >'$T/said'"
        if [[ -z $OBJECT ]]; then
            is "${UNTOUCHED:-0}"
            [[ ! -e .zone.hook && $(<"$T/said") == run ]]
            echo "$n allocations, $new of them with a new FILE"
            ((n > 5)) && [[ $how != new || $new -gt 2 ]]
            return
        fi
        judge_hook "$how" || { echo "allocation $n, of $OBJECT" && return 1; }
        [[ ! -e .zone.hook || $how != new ]] || new=$((new + 1))
    done
    echo "still failing at $n" && return 1
}

@test "--exec, at each allocation" {
    setup_nomem
    MAY="$LIST|$LIBC" each_hook new example.com "$S"
    each_hook new convert "$ZONE"
}

@test "--exec with a pending command, at each allocation" {
    setup_nomem
    MAY="$LIST|$LIBC" each_hook pending example.com "$S"
    each_hook pending convert "$GOOD"
    primary_start --refuse REFUSED "$ZONE"
    UNTOUCHED=4 MAY="4 (zxfr|libc\.so\.6)" each_hook pending example.com "$S"
}

@test "a server by its host name, at each allocation" {
    setup_nomem
    # c-ares, not we: an allocation that it can do without ends as if nothing had happened; one for
    # its sockets or queries it reports as a server that cannot be reached. c-ares 1.34
    # corrupts the heap where its tables of the hosts file get no memory, and dies of that later: what
    # this function of theirs asks for is granted.
    export NOMEM_SPARE=ares_htable_strvp_insert
    MAY="$LIST|$LIBC|0 libcares.*|3 (libcares.*|libc\.so\.6)" LEAST=20 each_allocation \
        example.com "@localhost#$PORT" -4 -o zone --report report --record record
}

# valgrind sees what the library cannot: reads of memory that is not there, and blocks that are
# leaked by way of another one. It starts slowly, so that a sample must do.
@test "under valgrind, at some allocations" {
    setup_nomem
    command -v valgrind >/dev/null || { echo "valgrind is not installed" && return 1; }
    local server=localhost#$PORT n
    NOMEM_AT=0 starved example.com "@$server" -4 -o zone --report report --record record
    is 0
    # the library's malloc must not be replaced, but the one that it calls
    LAUNCH="valgrind -q --trace-children=yes --leak-check=full --show-leak-kinds=definite,indirect,possible"
    LAUNCH+=" --errors-for-leak-kinds=definite,indirect,possible --error-exitcode=99"
    LAUNCH+=" --soname-synonyms=somalloc=nouserintercepts"
    for n in 0 1 3 5 13 18 20 25 28 30 33 40 90; do
        prepare
        NOMEM_AT=$n starved example.com "@$server" -4 -o zone --report report --record record
        case $status in
        0 | 3 | 11) ;;
        *) echo "allocation $n, of $OBJECT" && show ;;
        esac
        # fewer allocations than listed
        [[ $OBJECT || $n == 0 ]] || break
    done
    ((n > 30))
}
