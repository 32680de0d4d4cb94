#!/usr/bin/env bats
# The command watch: NOTIFY, by dnspython. Who may tell, what is answered, what is asked because of it. What
# a request is, to the octet, is in tests/unit/notify_judge.py, what many of them come to in test_schedule.c.
# shellcheck disable=SC2046 # names of zones are words

load helper
load sync
load watch

many() { for i; do NAME "$i" && echo; done; }

KEY=hmac-sha256:many.test.:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
OTHER=hmac-sha256:other.test.:BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=

key_files() {
    echo 'key "many.test." { algorithm hmac-sha256; secret "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="; };' >key
    echo 'key "other.test." { algorithm hmac-sha256; secret "BBECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="; };' >other
    chmod 600 key other
}

# A server of so many zones, none of which is due again by itself, and zxfr, which listens.
begin() {
    local zones=$1
    shift
    free_port
    mkdir d
    manyzones_start --zones "$zones" --serial 7 --log "$T/log" "${SERVER[@]}"
    seq -f 'zone%06g.example' 0 $((zones - 1)) >list
    watch_start --list list "$S" -d d --listen "127.0.0.1#$LISTEN" "$@"
    for ((i = 0; i < zones; i++)); do eventually has_serial $i 7; done
}

@test "the serial of a file that somebody has taken away is not current" {
    begin 2 --metrics metrics
    notify --serial 7 "$(NAME 1)"
    questions_are SOA 0
    rm "d/$(NAME 1).zone"
    notify --serial 7 "$(NAME 1)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 1 7
    watch_end
    metric_is 'zxfr_notifies_total{result="current"}' 1
    metric_is 'zxfr_notifies_total{result="accepted"}' 1
}

@test "a NOTIFY from the server brings what has changed, and one that tells nothing new brings no question" {
    begin 3 --metrics metrics
    manyzones_change "1 8"
    notify "$(NAME 1)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 1 8
    is_zone "d/$(NAME 1).zone" 1 8
    questions_are SOA 1
    notify --serial 8 "$(NAME 1)" # the file has it
    said_is "NOERROR aa unsigned"
    quiet_for 0.5
    notify --serial 7 "$(NAME 1)" # another one, even an older one, is a hint like any
    said_is "NOERROR aa unsigned"
    eventually questions_are SOA 2
    manyzones_change "1 9"
    notify --tcp --serial 9 "$(NAME 1)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 1 9
    manyzones_change "2 8"
    notify --edns 0 ZONE000002.Example
    said_is "NOERROR aa unsigned"
    eventually has_serial 2 8
    watch_end
    [[ $(question_count SOA 0) == 0 ]]
    promtool check metrics <metrics
    metric_is 'zxfr_notifies_total{result="accepted"}' 4
    metric_is 'zxfr_notifies_total{result="current"}' 1
    err_empty
}

@test "a stranger is refused, told of once, and causes no question" {
    begin 1 --metrics metrics
    manyzones_change "0 8"
    for i in 1 2 3; do
        notify --source 127.0.0.2 --serial 8 "$(NAME 0)"
        said_is "REFUSED unsigned"
        notify --source 127.0.0.2 --tcp "$(NAME 0)"
        said_is "REFUSED unsigned"
    done
    # nor does one learn which zones there are
    notify --source 127.0.0.2 "unknown.example"
    said_is "REFUSED unsigned"
    notify "unknown.example"
    said_is "NOTAUTH unsigned"
    quiet_for 0.5
    has_serial 0 7
    watch_end
    promtool check metrics <metrics
    metric_is 'zxfr_notifies_total{result="refused"}' 6
    count_is 1 "zone000000.example: " "$T/err"
    err_has "127.0.0.2" "--allow-notify"
    err_clean
}

@test "--allow-notify: a stranger that may" {
    begin 1 --allow-notify 127.0.0.2 --allow-notify 2001:db8::/32 --allow-notify 127.8.0.0/14
    manyzones_change "0 8"
    notify --source 127.0.0.3 "$(NAME 0)"
    said_is "REFUSED unsigned"
    notify --source 127.12.0.1 "$(NAME 0)"
    said_is "REFUSED unsigned"
    quiet_for 0.3
    notify --source 127.0.0.2 "$(NAME 0)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 0 8
    notify --source 127.0.0.2 unknown.example
    said_is "NOTAUTH unsigned"
    manyzones_change "0 9"
    notify --source 127.11.255.255 --tcp "$(NAME 0)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 0 9
    watch_end
}

