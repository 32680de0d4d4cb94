#!/usr/bin/env bats
# Servers that the zone names itself, found through the system's resolver.
#
# All of it happens in a network and a mount namespace of its own, where the resolver and the servers
# are at the addresses and the ports that they have in the world.

load helper

setup_file() {
    local user=() enter=(--net --mount) program i
    RESOLVER=$BATS_TEST_DIRNAME/resolver.py
    cd "$BATS_FILE_TMPDIR" || return
    echo 'nameserver 127.0.0.1' >resolv.conf
    echo '127.0.0.1 localhost' >hosts
    if ((EUID != 0)); then
        user=(-r) enter+=(--user)
    fi
    : >ready
    # shellcheck disable=SC2016
    unshare "${user[@]}" -n -m sh -c 'ip link set lo up && mount --bind hosts /etc/hosts &&
        mount --bind resolv.conf /etc/resolv.conf && echo ready && exec sleep infinity' \
        >ready 2>why </dev/null 3>&- &
    echo "$!" >holder
    for ((i = 0; i < 500; i++)); do
        [[ $(<ready) != ready ]] || break
        kill -0 "$(<holder)" 2>/dev/null || break
        sleep 0.01
    done
    if [[ $(<ready) != ready ]]; then
        echo "# this test needs namespaces for network and mounts, and ip: $(<why)" >&3
        return 1
    fi
    # The programs by their names, but inside.
    PATH=$PATH:/usr/sbin:/sbin
    IP=$(command -v ip)
    for program in ZXFR PRIMARY RESOLVER IP; do
        printf '#!/bin/sh\nexec nsenter --target %d %s --wd="$PWD" -- "%s" "$@"\n' "$(<holder)" \
            "${enter[*]}" "$(realpath "${!program}")" >"$program"
        chmod +x "$program"
        declare -gx "$program=$BATS_FILE_TMPDIR/$program"
    done
}

teardown_file() {
    kill "$(<"$BATS_FILE_TMPDIR/holder")" 2>/dev/null || true
}

# The resolver knows what $T/names says.
resolver() {
    local i
    : >"$T/asked"
    : >"$T/resolver"
    "$RESOLVER" "$T/names" "$T/asked" >"$T/resolver" 2>&1 </dev/null 3>&- &
    PIDS+=($!)
    for ((i = 0; i < 500; i++)); do
        [[ $(<"$T/resolver") != ready ]] || return 0
        sleep 0.01
    done
    echo "the resolver did not start: $(<"$T/resolver")"
    return 1
}

# The usual names: the MNAME is ns1, and ns1 to ns5 are at 127.0.1.1 to 127.0.1.5. The arguments
# are the numbers of the NS records.
usual() {
    local n
    echo 'example.com. SOA ns1.test. hostmaster.test. 1 2 3 4 5'
    for n; do
        echo "example.com. NS ns$n.test."
    done
    for n in 1 2 3 4 5; do
        echo "ns$n.test. A 127.0.1.$n"
    done
}

# A server at 127.0.1.N, port 53, with a log of what it was asked.
server() {
    local n=$1
    shift
    primary_start -a "127.0.1.$n" -p 53 --query-log "$T/log.$n" "$@"
}

# How often the servers at 127.0.1.1, 127.0.1.2 and so on were asked.
asked() {
    local n=1 wanted count
    for wanted; do
        count=0
        [[ ! -e $T/log.$n ]] || count=$(wc -l <"$T/log.$n")
        [[ $count == "$wanted" ]] || { echo "ns$n was asked $count times" && show; }
        n=$((n + 1))
    done
}

# The servers that messages speak of, in their order.
spoken_of() {
    local names
    names=$(grep -o '^zxfr: example\.com: ns[0-9]\.test\. ([^)]*)' "$T/err" | grep -o 'ns[0-9]' | tr '\n' ' ')
    [[ $names == "$*${*:+ }" ]] || { echo "spoken of: $names" && show; }
}

# ---- Who is asked ------------------------------------------------------------------------------

@test "the MNAME is asked first, and nobody else if it has the zone" {
    usual 3 2 1 >"$T/names"
    resolver
    for n in 1 2 3; do server "$n" "$ZONE"; done
    zx example.com
    is 0
    whole "$T/out"
    err_empty
    asked 1 0 0
}

