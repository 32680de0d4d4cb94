#!/usr/bin/env bats
# man/recipe/restore.sh: an old backup goes into BIND, Knot DNS and NSD by their own tools, as they are
# installed, and secondaries of the other two kinds take it. What they have is asked with dig.
#
# Each test has a machine of its own (tests/tools/box.bash): the primary is there at 127.0.0.1 and
# 192.0.2.53 with its files where the system has them, the secondaries are at 192.0.2.54 and 192.0.2.55.
#
# Environment: ZXFR, the path of the program. A test fails when its server is not installed.

bats_require_minimum_version 1.5.0
# shellcheck source=tests/tools/box.bash
. "$BATS_TEST_DIRNAME/../tools/box.bash"

setup() {
    cd "$BATS_TEST_TMPDIR" || return
    PATH=$PATH:/usr/sbin:/sbin
    ENVIRONMENT=()
    unshare -rm true 2>/dev/null || skip "the system allows no namespaces"
    M=$PWD/machine
    box_begin "$M" 192.0.2.53 192.0.2.54 192.0.2.55
    mkdir -p "$M"/etc/{bind,knot,nsd} "$M"/run/{named,knot,nsd,knot2,nsd2} "$M"/var/lib/{bind,knot,nsd,two} \
        "$M"/var/cache/bind "$M"/var/db
    cp "$BATS_TEST_DIRNAME/../../man/recipe/restore.sh" "$M/root"
    # AppArmor confines named by its path
    cp "$(command -v named)" "$M/local/sbin/named"
}

teardown() { box_end; }

refute() {
    if "$@"; then
        echo "should have failed: $*"
        return 1
    fi
}

# Waits until a condition holds, at most 30 seconds.
eventually() {
    local i
    for ((i = 0; i < 600; i++)); do
        if "$@" >/dev/null 2>&1; then
            return 0
        fi
        sleep 0.05
    done
    echo "in vain: $*"
    head -c 3000 "$M".primary "$M".second* 2>/dev/null
    return 1
}

# ---- Servers -------------------------------------------------------------------------------------

zone_text() { # SERIAL [RECORD...]
    printf '%s\n' '$ORIGIN example.com.' '$TTL 3600' "@ SOA ns1 hostmaster $1 7200 3600 1209600 300" \
        '@ NS ns1' '@ NS ns2' 'ns1 A 192.0.2.53' 'ns2 A 192.0.2.54' "${@:2}"
}

named_options() { # ADDRESSES FOLDER
    printf 'options { directory "%s"; listen-on { %s }; listen-on-v6 { none; }; recursion no; pid-file none;
        session-keyfile none; dnssec-validation no; empty-zones-enable no; notify explicit;
        allow-transfer { any; }; };\n' "$2" "$1"
}

# primary KIND [LINE OF THE ZONE...]: its zone is example.com, its zone file $FILE
primary() {
    case $1 in
    bind)
        FILE=/var/lib/bind/example.com.zone
        box_in rndc-confgen -a >/dev/null 2>&1
        {
            named_options '127.0.0.1; 192.0.2.53;' /var/cache/bind
            printf 'zone "example.com" { type primary; file "%s";
                also-notify { 192.0.2.54; 192.0.2.55; };\n%s\n};\n' "$FILE" "${*:2}"
        } >"$M/etc/bind/named.conf"
        box_start primary /usr/local/sbin/named -f -c /etc/bind/named.conf
        ;;
    knot)
        FILE=/var/lib/knot/example.com.zone
        cat >"$M/etc/knot/knot.conf" <<CONF
server:
    rundir: "/run/knot"
    listen: [ 127.0.0.1@53, 192.0.2.53@53 ]
database:
    storage: "/var/lib/knot"
remote:
  - id: second
    address: 192.0.2.54
  - id: third
    address: 192.0.2.55
acl:
  - id: all
    action: transfer
    address: [ 127.0.0.0/8, 192.0.2.0/24 ]