@test "signatures: the zone's key, another one of the run, a wrong secret, an unknown one, a wrong time" {
    SERVER=(--key "$KEY")
    key_files
    free_port
    mkdir d
    manyzones_start --zones 2 --serial 7 --log "$T/log" --key "$KEY" --key "$OTHER"
    printf '%s -k key\n%s -k other\n' "$(NAME 0)" "$(NAME 1)" >list
    watch_start --list list "$S" -d d --listen "127.0.0.1#$LISTEN" --metrics metrics
    eventually has_serial 0 7
    eventually has_serial 1 7
    # a stranger with the zone's key is none; the reply is signed
    manyzones_change "0 8"
    notify --source 127.0.0.2 --key "$KEY" "$(NAME 0)"
    said_is "NOERROR aa signed"
    eventually has_serial 0 8
    manyzones_change "0 9"
    notify --source 127.0.0.2 --tcp --key "$KEY" --serial 9 "$(NAME 0)"
    said_is "NOERROR aa signed"
    eventually has_serial 0 9
    # with the key of another zone it is a stranger
    manyzones_change "0 10"
    notify --source 127.0.0.2 --key "$OTHER" "$(NAME 0)"
    said_is "REFUSED signed"
    notify --source 127.0.0.2 --key "$OTHER" unknown.example
    said_is "NOTAUTH signed"
    # what is signed badly counts for nothing, wherever it comes from
    for source in 127.0.0.1 127.0.0.2; do
        notify --source $source --key "$KEY" --secret AAAA "$(NAME 0)"
        said_is "NOTAUTH unsigned tsig BADSIG"
        notify --source $source --key "hmac-sha256:nobody.test.:AAAA" "$(NAME 0)"
        said_is "NOTAUTH unsigned tsig BADKEY"
        notify --source $source --key "hmac-sha512:${KEY#*:}" "$(NAME 0)"
        said_is "NOTAUTH unsigned tsig BADKEY"
        notify --source $source --key "$KEY" --ahead 400 "$(NAME 0)"
        said_is "NOTAUTH signed tsig BADTIME"
        notify --source $source --key "$KEY" --ahead -400 "$(NAME 0)"
        said_is "NOTAUTH signed tsig BADTIME"
    done
    quiet_for 0.5
    has_serial 0 9
    # the server itself need not sign
    notify "$(NAME 0)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 0 10
    watch_end
    promtool check metrics <metrics
    metric_is 'zxfr_notifies_total{result="signature"}' 10
    err_clean
}

@test "messages that are no NOTIFY, or none that is right" {
    begin 1 --metrics metrics
    manyzones_change "0 8"
    for how in "" --tcp; do
        # shellcheck disable=SC2086
        check() { local want=$1; shift; notify $how --wait 1 "$@" "$(NAME 0)"; said_is "$want"; }
        check "FORMERR unsigned" --type A
        check "FORMERR unsigned" --questions 0
        check "FORMERR unsigned" --questions 2
        check "NOTAUTH unsigned" --class CH
        check "REFUSED unsigned" --opcode QUERY
        check "NOTIMP unsigned" --opcode UPDATE
        check "NOTIMP unsigned" --opcode IQUERY
        check "NOTIMP unsigned" --opcode STATUS
        check "BADVERS unsigned" --edns 1
        check "BADVERS unsigned" --edns 255
        check silence --response
        check silence --cut 11
        check silence --cut 0
        check "FORMERR unsigned" --cut 12
        check "FORMERR unsigned" --cut 20
    done
    for i in {1..60}; do
        notify --rubbish $((i * 7)) --blind "$(NAME 0)"
        ((i % 6)) || notify --tcp --rubbish $((i * 7)) --blind "$(NAME 0)"
    done
    quiet_for 0.5
    has_serial 0 7
    notify "$(NAME 0)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 0 8
    watch_end
    promtool check metrics <metrics
    err_clean
    [[ $(wc -l <"$T/err") -le 8 ]] || show # however many there were
}

@test "a wildcard answers from the address that was asked, over UDP and TCP, IPv4 and IPv6" {
    free_port
    mkdir d
    manyzones_start --zones 1 --serial 7 --log "$T/log"
    watch_start "$(NAME 0)" "$S" -d d --listen "0.0.0.0#$LISTEN" --listen "[::]:$LISTEN" --allow-notify ::1
    eventually has_serial 0 7
    serial=7
    for to in 127.0.0.1 127.0.0.2 ::1; do
        for how in --edns=0 --tcp; do
            serial=$((serial + 1))
            manyzones_change "0 $serial"
            if [[ $to == *:* ]]; then from=::1; else from=127.0.0.1; fi
            TO=$to notify $how --source $from "$(NAME 0)" # notify.py looks from where the reply comes
            said_is "NOERROR aa unsigned"
            eventually has_serial 0 $serial
        done
    done
    watch_end
}

@test "several addresses; a zone whose server is found by name, and by another address of it" {
    need_namespaces
    free_port
    mkdir d
    manyzones_start --zones 1 --serial 7 --log "$T/log"
    printf '127.0.0.1 primary.test\n127.0.0.3 primary.test\n127.0.0.4 other.test\n' >hosts
    manager_start
    echo "nameserver 127.0.0.1" >"$T/resolv.conf"
    # shellcheck disable=SC2016
    # shellcheck disable=SC2097,SC2098 # zx_start begins another program, which gets ours as a word
    ZXFR=unshare zx_start -rm sh -c 'mount --bind hosts /etc/hosts && mount --bind "$0" /etc/resolv.conf && exec "$@"' \
        "$T/resolv.conf" "$ZXFR" watch "$(NAME 0)" "@primary.test#$PORT" -d d --listen "127.0.0.1#$LISTEN" \
        --listen "127.0.0.2#$LISTEN"
    eventually told READY=1
    eventually has_serial 0 7
    manyzones_change "0 8"
    notify --source 127.0.0.4 "$(NAME 0)"
    said_is "REFUSED unsigned"
    TO=127.0.0.2 notify --source 127.0.0.3 "$(NAME 0)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 0 8
    manyzones_change "0 9"
    notify --source 127.0.0.1 "$(NAME 0)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 0 9
    watch_end
}

