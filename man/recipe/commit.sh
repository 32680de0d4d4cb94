#!/bin/sh
# /etc/zxfr/commit.sh
# A commit for each change of a zone, for zxfr watch: --exec /etc/zxfr/commit.sh, one at a time.
#
# None is missed: the command is run until it has succeeded, also over crashes of the machine. It copies
# the one file that has changed, so a commit reads no other one. As nobody else works in this
# repository, a lock is what a git has left that was killed; who wants to look at it makes a clone.
#
# Set these two. The repository makes itself.
GIT=/var/lib/zxfr/git
EMAIL=hostmaster@example.com

set -e
umask 027
mkdir -p "$GIT"
cd "$GIT"
if [ ! -e .git/made ]; then
    git init --quiet
    git config core.fsync committed
    touch .git/made
fi
rm -f .git/*.lock .git/refs/heads/*.lock
cp -- "$ZXFR_FILE" .
git add -- "${ZXFR_FILE##*/}"
git diff --cached --quiet ||
    git -c user.name="$(id -un)" -c user.email="$EMAIL" commit --quiet \
        --message "$ZXFR_NAME ${ZXFR_OLD_SERIAL:--} $ZXFR_SERIAL"