@test "with --server-key nobody is asked without a key because the DNS names him" {
    usual 2 1 2 >"$T/names"
    resolver
    for n in 1 2; do server "$n" "$ZONE"; done
    (umask 077 && echo "hmac-sha256:xfr:AAECAwQFBgcICQoLDA0ODw==" >"$T/key")
    zx example.com --server-key "ns3.test=$T/key"
    is 5
    incomplete
    asked 0 0
    err_has "ns2.test" "no key for this server"
    zx example.com --server-key "ns2.test=$T/key"
    is 5
    asked 0 1
    # Who is named by the user is asked, with a warning; and without one if he proves himself by TLS.
    zx example.com @ns1.test --server-key "ns2.test=$T/key" @ns2.test
    is 0
    whole "$T/out"
    err_has "warning: not authenticated"
    zx example.com @ns1.test --server-key "ns2.test=$T/key" @ns2.test --strict
    is 5
    incomplete
}

@test "the names of the NS records come then, each server once" {
    {
        usual 2 1 2 3
        echo 'example.com. NS NS1.Test.'
        echo 'example.com. NS ns2.TEST.'
    } >"$T/names"
    resolver
    server 1 --refuse REFUSED
    server 2 --refuse SERVFAIL
    server 3 "$ZONE"
    zx example.com -v
    is 0
    whole "$T/out"
    asked 1 1 1
    count_is 3 'found server' "$T/err"
    err_has 'example.com: found server ns1.test.'
    [[ $(grep -o 'found server ns[0-9]' "$T/err" | grep -o '[0-9]' | tr -d '\n') == 123 ]]
}

@test "the resolver is asked for SOA and NS, and for no name twice" {
    usual 1 2 >"$T/names"
    resolver
    server 1 "$ZONE"
    zx example.com -4
    is 0
    [[ $(sort "$T/asked" | tr '\n' ' ') == "example.com. NS example.com. SOA ns1.test. A " ]] ||
        { cat "$T/asked" && false; }
}

@test "three refusals are enough" {
    usual 2 3 4 5 >"$T/names"
    resolver
    for n in 1 2 3; do server "$n" --refuse REFUSED; done
    server 4 "$ZONE"
    echo old >zone
    zx example.com -o zone
    is 4
    spoken_of ns1 ns2 ns3
    asked 1 1 1 0
    err_has '3 attempts failed'
    err_has refused
    [[ $(<zone) == old ]]
    out_empty
    zx example.com
    is 4
    incomplete
}

@test "only refusals count: a dead server and a broken answer do not" {
    usual 2 3 4 5 >"$T/names"
    resolver
    server 1 --refuse REFUSED
    server 3 --do 'id 1' "$ZONE"
    server 4 --refuse NOTAUTH
    server 5 "$ZONE"
    zx example.com
    is 0
    whole "$T/out"
    spoken_of ns1 ns2 ns3 ns4
    asked 1 0 1 1 1
}

@test "servers that are named are all asked" {
    usual 2 3 4 >"$T/names"
    resolver
    for n in 1 2 3 4; do server "$n" --refuse REFUSED; done
    zx example.com @ns1.test @ns2.test @ns3.test @ns4.test
    is 4
    asked 1 1 1 1
}

@test "a name with two addresses, the first of them dead" {
    {
        echo 'example.com. SOA two.test. hostmaster.test. 1 2 3 4 5'
        echo 'example.com. NS two.test.'
        echo 'two.test. A 127.0.1.4'
        echo 'two.test. A 127.0.1.5'
    } >"$T/names"
    resolver
    # whichever of them is the first
    for n in 4 5; do
        server "$n" "$ZONE"
        zx example.com -v
        is 0
        whole "$T/out"
        kill "${PIDS[-1]}"
        wait "${PIDS[-1]}" || true
    done
    zx example.com
    is 3
    err_has 'two.test. (127.0.1.4#53): '
    err_has 'two.test. (127.0.1.5#53): '
    err_has 'Connection refused'
    incomplete
}

@test "a server that was found is asked at one address only" {
    {
        echo 'example.com. SOA two.test. hostmaster.test. 1 2 3 4 5'
        echo 'two.test. A 127.0.1.1'
        echo 'two.test. A 127.0.1.2'
    } >"$T/names"
    resolver
    for n in 1 2; do server "$n" --refuse REFUSED; done
    zx example.com
    is 4
    [[ $(cat "$T"/log.* | wc -l) == 1 ]]
    # one that was named at all of them: access lists go by address
    zx example.com @two.test
    is 4
    [[ $(cat "$T"/log.* | wc -l) == 3 ]]
}

