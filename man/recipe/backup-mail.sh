#!/bin/sh
# Copies of many zones, each night, and a mail of what has changed in them: for cron, see zxfr.cron.
#
# Where nothing has changed there is no mail. What has is sent again the next night if it could not be
# sent. It says nothing unless something is wrong, so that cron has nothing to send: the exit status is
# then that of zxfr-sync(1), or 13 if it is the mail that has failed.
#
# Set these five. LIST has a zone on each line, see zones.list; DIR belongs to the user who runs this,
# and nobody else can read the key (mode 0600). The mail goes out by sendmail, which each mail server
# has, and so have small ones that only send, such as msmtp-mta and dma.
LIST=/etc/zxfr/zones.list
SERVER=192.0.2.53
KEY=/etc/zxfr/xfr.key
DIR=/var/lib/zxfr
TO=hostmaster@example.com

PATH=/usr/local/bin:/usr/sbin:/usr/bin:/bin
export PATH
umask 027
mkdir -p "$DIR/zones" "$DIR/changes" "$DIR/retired" && cd "$DIR" || exit 8
exec 9>>mail.lock || exit 8
flock --nonblock 9 || { echo "$0: another run is at work in $DIR" >&2 && exit 8; }

# A line for each zone that has changed, and the changes in a file of each. The copies of zones that have
# left the list go to retired.
zxfr sync --list "$LIST" --bad-lines skip --key-file "$KEY" --retry 2 --dir zones --keep 30 \
    --unlisted-to retired --max-unlisted 50 --max-shrink 20 --diff-dir changes "@$SERVER" >>changed 9>&-
status=$?

# Some mail servers refuse lines of more than 998 octets, and nobody reads ten thousand lines.
body() {
    cat changed
    find changes -name '*.diff' | sort | while IFS= read -r file; do
        echo && cat "$file"
    done
}
if [ -s changed ] || [ -n "$(find changes -name '*.diff')" ]; then
    {
        printf 'To: %s\nSubject: zones that have changed, %s\n\n' "$TO" "$(date +%Y-%m-%d)"
        body | fold -w 990 | head -n 10000
    } | sendmail -oi -t || { echo "$0: the mail of what has changed could not be sent" >&2 && exit 13; }
    rm -f changed
    find changes -name '*.diff' -exec rm -f {} +
fi
exit "$status"
