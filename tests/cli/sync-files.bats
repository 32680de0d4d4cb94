#!/usr/bin/env bats
# The command sync: whose FILE it is, what becomes of it, and when it is renewed.

load helper
load sync

# What there is in a folder, with everything that writing could change. Times of access are not among it.
listing() { find "${1:-.}" -printf '%p %i %m %s %T@ %C@ %l\n' | sort; }

Z=zone000003.example
F=d/$Z.zone

# Zone 3 with serial 7, of a server that has serial 8 now.
begin() {
    manyzones_start --zones 10 --serial 7 "$@"
    mkdir d
    zx sync $Z "$S" -d d
    is 0
    cp -p $F "$T/was"
    touch -d '2020-01-01' $F
    manyzones_change "3 8"
}

same_as_was() { cmp $F "$T/was" || show; }
not_renewed() { [[ $(stat -c %Y $F) == "$(date -d 2020-01-01 +%s)" ]] || show; }
renewed() { (($(date +%s) - $(stat -c %Y $F) < 60)) || show; }

# ---- Missing, ours -----------------------------------------------------------------------------

@test "an empty FILE is as none; changes are put into one of ours, byte for byte as by --sort" {
    begin
    is_zone $F 3 7
    : >d/zone000004.example.zone
    zx sync $Z zone000004.example "$S" -d d
    is 0
    err_empty
    out_has "$Z 7 8 added 2 deleted 2 ixfr" "zone000004.example - 7 added 13 deleted 0 axfr"
    is_zone $F 3 8
    is_zone d/zone000004.example.zone 4 7
    for zone in $Z zone000004.example; do
        zx $zone "$S" -o alone.$zone --sort
        cmp alone.$zone d/$zone.zone
    done
    [[ $(stat -c %a $F) == 644 ]]
    [[ $(manyzones_count ixfr) == 1 ]]
    zx sync $Z "$S" -d d
    is 0
    out_empty
}

@test "the whole zone in an answer to IXFR, and a server that knows no IXFR" {
    begin --ixfr zone
    zx sync $Z "$S" -d d
    is 0
    out_has "$Z 7 8 added 2 deleted 2 axfr-style"
    is_zone $F 3 8
    rm -r d
    begin --ixfr none
    zx sync $Z "$S" -d d
    is 0
    out_has "$Z 7 8 added 2 deleted 2 axfr"
    is_zone $F 3 8
    touch -d '2020-01-01' $F
    manyzones_change "3 9"
    zx sync $Z "$S" -d d --no-fallback
    is 4
    not_renewed
    is_zone $F 3 8
}

@test "FILE is a link to a file elsewhere: that is replaced, and the link stays" {
    begin
    mkdir else
    mv $F else/there
    ln -s ../else/there $F
    zx sync $Z "$S" -d d
    is 0
    [[ -L $F ]]
    is_zone else/there 3 8
    [[ -z $(find d else -name '.*' ! -name .) ]]
    ln -sf nowhere $F # leads to nothing: it is missing
    zx sync $Z "$S" -d d
    is 0
    is_zone d/nowhere 3 8
    rm $F
    ln -s $Z.zone $F # and to itself
    zx sync $Z zone000004.example "$S" -d d
    is 12
    [[ -L $F ]]
    err_has "$Z: "
    is_zone d/zone000004.example.zone 4 7
}

# ---- Foreign -----------------------------------------------------------------------------------

