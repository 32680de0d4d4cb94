#!/usr/bin/env bats
# What a terminal shows: --pretty at any width, colours, and no escape sequence that somebody else has
# chosen. Progress is in says.bats.

load helper

VECTORS="${BATS_TEST_DIRNAME}/../vectors/rr.tsv"
ESC=$'\033'

# Runs zxfr at a terminal that is its standard output and its standard error: what it shows is $T/out.
shown() {
    status=0
    timeout --foreground -k 5 60 "$BATS_TEST_DIRNAME/terminal.py" --both --columns "$@" >"$T/out" </dev/null || status=$?
    : >"$T/err"
}

# Records of every type that a file can hold, as one zone.
all_types() { vector_zone "" >"$T/all"; }

# ---- --pretty ----------------------------------------------------------------------------------

@test "--pretty folds what is long: the same zone at any width" {
    local columns long
    all_types
    zx -q convert --sort "$T/all"
    is 0
    mv "$T/out" expected
    [[ $(wc -l <expected) -gt 600 ]]
    for columns in 20 40 80 200; do
        shown $columns "$ZXFR" -q convert --pretty "$T/all" --color never
        is 0
        mv "$T/out" pretty
        zx -q convert --sort pretty
        is 0
        cmp expected "$T/out" || show
    done
    # to a file, 80 columns whatever the terminal has
    zx -q convert --pretty "$T/all" -o file
    zx -q convert --pretty "$T/all"
    cmp file "$T/out"
    shown 200 "$ZXFR" -q convert --pretty "$T/all" -o wide
    cmp file wide
    zx -q convert --sort file
    cmp expected "$T/out"
}

# What dnspython finds in two files, each record once.
same_for_dnspython() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import sys
import dns.zone

zones = [dns.zone.from_file(path, origin="example.com.", relativize=False) for path in sys.argv[1:]]
assert len(zones[0].nodes) == 3 and zones[0] == zones[1]
PYTHON
}

write_long() {
    cat >long <<'ZONE'
$ORIGIN example.com.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
@ DNSKEY 257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
@ RRSIG SOA 13 2 3600 20261224180000 20261124180000 12345 @ mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==
@ TXT "one string of some length, with ( and ; in it, and \"" "another one that is as long as that"
a.name.that.is.longer.than.the.column TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
a.name.that.is.longer.than.the.column A 192.0.2.1
ns1 A 192.0.2.1
ns1 TYPE65300 \# 40 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627
ZONE
}

@test "--pretty: how it looks" {
    write_long
    zx convert --pretty long
    is 0
    diff -u - "$T/out" <<'PRETTY'
example.com.                    3600    IN SOA        ns1.example.com. (
                                    hostmaster.example.com.
                                    1          ; serial
                                    7200       ; refresh (2h)
                                    900        ; retry (15m)
                                    1209600    ; expire (2w)
                                    300        ; minimum (5m)
                                    )
                                3600    IN NS         ns1.example.com.
                                3600    IN DNSKEY     257 3 13 (
                                    mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopK
                                    l+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L
                                    53eKGQ== )
                                3600    IN RRSIG      SOA 13 2 3600 (
                                    20261224180000 20261124180000 12345
                                    example.com.
                                    mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopK
                                    l+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L
                                    53eKGQ== )
                                3600    IN TXT        (
                                    "one string of some length, with ( and ; in it, and \""
                                    "another one that is as long as that" )
a.name.that.is.longer.than.the.column.example.com.      3600    IN TLSA       (
                                    3 1 1
                                    0123456789abcdef0123456789abcdef01234567
                                    89abcdef0123456789abcdef )
                                                        3600    IN A          192.0.2.1
ns1.example.com.                3600    IN A          192.0.2.1
                                3600    IN TYPE65300  \# 40 (
                                    000102030405060708090a0b0c0d0e0f10111213
                                    1415161718191a1b1c1d1e1f2021222324252627 )
; zxfr end: example.com. IN serial 1 records 9
PRETTY
    same_for_dnspython long "$T/out"
    shown 60 "$ZXFR" convert --pretty long --color never
    same_for_dnspython long "$T/out"
    # only what cannot be divided is longer than the terminal
    [[ $(grep -c '.\{61\}' "$T/out") == 3 ]] || show # a name, a string, an owner
}

# ---- Colours -----------------------------------------------------------------------------------

# What is left without the colours that zxfr has.
plain() { sed -E "s/$ESC\[(0|1|2|1;31|31|32|33|36)m//g"; }