zone:
  - domain: example.com
    file: "$FILE"
    storage: "/var/lib/knot"
    notify: [ second, third ]
    acl: all
$(printf '    %s\n' "${@:2}")
CONF
        box_start primary knotd
        ;;
    nsd)
        FILE=/var/lib/nsd/example.com.zone
        cat >"$M/etc/nsd/nsd.conf" <<CONF
server:
    ip-address: 127.0.0.1
    ip-address: 192.0.2.53
    server-count: 1
    username: ""
    zonesdir: "/var/lib/nsd"
    pidfile: "/run/nsd/nsd.pid"
    xfrdfile: "/var/lib/nsd/xfrd.state"
    zonelistfile: "/var/lib/nsd/zone.list"
    xfrdir: "/var/lib/nsd"
    database: ""
    cookie-secret-file: ""
remote-control:
    control-enable: yes
    control-interface: /run/nsd/nsd.sock
zone:
    name: example.com
    zonefile: example.com.zone
    provide-xfr: 0.0.0.0/0 NOKEY
    notify: 192.0.2.54 NOKEY
    notify: 192.0.2.55 NOKEY
CONF
        box_start primary nsd -d -c /etc/nsd/nsd.conf
        ;;
    esac
}

# second KIND ADDRESS: transfers from 192.0.2.53
second() {
    case $1 in
    bind)
        {
            named_options "$2;" /var/lib/two
            echo 'controls { };'
            echo 'zone "example.com" { type secondary; primaries { 192.0.2.53; }; allow-notify { any; }; };'
        } >"$M/etc/named2.conf"
        box_start "second.$2" /usr/local/sbin/named -f -c /etc/named2.conf
        ;;
    knot)
        cat >"$M/etc/knot2.conf" <<CONF
server:
    rundir: "/run/knot2"
    listen: $2@53
database:
    storage: "/var/lib/two"
remote:
  - id: primary
    address: 192.0.2.53
acl:
  - id: notify
    action: [ notify, transfer ]
    address: [ 127.0.0.0/8, 192.0.2.0/24 ]
zone:
  - domain: example.com
    storage: "/var/lib/two"
    master: primary
    acl: notify
CONF
        box_start "second.$2" knotd -c /etc/knot2.conf
        ;;
    nsd)
        cat >"$M/etc/nsd2.conf" <<CONF
server:
    ip-address: $2
    server-count: 1
    username: ""
    zonesdir: "/var/lib/two"
    pidfile: "/run/nsd2/nsd.pid"
    xfrdfile: "/var/lib/two/xfrd.state"
    zonelistfile: "/var/lib/two/zone.list"
    xfrdir: "/var/lib/two"
    database: ""
    cookie-secret-file: ""
remote-control:
    control-enable: no
zone:
    name: example.com
    request-xfr: 192.0.2.53 NOKEY
    allow-notify: 0.0.0.0/0 NOKEY
    provide-xfr: 0.0.0.0/0 NOKEY
CONF
        box_start "second.$2" nsd -d -c /etc/nsd2.conf
        ;;
    esac
}

answer() { box_in dig +short +norecurse +time=1 +tries=1 "@$1" "$2" "$3"; } # ADDRESS NAME TYPE
serial_is() { [ "$(answer "$1" example.com SOA | awk '{ print $3 }')" = "$2" ]; }
is_there() { [ "$(answer "$1" "$2.example.com" A)" = "$3" ]; }

reload() { # KIND
    touch -d '5 seconds' "$M$FILE" # a time that counts in seconds
    case $1 in
    bind) box_in rndc -q reload example.com ;;
    knot) box_in knotc -b zone-reload example.com ;;
    nsd) box_in nsd-control reload example.com ;;
    esac
}

