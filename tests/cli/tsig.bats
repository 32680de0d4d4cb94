#!/usr/bin/env bats
# Signed transfers: what the tables tsig.tsv and flips.py have no row for.

load helper

SECRET=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
KEY=hmac-sha256:xfr-key.example.com:$SECRET

# A file for -k; the name of the file, then its text.
key_file() {
    (umask 077 && printf '%s\n' "$2" >"$T/$1")
}

signed_start() {
    key_file key "$KEY"
    primary_start --records 2 --key "$KEY" "$@" "$ZONE"
}

# nothing_from STATUS MESSAGE: no record, and that message.
nothing_from() {
    is "$1"
    err_has "$2"
    refute grep -q '^[^;]' "$T/out"
}

# dnspython's verdict on one transfer; the stream is kept in $T/stream.
judged() {
    /usr/bin/python3 "$BATS_TEST_DIRNAME/../tools/signed.py" "$PORT" "$KEY" "$T/stream"
}

nothing_came() {
    is "$1"
    incomplete
    refute grep -q '^[^;]' "$T/out"
}

# ---- The server's own signer -------------------------------------------------------------------

@test "dig finds the server's signatures good, and the wrong ones bad" {
    local algorithm
    for algorithm in md5 sha1 sha224 sha256 sha384 sha512; do
        primary_start --records 2 --key "hmac-$algorithm:k:$SECRET" "$ZONE"
        dig -y "hmac-$algorithm:k:$SECRET" +noall +answer +nomultiline -p "$PORT" @127.0.0.1 \
            example.com axfr >"$T/dig"
        refute grep -q '^;' "$T/dig"
        [[ $(grep -c 'IN' "$T/dig") == 8 ]]
        kill "${PIDS[-1]}"
    done
    signed_start --do "mac 2 flip"
    dig -y "$KEY" -p "$PORT" @127.0.0.1 example.com axfr >"$T/dig"
    grep -q "could not be validated\|verify" "$T/dig"
}

@test "dig's truncated signatures are understood, as the server's are by dig" {
    primary_start --records 2 --key "hmac-sha256:k:$SECRET" "$ZONE"
    dig -y "hmac-sha256-128:k:$SECRET" -p "$PORT" @127.0.0.1 example.com axfr >"$T/dig"
    refute grep -qi 'validated\|verify\|failed' "$T/dig"
    grep -q 'TSIG.* 300 16 ' "$T/dig"
}

# ---- Replay ------------------------------------------------------------------------------------

@test "an older transfer that is served again fails" {
    signed_start
    judged
    zx example.com "$S" -k "$T/key"
    whole "$T/out"
    cp "$T/out" "$T/good"
    primary_start --replay "$T/stream"
    zx example.com "$S" -k "$T/key"
    nothing_came 5
    err_has "message 1: the signature is wrong"
    cp "$T/good" zone
    zx example.com "$S" -k "$T/key" -o zone
    is 5
    cmp zone "$T/good"
    zx example.com "$S" -k "$T/key" --whole
    is 5
    out_empty
}

@test "a recording of a signed transfer that is served again fails" {
    signed_start
    zx example.com "$S" -k "$T/key" --record "$T/recording"
    is 0
    primary_start --replay "$T/recording"
    zx example.com "$S" -k "$T/key"
    nothing_came 5
}