@test "what zxfr has not written stays as it is; --adopt takes it over, and keeps it" {
    begin
    mkdir foreign
    dig @127.0.0.1 -p "$PORT" +noall +answer $Z AXFR >foreign/dig
    zx $Z "$S" -f json -o foreign/json
    zx $Z "$S" -f jsonl -o foreign/jsonl || true
    printf 'x' >foreign/one
    printf '\0\0\0\0' >foreign/nul
    head -c 100000 /dev/zero | tr '\0' 'a' >foreign/long
    printf '; zxfr end' >foreign/begins
    head -c -1 "$T/was" | head -n -1 >foreign/cut
    for file in foreign/*; do
        [[ -s $file ]] || continue
        echo "$file"
        cp -p "$file" $F
        listing d >before
        zx sync $Z zone000004.example "$S" -d d
        is 12
        rm d/zone000004.example.zone
        cmp "$file" $F
        listing $F | diff <(grep -F $F before) -
        err_has "$Z: "
        zx sync $Z "$S" -d d
        is 9
        out_empty
        zx sync $Z "$S" -d d --adopt
        is 0
        is_zone $F 3 8
        cmp "$file" $F.edited
        rm $F $F.edited
    done
}

@test "what is no file stays, even with --adopt, and holds up nobody" {
    begin
    rm $F
    for kind in folder fifo socket device; do
        case $kind in
            folder) mkdir $F ;;
            fifo) mkfifo $F ;;
            socket) /usr/bin/python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' $F ;;
            device) ln -s /dev/zero $F ;;
        esac
        for adopt in "" --adopt; do
            # shellcheck disable=SC2086
            LIMIT=20 zx sync $Z zone000004.example "$S" -d d $adopt
            is 12
            err_has "$Z: "
            is_zone d/zone000004.example.zone 4 7
            rm d/zone000004.example.zone
            [[ $(names) == "$Z" ]]
        done
        rm -r $F
    done
    [[ -z $(find d -name '.*' ! -name .) ]]
}

@test "what cannot be read is not taken for anything" {
    begin
    chmod 777 d
    chmod 0 $F
    LIMIT=20 zx_nobody sync $Z zone000004.example "$S" -d d
    is 12
    err_has "Permission denied"
    chmod 644 $F
    same_as_was
    is_zone d/zone000004.example.zone 4 7
}

# ---- Edited ------------------------------------------------------------------------------------

# edit WHERE: changes FILE there, so that it still looks like one of ours at its ends, or not.
edit() {
    case $1 in
        head) sed -i '/SOA/s/hostmaster/somebody/' $F ;;
        middle) sed -i 's/10 mail/20 mail/' $F ;;
        added) sed -i "\$i extra.$Z. 3600 IN A 192.0.2.77" $F ;;
        lost) sed -i '/^h0000001/d' $F ;;
        end) echo "extra.$Z. 3600 IN A 192.0.2.77" >>$F ;;
        nul) head -c 100 /dev/zero >>$F ;;
        cut) truncate -s -3 $F ;;
        serial) sed -i '/SOA/s/ 7 / 6 /' $F ;;
        endserial) sed -i 's/serial 7/serial 6/' $F ;;
        sum) sed -i 's/sum ..../sum 0000/' $F ;;
        other) sed -i "\$s/$Z/zone000004.example/" $F ;;
        zone) sed -i "s/$Z/zone000004.example/" $F ;;
        incomplete) sed -i '$s/.*/; zxfr INCOMPLETE: the server went away/' $F ;;
        nosoa) sed -i '/SOA/d' $F ;;
    esac
}

@test "an edited FILE is kept beside the new one, whenever that is found" {
    begin
    manyzones_change "3 7"
    n=1
    for where in head middle added lost end nul cut serial endserial sum other zone incomplete nosoa; do
        echo "$where"
        cp -p "$T/was" $F
        edit $where
        refute cmp -s $F "$T/was"
        cp -p $F edited
        # Nobody changes the zone: what is in the middle is not looked at.
        case $where in
            head | middle | added | lost | sum)
                if [[ $where != head ]]; then
                    zx sync $Z "$S" -d d
                    is 0
                    out_empty
                    cmp $F edited
                fi
                manyzones_change "3 $((++n + 10))"
                ;;
        esac
        zx sync $Z "$S" -d d
        is 0
        err_has "$F"
        cmp $F.edited edited
        is_zone $F 3 "$(awk -v "z=$Z" '{ print $3 }' "$T/out")"
        rm $F.edited
        manyzones_change "3 7"
        rm $F
        zx sync $Z "$S" -d d
        cmp $F "$T/was"
    done
}

@test "an edited FILE, found when the whole zone comes" {
    begin --ixfr none
    edit middle
    cp $F edited
    zx sync $Z "$S" -d d
    is 0
    cmp $F.edited edited
    is_zone $F 3 8
    # A second one has a name of its own.
    edit middle
    cp $F edited2
    manyzones_change "3 9"
    zx sync $Z "$S" -d d
    is 0
    cmp $F.edited edited
    cmp $F.edited.2 edited2
    is_zone $F 3 9
    edit end
    zx sync $Z "$S" -d d
    is 0
    [[ -e $F.edited.3 ]]
    find d -type f -printf '%f\n' | sort | diff - <(printf '%s\n' $Z.zone{,.edited{,.2,.3}})
}

