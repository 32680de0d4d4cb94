#!/bin/sh
# Copies of many zones, each night: for cron, see zxfr.cron.
#
# It says nothing unless something is wrong. A zone that fails keeps its last copy, and does not keep
# the others from being brought up to date; then the exit status is 12, and the mail from cron names
# the zone and the reason. zxfr-sync(1) has all of it.
#
# Set these four. LIST has a zone on each line, see zones.list; DIR belongs to the user who runs this,
# and nobody else can read the key (mode 0600).
LIST=/etc/zxfr/zones.list
SERVER=192.0.2.53
KEY=/etc/zxfr/xfr.key
DIR=/var/lib/zxfr

PATH=/usr/local/bin:/usr/bin:/bin
export PATH
umask 027
# The copies are in zones, the last 30 versions of each in zones/.old, what was refused in refused, and
# the copies of zones that have left the list in retired: if more than half of them have, none is moved.
mkdir -p "$DIR/zones" "$DIR/refused" "$DIR/retired" || exit 8
exec zxfr sync --quiet --list "$LIST" --bad-lines skip --key-file "$KEY" --retry 2 \
    --dir "$DIR/zones" --keep 30 --unlisted-to "$DIR/retired" --max-unlisted 50 \
    --verify zonemd,dnssec --max-shrink 20 --max-change @NS=0 --keep-refused "$DIR/refused" \
    --report "$DIR/last-run.jsonl" "@$SERVER"