# A primary that has come from one serial to another one; the backup is of the first; all have the second.
begin() { # KIND SERIAL SERIAL [LINE OF THE ZONE...]
    local kind=$1 others=()
    FILE=/var/lib/$kind/example.com.zone
    zone_text "$2" 'old A 192.0.2.1' 'both A 192.0.2.2' >"$M$FILE"
    primary "$kind" "${@:4}"
    eventually serial_is 127.0.0.1 "$2"
    box_in zxfr --sort -o /root/backup example.com @127.0.0.1
    for other in bind knot nsd; do [ "$other" = "$kind" ] || others+=("$other"); done
    zone_text "$3" 'new A 192.0.2.3' 'both A 192.0.2.4' >"$M$FILE"
    reload "$kind"
    eventually serial_is 127.0.0.1 "$3"
    second "${others[0]}" 192.0.2.54
    second "${others[1]}" 192.0.2.55
    eventually serial_is 192.0.2.54 "$3"
    eventually serial_is 192.0.2.55 "$3"
}

# restore STATUS WORD...: what it says is in ./said
restore() {
    local status=0
    box_in env "${ENVIRONMENT[@]}" /root/restore.sh "${@:2}" >said 2>&1 </dev/null || status=$?
    cat said
    [ "$status" = "$1" ] || { echo "status $status instead of $1" && head -c 3000 "$M".primary && return 1; }
}