@test "an edited FILE stays as it is where the new zone does not come" {
    begin
    manyzones_start --zones 10 --serial 8 --do "zone 3 for transfers broken reset"
    edit end
    cp $F edited
    listing d >before
    zx sync $Z "$S" -d d
    is 3
    listing d | diff before -
}

@test "FILE without a sum, or with some types alone: the whole zone comes" {
    begin
    zx $Z "$S" -o $F # not sorted
    is 0
    manyzones_change "3 9"
    zx sync $Z "$S" -d d
    is 0
    out_has "$Z 8 9 added 2 deleted 2 axfr"
    is_zone $F 3 9
    [[ ! -e $F.edited ]]
    zx $Z "$S" --sort --only NS -o $F
    is 0
    manyzones_change "3 10"
    zx sync $Z "$S" -d d
    is 0
    is_zone $F 3 10
}

# ---- The same, older, signed anew --------------------------------------------------------------

@test "the same serial with another signature, or another SOA, means the whole zone" {
    begin --resign 1
    zx sync $Z "$S" -d d
    manyzones_change "3 8 2"
    zx sync $Z "$S" -d d
    is 0
    out_has "$Z 8 8 " " resigned"
    zx $Z "$S" -o alone --sort
    cmp alone $F
    zx sync $Z "$S" -d d
    is 0
    out_empty
}

@test "the same serial with another SOA" {
    zone_text example.com. 5 >a
    zone_text example.com. 5 | sed 's/7200/7300/' >b
    primary_start a
    ONE=$S
    primary_start b
    mkdir d
    zx sync example.com "$ONE" -d d
    is 0
    zx sync example.com "$S" -d d
    is 0
    out_has "example.com 5 5 added 1 deleted 1 resigned"
    grep -q 7300 d/example.com.zone
}

@test "an older zone: FILE stays, and the other servers are asked" {
    begin
    OLD=$S # serial 8
    manyzones_start --zones 10 --serial 6
    OLDER=$S
    manyzones_start --zones 10 --serial 9
    NEW=$S
    zx sync $Z "$OLDER" -d d
    is 9
    out_empty
    same_as_was
    not_renewed
    err_has "$Z: " "older"
    zx sync $Z "$OLDER" "$NEW" -d d
    is 0
    out_has "$Z 7 9 "
    is_zone $F 3 9
    cp -p $F "$T/was"
    touch -d '2020-01-01' $F
    zx sync $Z "$OLDER" "$OLD" -d d # both are older
    is 9
    same_as_was
    not_renewed
    zx sync $Z "$OLDER" "$NEW" -d d --allow-older # not all are older
    is 0
    out_empty
    renewed
    zx sync $Z "$OLDER" "$OLD" -d d --allow-older # the newest of what they have
    is 0
    out_has "$Z 9 "
    sed -n 's/.*serial \([0-9]*\).*/\1/p' $F
    closed_port
    cp $F "$T/was"
    zx sync $Z "@127.0.0.1#$CLOSED" "$OLDER" -d d --allow-older # not every server has answered
    [[ $status != 0 ]]
    same_as_was
}

@test "two servers, of which the first is of no use" {
    begin
    GOOD=$S
    closed_port
    i=9
    for first in closed lame refused mute servfail notauth; do
        ONE=@127.0.0.1#$CLOSED
        case $first in
            lame) zone_text other.example. >other && primary_start other && ONE=$S ;;
            refused) manyzones_start --zones 10 --serial 99 --do "rcode REFUSED" && ONE=$S ;;
            mute) manyzones_start --zones 10 --serial 99 --do "mute" && ONE=$S ;;
            servfail) manyzones_start --zones 10 --serial 99 --do "rcode SERVFAIL" && ONE=$S ;;
            notauth) manyzones_start --zones 10 --serial 99 --do "rcode NOTAUTH" && ONE=$S ;;
        esac
        rm -rf d2 && mkdir d2
        echo "$first"
        zx sync $Z zone000004.example "$ONE" "$GOOD" -d d2 --answer-timeout 1s --connect-timeout 1s
        is 0
        is_zone d2/$Z.zone 3 8
        is_zone d2/zone000004.example.zone 4 7
        err_has "current all the same"
        cp -p "$T/was" d2/$Z.zone # and with a FILE that is to be changed
        zx sync $Z zone000004.example "$ONE" "$GOOD" -d d2 --answer-timeout 1s --connect-timeout 1s
        is 0
        out_has "$Z 7 8 added 2 deleted 2 ixfr"
        is_zone d2/$Z.zone 3 8
        zx sync $Z "$ONE" "$GOOD" -d d2 --answer-timeout 1s --connect-timeout 1s -v
        is 0
        err_has "$Z: answered by ${GOOD#@}, the attempts before it failed" # nothing was transferred
        ((++i))
    done
}