@test "a server whose name has no address is passed over" {
    {
        usual 2
        echo 'example.com. NS nowhere.test.'
        echo 'example.com. NS empty.test.'
        echo 'empty.test. TXT nothing'
        echo 'example.com. NS ns3.test.'
    } | sed '/^ns[12]/d' >"$T/names"
    resolver
    server 3 "$ZONE"
    zx example.com
    is 0
    whole "$T/out"
    for name in ns1 ns2 nowhere empty; do
        err_has "zxfr: example.com: $name.test.: "
    done
}

@test "-p is the port of those that are found" {
    usual 2 >"$T/names"
    resolver
    server 1 "$ZONE"
    primary_start -a 127.0.1.2 -p 5353 "$ZONE"
    zx example.com -p 5353
    is 0
    whole "$T/out"
    err_has 'ns1.test. (127.0.1.1#5353): '
    asked 0
}

@test "-4 and -6" {
    {
        usual
        echo 'ns1.test. AAAA ::1'
    } >"$T/names"
    resolver
    server 1 "$ZONE"
    primary_start -a ::1 -p 53 --query-log "$T/log.6" "$ZONE"
    zx example.com -6
    is 0
    [[ $(wc -l <"$T/log.6") == 1 ]]
    asked 0
    zx example.com -4
    is 0
    asked 1
    sed -i /AAAA/d "$T/names"
    zx example.com -6
    is 3
    err_has 'ns1.test.: '
}

# ---- No servers --------------------------------------------------------------------------------

# Nobody can be asked: exit 3, the zone is named, and nothing looks like a zone.
nobody() {
    local word
    is 3
    err_clean
    err_has 'zxfr: example.com: '
    for word; do err_has "$word"; done
    incomplete
    echo old >zone
    zx example.com -o zone "${words[@]}"
    is 3
    [[ $(<zone) == old ]]
    out_empty
    box_holds zone
}

@test "a MNAME that says nothing" {
    usual 2 | sed 's/SOA ns1.test./SOA ./' >"$T/names"
    resolver
    server 1 "$ZONE"
    server 2 "$ZONE"
    zx example.com
    is 0
    err_empty
    asked 0 1
    echo 'example.com. SOA . hostmaster.test. 1 2 3 4 5' >"$T/names"
    zx example.com
    nobody 'no servers'
}

@test "a zone without SOA and NS" {
    echo 'example.com. TXT nothing' >"$T/names"
    resolver
    zx example.com
    nobody 'no servers'
}

@test "a zone with NS only, and one with SOA only" {
    usual 2 | grep -v SOA >"$T/names"
    resolver
    server 2 "$ZONE"
    zx example.com
    is 0
    usual >"$T/names"
    server 1 "$ZONE"
    zx example.com
    is 0
    asked 1 1
}

@test "a zone that does not exist" {
    echo 'other.test. A 127.0.1.1' >"$T/names"
    resolver
    zx example.com
    nobody 'not found'
}

@test "a resolver that fails" {
    echo 'example.com. SERVFAIL' >"$T/names"
    resolver
    zx example.com --connect-timeout 1
    nobody
}

@test "an answer of the resolver that is malformed" {
    local words=(--connect-timeout 1)
    echo 'example.com. GARBAGE' >"$T/names"
    resolver
    zx example.com "${words[@]}"
    nobody
}

@test "a resolver that does not answer" {
    local words=(--connect-timeout 1) began=$SECONDS
    echo 'example.com. SILENT' >"$T/names"
    resolver
    zx example.com "${words[@]}"
    ((SECONDS - began <= 10))
    nobody 'the resolver 127.0.0.1#53' # on the list of addresses: the one that was asked
    err_has "hint: give the server's address"
    began=$SECONDS
    zx example.com --max-time 1
    is 3
    ((SECONDS - began <= 3))
    [[ $(tail -n 1 "$T/out") == '; zxfr INCOMPLETE: '* ]]
}

@test "no resolver at all" {
    local words=(--connect-timeout 1) began=$SECONDS
    zx example.com "${words[@]}"
    ((SECONDS - began <= 10))
    nobody 'the resolver 127.0.0.1#53'
    zx example.com @ns.test "${words[@]}"
    is 3
    err_has "zxfr: example.com: ns.test: cannot find the server's address: no answer from the resolver 127.0.0.1#53"
    err_has "hint: give the server's address"
}