is_back() { # SERIAL [ADDRESS...]: the content of the backup, everywhere or there
    local server serial=$1
    shift
    [ $# != 0 ] || set -- 127.0.0.1 192.0.2.54 192.0.2.55
    for server; do
        eventually serial_is "$server" "$serial"
        is_there "$server" old 192.0.2.1
        is_there "$server" both 192.0.2.2
        is_there "$server" new ""
        box_in zxfr diff --ignore serial,dnssec,zonemd /root/backup "example.com@$server"
    done
}

restores() { # KIND
    begin "$1" 2026112201 2026112205
    # as it is, nobody takes it
    cp "$M/root/backup" "$M$FILE"
    reload "$1"
    refute timeout 2 bash -c "$(declare -f answer box_in serial_is); BOX=$BOX
        until serial_is 192.0.2.54 2026112201 || serial_is 192.0.2.55 2026112201; do sleep 0.2; done"
    is_there 192.0.2.54 new 192.0.2.3
    # the recipe; a name with a dot and in other letters is the same zone
    restore 0 "$1" Example.com. /root/backup "$FILE" 192.0.2.54 192.0.2.55
    grep -qF 'serial 2026112206, in place of 2026112201: the servers have 2026112205' said
    [ "$(grep -c ' has it$' said)" = 3 ]
    is_back 2026112206
    # once more: the next one
    restore 0 "$1" example.com /root/backup "$FILE" 192.0.2.54 192.0.2.55
    is_back 2026112207
    # a backup that is not older goes back as it is
    box_in zxfr --sort -o /root/backup example.com @192.0.2.54
    restore 0 "$1" example.com /root/backup "$FILE" 192.0.2.54 192.0.2.55
    grep -qF 'serial 2026112207, as it is in the backup' said
    is_back 2026112207
    # what was there before each of them is kept, the first as well
    grep -qF "what was in it is in $FILE.before.3" said
    grep -q 'SOA.* 2026112201 ' "$M$FILE.before"
    grep -q 'SOA.* 2026112206 ' "$M$FILE.before.2"
    grep -q 'SOA.* 2026112207 ' "$M$FILE.before.3"
    [ -z "$(find "$M/var/lib" -name '*.zone.*' ! -name '*.before' ! -name '*.before.[23]')" ]
}

@test "BIND: Knot and NSD take what was restored" { restores bind; }
@test "Knot: BIND and NSD take what was restored" { restores knot; }
@test "NSD: BIND and Knot take what was restored" { restores nsd; }

# From 4294967290 to 3 is a way of 9 steps; the backup is older than 3, though its number is larger.
@test "serials that go past 2^32" {
    begin knot 4294967290 4294967295
    restore 0 knot example.com /root/backup "$FILE" 192.0.2.54 192.0.2.55
    grep -qF 'serial 0, in place of 4294967290: the servers have 4294967295' said
    is_back 0
    # FILE may be a link, and stays one
    mv "$M$FILE" "$M$FILE.real"
    ln -s "${FILE##*/}.real" "$M$FILE"
    restore 0 knot example.com /root/backup "$FILE" 192.0.2.54 192.0.2.55
    is_back 1
    [ -L "$M$FILE" ]
}

@test "serials that no serial is newer than: nothing is replaced" {
    begin bind 2026112201 2026112205
    zone_text $((2026112205 + 2147483648)) 'new A 192.0.2.3' >"$M$FILE"
    reload bind
    eventually serial_is 127.0.0.1 4173595853
    cp "$M$FILE" before
    restore 9 bind example.com /root/backup "$FILE" 192.0.2.54 192.0.2.55
    grep -qF '4173595853 2026112205' said
    cmp before "$M$FILE"
}

# A secondary that was away, or that has got further than the primary by a mistake there.
@test "the newest serial counts, whoever has it; who is not there is told" {
    begin bind 2026112201 2026112205
    zone_text 7 'new A 192.0.2.3' >"$M$FILE"
    reload bind
    eventually serial_is 127.0.0.1 7
    ENVIRONMENT=(WAIT=5)
    restore 3 bind example.com /root/backup "$FILE" 192.0.2.54 192.0.2.55 192.0.2.53#5353
    grep -qF '192.0.2.53#5353: cannot connect: Connection refused' said
    grep -qF '192.0.2.53#5353 does not say which serial it has: it is left out' said
    grep -qF '192.0.2.53#5353 does not have it yet' said
    grep -qF "what was in $FILE is in $FILE.before" said
    grep -qF 'the servers have 2026112205' said
    is_back 2026112206
}

@test "a server that is left out is not waited for" {
    begin bind 2026112201 2026112205
    SECONDS=0
    restore 3 bind example.com /root/backup "$FILE" 192.0.2.54 192.0.2.55 192.0.2.53#5353
    [ "$SECONDS" -lt 30 ]
    is_back 2026112206
}

# What FILE has, and no server has loaded yet, has a serial, too.
@test "the primary does not answer: nothing is replaced, unless it is told to" {
    begin nsd 2026112201 2026112205
    zone_text 2026112209 'newer A 192.0.2.3' >"$M$FILE"
    cp "$M$FILE" newest
    ENVIRONMENT=(PRIMARY=192.0.2.53#5353)
    for secondaries in "" "192.0.2.54 192.0.2.55"; do
        # shellcheck disable=SC2086 # words
        restore 3 nsd example.com /root/backup "$FILE" $secondaries
        grep -qF '192.0.2.53#5353: cannot connect: Connection refused' said
        grep -qF '192.0.2.53#5353 does not say which serial it has, and nothing is replaced' said
        cmp newest "$M$FILE"
    done
    [ "$(find "$M/var/lib/nsd" -name 'example.com*' | wc -l)" = 1 ]
    ENVIRONMENT=(PRIMARY=none)
    restore 0 nsd example.com /root/backup "$FILE" 192.0.2.54 192.0.2.55
    grep -qF "serial 2026112210, in place of 2026112201: $FILE has 2026112209" said
    cmp newest "$M$FILE.before"
    is_back 2026112210
    # it is really down
    box_kill primary TERM
    cp "$M$FILE" newest
    restore 13 nsd example.com /root/backup "$FILE" 192.0.2.54 192.0.2.55
    grep -qF "The way back: mv $FILE.before.2 $FILE, and load it again" said
    cmp newest "$M$FILE.before.2"
    grep -q 'SOA.* 2026112211 ' "$M$FILE"
    box_start primary nsd -d -c /etc/nsd/nsd.conf
    is_back 2026112211
}

@test "what is missing is told: a folder, a checker" {
    begin nsd 2026112201 2026112205
    restore 8 nsd example.com /root/backup /var/lib/nds/example.com.zone 192.0.2.54
    [ "$(cat said)" = "/root/restore.sh: /var/lib/nds, where /var/lib/nds/example.com.zone should be, is not a folder" ]
    cp "$M$FILE" before
    sed 's|^PATH=.*|PATH=/usr/local/bin:/usr/bin:/bin|; s/nsd-checkzone/nsd-checkzones/' "$M/root/restore.sh" >"$M/root/other.sh"
    chmod +x "$M/root/other.sh"
    status=0
    box_in /root/other.sh nsd example.com /root/backup "$FILE" >said 2>&1 || status=$?
    [ "$status" = 13 ]
    grep -qF 'nsd-checkzones, which would look at the zone first, is not installed' said
    cmp before "$M$FILE"
    # a warning is of the backup, and comes once
    zone_text 7 'www CNAME ns1' 'www TXT a' 'www NS ns1' >text
    "$ZXFR" convert -q --sort -o "$M/root/backup2" text
    restore 9 nsd example.com /root/backup2 "$FILE" 192.0.2.54
    [ "$(grep -c 'warning: www.example.com. .*beside a CNAME' said)" = 1 ]
    refute grep -q 'zone\.[A-Za-z0-9]\{6\}' said
}

# changed KIND: the changes of begin, by the server's own means, and not in its zone file
changed() {
    case $1 in
    bind)
        printf '%s\n' 'server 127.0.0.1' 'zone example.com' 'del old.example.com A' 'del both.example.com A' \
            'add both.example.com 3600 A 192.0.2.4' 'add new.example.com 3600 A 192.0.2.3' send >"$M/root/update"
        box_in nsupdate /root/update
        ;;
    knot)
        box_in sh -ec 'knotc zone-begin example.com
            knotc zone-unset example.com old A
            knotc zone-unset example.com both A
            knotc zone-set example.com both 3600 A 192.0.2.4
            knotc zone-set example.com new 3600 A 192.0.2.3
            knotc zone-commit example.com'
        ;;
    esac
}