# ---- When it is renewed; runs that only look ---------------------------------------------------

@test "the time of FILE is that of the last word of a server" {
    begin --do "zone 5 mute"
    manyzones_change "3 7"
    zx sync $Z "$S" -d d -n
    is 0
    not_renewed
    zx sync $Z "$S" -d d
    is 0
    renewed
    same_as_was
    touch -d '2020-01-01' $F
    closed_port
    zx sync $Z "@127.0.0.1#$CLOSED" -d d
    is 3
    not_renewed
    manyzones_start --zones 10 --serial 8 --do "zone 3 for transfers broken close"
    zx sync $Z "$S" -d d
    is 3
    not_renewed
    same_as_was
    zx sync $Z "$S" -d d --max-records 2
    [[ $status != 0 ]]
    not_renewed
}

@test "--dry-run says what would change, and writes nothing at all" {
    begin
    mkdir old diffs away
    cp $F d/zone000009.example.zone
    cp $F d/zone000006.example.zone
    cp $F d/zone000007.example.zone
    sed -i 's/zone000003/zone000006/g' d/zone000006.example.zone
    echo 'more.zone000006.example. 1 IN A 192.0.2.1' >>d/zone000006.example.zone # edited
    echo foreign >d/zone000007.example.zone
    zx sync zone000005.example "$S" -d d
    touch d/.zone000005.example.zone.hook d/.zone000005.example.zone.zxfr
    printf 'zone00000%s.example\n' 3 4 5 6 7 >list
    listing >"$T/before"
    zx sync --list list "$S" -d d -n --exec "touch $T/ran" --exec-all "touch $T/ran" --keep 2 --diff-dir diffs \
        --unlisted-to away --max-unlisted 100 --metrics metrics
    is 12
    listing | diff "$T/before" -
    [[ ! -e $T/ran ]]
    sort "$T/out" | diff - <(printf '%s added - deleted - %s\n' "$Z 7 8" ixfr "zone000004.example - 7" axfr \
        "zone000006.example 7 7" axfr)
    zx sync $Z "$S" -d d -n --exit-code
    is 1
    zx sync zone000005.example "$S" -d d -n --exit-code
    is 0
    manyzones_change "3 7"
    zx sync $Z "$S" -d d -n --exit-code
    is 0
    out_empty
    same_as_was
    not_renewed
    zx sync $Z "$S" -d d -n --recheck
    usage_error "--dry-run"
}

@test "--exit-code" {
    begin
    zx sync $Z "$S" -d d --exit-code
    is 1
    zx sync $Z "$S" -d d --exit-code
    is 0
    zx sync $Z zone000099.example "$S" -d d --exit-code
    is 12
}

# ---- --keep, --diff-dir ------------------------------------------------------------------------

@test "--keep: the last old files of each zone, by its exact name" {
    for serial in 1 2 3 4 5; do
        zone_text a. $serial >a.$serial
        zone_text a.5. $serial >a5.$serial
        zone_text 5. $serial >five.$serial
    done
    mkdir d
    for serial in 1 2 3 4 5; do
        primary_start a.$serial a5.$serial five.$serial
        zx sync a a.5 5 "$S" -d d --keep 2
        is 0
        [[ $serial == 1 ]] || for zone in a a.5 5; do
            cp d/.old/$zone.$((serial - 1)).zone kept.$zone.$((serial - 1))
        done
    done
    find d/.old -type f -printf '%f\n' | sort | diff - <(printf '%s\n' {5,a,a.5}.{3,4}.zone | sort)
    for zone in a a.5 5; do
        for serial in 3 4; do
            grep -q "^; zxfr end: $zone\\. IN serial $serial records" d/.old/$zone.$serial.zone
            cmp kept.$zone.$serial d/.old/$zone.$serial.zone
        done
    done
    touch d/.old/other "d/.old/a.zone" d/.old/a.x.zone d/.old/.zone
    zone_text a. 6 >a.6
    primary_start a.6
    zx sync a "$S" -d d --keep 1
    is 0
    find d/.old -type f -printf '%f\n' | sort | diff - <(printf '%s\n' .zone a.5.zone a.zone a.x.zone other {5,a.5}.4.zone | sort)
    zx sync a "$S" -d d --keep 0
    is 0
    zx sync a "$S" -d d --keep x
    usage_error "--keep"
}

