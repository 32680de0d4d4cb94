#!/usr/bin/env bats
# The fence around the process, seen from inside: what an intruder would try fails once input is
# read, and what the run needs goes on. All other tests run inside of it, too.

load helper
# shellcheck source=tests/tools/certs.bash
. "$BATS_TEST_DIRNAME/../tools/certs.bash"

: "${TRESPASS_SO:?the library tests/tools/trespass}"

setup_intruder() {
    [[ -z $SANITIZED ]] || skip "a sanitized build has no sandbox"
    mkdir "$T/elsewhere"
    echo secret >"$T/elsewhere/secret"
    primary_start "$ZONE"
    OTHER=$PORT
    primary_start "$ZONE"
}

# Which parts this kernel has, by zxfr's own word, which the tries below judge.
need_part() {
    zx convert -v "$ZONE"
    err_lacks "not $1" || skip "this kernel has no sandbox for $1: $(grep sandbox "$T/err")"
}

# zxfr with an intruder in it; what he came to is in stderr
intruded() {
    status=0
    LD_PRELOAD=$TRESPASS_SO TRESPASS=$T/elsewhere TRESPASS_PORT=$OTHER \
        timeout --foreground -k 5 60 "$ZXFR" "$@" >"$T/out" 2>"$T/err" <"${INPUT:-/dev/null}" ||
        status=$?
}
tries() { err_has "trespass: $1: $2"; }

files_are_shut() {
    tries read "Permission denied" && tries write "Permission denied" &&
        tries make "Permission denied" && [[ $(<"$T/elsewhere/secret") == secret ]]
}
calls_are_shut() {
    tries execute "Operation not permitted" && tries trace "Operation not permitted" &&
        tries chroot "Operation not permitted"
}

@test "an intruder without a sandbox comes to everything" {
    setup_intruder
    intruded example.com "$S" -o zone --no-sandbox
    is 0
    for what in read write make connect; do
        tries "$what" succeeded
    done
    err_lacks "execute"
    zx example.com "$S" -v --no-sandbox
    err_has "zxfr: sandbox: none (--no-sandbox)"
}

@test "get: files, system calls and other ports are shut, the zone is written" {
    setup_intruder
    need_part files
    need_part "system calls"
    intruded example.com "$S" -o zone
    is 0
    whole zone
    files_are_shut
    calls_are_shut
    tries connect "Permission denied"
    intruded example.com "$S"
    is 0
    whole "$T/out"
    files_are_shut
    calls_are_shut
    # the other port is open to the run that is to go there
    OTHER=$PORT intruded example.com "$S"
    tries connect succeeded
}

@test "convert, diff and catalog of files: nothing is connected to" {
    setup_intruder
    need_part files
    need_part "system calls"
    mkdir in
    cp "$ZONE" in/zone
    ZONE=in/zone
    intruded convert "$ZONE" -o zone
    is 0
    files_are_shut
    calls_are_shut
    tries connect "Operation not permitted"
    INPUT=$ZONE intruded convert -
    is 0
    files_are_shut
    calls_are_shut
    tries connect "Operation not permitted"
    sed 's/2026112201/2026112202/' "$ZONE" >in/new
    intruded diff "$ZONE" in/new
    is 1
    files_are_shut
    calls_are_shut
    tries connect "Operation not permitted"
    { cat "$ZONE" && echo 'version TXT 2' && echo 'a.zones PTR a.test.'; } >in/catz
    intruded catalog in/catz
    is 0
    files_are_shut
    calls_are_shut
    tries connect "Operation not permitted"
    primary_start in/catz
    intruded catalog "example.com$S"
    is 0
    files_are_shut
    calls_are_shut
    tries connect "Permission denied"
}

@test "--update, --diff-to, --record and --report in other folders" {
    setup_intruder
    need_part files
    mkdir sub a b c
    zx example.com "$S" --sort -o sub/zone
    ln -s sub/zone link
    intruded example.com "$S" --update -o link --diff-to a/diff --record b/record --report c/report
    is 0
    [[ -L link && -s b/record && -s c/report ]]
    files_are_shut
}

