#!/usr/bin/env bats
# -o FILE over a zone that is there already: one that is newer, and that of another zone.

load helper

# $T/vN is the zone with serial N, and a server of it is left in S_N.
server_of() {
    zone_text example.com. "$1" >"$T/v$1"
    primary_start --query-log "$T/log$1" "$T/v$1"
    printf -v "S_$1" %s "$S"
}

# What FILE says of itself.
serial_is() {
    awk -v want="$1" '$4 == "SOA" || $3 == "SOA" { for (i = 1; i < NF; i++) if ($i == want) found = 1 }
        END { exit !found }' "${2:-file}" || { cat "${2:-file}" && return 1; }
}

asked() { [[ $(wc -l <"$T/log$1") == "$2" ]] || { wc -l "$T"/log* && return 1; }; }

@test "an older zone over a newer one: a warning, an error under --strict, nothing where it is meant" {
    server_of 5
    server_of 3
    zx example.com "$S_5" -o file
    is 0
    cp file before
    zx example.com "$S_3" -o file
    is 0
    whole file 7 example.com. 3
    err_has "warning: the server's serial 3 is older than 5, which the file had"
    asked 3 1
    cp before file
    zx -q example.com "$S_3" -o file
    is 0
    [[ ! -s $T/err ]]
    cp before file
    zx example.com "$S_3" -o file --strict
    is 9
    cmp file before
    err_has "the server's serial 3 is older than 5"
    zx example.com "$S_3" -o file --strict --allow-older
    is 0
    [[ ! -s $T/err ]]
    whole file 7 example.com. 3
    zx example.com "$S_5" -o file --strict # newer, and the same
    is 0
    zx example.com "$S_5" -o file --strict
    is 0
    [[ ! -s $T/err ]]
}

@test "with several servers the newest wins, wherever it stands" {
    server_of 5
    server_of 3
    server_of 4
    server_of 6
    zx example.com "$S_5" -o five
    is 0
    cp five file # one that has something newer goes before those that lag
    zx example.com "$S_3" "$S_4" "$S_6" "$S_5" -o file
    is 0
    whole file 7 example.com. 6
    cp five file # all are older: the best of them
    zx example.com "$S_3" "$S_4" -o file
    is 0
    whole file 7 example.com. 4
    err_has "warning: the server's serial 4 is older than 5, which the file had"
    cp five file
    zx example.com "$S_4" "$S_3" -o file
    is 0
    whole file 7 example.com. 4
    cp five file # whoever cannot be reached has nothing
    closed_port
    zx example.com "$S_3" "@127.0.0.1#$CLOSED" -o file
    is 0
    whole file 7 example.com. 3
    cp five file
    zx example.com "$S_3" "$S_4" -o file --strict
    is 9
    cmp file five
    zx example.com "$S_3" "$S_4" -o file --allow-older # the first will do
    is 0
    whole file 7 example.com. 3
}

@test "an older one that was refused first is still there when nobody has a newer one" {
    server_of 5
    server_of 4
    server_of 3
    zx example.com "$S_5" -o file
    is 0
    # The best of the older ones answers once, and then never again.
    primary_start --do "connection 2" --do "close 0" "$T/v4"
    zx example.com "$S_3" "$S" -o file
    is 0
    whole file 7 example.com. 3
}

@test "serials go round, and may be no distance apart" {
    server_of 3
    server_of 4294967290
    zx example.com "$S_4294967290" -o file
    is 0
    zx example.com "$S_3" -o file --strict
    is 0
    cp file three
    zx example.com "$S_4294967290" -o file --strict
    is 9
    cmp file three
    server_of 2147483651 # 2^31 further: neither is newer
    zx example.com "$S_2147483651" -o file --strict
    is 9
    err_has "2^31 away from 3"
    zx example.com "$S_2147483651" -o file
    is 0
    err_has "2^31 away from 3: neither is newer (RFC 1982), which the file had"
}

