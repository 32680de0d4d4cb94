#!/bin/sh
# Puts a backup of a zone back into its primary server, so that the secondaries take it, too.
#
#     restore.sh bind|knot|nsd ZONE BACKUP FILE [SECONDARY...]
#     restore.sh knot example.com zones/.old/example.com.2026112201.zone \
#         /var/lib/knot/example.com.zone 192.0.2.54 192.0.2.55
#
# BACKUP is a file of zxfr, FILE the one that the configuration of the server names for the zone, and a
# SECONDARY an address. To be run on the primary, as one who may write FILE and give commands to the
# server (rndc, knotc, nsd-control). What was in FILE stays beside it, as FILE.before, or FILE.before.2
# and so on if there is one already.
#
# Secondaries take only what is newer than what they have (RFC 1982), and a backup is older. So all are
# asked for the serial that they have, FILE is read, and the zone gets the one after the highest. This is
# the case also if FILE has an old serial by mistake: nobody would take it.
#
# The SOA is signed, and a digest (ZONEMD) is of the SOA, too: with another serial both are wrong. Where
# the server signs the zone itself, set SIGNS=yes: then it gets the zone without signatures, and makes
# them anew. Where somebody else does, who has the keys, let him sign the zone with that serial.
#
# PRIMARY is an address at which the server answers. Where it does not, nothing is replaced; PRIMARY=none
# is for a server that is down, or has lost the zone, and so cannot tell. WAIT is for how many seconds it
# and its secondaries may take to have the zone.
: "${PRIMARY=127.0.0.1}" "${SIGNS=no}" "${WAIT=60}"

PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH
set -u
die() { # STATUS MESSAGE...
    status=$1 && shift
    echo "$0: $*" >&2
    exit "$status"
}
[ $# -ge 4 ] || die 2 "usage: $0 bind|knot|nsd ZONE BACKUP FILE [SECONDARY...]"
kind=$1 zone=${2%.} backup=$3 file=$(readlink -f -- "$4") || file=$4 # a link stays one
shift 4
case $kind in bind | knot | nsd) ;; *) die 2 "$kind is none of bind, knot, nsd" ;; esac
[ -n "$zone" ] || die 2 "this is not for the root zone"

# The serial that a server has: a run that only asks. It is for a folder where there are no files.
ask() {
    zxfr sync --dry-run --connect-timeout 5 --answer-timeout 5 --dir "$empty" "$zone." "@$1" |
        awk '$3 ~ /^[0-9]+$/ { print $3 }'
}
# Whether one serial is newer than another: 32 bits that go round (RFC 1982).
newer() {
    ahead=$((($1 - $2) & 4294967295))
    [ "$ahead" -gt 0 ] && [ "$ahead" -lt 2147483648 ]
}
highest() { # those on standard input
    highest=
    while read -r serial; do
        if [ -z "$highest" ] || newer "$serial" "$highest"; then highest=$serial; fi
    done
    echo "$highest"
}

case $kind in bind) checker=named-checkzone ;; knot) checker=kzonecheck ;; nsd) checker=nsd-checkzone ;; esac
command -v "$checker" >/dev/null || die 13 "$checker, which would look at the zone first, is not installed"

# ---- What is to be restored: a whole file, of this zone --------------------------------------------
folder=$(dirname -- "$file")
[ -d "$folder" ] || die 8 "$folder, where $file should be, is not a folder"
new=$(mktemp "$file.XXXXXX" 2>/dev/null) || die 8 "nothing can be written in $folder"
trap 'rm -rf "$new" "$new.text" "$new.bare" "$new.empty" "$new.empty.why"' EXIT
trap 'exit 1' HUP INT TERM
empty=$new.empty
mkdir "$empty" || exit 8
[ -f "$backup" ] && [ -r "$backup" ] || die 7 "$backup cannot be read"
last=$(tail -n 1 "$backup")
case $last in
'; zxfr end: '*' filtered'*) die 7 "$backup was written with --only, --except or --no-dnssec: it is not the whole zone" ;;
'; zxfr end: '*) ;;
*) die 7 "$backup does not end as files of zxfr do: is it whole?" ;;
esac
zxfr convert --output "$new.text" "$backup" || exit
soa=$(awk '$4 == "SOA" { print tolower($1), $7; exit }' "$new.text")
[ "${soa% *}" = "$(printf '%s.\n' "$zone" | tr '[:upper:]' '[:lower:]')" ] || die 7 "$backup is of the zone ${soa% *}"
old=${soa#* } serial=$old

# ---- Its serial ------------------------------------------------------------------------------------
heard='' silent=''
if [ "$PRIMARY" != none ]; then
    heard=$(ask "$PRIMARY")
    [ -n "$heard" ] || die 3 "$PRIMARY does not say which serial it has, and nothing is replaced: see PRIMARY in $0"
fi
for server; do
    if its=$(ask "$server") && [ -n "$its" ]; then
        heard="$heard $its"
    else
        echo "$server does not say which serial it has: it is left out" >&2
        silent="$silent $server "
    fi
done
[ $# -eq 0 ] || [ -n "$heard" ] || die 3 "nobody says which serial there is; are $* right?"
its=''
if [ -s "$file" ]; then
    its=$(zxfr convert --quiet --origin "$zone." --only SOA --include-dir "$folder" "$file" 2>/dev/null |
        awk '$4 == "SOA" { print $7; exit }')
    [ -n "$its" ] || echo "$file does not say which serial it has: it is left out" >&2
fi
# shellcheck disable=SC2086 # numbers
current=$(printf '%s\n' $heard $its | highest)
who="the servers have" # or it is in the file alone
case " $heard " in *" $current "*) ;; *) who="$file has" ;; esac
if [ -z "$current" ] || [ "$current" = "$old" ] || newer "$old" "$current"; then
    grep -v '^;' "$new.text" >"$new" || exit 8
    echo "$zone: serial $old, as it is in the backup"