@test "the sandbox stands before the first octet of input is read" {
    need_strace
    [[ -z $SANITIZED ]] || skip "a sanitized build has no sandbox"
    primary_start "$ZONE"
    need_part files
    need_part "system calls"
    trace() {
        strace -f -qq -o "$T/trace" -e trace=landlock_restrict_self,seccomp,connect,openat,read \
            "$ZXFR" "$@" >"$T/out" 2>"$T/err" <"$ZONE"
        grep -n -m1 '^[0-9]* *seccomp(.*= 0' "$T/trace" | cut -d: -f1
    }
    # the number of the line that matches, in the trace
    at() { grep -nE -m1 "$1" "$T/trace" | cut -d: -f1; }
    up=$(trace example.com "$S")
    (($(at 'landlock_restrict_self\(.*= 0') < up && up < $(at 'connect\(.*= ')))
    up=$(trace convert -)
    ((up < $(at 'read\(0,')))
    up=$(trace convert "$ZONE")
    ((up < $(at "openat.*$ZONE.*O_RDONLY\\|O_NOCTTY")))
    up=$(trace diff "$ZONE" -)
    ((up < $(at 'read\(0,')))
    zx example.com "$S" --sort -o zone
    up=$(trace example.com "$S" --update -o zone)
    ((up < $(at 'openat.*"zone", O_RDONLY\|O_NOCTTY')))
}

@test "what a kernel lacks is left out, told with -v, and is not a failure" {
    need_strace
    [[ -z $SANITIZED ]] || skip "a sanitized build has no sandbox"
    primary_start "$ZONE"
    lacks() {
        status=0
        strace -f -qq -o /dev/null "$@" "$ZXFR" example.com "$S" -v -o zone >"$T/out" 2>"$T/err" ||
            status=$?
        is 0
        whole zone
    }
    lacks -e inject=landlock_create_ruleset:error=ENOSYS
    err_has "sandbox: not files (Landlock: Function not implemented); system calls"
    lacks -e inject=landlock_create_ruleset:error=EOPNOTSUPP
    err_has "sandbox: not files (Landlock: Operation not supported); system calls"
    lacks -e inject=seccomp:error=EINVAL
    err_has "not system calls (seccomp: Invalid argument)"
    lacks -e inject=prctl:error=EPERM
    err_has "sandbox: not files (Landlock: Operation not permitted); not system calls"
    # one rule that is missing: none at all, rather than a run that fails later
    for when in 1 3 5; do
        lacks -e inject=landlock_add_rule:error=ENOMEM:when=$when
        err_has "sandbox: not files (Landlock: Cannot allocate memory); system calls"
    done
}

@test "includes: what lies beside the zone or below; elsewhere only without the sandbox" {
    [[ -z $SANITIZED ]] || skip "a sanitized build has no sandbox"
    need_part files
    mkdir -p zones/parts elsewhere
    echo 'www A 192.0.2.80' | tee zones/parts/web zones/beside elsewhere/file >/dev/null
    cp "$ZONE" zones/plain
    zone_with() { { cat "$ZONE" && echo "\$INCLUDE $1"; } >zones/db; }
    for path in parts/web beside "$PWD/zones/parts/web"; do
        sed -i 's/www.*/ftp A 192.0.2.80/' zones/parts/web zones/beside elsewhere/file
        zone_with "$path"
        zx convert zones/db
        is 0
        out_has ftp.example.com.
    done
    for path in "$PWD/elsewhere/file" ../elsewhere/file; do
        zone_with "$path"
        zx convert zones/db
        is 7
        err_has "elsewhere/file: outside of the sandbox"
        err_has "--no-sandbox"
        zx diff zones/db zones/plain
        is 7
        err_has "outside of the sandbox"
        zx convert zones/db --no-sandbox
        is 0
        out_has ftp.example.com.
    done
    # a file that may not be read anyway, or is not there, is told as before
    zone_with nowhere
    zx convert zones/db
    is 7
    err_has "No such file"
    err_lacks sandbox
}

@test "a file by other ways: links, FIFOs, descriptors, standard input" {
    [[ -z $SANITIZED ]] || skip "a sanitized build has no sandbox"
    primary_start "$ZONE"
    mkdir far near
    cp "$ZONE" far/zone
    ln -s ../far/zone near/link
    zx convert near/link -o near/out
    is 0
    whole near/out
    ln -s ../far/target near/dangling
    zx convert near/link -o near/dangling
    is 0
    whole far/target
    zx diff near/link <(cat "$ZONE")
    is 0
    mkfifo pipe
    cat "$ZONE" >pipe &
    zx convert pipe
    is 0
    whole "$T/out"
    "$ZXFR" convert /dev/stdin -o /dev/fd/7 <"$ZONE" 7>seventh
    whole seventh
    cat pipe >piped &
    zx convert "$ZONE" -o pipe
    is 0
    wait $!
    whole piped
    zx example.com "$S" --record record
    "$ZXFR" convert - --whole <record >"$T/out"
    whole "$T/out"
    # a recording that can only be read once is copied
    status=0
    cat record | "$ZXFR" convert - >"$T/out" || status=$?
    is 0
    whole "$T/out"
}