# A zone whose changes are in a journal.
begin_journal() { # KIND [LINE OF THE ZONE...]
    FILE=/var/lib/$1/example.com.zone
    zone_text 2026112201 'old A 192.0.2.1' 'both A 192.0.2.2' >"$M$FILE"
    primary "$@"
    eventually serial_is 127.0.0.1 2026112201
    box_in zxfr --sort -o /root/backup example.com @127.0.0.1
    second nsd 192.0.2.54
    eventually serial_is 192.0.2.54 2026112201
    changed "$1"
    eventually serial_is 127.0.0.1 2026112202
    eventually serial_is 192.0.2.54 2026112202
}

@test "BIND: a zone with a journal of dynamic updates" {
    begin_journal bind 'allow-update { any; };'
    restore 0 bind example.com /root/backup "$FILE" 192.0.2.54
    is_back 2026112203 127.0.0.1 192.0.2.54
    # it takes updates again, and starts with them
    changed bind
    eventually serial_is 192.0.2.54 2026112204
    box_kill primary TERM
    box_start primary /usr/local/sbin/named -f -c /etc/bind/named.conf
    eventually serial_is 127.0.0.1 2026112204
    is_there 127.0.0.1 new 192.0.2.3
}

@test "Knot: a zone with changes in the journal alone" {
    begin_journal knot 'zonefile-sync: -1' 'zonefile-load: whole'
    restore 0 knot example.com /root/backup "$FILE" 192.0.2.54
    is_back 2026112203 127.0.0.1 192.0.2.54
    box_kill primary TERM
    box_start primary knotd
    eventually serial_is 127.0.0.1 2026112203
    is_back 2026112203 127.0.0.1 192.0.2.54
    changed knot
    eventually serial_is 192.0.2.54 2026112204
}

serial_of() { answer "$1" example.com SOA | awk '{ print $3 }'; }
is_signed() { [ -n "$(answer "$1" example.com DNSKEY)" ] && box_in zxfr check --require dnssec "example.com@$1"; }
same() { [ "$(serial_of "$1")" = "$(serial_of "$2")" ]; }

