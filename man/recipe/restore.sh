#!/bin/sh
# Puts a backup of a zone back into its primary server, so that the secondaries take it, too.
#
#     restore.sh bind|knot|nsd ZONE BACKUP FILE [SECONDARY...]
#     restore.sh knot example.com zones/.old/example.com.2026112201.zone \
#         /var/lib/knot/example.com.zone 192.0.2.54 192.0.2.55
#
# BACKUP is a file of zxfr, FILE the one that the configuration of the server names for the zone, and a
# SECONDARY an address. To be run on the primary, as one who may write FILE and give commands to the
# server (rndc, knotc, nsd-control). What was in FILE stays beside it, as FILE.before.
#
# Secondaries take only what is newer than what they have (RFC 1982), and a backup is older. So all are
# asked for the serial that they have, and the zone gets the one after the highest. This is the case
# also if FILE has an old serial by mistake: nobody would take it.
#
# The SOA is signed, and a digest (ZONEMD) is of the SOA, too: with another serial both are wrong. Where
# the server signs the zone itself, set SIGNS=yes: then it gets the zone without signatures, and makes
# them anew. Where somebody else does, who has the keys, let him sign the zone with that serial.
#
# PRIMARY is an address at which the server answers. WAIT is for how many seconds it and its
# secondaries may take to have the zone.
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
kind=$1 zone=${2%.} backup=$3 file=$4
shift 4
case $kind in bind | knot | nsd) ;; *) die 2 "$kind is none of bind, knot, nsd" ;; esac

# The serials that a server has at its addresses, from the table of an audit.
ask() {
    zxfr audit --rate 0 "$zone." "@$1" 2>/dev/null |
        awk '$5 ~ /^(yes|no)$/ && $6 ~ /^[0-9]+$/ { print $6 }'
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

# ---- What is to be restored: a whole file, of this zone --------------------------------------------
new=$(mktemp "$file.XXXXXX") || exit 8
trap 'rm -f "$new" "$new.text"' EXIT
trap 'exit 1' HUP INT TERM
[ -f "$backup" ] && [ -r "$backup" ] || die 7 "$backup cannot be read"
tail -n 1 "$backup" | grep -q '^; zxfr end: ' || die 7 "$backup does not end as files of zxfr do: is it whole?"
zxfr convert --output "$new.text" "$backup" || exit
soa=$(awk '$4 == "SOA" { print tolower($1), $7; exit }' "$new.text")
[ "${soa% *}" = "$(echo "$zone." | tr '[:upper:]' '[:lower:]')" ] || die 7 "$backup is of the zone ${soa% *}"
old=${soa#* } serial=$old

# ---- Its serial ------------------------------------------------------------------------------------
current=$(for server in "$PRIMARY" "$@"; do ask "$server"; done | highest)
for server; do
    [ -n "$(ask "$server")" ] || echo "$server does not say which serial it has: it is left out" >&2
done
[ $# -eq 0 ] || [ -n "$current" ] || die 3 "nobody says which serial there is; is $PRIMARY, are $* right?"
if [ -z "$current" ] || [ "$current" = "$old" ] || newer "$old" "$current"; then
    grep -v '^;' "$new.text" >"$new"
    echo "$zone: serial $old, as it is in the backup"
else
    serial=$(((current + 1) & 4294967295))
    if [ "$SIGNS" != yes ] && grep -Eq '[[:space:]]IN[[:space:]](RRSIG|ZONEMD)[[:space:]]' "$new.text"; then
        die 9 "$zone is signed, or has a digest, and needs the serial $serial: see SIGNS in this script"
    fi
    zxfr convert --no-dnssec --except ZONEMD "$new.text" |
        awk -v new="$serial" '/^;/ { next } $4 == "SOA" && !done { $7 = new; done = 1 } { print }' >"$new"
    echo "$zone: serial $serial, in place of $old: the servers have $current"
fi

# ---- Would the server load it? ---------------------------------------------------------------------
said=$(case $kind in
    bind) named-checkzone -i local "$zone" "$new" ;;
    knot) kzonecheck -o "$zone" "$new" ;;
    nsd) nsd-checkzone "$zone" "$new" ;;
    esac 2>&1) || die 9 "the server would refuse it: $said"

# ---- Into its place, and loaded --------------------------------------------------------------------
place() {
    if [ -e "$file" ]; then
        cp -p "$file" "$file.before" && chmod --reference="$file" "$new" && chown --reference="$file" "$new"
    else
        chmod 644 "$new"
    fi && mv "$new" "$file" || exit 8
}
unloaded() { die 13 "$file has the backup, but the server does not load it"; }
case $kind in
bind) # a journal of dynamic updates would be rolled into the file, or not fit it
    if rndc zonestatus "$zone" 2>/dev/null | grep -q '^dynamic: yes'; then
        rndc -q sync -clean "$zone" && rndc -q freeze "$zone" || exit 13
        (place)
        status=$?
        rndc -q thaw "$zone" || unloaded
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
# A server that signs may have raised the serial once more.
has() {
    got=
    for got in $(ask "$1"); do
        [ "$got" = "$serial" ] || newer "$got" "$serial" || return 1
    done
    [ -n "$got" ]
}
status=0
for server in "$PRIMARY" "$@"; do
    until has "$server"; do
        WAIT=$((WAIT - 1))
        if [ "$WAIT" -lt 0 ]; then
            echo "$server does not have it yet" >&2
            status=3
            continue 2
        fi
        sleep 1
    done
    echo "$server has it"
done
exit "$status"