@test "--pretty has colours on a terminal, and never in a file" {
    write_long
    zx convert --pretty long
    mv "$T/out" expected
    shown 80 "$ZXFR" convert --pretty long
    is 0
    out_has "${ESC}[1mexample.com.${ESC}[0m"
    out_has "${ESC}[36mDNSKEY${ESC}[0m"
    out_has "${ESC}[2m; refresh (2h)${ESC}[0m"
    plain <"$T/out" | diff expected -
    zx convert --pretty --color always long
    out_has "${ESC}[36mDNSKEY${ESC}[0m"
    plain <"$T/out" | diff expected -
    zx convert --pretty --color always long -o file
    cmp file expected
    # a zone that is not for the eye has none
    shown 80 "$ZXFR" convert --color always long
    out_lacks "$ESC"
    zx convert --color always -f json long
    is 0
    out_lacks "$ESC"
    # nor are there any where the environment says so
    local words
    for words in NO_COLOR=1 TERM=dumb TERM= "-u TERM"; do
        # shellcheck disable=SC2086
        shown 80 env $words "$ZXFR" convert --pretty long
        is 0
        out_lacks "$ESC"
        cmp expected "$T/out"
    done
    shown 80 env NO_COLOR= "$ZXFR" convert --pretty long
    out_has "${ESC}[36m"
    shown 80 env NO_COLOR=1 "$ZXFR" convert --pretty --color always long
    out_has "${ESC}[36m"
}

@test "changes in a file have no colours" {
    zone_text example.com. 1 >old
    zone_text example.com. 2 >new
    zx diff --color always old new -o file
    is 1
    zx diff old new
    cmp file "$T/out"
}

@test "messages: failures, warnings and hints have colours of their own" {
    closed_port
    zx example.com "@127.0.0.1#$CLOSED" --color always -o file
    is 3
    grep -q "^$ESC\[1;31mzxfr:$ESC\[0m example.com: 127.0.0.1#$CLOSED: " "$T/err" || show
    grep -q "^$ESC\[2mzxfr: hint: .*$ESC\[0m$" "$T/err" || show
    zx example.com --color always --nonsense
    is 2
    grep -q "^$ESC\[1;31mzxfr:$ESC\[0m " "$T/err" || show
    printf 'example.com. 60 IN SOA a. b. 1 2 3 4 5\nexample.com. 60 IN NS a.\nexample.com. 61 IN NS b.\n' >file
    zx convert --color always file -o out
    is 0
    grep -q "^$ESC\[33mzxfr:$ESC\[0m file.*: warning: " "$T/err" || show
    # by itself only on a terminal: here standard error alone is one
    zx convert file -o out
    err_lacks "$ESC"
    timeout 20 "$BATS_TEST_DIRNAME/terminal.py" "$ZXFR" convert file -o out >"$T/err"
    err_has "${ESC}[33mzxfr:"
    NO_COLOR=1 timeout 20 "$BATS_TEST_DIRNAME/terminal.py" "$ZXFR" convert file -o out >"$T/err"
    err_has "zxfr: file"
    err_lacks "$ESC"
}

@test "check: the word for the level has a colour" {
    printf 'example.com. 60 IN SOA a. b. 1 2 3 4 5\nexample.com. 60 IN NS example.com.\n' >zone
    zx check --color always zone
    grep -q "^zone: .*: $ESC\[1;31merror$ESC\[0m: " "$T/out" || show
    grep -q "^zone: .*: $ESC\[2minfo$ESC\[0m: " "$T/out" || show
    cp "$T/out" colored
    zx check zone
    plain <colored | diff - "$T/out"
}

@test "nothing that comes from elsewhere brings escape sequences" {
    local words
    {
        zone_text '\027[31mx.'
        printf '\\027]0;x\\007 60 IN TXT "\\027[2J" "\x1b[2J"\n'
        printf '@ 60 IN CAA 0 issue "\x1b[1mx"\n'
    } >odd
    : >"$(printf 'a\033[31mname.zone')"
    for words in "convert odd --pretty" "convert odd" "check odd" "convert a*name.zone" "check ." \
        "diff odd $ZONE" "convert odd -f stats" "convert odd -f json"; do
        # shellcheck disable=SC2086
        shown 80 "$ZXFR" $words
        plain <"$T/out" >rest
        refute grep -q "$ESC" rest
        refute grep -q $'\a' rest
        [[ -s rest ]]
    done
}