@test "the server that has told is asked first, at its configured port" {
    free_port
    mkdir d
    manyzones_start --zones 1 --serial 7 --address 127.0.0.2 --log "$T/log2"
    TWO=@127.0.0.2#$PORT
    manyzones_start --zones 1 --serial 7 --log "$T/log"
    watch_start "$(NAME 0)" "$S" "$TWO" -d d --listen "127.0.0.1#$LISTEN"
    eventually has_serial 0 7
    [[ ! -s $T/log2 ]]
    notify --source 127.0.0.2 "$(NAME 0)"
    said_is "NOERROR aa unsigned"
    eventually test -s "$T/log2"
    quiet_for 0.3 # the first one is asked nothing
    watch_end
}

@test "notifies for a zone in work come to one more look" {
    # Nobody is so slow that these are not all sent while the first answer waits.
    SERVER=(--do "for SOA delay 3000")
    begin 1
    questions_are SOA 0
    notify "$(NAME 0)"
    eventually questions_are SOA 1
    notify --count 20 --serial 9 "$(NAME 0)"
    notify --count 20 "$(NAME 0)"
    notify --count 20 --tcp --serial 8 "$(NAME 0)"
    questions_are SOA 1
    eventually questions_are SOA 2
    # Nor is a change lost that comes while an answer with the old serial is on its way.
    manyzones_change "0 8"
    notify --serial 8 "$(NAME 0)"
    eventually has_serial 0 8
    questions_are SOA 3
    quiet_for 3.5
    watch_end
}

@test "notifies in work whose serial the look has found, come to no more" {
    SERVER=(--do "for SOA delay 1500")
    begin 1
    manyzones_change "0 8"
    notify --serial 8 "$(NAME 0)"
    eventually questions_are SOA 1
    notify --count 20 --serial 8 "$(NAME 0)"
    eventually has_serial 0 8
    quiet_for 2
    questions_are SOA 1
    watch_end
}

@test "a flood in the name of the server: few questions, and what has changed is found all the same" {
    begin 1 --metrics metrics
    notify --count 5000 "$(NAME 0)"
    before=$(question_count SOA)
    echo "$before questions for 5000 notifies"
    ((before <= 20))
    eventually questions_exceed SOA 1
    manyzones_change "0 8"
    notify "$(NAME 0)"
    said_is "NOERROR aa unsigned"
    eventually has_serial 0 8
    watch_end
}

@test "10 000 at once, and connections that say nothing: memory stays, others are heard" {
    [[ ${SANITIZED:-} != yes ]] || skip "a sanitizer has a memory of its own"
    begin 200
    /usr/bin/python3 - "$LISTEN" <<'PYTHON' &
import os, resource, socket, sys, time
port = int(sys.argv[1])
conns = []
for i in range(400):
    s = socket.socket()
    s.bind(("127.0.%d.9" % (i // 16 + 1), 0))
    s.connect(("127.0.0.1", port))
    s.send(b"\1" if i % 2 else b"")
    conns.append(s)
open("connected", "w").close()
time.sleep(3)
PYTHON
    slow=$!
    eventually test -e connected
    # how many zones are in work at once depends on how busy the machine is: the peak of some counts
    for serial in 8 9 10; do storm $serial; done
    before=$(peak)
    for serial in 11 12 13; do storm $serial; done
    wait "$slow"
    echo "memory $before $(peak), $(memory) now"
    [[ $(peak) -lt $((before * 3 / 2 + 8192)) ]]
    eventually few_descriptors 40
    watch_end
    err_empty
}
# All zones have another serial, and 10 000 notifies come.
storm() {
    local i serials=()
    for ((i = 0; i < 200; i++)); do serials+=("$i $1"); done
    manyzones_change "${serials[@]}"
    /usr/bin/python3 - "$LISTEN" <<'PYTHON'
import socket, sys
import dns.message, dns.opcode
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
wires = []
for i in range(200):
    q = dns.message.make_query("zone%06d.example" % i, "SOA", flags=0)
    q.set_opcode(dns.opcode.NOTIFY)
    wires.append(q.to_wire())
for i in range(10000):
    s.sendto(wires[i % 200], ("127.0.0.1", int(sys.argv[1])))
PYTHON
    # those that the system has dropped are sent again, as servers do
    for ((i = 0; i < 200; i += 10)); do notify "$(NAME $i)" && said_is "NOERROR aa unsigned"; done
    notify --tcp "$(NAME 5)"
    said_is "NOERROR aa unsigned"
    for ((i = 0; i < 200; i += 10)); do eventually has_serial $i "$1"; done
}