@test "a folder of trusted certificates whose links lead elsewhere" {
    [[ -z $SANITIZED ]] || skip "a sanitized build has no sandbox"
    need_part files
    certs_begin "$T/certs"
    ca_new ca "Test root"
    cert_new good ca "DNS:ns1.test,IP:127.0.0.1"
    mkdir trusted stored
    cp "$CERTS/ca.pem" stored/root.crt
    ln -s ../stored/root.crt "trusted/$(openssl x509 -noout -hash -in stored/root.crt).0"
    primary_start "$ZONE"
    PRIMARY=$TLSFRONT primary_start --cert "$CERTS/good.pem" --key "$CERTS/good.key" "$PORT"
    zx example.com "$S" --tls-ca trusted
    is 0
    whole "$T/out"
    # and the system's, wherever that is
    SSL_CERT_DIR=$PWD/nowhere:$PWD/trusted zx example.com "$S" --tls
    is 0
}

# A zone that is signed, and one of the same serial in which somebody has changed an address.
signed_zones() {
    mkdir in # below which a conversion may read
    dnssec-keygen -q -K "$T" -a ECDSAP256SHA256 -f KSK example.com >"$T/key"
    dnssec-signzone -q -S -z -P -K "$T" -o example.com -O full -f "$T/named" "$ZONE" >"$T/log" 2>&1 ||
        { cat "$T/log" && return 1; }
    # the server of these tests knows few types by name
    "$ZXFR" convert -q --generic "$T/named" -o in/signed
    sed 's/192\.0\.2\.1/192.0.2.2/;s/\\# 4 c0000201/\\# 4 c0000202/' in/signed >in/bogus
    refute cmp -s in/signed in/bogus
    "$ZXFR" convert -q --sort "$ZONE" -o zone
}

@test "gates without a command keep the sandbox, and --keep-refused works in it" {
    setup_intruder
    need_part files
    need_part "system calls"
    signed_zones
    mkdir kept other
    gates=(--verify dnssec --min-signature-life 1h --max-change 10 --max-shrink 50 --keep-refused kept)
    primary_start in/signed
    for words in "example.com $S --sort" "example.com $S --update" "convert in/signed --sort"; do
        # shellcheck disable=SC2086
        intruded $words -o zone "${gates[@]}"
        is 0
        files_are_shut
        calls_are_shut
        grep -q RRSIG zone
    done
    OTHER=${PORTS[0]}
    primary_start in/bogus
    for words in "example.com $S --sort" "example.com $S --update" "convert in/bogus --sort"; do
        "$ZXFR" convert -q --sort "$ZONE" -o zone
        cp zone "$T/old"
        # shellcheck disable=SC2086
        intruded $words -o zone "${gates[@]}"
        is 9
        files_are_shut
        calls_are_shut
        cmp zone "$T/old"
        err_has "what was refused is kept as kept/example.com.2026112201.zone"
        cmp <(grep -v '^;' kept/example.com.2026112201.zone) \
            <("$ZXFR" convert --sort in/bogus | grep -v '^;')
        rm kept/*
    done
    zx example.com "$S" -o zone -v "${gates[@]}"
    err_has "sandbox: files"
}

@test "a command of the user's has all that he has: there is no sandbox, which -v tells" {
    setup_intruder
    primary_start "$ZONE"
    intruded example.com "$S" -o zone -v --check-cmd 'cat ../elsewhere/secret; [ -s "$ZXFR_FILE" ]'
    is 0
    err_has "zxfr: sandbox: none (commands are started)"
    grep -qx secret "$T/err"
    tries read succeeded
}

@test "the quota of processors is looked at before the sandbox hides it" {
    need_strace
    [[ -z $SANITIZED ]] || skip "a sanitized build has no sandbox"
    signed_zones
    need_part files
    for words in "convert in/signed -o zone --verify dnssec" "check in/signed"; do
        # shellcheck disable=SC2086
        strace -f -qq -o "$T/trace" -e trace=openat,landlock_restrict_self "$ZXFR" $words \
            >"$T/out" 2>"$T/err"
        grep -q 'cgroup.*= [0-9]' "$T/trace" || { cat "$T/trace" && return 1; }
        refute grep -q 'cgroup.*EACCES' "$T/trace"
    done
}
