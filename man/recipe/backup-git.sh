#!/bin/sh
# Copies of many zones, each night, as a history in git: for cron, see zxfr.cron.
#
# Where something has changed there is a commit, which names the zones with their old and new serials;
# where nothing has, there is none. It says nothing unless something is wrong: the exit status is then
# that of zxfr-sync(1), or 13 if it is git that has failed, and the next night makes up for it.
#
# Set these five. LIST has a zone on each line, see zones.list; DIR belongs to the user who runs this,
# and nobody else can read the key (mode 0600). The repository, DIR/git, makes itself the first night.
LIST=/etc/zxfr/zones.list
SERVER=192.0.2.53
KEY=/etc/zxfr/xfr.key
DIR=/var/lib/zxfr
EMAIL=hostmaster@example.com

PATH=/usr/local/bin:/usr/bin:/bin
export PATH EMAIL
umask 027
mkdir -p "$DIR/git" "$DIR/retired" && cd "$DIR/git" || exit 8
exec 9>>../git.lock || exit 8
flock --nonblock 9 || { echo "$0: another run is at work in $DIR/git" >&2 && exit 8; }

# This repository, and never one that DIR happens to lie in. One whose making has failed half-way, as on
# a full disk, has nothing in it, and is made anew. As nobody else commits here, a lock is what a git has
# left that was killed.
GIT_DIR=.git
export GIT_DIR
rm -f .git/*.lock .git/refs/heads/*.lock
if [ ! -e .git/made ]; then
    [ -n "$(find .git/objects -type f 2>/dev/null | head -n 1)" ] || rm -rf .git
    git init --quiet && git config core.fsync committed && mkdir -p .git/info && touch .git/made || exit 13
fi
# The files of zones are all that is of interest.
printf '%s\n' '/*' '!/*.zone' >.git/info/exclude || exit 13

# A zone that has left the list leaves the folder; the history keeps it.
changes=$(zxfr sync --list "$LIST" --bad-lines skip --key-file "$KEY" --retry 2 --dir . --max-shrink 20 \
    --unlisted-to ../retired --max-unlisted 50 "@$SERVER" 9>&-)
status=$?
# What an earlier night could not commit is among it. To name files here would be a fault where there
# are none yet, and a commit of nothing is one, too.
git add --all || exit 13
git diff --cached --quiet ||
    git -c user.name="$(id -un)" -c user.email="$EMAIL" commit --quiet \
        --message "Zones of $(date +%Y-%m-%d)" --message "$changes" || exit 13
exit "$status"