# A zone that the server signs: with another serial the signatures of the backup are wrong.
signs() { # KIND LINE OF THE ZONE...
    FILE=/var/lib/$1/example.com.zone
    zone_text 2026112201 'old A 192.0.2.1' 'both A 192.0.2.2' >"$M$FILE"
    primary "$@"
    eventually is_signed 127.0.0.1
    box_in zxfr --sort -o /root/backup example.com @127.0.0.1
    zone_text 2026112220 'new A 192.0.2.3' 'both A 192.0.2.4' >"$M$FILE"
    reload "$1"
    eventually is_there 127.0.0.1 new 192.0.2.3
    second nsd 192.0.2.54
    eventually same 127.0.0.1 192.0.2.54
    cp "$M$FILE" before
    restore 9 "$1" example.com /root/backup "$FILE" 192.0.2.54
    grep -q 'see SIGNS in this script' said
    cmp before "$M$FILE"
    before=$(serial_of 192.0.2.54)
    ENVIRONMENT=(SIGNS=yes)
    restore 0 "$1" example.com /root/backup "$FILE" 192.0.2.54
    refute grep -q RRSIG "$M$FILE"
    is_signed 127.0.0.1
    eventually same 127.0.0.1 192.0.2.54
    is_signed 192.0.2.54
    [ "$(serial_of 192.0.2.54)" -gt "$before" ]
    is_back "$(serial_of 192.0.2.54)" 127.0.0.1 192.0.2.54
    # the newest backup needs no other serial: it keeps its signatures, and a server that does not sign has them
    box_in zxfr --sort -o /root/backup2 example.com @192.0.2.54
    ENVIRONMENT=(WAIT=1 PRIMARY=192.0.2.54)
    restore 0 "$1" example.com /root/backup2 /root/elsewhere 192.0.2.54
    grep -q 'as it is in the backup' said
    box_in zxfr check --require dnssec /root/elsewhere
}

@test "BIND signs the zone: it makes the signatures anew" {
    signs bind 'dnssec-policy default; inline-signing yes;'
}

@test "Knot signs the zone: it makes the signatures anew" {
    signs knot 'dnssec-signing: on' 'zonefile-sync: -1' 'zonefile-load: difference' 'journal-content: all'
}

@test "what is not whole, of another zone, or would be refused changes nothing" {
    begin nsd 2026112201 2026112205
    cp "$M$FILE" before
    sed -i 's/192.0.2.2/192.0.2.9/' "$M/root/backup"
    restore 7 nsd example.com /root/backup "$FILE" 192.0.2.54
    zone_text 7 >"$M/root/foreign"
    restore 7 nsd example.com /root/foreign "$FILE" 192.0.2.54
    grep -q 'is it whole' said
    restore 7 nsd example.com /root/missing "$FILE" 192.0.2.54
    zone_text 7 | sed 's/example\.com/example.net/' >text
    "$ZXFR" convert -q --sort -o "$M/root/backup3" text
    restore 7 nsd example.com /root/backup3 "$FILE" 192.0.2.54
    grep -q 'is of the zone example.net' said
    zone_text 7 'www CNAME ns1' 'www A 192.0.2.1' >text
    "$ZXFR" convert -q --sort -o "$M/root/backup2" text
    restore 9 nsd example.com /root/backup2 "$FILE" 192.0.2.54
    grep -q 'the server would refuse it' said
    "$ZXFR" convert -q --sort --except A -o "$M/root/part" text
    restore 7 nsd example.com /root/part "$FILE" 192.0.2.54
    grep -q 'not the whole zone' said
    restore 2 nsd . /root/backup "$FILE"
    restore 2 nsdd example.com /root/backup2 "$FILE"
    restore 2 nsd example.com
    cmp before "$M$FILE"
    [ "$(find "$M/var/lib/nsd" -name 'example.com*' | wc -l)" = 1 ]
    serial_is 192.0.2.54 2026112205
}