@test "no way to the address: -4, -6 or -b" {
    zx example.com @192.0.2.1
    is 3
    err_has "cannot connect: Network is unreachable"
    err_has "hint: this machine has no route there; -6"
    zx example.com @2001:db8::1
    is 3
    err_has "hint: this machine has no route there, perhaps no IPv6; -4"
    zx example.com @192.0.2.1 -b 127.0.0.1
    is 3
    err_has "cannot connect: "
    err_has "hint: there is no route from the address of -b"
    zx example.com @127.0.0.1 -b ::1
    is 3
    err_has "127.0.0.1: the address of -b is one of IPv6, that of the server is not"
    zx example.com @127.0.0.1 -b 192.0.2.9
    is 3
    err_has "cannot use the local address 192.0.2.9: " "hint: -b takes an address of this machine"
    primary_start "$ZONE"
    zx example.com "$S" -b "127.0.0.1#$PORT" # where it listens itself
    is 3
    err_has "cannot use the local address 127.0.0.1#$PORT: Address already in use"
    err_has "hint: something else uses that port; -b ADDRESS without a port"
}

@test "no machine has the address, or a router says so" {
    "$IP" route add unreachable 203.0.113.0/24
    "$IP" -6 route add unreachable 2001:db8:1::/48 || skip "no IPv6"
    zx example.com @203.0.113.1
    is 3
    err_has "203.0.113.1: cannot connect: No route to host"
    err_has "hint: no machine has that address, or a router"
    zx example.com @2001:db8:1::1
    is 3
    err_has "2001:db8:1::1: cannot connect: No route to host" "perhaps for want of IPv6; -4"
}

@test "a name with a dot at its end is found in the file of hosts" {
    primary_start "$ZONE"
    for name in localhost. localhost LOCALHOST.; do
        zx example.com "@$name#$PORT"
        is 0
        whole "$T/out"
    done
    zx example.com "@localhost.#$PORT" -6 --connect-timeout 1
    is 3
    zx example.com "@elsewhere.#$PORT" --connect-timeout 1
    is 3
}

@test "a resolver that does not answer for one of the servers" {
    {
        usual 2
        echo 'ns1.test. SILENT'
    } >"$T/names"
    resolver
    server 2 "$ZONE"
    zx example.com --connect-timeout 1
    is 0
    whole "$T/out"
    err_has 'zxfr: example.com: ns1.test.: '
}

@test "names that no host can have are passed over" {
    {
        usual 2
        echo 'example.com. NS \000\027[31m.test.'
        echo 'example.com. NS a\.b.test.'
    } >"$T/names"
    resolver
    server 2 "$ZONE"
    zx example.com -v
    is 0
    whole "$T/out"
    count_is 2 'found server' "$T/err"
    err_clean
}

@test "-vv: what was looked up, where, and what was found" {
    usual 3 2 >"$T/names"
    resolver
    server 3 "$ZONE"
    zx example.com -vv
    is 0
    err_clean
    err_has "zxfr: example.com: looked up the servers of example.com (resolver 127.0.0.1#53): ns1.test., "
    err_has "zxfr: example.com: looked up ns1.test. (resolver 127.0.0.1#53): 127.0.1.1#53"
    err_has "zxfr: example.com: looked up ns3.test. (resolver 127.0.0.1#53): 127.0.1.3#53"
    zx example.com @nowhere.test -vv --connect-timeout 1
    is 3
    err_has "zxfr: example.com: looked up nowhere.test (resolver 127.0.0.1#53): cannot find the server's address"
    # a server that is named goes by its name
    zx example.com @ns3.test -v
    is 0
    err_has "zxfr: ns3.test (127.0.1.3#53): connected in "
    err_lacks "looked up"
}

@test "the report names who was tried" {
    usual 2 >"$T/names"
    resolver
    server 1 --refuse REFUSED
    server 2 "$ZONE"
    zx example.com --report report
    is 0
    [[ $(jq -r '.attempts | length' report) == 2 ]] || { cat report && false; }
    jq -e '.result == "ok" and .exit == 0' report
}

# ---- An audit ----------------------------------------------------------------------------------

@test "an audit does not ask an address that a record has in place of a name" {
    usual 1 >"$T/names"
    sed -i 's/NS ns1.test./NS 127.0.1.2./; s/SOA ns1.test./SOA 127.0.1.2./' "$T/names"
    echo "example.com. NS ns1.test." >>"$T/names"
    resolver
    server 1 "$ZONE"
    server 2 "$ZONE"
    zx audit --fail-on timeout -f json example.com
    is 1
    [[ ! -s $T/log.2 ]] || show
    jq -e '.zones[0].rows[] | select(.server == "127.0.1.2") | .address == null and .problems == ["timeout"] and
        .address_error == "an address stands where the name of a server belongs"' "$T/out" || show
    zx audit --fail-on timeout example.com
    grep -q '127\.0\.1\.2 (-): its name has no address \[an address stands' "$T/out" || show
}
