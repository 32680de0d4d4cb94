#!/bin/sh
# A copy of one zone, each night, transferred with a key: for cron, see zxfr.cron.
#
# It says nothing unless something is wrong. Then the message goes into the mail that cron sends, the
# copy of the last good night stays, and the exit status is that of zxfr(1). The time of the file is
# when the server last confirmed it, also where nothing has changed.
#
# Set these four. The folder must be there and belong to the user who runs this. The key is a file
# that nobody else can read (mode 0600), in the syntax of any server, for instance:
#     key "xfr" { algorithm hmac-sha256; secret "..."; };
ZONE=example.com
SERVER=192.0.2.53
KEY=/etc/zxfr/xfr.key
DIR=/var/lib/zxfr

PATH=/usr/local/bin:/usr/bin:/bin
export PATH
umask 027
exec zxfr --quiet --update --touch --retry 2 --max-shrink 20 \
    --key-file "$KEY" --output "$DIR/$ZONE.zone" "$ZONE" "@$SERVER"