@test "--keep: the same serial, signed anew; an edited file is not among the old ones" {
    begin --resign 1
    zx sync $Z "$S" -d d
    cp $F first
    manyzones_change "3 8 2"
    zx sync $Z "$S" -d d --keep 3
    is 0
    cmp d/.old/$Z.8.zone first
    cp $F second
    manyzones_change "3 8 3"
    zx sync $Z "$S" -d d --keep 3
    is 0
    cmp d/.old/$Z.8.zone second
    edit end
    cp $F edited
    zx sync $Z "$S" -d d --keep 3
    is 0
    cmp $F.edited edited
    [[ $(ls d/.old) == "$Z.8.zone" ]]
}

@test "--diff-dir: what has changed, as zxfr diff would print it" {
    begin
    mkdir diffs
    zx sync $Z zone000004.example "$S" -d d --diff-dir diffs
    is 0
    [[ $(ls diffs) == "$Z.7-8.diff" ]]
    "$ZXFR" diff "$T/was" $F >expected || true
    grep -v '^[;#]' expected >plain
    grep -v '^[;#]' diffs/$Z.7-8.diff | diff plain -
    zx sync $Z "$S" -d d --diff-dir missing
    is 8
}

# ---- --recheck and gates -----------------------------------------------------------------------

@test "--recheck reads every file: one that was edited is fetched anew" {
    begin
    manyzones_change "3 7"
    zx sync $Z zone000004.example "$S" -d d
    zx sync $Z zone000004.example "$S" -d d --recheck
    is 0
    out_empty
    edit middle
    cp $F edited
    zx sync $Z zone000004.example "$S" -d d --recheck
    is 0
    same_as_was
    cmp $F.edited edited
    [[ ! -e d/zone000004.example.zone.edited ]]
}

@test "--recheck: a file that the gates would refuse stays, and its zone fails" {
    begin
    manyzones_change "3 7"
    zx sync $Z "$S" -d d --require zonemd
    is 0 # nothing has come: nothing is judged
    zx sync $Z zone000004.example "$S" -d d --require zonemd --recheck
    is 9
    same_as_was
    err_has "$Z" "zone000004.example"
    printf '%s --require zonemd\nzone000004.example\n' $Z >list
    zx sync --list list "$S" -d d --recheck
    is 12
    same_as_was
}

@test "a gate of a line refuses that zone alone; --keep-refused has what it refused" {
    begin
    mkdir refused
    zx sync zone000004.example "$S" -d d
    manyzones_change "3 8" "4 8"
    printf '%s --max-change A=0\nzone000004.example\n' $Z >list
    zx sync --list list "$S" -d d --keep-refused refused --report report
    is 12
    same_as_was
    not_renewed
    is_zone d/zone000004.example.zone 4 8
    err_has "$Z: "
    err_lacks zone000004.example
    [[ $(ls refused) == "$Z.8.zone" ]]
    zx $Z "$S" --sort -o alone
    cmp alone refused/$Z.8.zone
    [[ $(jq -r 'select(.zone == "zone000003.example.") | [.state, (.gates[] | select(.result != "met") | .name)] | join(" ")' report) == "kept "*change* ]]
    zx sync --list list "$S" -d d --check-cmd "test \"\$ZXFR_NAME\" != $Z"
    is 12
    zx sync zone000004.example "$S" -d d --check-cmd "false"
    is 0 # nothing has changed
    manyzones_change "4 9"
    zx sync $Z zone000004.example "$S" -d d --check-cmd 'printf "%s %s %s %s\n" "$ZXFR_ZONE" "$ZXFR_SERIAL" "$ZXFR_OLD_SERIAL" "$ZXFR_OLD_FILE" >&2; exit 1'
    is 9
    err_has "$Z" " 8 7 $PWD/$F" "zone000004.example" " 9 8 $PWD/d/zone000004.example.zone"
    same_as_was
}