@test "it does not matter who wrote FILE, nor in which form" {
    server_of 5
    server_of 3
    for options in "" --sort "--pretty" "--relative" "-f jsonl" "-f json" "--no-ttl --no-class"; do
        rm -f file
        # shellcheck disable=SC2086
        zx example.com "$S_5" -o file $options
        is 0
        zx example.com "$S_3" -o file --strict
        is 9 || { echo "$options" && cat file && return 1; }
    done
    printf '%s\n' '; by hand' '$TTL 1h' '@ SOA ns1 host (' ' 5 1 1 1 1 )' ' NS ns1' 'ns1 A 192.0.2.1' >file
    zx example.com "$S_3" -o file --strict
    is 9
    printf '%s\n' '$ORIGIN com.' 'a.example 60 A 192.0.2.1' 'example 60 SOA ns1 host 5 1 1 1 1' >file
    zx example.com "$S_3" -o file --strict
    is 9
    # What is not whole has nothing that could be lost, and what is no zone has no serial.
    for text in "" "hello" '{"a": 1}' $'\x01\x02\x03' $'\x1f\x8b\x08\x01' $'\xff\xfea' '$ORIGIN x.' '; only a comment'; do
        printf '%s\n' "$text" >file
        zx example.com "$S_3" -o file --strict
        is 0 || { echo "$text" && return 1; }
        whole file 7 example.com. 3
    done
    : >file
    zx example.com "$S_3" -o file --strict
    is 0
    zx example.com "$S_5" -o file
    sed -i '$s/.*/; zxfr INCOMPLETE: the transfer was cut/' file
    zx example.com "$S_3" -o file --strict
    is 0
}

@test "a FILE of another zone is kept: exit 9, unless that is meant" {
    server_of 5
    zone_text example.net. 9 >"$T/net"
    for options in --sort "-f jsonl" "--relative" "--except SOA"; do
        # shellcheck disable=SC2086
        "$ZXFR" convert "$T/net" -o other $options
        cp other before
        zx example.com "$S_5" -o other
        is 9 || { echo "$options" && cat other && return 1; }
        err_has "other holds the zone example.net."
        err_has "--force"
        cmp other before
        asked 5 0
    done
    cp "$T/net" other # by hand
    zx example.com "$S_5" -o other
    is 9
    zx example.com "$S_5" -o other --update
    is 9
    cmp other "$T/net"
    zx example.com "$S_5" -o other --force --strict # its serial is nobody's business
    is 0
    whole other 7 example.com. 5
    cp "$T/net" other
    zx example.com "$S_5" -o other --update --force
    is 0
    whole other 7 example.com. 5 || [[ $(tail -n 1 other) == "; zxfr end: example.com. IN serial 5 records 7 sum "* ]]
}

@test "letter case and a missing dot do not make another zone" {
    server_of 5
    "$ZXFR" convert "$T/v5" -o file
    sed -i 's/example\.com/EXAMPLE.com/g' file
    zx example.com "$S_5" -o file --strict
    is 0
    echo 'example.com 60 SOA a b 1 2 3 4 5' >file # becomes example.com.example.com.
    zx example.com "$S_5" -o file
    is 0
}

@test "convert: the same guards" {
    zone_text example.com. 5 >five
    zone_text example.com. 3 >three
    zone_text example.net. 9 >net
    zx convert five -o file
    is 0
    zx convert three -o file --strict
    is 9
    err_has "serial 3 is older than 5, which file had"
    serial_is 5
    zx convert three -o file --strict --allow-older
    is 0
    serial_is 3
    zx convert five -o file --strict
    is 0
    zx convert three -o file
    is 0
    err_has "warning: serial 3 is older than 5, which file had"
    serial_is 3
    zx convert net -o file
    is 9
    err_has "file holds the zone example.com."
    serial_is 3
    zx convert net -o file --force --strict
    is 0
    serial_is 9
}

@test "standard output and changes have no old zone" {
    server_of 5
    server_of 3
    zx example.com "$S_5" -o file
    zx example.com "$S_3" --strict
    is 0
    "$ZXFR" example.com "$S_3" -o /dev/stdout >"$T/there" # opened by the shell, and not looked at
    whole "$T/there" 7 example.com. 3
    for words in "--allow-older" "--force" "-o - --force" "-o file ixfr=1 --allow-older" "-o file ixfr=1 --force"; do
        # shellcheck disable=SC2086
        zx example.com @127.0.0.1#1 $words
        is 2
    done
}
