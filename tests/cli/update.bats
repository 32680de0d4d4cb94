#!/usr/bin/env bats
# -o FILE --update: FILE is brought up to date by changes, or by the whole zone where that cannot be,
# or stays as it was.

load helper

# Three versions, as in ixfr.bats.
write_versions() {
    zone_text example.com. 1 >"$T/v1"
    echo 'a A 192.0.2.2' >>"$T/v1"
    zone_text example.com. 2 >"$T/v2"
    echo 'c A 192.0.2.3' >>"$T/v2"
    zone_text example.com. 3 >"$T/v3"
    printf '%s\n' 'c 600 A 192.0.2.3' 'a A 192.0.2.2' 'd TYPE65280 \# 2 abcd' >>"$T/v3"
    fresh v1
    fresh v2
    fresh v3
}

# $T/NAME.sorted is what a fresh transfer of $T/NAME gives.
fresh() {
    primary_start "$T/$1"
    zx example.com "$S" --sort -o "$T/$1.sorted"
    is 0
    stop_primary
}

stop_primary() {
    kill "${PIDS[-1]}"
    wait "${PIDS[-1]}" 2>/dev/null || true
    unset 'PIDS[-1]' 'PORTS[-1]'
}

versions() {
    write_versions
    primary_start "$@" --older "$T/v1" --older "$T/v2" "$T/v3"
}

# A word, or several, of the report.
reports() {
    [ "$(jq -c "[$1]" report)" = "$2" ] || { cat report && return 1; }
}

members='.kind, .fallback, .from, .to, .added, .deleted, .records'

@test "no FILE yet: the whole zone; then nothing; then changes" {
    write_versions
    primary_start "$T/v1"
    zx example.com "$S" -o file --update --report report
    is 0
    cmp file "$T/v1.sorted"
    reports "$members" '["axfr","file is not there yet",null,null,null,null,8]'
    [ ! -s "$T/err" ]
    stop_primary
    primary_start --query-log "$T/log" --older "$T/v1" --older "$T/v2" "$T/v3"
    zx example.com "$S" -o file --update --report report -v
    is 0
    cmp file "$T/v3.sorted"
    reports "$members" '["ixfr",null,1,3,3,1,10]'
    err_has "changes from serial 1 to 3: steps 2, deleted 1, added 3"
    [ "$(wc -l <"$T/log")" -eq 1 ]
    zx example.com "$S" -o file --update --report report --exit-code
    is 0
    cmp file "$T/v3.sorted"
    reports "$members" '["uptodate",null,3,3,0,0,10]'
}

@test "up to date leaves inode and time" {
    versions
    cp "$T/v3.sorted" file
    touch -d '2001-02-03 04:05:06' file
    local before
    before=$(stat -c '%i %Y' file)
    zx example.com "$S" -o file --update --exit-code
    is 0
    [ "$(stat -c '%i %Y' file)" = "$before" ]
    [ ! -e .file.zxfr ]
    zx example.com "$S" -o file --update --touch
    is 0
    [ "$(stat -c %Y file)" -gt "$(date -d 2020-01-01 +%s)" ]
    [ "$(stat -c %i file)" = "${before% *}" ]
}

@test "--exit-code tells whether FILE was replaced" {
    versions
    cp "$T/v1.sorted" file
    zx example.com "$S" -o file --update --exit-code
    is 1
    zx example.com "$S" -o file --update --exit-code
    is 0
}

@test "mode and symbolic links stay" {
    versions
    mkdir sub
    cp "$T/v1.sorted" sub/real
    chmod 640 sub/real
    ln -s sub/real file
    zx example.com "$S" -o file --update
    is 0
    [ -L file ]
    cmp sub/real "$T/v3.sorted"
    [ "$(stat -c %a sub/real)" = 640 ]
}

@test "condensed, one record a message, the whole zone in place of changes" {
    local how kind
    write_versions
    while read -r kind how; do
        # shellcheck disable=SC2086
        primary_start $how --older "$T/v1" --older "$T/v2" "$T/v3"
        cp "$T/v1.sorted" file
        zx example.com "$S" -o file --update --report report
        is 0
        cmp file "$T/v3.sorted"
        [ "$(jq -r .kind report)" = "$kind" ]
        [ "$(jq -r .fallback report)" = null ]
        stop_primary
    done <<'HOW'
ixfr --ixfr condensed
ixfr --records 1
ixfr --soa-alone
ixfr --message-size 512 --compress all
axfr-style --ixfr zone
axfr-style --ixfr zone --soa-alone
axfr-style --ixfr zone --records 1
HOW
}

