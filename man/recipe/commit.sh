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
# This repository, and never one that GIT happens to lie in. One whose making has failed half-way, as on
# a full disk, has nothing in it, and is made anew.
GIT_DIR=.git
export GIT_DIR
rm -f .git/*.lock .git/refs/heads/*.lock
if [ ! -e .git/made ]; then
    [ -n "$(find .git/objects -type f 2>/dev/null | head -n 1)" ] || rm -rf .git
    git init --quiet
    git config core.fsync committed
    touch .git/made
fi
cp -- "$ZXFR_FILE" .
git add -- "${ZXFR_FILE##*/}"
git diff --cached --quiet ||
    git -c user.name="$(id -un)" -c user.email="$EMAIL" commit --quiet \
        --message "$ZXFR_NAME ${ZXFR_OLD_SERIAL:--} $ZXFR_SERIAL"