else
    serial=$(((current + 1) & 4294967295))
    if [ "$SIGNS" != yes ] && awk '$4 == "RRSIG" || $4 == "ZONEMD" { found = 1 } END { exit !found }' "$new.text"; then
        die 9 "$zone is signed, or has a digest, and needs the serial $serial: see SIGNS in this script"
    fi
    zxfr convert --quiet --no-dnssec --except ZONEMD --output "$new.bare" "$new.text" 2>"$new" ||
        { cat "$new" >&2 && exit 8; }
    awk -v new="$serial" '/^;/ { next } $4 == "SOA" && !done { $7 = new; done = 1 } { print }' "$new.bare" >"$new" ||
        exit 8
    echo "$zone: serial $serial, in place of $old: $who $current"
fi

# Two serials can be so far apart that no third one is newer than both.
for its in $heard; do
    [ "$its" = "$serial" ] || newer "$serial" "$its" ||
        die 9 "the servers have serials that no new one follows: $(echo "$heard" | xargs): one must be set right by hand"
done

# ---- Would the server load it? ---------------------------------------------------------------------
said=$(case $kind in
    bind) "$checker" -i local "$zone" "$new" ;;
    knot) "$checker" -o "$zone" "$new" ;;
    nsd) "$checker" "$zone" "$new" ;;
    esac 2>&1) || die 9 "the server would refuse it: $(printf '%s\n' "$said" | sed "s|$new|$backup|g")"

# ---- Into its place, and loaded --------------------------------------------------------------------
# What is there from an earlier run may be all that there is of what was before an accident.
before=$file.before count=1
while [ -e "$before" ] || [ -L "$before" ]; do
    count=$((count + 1)) before=$file.before.$count
done
way="mv $before $file"
[ -e "$file" ] || before='' way="rm $file"
place() {
    if [ -e "$file" ]; then
        cp -p "$file" "$before" && chmod --reference="$file" "$new" && chown --reference="$file" "$new"
    else
        chmod 644 "$new"
    fi && mv "$new" "$file" || exit 8
    [ -z "$before" ] || echo "$file has the backup; what was in it is in $before"
}
unloaded() {
    die 13 "$file has the backup, but the server does not load it: is it down? The way back:" \
        "$way, and load it again"
}
case $kind in
bind) # a journal of dynamic updates would be rolled into the file, or not fit it
    if rndc zonestatus "$zone" 2>/dev/null | grep -q '^dynamic: yes'; then
        rndc -q sync -clean "$zone" || exit 13
        trap '' HUP INT TERM # while it is frozen it takes no updates
        rndc -q freeze "$zone" || exit 13
        (place)
        status=$?
        rndc -q thaw "$zone" || unloaded
        trap 'exit 1' HUP INT TERM
        [ "$status" = 0 ] || exit "$status"
    else
        place
        rndc -q reload "$zone" || unloaded
    fi
    rndc -q notify "$zone"
    ;;
knot) # the same, and the journal has changes that were sent to secondaries
    place
    knotc --blocking --force zone-purge "$zone" +journal >/dev/null &&
        knotc --blocking zone-reload "$zone" >/dev/null || unloaded
    knotc zone-notify "$zone" >/dev/null
    ;;
nsd)
    place
    nsd-control reload "$zone" >/dev/null || unloaded
    nsd-control notify "$zone" >/dev/null
    ;;
esac

# ---- Who has it ------------------------------------------------------------------------------------
# A server that signs may have raised the serial once more. Any other that is newer never takes this one.
has() {
    got=$(ask "$1" 2>"$empty.why") && [ -n "$got" ] || return
    [ "$got" = "$serial" ] || { [ "$SIGNS" = yes ] && [ $(((got - serial) & 4294967295)) -lt 100 ]; }
}
status=0 end=$(($(date +%s) + WAIT))
[ "$PRIMARY" = none ] || set -- "$PRIMARY" "$@"
for server; do
    pause=1
    until has "$server"; do
        left=$((end - $(date +%s)))
        if [ -n "$got" ] && newer "$got" "$serial"; then left=0; fi
        case $silent in *" $server "*) left=0 ;; esac # it was not there before
        if [ "$left" -le 0 ]; then
            cat "$empty.why" >&2
            if [ -n "$got" ] && newer "$got" "$serial"; then
                echo "$server has serial $got, which is newer: it will not take this one; run this again" >&2
            else
                echo "$server does not have it yet" >&2
            fi
            status=3
            continue 2
        fi
        sleep $((pause < left ? pause : left))
        pause=$((pause < 8 ? pause * 2 : 8))
    done
    echo "$server has it"
done
[ "$status" = 0 ] || [ -z "$before" ] || echo "what was in $file is in $before" >&2
exit "$status"