# FAULT | how the server is told | exit status with --no-fallback | falls back | what must be said
faults() {
    cat <<'TABLE'
base          | ixfr base         | 6  | yes | message 1: the changes begin at serial 2, not at 1
gap           | ixfr gap          | 6  | yes | lead to serial 2, but those that follow begin at 3
back          | ixfr back         | 6  | yes | lead from serial 1 to 0, which is not on the way to 3
stay          | ixfr stay         | 6  | yes | lead from serial 1 to 1,
past          | ixfr past         | 6  | yes | lead from serial 1 to 4,
skip          | ixfr skip         | 6  | yes | lead to serial 2, but those that follow begin at 3
link          | ixfr link         | 6  | yes | delete another SOA than they added
newest        | ixfr newest       | 6  | yes | lead to another SOA than the first
delabsent     | ixfr delabsent    | 6  | yes | the changes delete a record that is not there
addpresent    | ixfr addpresent   | 6  | yes | the changes add a record that is already there
deltwice      | ixfr deltwice     | 6  | yes | delete a record that earlier ones deleted
addtwice      | ixfr addtwice     | 6  | yes | add a record that earlier ones added
lone, FIN     | ixfr lone; stop 2 close | 10 | yes | it has no changes since 1
lone, silence | ixfr lone; stop 2 stall | 10 | yes | it has no changes since 1
lone, RST     | ixfr lone; stop 2 reset | 3  | no  | after message 1
older         | ixfr older        | 9  | no  | the server's serial 0 is older than 1
undefined     | ixfr undefined    | 9  | no  | serial 2147483649 is 2^31 away from 1
empty         | ixfr empty        | 6  | yes | message 1: no records
other SOA     | otherfirst        | 6  | yes | the SOA of another name, other.example.com.
after end     | after end         | 6  | yes | records after the SOA that ends the transfer
end serial    | endserial 4       | 6  | yes | lead to serial 3, but those that follow begin at 4
end refresh   | endsoa refresh    | 6  | yes | delete another SOA than they added
no end        | noend; stop 2 close | 3 | no | before the end of the changes
silence       | noend; stop 2 stall | 3 | no | nothing for
SOA inside    | soa other         | 6  | yes | a SOA at other.example.com.
SOA same      | soa same          | 6  | yes |
SOA middle    | soa middle        | 6  | yes |
class         | class 3           | 6  | yes | a record of class 3
meta          | meta ANY          | 6  | yes | a record of type 255
FORMERR       | rcode 1 FORMERR   | 4  | yes | the server answered FORMERR
NOTIMP        | rcode 1 NOTIMP    | 4  | yes | the server answered NOTIMP
REFUSED       | rcode 1 REFUSED   | 4  | yes | the server answered REFUSED
SERVFAIL      | rcode 1 SERVFAIL  | 4  | yes | the server answered SERVFAIL
NOTAUTH       | rcode 1 NOTAUTH   | 4  | yes | the server answered NOTAUTH
NXDOMAIN      | rcode 1 NXDOMAIN  | 4  | yes | the server answered NXDOMAIN
question      | question 1 type   | 6  | yes | another type than the query
TC            | tc 1              | 6  | yes | truncated
no answer     | stop 1 close      | 3  | no  | without an answer
endless steps | endless-steps     | 9  | yes | the changes take more than 268435456 octets
TABLE
}