@test "--verify dnssec: a zone whose signatures verify comes in, one that somebody has changed does not" {
    sign_zone good.example >good.zone
    sign_zone bogus.example | sed 's/192\.0\.2\.1$/192.0.2.2/' >bogus.zone
    primary_start good.zone bogus.zone
    mkdir d
    zx sync good.example bogus.example "$S" -d d --verify dnssec
    is 12
    names_are good.example
    err_has "bogus.example: "
    dnssec-verify -q -o good.example d/good.example.zone
    zx sync good.example bogus.example "$S" -d d
    is 0
    refute dnssec-verify -q -o bogus.example d/bogus.example.zone
    zx sync good.example bogus.example "$S" -d d --verify dnssec --recheck
    is 12
    err_has "bogus.example: "
    names_are bogus.example good.example
    # The end line tells when the first signature expires.
    zx sync good.example "$S" -d d --min-signature-life 1d
    is 0
    zx sync good.example "$S" -d d --min-signature-life 1000d
    is 9
}

# What the test server cannot write is in the generic form.
sign_zone() {
    rm -rf keys plain key full
    zone_text $1. 3 >plain
    mkdir keys
    dnssec-keygen -q -K keys -a ECDSAP256SHA256 -f KSK $1 >key &&
        dnssec-keygen -q -K keys -a ECDSAP256SHA256 $1 >>key &&
        dnssec-signzone -q -P -S -K keys -o $1 -O full -f - plain 2>signing >full || return
    /usr/bin/python3 - full "$1" <<'PYTHON'
import sys
import dns.rdatatype
import dns.zone
zone = dns.zone.from_file(sys.argv[1], sys.argv[2] + '.', relativize=False)
for name, ttl, data in zone.iterate_rdatas():
    kind, text = dns.rdatatype.to_text(data.rdtype), data.to_text()
    if kind not in 'SOA NS A AAAA MX TXT CNAME'.split():
        kind, text = 'TYPE%d' % data.rdtype, data.to_generic().to_text()
    print(name, ttl, 'IN', kind, text)
PYTHON
}

@test "nothing else is written over a zone's file, nor into its folder under such a name" {
    begin
    ln -s d alias
    mkdir refused
    NAME 4 >list
    ln -s d/new.zone link
    cp $F report
    ln report metrics
    while read -r words; do
        echo "$words"
        # shellcheck disable=SC2086
        zx sync $Z "$S" -d d $words
        usage_error || false
        same_as_was
        cmp report "$T/was"
    done <<ROWS
--report $F
--report alias/$Z.zone
--report d/new.zone
--report $PWD/alias/new.zone
--metrics $F
--metrics alias/new.zone
--report metrics --metrics report
--report both --metrics both
--list list --report list
--list list --metrics list
--keep-refused d --verify zonemd
--keep-refused alias --verify zonemd
--list list --unlisted-to alias
ROWS
    [[ $(<list) == "$(NAME 4)" ]]
    names_are $Z
    [[ $(manyzones_count soa) == 0 && $(manyzones_count ixfr) == 0 ]]
    zx sync $Z "$S" -d d --report d/report --metrics d/metrics # names of another kind are no harm
    is 0
    zx sync $Z "$S" -d d/ --report d/report --keep-refused refused --verify zonemd
    is 0
}

@test "the mode of FILE stays; a new one has that of the umask; the folder may be a link" {
    begin
    chmod 600 $F
    ln -s d alias
    umask 027
    zx sync $Z zone000004.example "$S" -d alias/
    is 0
    [[ $(stat -c %a $F) == 600 && $(stat -c %a d/zone000004.example.zone) == 640 ]]
    is_zone $F 3 8
    [[ -L alias ]]
}

@test "--dry-run and a catalog" {
    manyzones_start --zones 10 --serial 7
    ONE=$S
    catalog_start catalog.invalid. 1 <<<"a zone000003.example."
    mkdir d
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d -n
    echo "first: $status" && cat "$T/err" "$T/out"
    [[ $status != 0 ]] # its members are not known
    names_are
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d
    is 0
    manyzones_change "3 8"
    listing d >"$T/before"
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d -n
    is 0
    diff "$T/out" - <<<"$Z 7 8 added - deleted - ixfr"
    catalog_start catalog.invalid. 2 <<<"a zone000003.example.
b zone000004.example."
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d -n
    echo "changed: $status" && cat "$T/err" "$T/out"
    out_has "catalog.invalid 1 2 added - deleted - ixfr" "$Z 7 8 added - deleted - ixfr"
    out_lacks zone000004
    err_has "catalog catalog.invalid: it has changed; what follows is of the members that it had"
    listing d | diff "$T/before" -
}