@test "a message of an older transfer in place of the new one fails" {
    local hex
    signed_start
    judged
    hex=$(/usr/bin/python3 -c '
import struct, sys
stream, frames = open(sys.argv[1], "rb").read(), []
while stream:
    size = struct.unpack("!H", stream[:2])[0]
    frames.append(stream[2:2 + size])
    stream = stream[2 + size:]
print(frames[2][2:].hex())' "$T/stream")
    signed_start --do "signed drop 3" --do "signed insert 3 id$hex"
    zx example.com "$S" -k "$T/key"
    is 5
    incomplete
    err_has "message 3: the signature is wrong"
    [[ $(grep -c '^[^;]' "$T/out") == 4 ]]
}

# ---- Truncated signatures ----------------------------------------------------------------------

@test "BIND's hmac-sha256-128 is hmac-sha256 cut to 128 bits, here and there" {
    primary_start --records 2 --key "hmac-sha256:k:$SECRET" --query-log "$T/queries" "$ZONE"
    key_file bind "key \"k\" { algorithm hmac-sha256-128; secret \"$SECRET\"; };"
    zx example.com "$S" -k "$T/bind"
    whole "$T/out"
    # the MAC's length stands before it, the fudge of 300 before that
    grep -q 012c0010 "$T/queries"
}

@test "BADTRUNC: a server that wants longer signatures" {
    primary_start --records 2 --key "hmac-sha256:k:$SECRET" --min-mac 20 "$ZONE"
    key_file bind "key \"k\" { algorithm hmac-sha256-128; secret \"$SECRET\"; };"
    zx example.com "$S" -k "$T/bind"
    nothing_came 5
    err_has BADTRUNC
}

@test "a longer signature than the key asks for is good" {
    primary_start --records 2 --key "hmac-sha256:k:$SECRET" --do "maclen all 32" "$ZONE"
    key_file bind "key \"k\" { algorithm hmac-sha256-128; secret \"$SECRET\"; };"
    zx example.com "$S" -k "$T/bind"
    whole "$T/out"
}

@test "a signature that is shorter than the key asks for, though right, fails" {
    signed_start --do "maclen all 16"
    zx example.com "$S" -k "$T/key"
    nothing_came 5
    err_has "16 octets"
}

# ---- Several servers ---------------------------------------------------------------------------

@test "after a server that fails authentication the next is tried, and the failure is told" {
    signed_start --do "signed tamper 1"
    signed_start
    zx example.com "@127.0.0.1#${PORTS[0]}" "@127.0.0.1#${PORTS[1]}" -k "$T/key"
    is 0
    whole "$T/out"
    err_has "127.0.0.1#${PORTS[0]}: message 1: the signature is wrong"
}

@test "authentication is the worst of several failures" {
    signed_start --do "signed tamper 1"
    primary_start --refuse REFUSED
    closed_port
    zx example.com "@127.0.0.1#$CLOSED" "@127.0.0.1#${PORTS[1]}" "@127.0.0.1#${PORTS[0]}" -k "$T/key"
    is 5
    zx example.com "@127.0.0.1#${PORTS[0]}" "@127.0.0.1#${PORTS[1]}" "@127.0.0.1#$CLOSED" -k "$T/key"
    is 5
}

@test "with -o a server that fails authentication in the middle is followed by the next" {
    signed_start --do "signed tamper 3"
    signed_start
    zx example.com "@127.0.0.1#${PORTS[0]}" "@127.0.0.1#${PORTS[1]}" -k "$T/key" -o zone
    is 0
    whole zone
    err_has "message 3: the signature is wrong"
    zx example.com "@127.0.0.1#${PORTS[0]}" "@127.0.0.1#${PORTS[1]}" -k "$T/key"
    is 5
    incomplete
}

# ---- Only what is authenticated ----------------------------------------------------------------

@test "a tampered message k lets out what came before it, for each k" {
    local k
    write_big 40
    for ((k = 1; k <= 24; k++)); do
        key_file key "$KEY"
        primary_start --records 2 --key "$KEY" --do "signed tamper $k" "$BIG"
        zx example.com "$S" -k "$T/key"
        is 5
        err_has "message $k: the signature is wrong"
        incomplete
        (($(grep -c '^[^;]' "$T/out") <= 2 * (k - 1))) || show
        echo old >zone
        zx example.com "$S" -k "$T/key" -o zone
        is 5
        [[ $(<zone) == old ]]
        kill "${PIDS[-1]}"
    done
}

@test "records of unsigned messages wait for the signature" {
    signed_start --do "unsign 2" --do "unsign 3" --do "stop 4 stall"
    zx_start example.com "$S" -k "$T/key"
    sleep 0.5
    # what waits may be in a buffer too: SIGTERM empties it
    kill -TERM "$ZX_PID"
    zx_wait
    is 143
    out_lacks mail
    out_lacks www
}

@test "99 of the largest messages wait within 20 MiB, and no more than these" {
    awk 'BEGIN { for (i = 0; i < 30000; i++) printf "t%d IN TXT \"%0250d\"\n", i, i }' >>"$ZONE"
    key_file key "$KEY"
    primary_start --key "$KEY" --do "every 100" "$ZONE"
    "$MEASURE" "$ZXFR" example.com "$S" -k "$T/key" >"$T/measured"
    [[ $(cut -d ' ' -f 4 "$T/measured") == 0 ]]
    if [[ ! $SANITIZED ]]; then
        (($(cut -d ' ' -f 3 "$T/measured") <= 20 * 1024)) || { cat "$T/measured" && false; }
    fi
    primary_start --key "$KEY" --do "every 1000" --message-size 40000 "$ZONE"
    zx example.com "$S" -k "$T/key"
    is 5
    err_has "message 101: not signed"
}

@test "a signed transfer of one record a message, thousands of them" {
    write_big 5000
    key_file key "$KEY"
    primary_start --records 1 --key "$KEY" "$BIG"
    zx example.com "$S" -k "$T/key"
    whole "$T/out" "$BIG_RECORDS"
}

# ---- Secrets -----------------------------------------------------------------------------------

# ---- Recordings --------------------------------------------------------------------------------

# record FILE [OPTION...]: a signed transfer, kept; the primary gets the options.
record() {
    signed_start "${@:2}"
    zx example.com "$S" -k "$T/key" --record "$1"
}

# splice A B FROM: the recording A up to its FROM-th entry, and the answers of B from there on.
splice() {
    /usr/bin/python3 - "$@" <<'END'
import struct, sys
def entries(path):
    octets = open(path, "rb").read()
    at = octets.index(b"\n") + 1
    yield octets[:at]
    while at < len(octets):
        end = at + 11 + struct.unpack(">H", octets[at + 9:at + 11])[0]
        yield octets[at:end]
        at = end
a, b, n = list(entries(sys.argv[1])), list(entries(sys.argv[2])), int(sys.argv[3])
sys.stdout.buffer.write(b"".join(a[:n] + b[n:]))
END
}

@test "convert judges a recording as its transfer was judged, and names the file" {
    local n
    record first
    is 0
    cp "$T/out" good
    record second
    is 0
    zx convert -k "$T/key" first
    is 0
    err_empty
    diff good "$T/out"
    zx convert first
    is 0
    err_has "zxfr: first: warning: the recorded transfer is signed"
    diff good "$T/out"
    zx convert --strict first
    nothing_from 7 "zxfr: first: the recorded transfer is signed"
    key_file wrong "${KEY/AAEC/AAED}"
    zx convert -k "$T/wrong" first
    nothing_from 5 "zxfr: first: the recorded query was not signed with this key, but with another one named xfr-key.example.com."
    err_has "hint: -k takes the key of the recorded run"
    err_lacks "breaks the protocol"
    key_file wrong hmac-sha256:other:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
    zx convert -k "$T/wrong" first
    nothing_from 5 "zxfr: first: the recorded query was not signed with this key, but with xfr-key.example.com."
    for n in 3 4 5; do # the first line, the connection and the query are before the answers
        splice first second "$n" >spliced
        zx convert -k "$T/key" spliced
        is 5
        err_has "zxfr: spliced: message $((n - 2)): the signature is wrong"
        refute grep -vxFf good <(grep '^[^;]' "$T/out")
    done
    # Two transfers in one file: the last one counts, here one that was not signed.
    primary_start "$ZONE"
    zx example.com "$S" --record plain
    is 0
    zx convert -k "$T/key" plain
    nothing_from 5 "zxfr: plain: the recorded query was not signed"
    { cat first && tail -n +2 plain; } >both
    zx convert -k "$T/key" both
    nothing_from 5 "zxfr: both: the recorded query was not signed"
    cat first second >both
    zx convert -k "$T/key" both
    nothing_from 7 "zxfr: both: not an entry of a recording"
    # What the server says of the signature is read without a key.
    signed_start
    key_file wrong "${KEY/AAEC/AAED}"
    zx example.com "$S" -k "$T/wrong" --record refused
    is 5
    zx convert -vv refused
    nothing_from 5 "zxfr: refused: message 1: the server answered BADSIG (unsigned) to a query with key xfr-key.example.com."
    err_has ", NOTAUTH, " "(BADSIG)" "hint: check the key's secret"
    err_lacks "does not have this zone"
    record tampered --do "signed tamper 2"
    is 5
    zx convert -k "$T/key" tampered
    is 5
    err_has "zxfr: tampered: message 2: the signature is wrong"
}

@test "the secret is in no message, report or recording" {
    local file wrong="wrong-key:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh4="
    signed_start
    zx example.com "$S" -k "$T/key" -v --report "$T/report" --record "$T/recording" -o zone
    is 0
    err_has "signed (key xfr-key.example.com., hmac-sha256)"
    key_file wrong "hmac-sha256:$wrong"
    for file in "$T/err" "$T/report" "$T/recording" zone; do
        refute grep -qaF "${SECRET%%=*}" "$file"
        refute grep -qaF $'\x10\x11\x12\x13\x14\x15\x16\x17' "$file"
    done
    zx example.com "$S" -k "$T/wrong" -v --report "$T/report" --record "$T/recording"
    is 5
    err_has BADKEY
    for file in "$T/err" "$T/report" "$T/recording"; do
        refute grep -qaF "${wrong##*:}" "$file"
        refute grep -qaF $'\x10\x11\x12\x13\x14\x15\x16\x17' "$file"
    done
}