@test "faults: with --no-fallback FILE stays, else the zone replaces it" {
    local name script expected falls words line commands bad=0
    write_versions
    while IFS='|' read -r name script expected falls words; do
        words=${words# } falls=${falls// /} expected=${expected// /} commands=(--do "for IXFR")
        while read -r line; do
            commands+=(--do "$line")
        done < <(tr ';' '\n' <<<"$script")
        primary_start "${commands[@]}" --older "$T/v1" --older "$T/v2" "$T/v3"
        cp "$T/v1.sorted" file
        zx --idle-timeout 1s -o file --update --no-fallback example.com "$S"
        if ! { is "$expected" && grep -qF -- "$words" "$T/err" && cmp file "$T/v1.sorted"; }; then
            echo "fault: $name, without falling back" && bad=1
        fi
        zx --idle-timeout 1s -o file --update -v --report report example.com "$S"
        if [ "$falls" = no ]; then
            is "$expected" && cmp file "$T/v1.sorted" || { echo "fault: $name" && bad=1; }
        elif ! { is 0 && grep -F -- "$words" "$T/err" | grep -qF "the whole zone is asked for" &&
            cmp file "$T/v3.sorted" &&
            jq -e --arg w "$words" '.kind == "axfr" and .from == null and
                (.fallback | contains($w))' report; }; then
            echo "fault: $name, falling back" && show
            bad=1
        fi
        [ ! -e .file.zxfr ] || { echo "fault: $name: a file is left" && bad=1; }
        stop_primary
    done < <(faults)
    [ "$bad" -eq 0 ]
}

@test "falling back asks on the same connection where it stands" {
    local fault connections
    write_versions
    while read -r connections fault; do
        primary_start --do "for IXFR" --do "$fault" --older "$T/v1" --older "$T/v2" "$T/v3"
        cp "$T/v1.sorted" file
        zx example.com "$S" -o file --update -v
        is 0
        cmp file "$T/v3.sorted"
        [ "$(grep -c ': connected in' "$T/err")" -eq "$connections" ] || show
        stop_primary
    done <<'FAULTS'
1 rcode 1 NOTIMP
1 rcode 1 REFUSED
1 ixfr delabsent
1 ixfr addpresent
1 ixfr empty
2 ixfr gap
2 tc 1
FAULTS
}

@test "a server that ends the connection after its refusal is asked on another" {
    write_versions
    primary_start --do "connection 1" --do "rcode 1 NOTIMP" --do "stop 2 close" \
        --older "$T/v1" --older "$T/v2" "$T/v3"
    cp "$T/v1.sorted" file
    zx example.com "$S" -o file --update
    is 0
    cmp file "$T/v3.sorted"
}

@test "what has failed for other reasons is not tried again as a whole zone" {
    versions --query-log "$T/log" --key hmac-sha256:k:AAECAwQFBgcICQoLDA0ODw== \
        --do "for IXFR" --do "mac 1 flip"
    cp "$T/v1.sorted" file
    zx example.com "$S" -o file --update -y hmac-sha256:k:AAECAwQFBgcICQoLDA0ODw==
    is 5
    cmp file "$T/v1.sorted"
    [ "$(wc -l <"$T/log")" -eq 1 ]
    closed_port
    zx example.com "@127.0.0.1#$CLOSED" -o file --update
    is 3
    cmp file "$T/v1.sorted"
}

# Each way in which FILE is none that changes can be put into: a full transfer, said so.
@test "a FILE that cannot be merged into" {
    local what why
    versions
    mkdir made
    : >made/empty
    echo "just a note" >made/note
    cp "$T/v1" made/master
    head -n -1 "$T/v1.sorted" >made/cut
    { cat "$T/v1.sorted" && echo "; edited by hand"; } >made/appended
    sed 's/192.0.2.2/192.0.2.9/' "$T/v1.sorted" >made/edited
    sed '$s/serial 1/serial 2/' "$T/v1.sorted" >made/serial
    sed '2{h;d};3{G}' "$T/v1.sorted" >made/swapped
    sed 's/$/\r/' "$T/v1.sorted" >made/crlf
    primary_start "$T/v1"
    zx example.com "$S" -o made/plain
    zx example.com "$S" -o made/filtered --sort --except MX
    zx example.com "$S" -o made/relative --sort --relative
    zx example.com "$S" -o made/keepcase --sort --keep-case
    zx example.com "$S" -o made/generic --sort --generic
    zx example.com "$S" -o made/nottl --sort --no-ttl
    zx example.com "$S" -o made/json --sort -f jsonl
    stop_primary
    primary_start --older "$T/v1" --older "$T/v2" "$T/v3"
    while IFS='|' read -r what why; do
        cp "made/${what// /}" file
        zx example.com "$S" -o file --update --report report
        is 0
        err_has "file cannot be brought up to date by changes: $why" || { echo "$what" && return 1; }
        err_has "the whole zone is asked for"
        cp "made/${what// /}" again
        zx example.com "$S" -o again --update -v
        [[ $(grep -c "cannot be brought up to date" "$T/err") == 1 ]] || show
        cmp file "$T/v3.sorted"
        [ "$(jq -r .kind report)" = axfr ]
        [[ $(jq -r .fallback report) == *"$why"* ]]
    done <<'TABLE'
empty    |it does not end with an end line
note     |it does not begin with the SOA of this zone
master   |it does not begin with the SOA of this zone
cut      |it does not end with an end line
appended |something follows its end line
edited   |its end line does not fit its lines
serial   |its end line does not fit its lines
swapped  |line 3 is not in canonical order
crlf     |its line ends were changed to CR LF
plain    |line 
filtered |
relative |it does not begin with the SOA of this zone
keepcase |its end line has no sum
generic  |it does not begin with the SOA of this zone
nottl    |it does not begin with the SOA of this zone
json     |it does not begin with the SOA of this zone
TABLE
}

EXPIRES=${BATS_TEST_DIRNAME}/../tools/expires.py

# FILE becomes, by changes, what a fresh transfer gives.
follows() {
    zx example.com "$S" -o "$1" --update --report report
    is 0
    cmp "$1" fresh || { diff "$1" fresh | head -n 20 && return 1; }
    reports '.kind, .fallback' '["ixfr",null]'
}

@test "changes that begin at the newest serial are no zone of only a SOA" {
    versions
    cp "$T/v1.sorted" file
    primary_start --records 1 --do "ixfr base" --older "$T/v1" "$T/v2"
    zx example.com "$S" -o file --update --no-fallback
    is 6
    err_has "the changes begin at serial 2, not at 1"
    cmp file "$T/v1.sorted"
    zx example.com "$S" -o file --update
    is 0
    cmp file "$T/v2.sorted"
}

@test "a FILE that takes no changes is the reason for the whole zone, even where the server gives none" {
    local options
    versions
    for options in "--ixfr none" "--do 'ixfr empty'" "--do 'ixfr base'" "--records 1 --do 'ixfr base'"; do
        sed 's/192.0.2.2/192.0.2.9/' "$T/v1.sorted" >file
        eval primary_start "$options" --older '"$T/v1"' '"$T/v3"'
        zx example.com "$S" -o file --update --no-fallback
        is 0
        err_has "file cannot be brought up to date by changes: " "edited or damaged"
        cmp file "$T/v3.sorted"
        stop_primary
    done
}

@test "a FILE that is replaced while it is brought up to date" {
    local option
    versions
    for option in "" --no-sandbox; do
        cp "$T/v3.sorted" file
        cp "$T/v1.sorted" other
        primary_start --do "delay 1 1000" --older "$T/v1" "$T/v3"
        zx_start example.com "$S" -o file --update $option
        sleep 0.5
        mv other file
        zx_wait
        is 0
        err_has "it was replaced meanwhile"
        cmp file "$T/v3.sorted"
        stop_primary
    done
}

@test "a signed zone: what the end line says of its signatures stays right" {
    local n count=24 chain=() seed=${SEED:-$RANDOM}
    echo "# seed $seed" >&3
    /usr/bin/python3 "$EXPIRES" --versions "$count" "$seed"
    for ((n = 1; n <= count; n++)); do # the server knows RRSIG by its number only
        "$ZXFR" convert --generic "v$n" >"$T/v$n"
        primary_start "${chain[@]}" "$T/v$n"
        zx example.com "$S" --sort -o fresh
        is 0
        /usr/bin/python3 "$EXPIRES" fresh
        if ((n == 1)); then
            cp fresh each
            cp fresh fifth
        else
            follows each
            ((n % 5 != 1)) || follows fifth
            follows older
        fi
        # older versions of zxfr did not say it
        sed '$s/ expires [0-9]*//' fresh >older
        chain+=(--older "$T/v$n")
        stop_primary
    done
    refute cmp -s fresh older
}

@test "a FILE in which what expires was edited is replaced by the whole zone" {
    zone_text example.com. 1 >"$T/v1"
    echo 'a RRSIG A 13 2 3600 20370101000000 20200101000000 1 example.com. AAAA' >>"$T/v1"
    "$ZXFR" convert --sort "$T/v1" -o file
    "$ZXFR" convert --generic "$T/v1" >"$T/generic"
    primary_start "$T/generic"
    zx example.com "$S" -o file --update --exit-code
    is 0
    cp file good
    sed -i '$s/expires 2037/expires 2038/' file
    refute cmp -s file good
    zx example.com "$S" -o file --update
    is 0
    err_has "its end line does not fit its lines"
    cmp file good
}

@test "an edit anywhere in FILE is noticed" {
    local size at
    write_versions
    primary_start --ixfr none "$T/v1"
    size=$(stat -c %s "$T/v1.sorted")
    for ((at = 0; at < size; at += 7)); do
        cp "$T/v1.sorted" file
        printf '\%03o' $((RANDOM % 96 + 128)) | dd of=file bs=1 seek="$at" conv=notrunc status=none
        cp file edited
        zx example.com "$S" -o file --update
        if [ "$status" -eq 9 ]; then # the edit made it look like that of another zone
            err_has "file holds the zone"
            cmp file edited
            continue
        fi
        is 0
        err_has "cannot be brought up to date by changes" || { echo "octet $at" && return 1; }
        cmp file "$T/v1.sorted"
    done
}

@test "a server with an older zone: exit 9, the next server, --allow-older" {
    write_versions
    primary_start "$T/v1"
    local old=$S
    primary_start --older "$T/v1" --older "$T/v2" "$T/v3"
    local new=$S
    cp "$T/v2.sorted" file
    zx example.com "$old" -o file --update
    is 9
    err_has "the server's serial 1 is older than 2"
    cmp file "$T/v2.sorted"
    zx example.com "$old" "$new" -o file --update
    is 0
    cmp file "$T/v3.sorted"
    zx example.com "$old" -o file --update --allow-older --report report
    is 0
    cmp file "$T/v1.sorted"
    reports '.kind, .serial' '["axfr",1]'
    [[ $(jq -r .fallback report) == *NOTIMP* ]]
    # One that speaks IXFR says so itself.
    primary_start --older "$T/v1" "$T/v2"
    cp "$T/v3.sorted" file
    zx example.com "$S" -o file --update
    is 9
    cmp file "$T/v3.sorted"
    zx example.com "$S" -o file --update --allow-older --report report
    is 0
    cmp file "$T/v2.sorted"
    [[ $(jq -r .fallback report) == *"is older than 3"* ]]
    # What is newer goes before what is allowed.
    cp "$T/v2.sorted" file
    zx example.com "$old" "$new" -o file --update --allow-older
    is 0
    cmp file "$T/v3.sorted"
}

# ---- The same serial, and another zone ----------------------------------------------------------

# What the queries in a log ask for, by dnspython: "IXFR SOA+DO AXFR".
queries() {
    /usr/bin/python3 - "$1" <<'PYTHON'
import sys
import dns.flags, dns.message, dns.rdatatype, dns.tsigkeyring
asked = []
keys = dns.tsigkeyring.from_text({'k': 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8='})
for line in open(sys.argv[1]):
    message = dns.message.from_wire(bytes.fromhex(line), keyring=keys)
    kind = dns.rdatatype.to_text(message.question[0].rdtype)
    asked.append(kind + ('+DO' if message.ednsflags & dns.flags.DO else ''))
print(' '.join(asked))
PYTHON
}

asks() { [[ $(queries "$T/log") == "$1" ]] || { queries "$T/log" && return 1; }; }

@test "nothing newer, but another SOA: the whole zone is taken, and that is said" {
    write_versions
    sed 's/hostmaster/somebody/; s/192.0.2.3/192.0.2.33/' "$T/v3" >"$T/v4"
    fresh v4
    local key=hmac-sha256:k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
    (umask 077 && echo "$key" >key)
    primary_start --query-log "$T/log" --key "$key" --older "$T/v1" "$T/v4"
    cp "$T/v3.sorted" file
    zx example.com "$S" -k key -o file --update --no-fallback
    is 10
    cmp file "$T/v3.sorted"
    err_has "same serial 3, other content"
    : >"$T/log"
    zx example.com "$S" -k key -o file --update --report report --diff-to diff
    is 0
    cmp file "$T/v4.sorted"
    err_has "same serial 3, other content; the whole zone is asked for"
    reports '.kind, .fallback' '["axfr","same serial 3, other content"]'
    grep -q 'somebody' diff
    asks "IXFR AXFR"
    zx example.com "$S" -k key -o file --update
    is 0
    [[ ! -s $T/err ]] || show
    # Each field counts, and letter case does not.
    for edit in s/7200/7201/ s/3600/3601/ s/1209600/1209601/ s/300/301/ s/ns1/ns2/; do
        sed "/SOA/$edit" "$T/v4" >"$T/v5"
        primary_start --key "$key" --older "$T/v1" "$T/v5"
        cp "$T/v4.sorted" file
        zx -q example.com "$S" -k key -o file --update
        is 0
        [[ ! -s $T/err ]]
        ! cmp -s file "$T/v4.sorted" || { echo "$edit" && return 1; }
    done
    sed '/SOA/s/somebody/SomeBody/' "$T/v4" >"$T/v5"
    primary_start --key "$key" --older "$T/v1" "$T/v5"
    cp "$T/v4.sorted" file
    zx example.com "$S" -k key -o file --update
    is 0
    cmp file "$T/v4.sorted"
    [[ ! -s $T/err ]] || show
}

# $T/NAME: a zone with serial 3 whose SOA has the signatures that are given, and their sorted form.
signed_zone() {
    local name=$1
    shift
    zone_text example.com. 3 >"$T/$name"
    /usr/bin/python3 - "$@" >>"$T/$name" <<'PYTHON'
import sys
import dns.rdata
for over in ['SOA ' + word for word in sys.argv[1:]] + ['NS 7 example.com. AAAA']:
    covers, tag, signer, signature = over.split()
    text = f'{covers} 13 2 3600 20300101000000 20200101000000 {tag} {signer} {signature}'
    wire = dns.rdata.from_text('IN', 'RRSIG', text).to_wire()
    print('@ TYPE46 \\#', len(wire), wire.hex())
PYTHON
    fresh "$name"
}

@test "nothing newer, but signed anew: the SOA is asked for with DO, and the whole zone is taken" {
    zone_text example.com. 1 >"$T/v1"
    signed_zone a "1 example.com. AAAA" "2 example.com. BBBB"
    signed_zone b "1 example.com. AAAA" "2 example.com. CCCC"
    signed_zone same "2 Example.COM. BBBB" "1 example.com. AAAA"
    signed_zone fewer "1 example.com. AAAA"
    cp "$T/a.sorted" file
    for name in a same; do
        : >"$T/log"
        primary_start --query-log "$T/log" --older "$T/v1" "$T/$name"
        zx example.com "$S" -o file --update -v --report report
        is 0
        cmp file "$T/a.sorted"
        asks "IXFR SOA+DO"
        err_has "file: unchanged, left alone"
        count_is 1 "connected in" "$T/err"
        reports '.kind, .serial, .fallback, .records' '["uptodate",3,null,10]'
    done
    for name in b fewer; do
        : >"$T/log"
        cp "$T/a.sorted" file
        primary_start --query-log "$T/log" --older "$T/v1" "$T/$name"
        zx example.com "$S" -o file --update --report report
        is 0
        cmp file "$T/$name.sorted"
        asks "IXFR SOA+DO AXFR"
        err_has "re-signed, same serial 3; the whole zone is asked for"
        reports '.kind, .fallback' '["axfr","re-signed, same serial 3"]'
    done
    cp "$T/a.sorted" file
    zx example.com "$S" -o file --update --no-fallback
    is 10
    err_has "re-signed, same serial 3"
    cmp file "$T/a.sorted"
}

@test "who does not give its SOA, or not with signatures, has said that there is nothing newer" {
    zone_text example.com. 1 >"$T/v1"
    signed_zone a "1 example.com. AAAA"
    signed_zone b "1 example.com. BBBB"
    signed_zone none
    cp "$T/a.sorted" file
    primary_start --query-log "$T/log" --older "$T/v1" "$T/none" # some give them in transfers only
    zx example.com "$S" -o file --update
    is 0
    asks "IXFR SOA+DO"
    : >"$T/log"
    primary_start --query-log "$T/log" --older "$T/v1" --do "for SOA" --do "rcode 1 REFUSED" "$T/b"
    zx example.com "$S" -o file --update
    is 0
    asks "IXFR SOA+DO"
    : >"$T/log"
    primary_start --query-log "$T/log" --older "$T/v1" --no-edns "$T/b"
    zx example.com "$S" -o file --update
    is 0
    asks "IXFR IXFR SOA"
    cmp file "$T/a.sorted"
    [[ ! -s $T/err ]] || show
    # But an answer that is not authentic is a failure.
    local key=hmac-sha256:k:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
    (umask 077 && echo "$key" >key)
    primary_start --older "$T/v1" --key "$key" --do "for SOA" --do "unsign 1" "$T/a"
    zx example.com "$S" -k key -o file --update
    is 5
    cmp file "$T/a.sorted"
}

@test "serials go round" {
    zone_text example.com. 4294967290 >"$T/v1"
    echo 'a A 192.0.2.2' >>"$T/v1"
    zone_text example.com. 4294967295 >"$T/v2"
    zone_text example.com. 3 >"$T/v3"
    echo 'b A 192.0.2.2' >>"$T/v3"
    fresh v1
    fresh v3
    primary_start --older "$T/v1" --older "$T/v2" "$T/v3"
    cp "$T/v1.sorted" file
    zx example.com "$S" -o file --update --report report
    is 0
    cmp file "$T/v3.sorted"
    reports '.kind, .from, .to' '["ixfr",4294967290,3]'
}

@test "guards come before the rename" {
    local guard
    write_versions
    primary_start --older "$T/v1" --older "$T/v2" "$T/v3"
    for guard in "--min-records 11" "--max-records 9"; do
        cp "$T/v1.sorted" file
        # shellcheck disable=SC2086
        zx example.com "$S" -o file --update $guard
        is 9
        cmp file "$T/v1.sorted"
    done
    zx example.com "$S" -o file --update --min-records 10 --max-records 10
    is 0
    cmp file "$T/v3.sorted"
    # Ten records become eight.
    zone_text example.com. 4 >"$T/v4"
    primary_start --older "$T/v3" "$T/v4"
    zx example.com "$S" -o file --update --max-shrink 20
    is 9
    cmp file "$T/v3.sorted"
    zx example.com "$S" -o file --update --max-shrink 30
    is 0
}

# The server's older zones are not what FILE was: what is in FILE alone, or there alone, comes and goes
# in the changes, so that their net effect says nothing of it.
@test "what undoes itself in the changes, and does not fit FILE: the whole zone" {
    local other words
    write_versions
    sed 's/hostmaster 1 /hostmaster 5 /' "$T/v1" >"$T/v5"
    fresh v5
    while read -r other words; do
        zone_text example.com. 1 >"$T/w1" # a goes with 2, and comes back; c comes, and goes
        [ "$other" = less ] || printf '%s\n' 'a A 192.0.2.2' 'c A 192.0.2.3' >>"$T/w1"
        fresh w1
        primary_start --older "$T/v1" --older "$T/v2" "$T/v5"
        cp "$T/w1.sorted" file
        zx example.com "$S" -o file --update --no-fallback
        is 6
        err_has "$words"
        cmp file "$T/w1.sorted"
        zx example.com "$S" -o file --update --report report
        is 0
        cmp file "$T/v5.sorted"
        [ "$(jq -r .kind report)" = axfr ]
        stop_primary
    done <<'OTHERS'
more c.example.com. A: the changes add a record that is already there
less a.example.com. A: the changes delete a record that is not there
OTHERS
    # Where it fits, what comes and goes is no change.
    primary_start --older "$T/v1" --older "$T/v2" "$T/v5"
    cp "$T/v1.sorted" file
    zx example.com "$S" -o file --update --report report --diff-to changes
    is 0
    cmp file "$T/v5.sorted"
    reports "$members" '["ixfr",null,1,5,1,1,8]'
    [ "$(grep -c '^[-+]' changes)" -eq 2 ]
}

@test "a TTL that does not fit is a warning, under --strict the whole zone" {
    write_versions
    primary_start --do "for IXFR" --do "ixfr ttl" --older "$T/v1" --older "$T/v2" "$T/v3"
    cp "$T/v1.sorted" file
    zx example.com "$S" -o file --update
    is 0
    err_has warning:
    err_has TTL
    cp "$T/v1.sorted" file
    zx example.com "$S" -o file --update --strict
    is 0
    cmp file "$T/v3.sorted"
}

@test "--diff-to: what has changed, nothing where nothing has, and after a full transfer" {
    versions
    cp "$T/v1.sorted" file
    zx example.com "$S" ixfr=1 --condense -o "$T/right"
    zx example.com "$S" -o file --update --diff-to changes
    is 0
    cmp file "$T/v3.sorted"
    cmp changes "$T/right"
    zx example.com "$S" -o file --update --diff-to changes
    is 0
    [ -e changes ]
    [ ! -s changes ]
    primary_start --do "for IXFR" --do "rcode 1 NOTIMP" --older "$T/v1" --older "$T/v2" "$T/v3"
    cp "$T/v1.sorted" file
    zx example.com "$S" -o file --update --diff-to changes
    is 0
    cmp file "$T/v3.sorted"
    cmp changes "$T/right"
    [ ! -e .changes.zxfr ]
}

@test "--diff-to says so where there was no zone to compare with" {
    versions
    zx example.com "$S" -o file --update -q --diff-to changes
    is 0
    [ "$(cat changes)" = "; zxfr INCOMPLETE: no old zone to compare with: file is not there yet" ]
    echo note >>file
    zx example.com "$S" -o file --update --diff-to changes
    is 0
    err_has "warning: changes does not tell what has changed"
    grep -q '^; zxfr INCOMPLETE: no old zone .*something follows its end line$' changes
}

@test "--diff-to: FILE may be any whole zone, also one that does not tell its name" {
    local what
    versions
    mkdir made
    cp "$T/v1" made/master
    grep -v '^\$ORIGIN' "$T/v1" >made/bare
    primary_start "$T/v1"
    zx example.com "$S" -o made/plain
    zx example.com "$S" -f json -o made/json
    zx example.com "$S" -o made/filtered --sort --except MX
    zx example.com "$S" --sort -o made/sorted
    sed 's/$/\r/' made/sorted >made/crlf
    head -n 4 made/plain >made/part
    { head -n 4 made/plain && echo "; Transfer failed."; } >made/failed
    stop_primary
    primary_start "$T/v3"
    zx diff "$T/v1" "$T/v3"
    cp "$T/out" expected
    for what in made/*; do
        cp "$what" file
        zx example.com "$S" -o file --update --diff-to changes
        is 0
        cmp file "$T/v3.sorted"
        case $what in
        */filtered | */failed)
            grep -q '^; zxfr INCOMPLETE: no old zone to compare with: file cannot be' changes || { echo "$what" && cat changes && false; }
            err_has "changes does not tell what has changed"
            ;;
        */part) grep -q '^; zxfr diff: example.com. IN' changes ;; # nothing tells that it is one
        *) cmp expected changes || { echo "$what" && diff expected changes && false; } ;;
        esac
    done
}

@test "--diff-to stays as it was when the run fails" {
    versions --do "ixfr older"
    cp "$T/v2.sorted" file
    echo old >changes
    zx example.com "$S" -o file --update --diff-to changes
    is 9
    [ "$(cat changes)" = old ]
    [ ! -e .changes.zxfr ]
}

@test "killed at any moment, FILE is the old zone or the new one" {
    local i took old=0 new=0
    write_big 30000
    cp "$BIG" "$T/big2"
    sed -i 's/2026112201/2026112202/; s/^host77 .*/host77 IN A 192.0.2.77/' "$T/big2"
    fresh big
    fresh big2
    primary_start --older "$T/big" "$T/big2"
    cp "$T/big.sorted" file
    took=$(date +%s%6N)
    zx example.com "$S" -o file --update
    took=$((($(date +%s%6N) - took) * 5 / 4))
    for ((i = 0; i < ${KILLS:-200}; i++)); do
        cp "$T/big.sorted" file
        zx_start example.com "$S" -o file --update
        sleep "$(printf '0.%06d' $((RANDOM * RANDOM % took)))"
        kill -KILL "$ZX_PID" 2>/dev/null || true
        wait "$ZX_PID" 2>/dev/null || true
        ZX_PID=
        if cmp -s file "$T/big.sorted"; then
            old=$((old + 1))
        else
            cmp file "$T/big2.sorted"
            new=$((new + 1))
        fi
    done
    echo "# old $old, new $new" >&3
    [ "$old" -gt 0 ]
    [ "$new" -gt 0 ]
    zx example.com "$S" -o file --update
    is 0
    cmp file "$T/big2.sorted"
    [ ! -e .file.zxfr ]
}

@test "two at a time: one is busy" {
    versions --do "for IXFR" --do "stop 1 stall"
    cp "$T/v1.sorted" file
    zx_start example.com "$S" -o file --update --idle-timeout 20s
    for _ in {1..100}; do [ -e .file.zxfr ] && break; sleep 0.02; done
    zx example.com "$S" -o file --update
    is 8
    err_has "another run is writing"
    kill "$ZX_PID"
}

@test "words that make no sense" {
    local words
    echo old >file
    for words in "--update" "--update -o -" "--update -o file ixfr=1" "--update -o file -f jsonl" \
        "--update -o file --keep-case" "--update -o file --relative" "--update -o file --pretty" \
        "--update -o file --no-class" "--update -o file --no-ttl" "--update -o file --generic" \
        "--update -o file --modern" "--update -o file --only A" "--update -o file --no-dnssec" \
        "-o file --diff-to x" "-o file --no-fallback" \
        "--update -o /dev/null" "--update -o file --diff-to file" \
        "--update -o file --diff-to x --report x"; do
        # shellcheck disable=SC2086
        zx example.com @127.0.0.1#1 $words
        is 2 || { echo "$words" && return 1; }
        [ "$(cat file)" = old ]
    done
}

@test "a FILE of another zone is kept: exit 9" {
    write_versions
    primary_start "$T/v1"
    zone_text example.net. >"$T/net"
    "$ZXFR" convert --sort "$T/net" -o other
    cp other before
    zx -q example.com "$S" -o other --update
    is 9
    err_has "other holds the zone example.net."
    cmp other before
}