@test "FILE that somebody changes meanwhile is not replaced" {
    begin
    zx sync $Z zone000004.example "$S" -d d --check-cmd "test \$ZXFR_NAME != $Z || echo '; mine' >>\"\$ZXFR_OLD_FILE\""
    is 12
    err_has "$Z" "somebody else"
    [[ $(tail -n 1 $F) == "; mine" ]]
    head -n -1 $F | cmp - "$T/was"
    is_zone d/zone000004.example.zone 4 7
    zx sync $Z "$S" -d d # and then it is an edited one
    is 0
    is_zone $F 3 8
    [[ $(tail -n 1 $F.edited) == "; mine" ]]
}

@test "a serial that is neither newer nor older is no newer one" {
    begin
    manyzones_change "3 $((7 + 2147483648))"
    zx sync $Z "$S" -d d
    is 9
    same_as_was
    not_renewed
    manyzones_change "3 $((7 + 2147483647))"
    zx sync $Z "$S" -d d
    is 0
    is_zone $F 3 $((7 + 2147483647))
}

@test "two names of one file" {
    begin
    manyzones_change "3 7"
    ln -s $Z.zone d/zone000004.example.zone
    zx sync $Z zone000004.example "$S" -d d
    is 12
    err_has "zone000004.example: "
    same_as_was
    [[ -L d/zone000004.example.zone ]]
    names_are $Z zone000004.example
    zx sync zone000004.example $Z "$S" -d d # in whatever order
    is 12
    same_as_was
}

@test "what killed runs have left goes, but for what somebody is writing" {
    begin
    for i in 4 5 6; do cp $F d/.zone00000$i.example.zone.zxfr; done
    flock d/.zone000005.example.zone.zxfr sleep 30 3>&- &
    sleeper=$!
    eventually locked d/.zone000005.example.zone.zxfr
    zx sync $Z zone000006.example "$S" -d d
    is 0
    kill "$(pgrep -P $sleeper)" || true
    wait $sleeper || true
    find d -name '.*.zxfr' -printf '%f\n' | diff - <(echo .zone000005.example.zone.zxfr)
    is_zone d/zone000006.example.zone 6 7
}
locked() { refute flock -n "$1" true; }

@test "standard output that is closed" {
    begin
    status=0
    "$ZXFR" sync $Z zone000004.example "$S" -d d 2>"$T/err" >&- || status=$?
    [[ $status == 0 || $status == 8 ]] || show
    is_zone $F 3 8
    is_zone d/zone000004.example.zone 4 7
    status=0
    manyzones_change "3 9"
    "$ZXFR" sync $Z zone000004.example "$S" -d d >&- 2>&- <&- || status=$?
    [[ $status == 0 || $status == 8 ]] || show
    is_zone $F 3 9
    is_zone d/zone000004.example.zone 4 7
}

@test "a zone that takes too long, and one whose key is wrong, are failures of their own" {
    manyzones_start --zones 10 --serial 7 --do "zone 3 for transfers mute"
    MANY=$S
    manyzones_start --zones 10 --serial 7 --key hmac-sha256:k.example:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
    mkdir d
    echo 'hmac-sha256:k.example:ABECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >wrong
    echo 'hmac-sha256:k.example:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=' >right
    chmod 600 wrong right
    cat >list <<LIST
zone000001.example $S -k right
zone000002.example $S -k wrong
zone000003.example --max-time 1s
zone000004.example
LIST
    zx sync --list list "$MANY" -d d --report report
    is 12
    names_are zone000001.example zone000004.example
    jq -r 'select(.event == "zone") | "\(.zone) \(.exit) \(.origin)"' report | sort |
        diff - <(printf 'zone00000%s\n' "1.example. 0 list:1" "2.example. 5 list:2" "3.example. 3 list:3" "4.example. 0 list:4")
    for file in "$T/err" "$T/out" report; do lacks "$file" ECAwQFBg; done
}

@test "FILE belongs to another user, and cannot be confirmed: whose it is" {
    ((UID == 0)) || skip "only root can become somebody else"
    manyzones_start --zones 4
    mkdir -m 777 d
    chmod 755 .
    zx sync $Z "$S" -d d
    is 0
    chmod 644 $F
    touch -d '2020-01-01' $F
    zx_nobody sync $Z "$S" -d d
    is 8
    err_has "cannot renew the time of $F: it belongs to the user 0"
    not_renewed
}
