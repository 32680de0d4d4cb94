#!/usr/bin/env bats
# The recipes for a copy each night, played by a cron on a machine of their own (tests/tools/box.bash), as
# they are: the first night, one without changes, one with, and one on which the server is dead. On each
# the exit status, what cron would mail, and what is in the folder afterwards.

load helper
load recipes

KEY=hmac-sha256:xfr:c2VjcmV0
D=/var/lib/zxfr

prepare() { # RECIPE...: at the places that zxfr.cron names
    mkdir "$T/tools"
    install -m 755 "$PRIMARY" "$MANYZONES" "$BATS_TEST_DIRNAME/../tools/cron.py" "$T/tools"
    machine 192.0.2.53
    mkdir -p "$MACHINE"/etc/{cron.d,zxfr} "$MACHINE$D"
    cp "$RECIPES/zxfr.cron" "$MACHINE/etc/cron.d/zxfr"
    [[ $# == 0 ]] || cp "${@/#/$RECIPES/}" "$MACHINE/etc/zxfr"
    echo 'key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0"; };' >"$MACHINE/etc/zxfr/xfr.key"
    chmod 600 "$MACHINE/etc/zxfr/xfr.key"
}

is_ready() { [[ $(head -n 1 "$MACHINE.$1") == ready* ]]; }

# A server of one zone, or of fifty, where the recipes look for it.
serve() { # SERIAL [EXTRA RECORD]
    [[ ! -s $MACHINE.server.pid ]] || box_kill server
    { zone_text example.com. "$1" && printf '%s\n' "${@:2}"; } >"$T/zone.$1"
    box_start server "$T/tools/primary" -a 192.0.2.53 -p 53 --key $KEY "$T/zone.$1"
    eventually is_ready server
}

serve_fifty() { # [FOLDER OF THE LIST]
    : >"$T/control"
    box_start server "$T/tools/manyzones" --address 192.0.2.53 --port 53 --zones 50 --serial 7 --key $KEY \
        --control "$T/control"
    eventually is_ready server
    seq -f "zone%06g.example" 0 49 >"${1:-$MACHINE/etc/zxfr}/zones.list"
    CHANGES=1
}

controlled() { [[ $(wc -l <"$MACHINE.server") == "$CHANGES" ]]; }
change() { # LINE...
    CHANGES=$((CHANGES + 1))
    printf '%s\n' "$@" >"$T/control"
    box_kill server HUP
    eventually controlled
}

# What the line of zxfr.cron with this WORD comes to: STATUS, and a mail only if that is not 0.
night() { # WORD STATUS [WORDS OF THE MAIL...]
    box_in "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron "$1" >"$T/status"
    cp "$MACHINE/var/mail.cron" "$T/err"
    : >"$T/out"
    status=$(<"$T/status")
    is "$2"
    if [[ $2 == 0 ]]; then
        err_empty
    else
        err_clean
        err_has "${@:3}"
    fi
}

serial_of() { tail -n 1 "$MACHINE$D/$1" | sed -n 's/^; zxfr end: [^ ]* IN serial \([0-9]*\) .*/\1/p'; }
serial_is() { [[ $(serial_of "$1") == "$2" ]] || { tail -n 1 "$MACHINE$D/$1" && return 1; }; }
age_it() { find "$MACHINE$D" -name '*.zone' -exec touch -d '3 days ago' {} +; }
old_files() { find "$MACHINE$D" -name .old -prune -o -name '*.zone' -mtime +1 -print | wc -l; }

@test "one zone: a key, four nights" {
    prepare backup-zone.sh
    serve 2026112201
    night backup-zone.sh 0
    serial_is example.com.zone 2026112201
    age_it
    night backup-zone.sh 0
    serial_is example.com.zone 2026112201
    [[ $(old_files) == 0 ]] # the time says when it was confirmed
    serve 2026112202 'new IN A 192.0.2.9'
    night backup-zone.sh 0
    serial_is example.com.zone 2026112202
    grep -q '^new\.example\.com\.' "$MACHINE$D/example.com.zone"
    cp "$MACHINE$D/example.com.zone" last
    box_kill server
    night backup-zone.sh 3 "192.0.2.53" "cannot connect"
    cmp last "$MACHINE$D/example.com.zone"
    # the night after
    serve 2026112203
    night backup-zone.sh 0
    serial_is example.com.zone 2026112203
    # another key
    sed -i 's/c2VjcmV0/b3RoZXIK/' "$MACHINE/etc/zxfr/xfr.key"
    night backup-zone.sh 5 "key xfr. has another secret there"
    serial_is example.com.zone 2026112203
}

@test "one zone without a script: the percent sign, and what it refuses" {
    prepare
    serve 2026112201
    night max-change 0
    serial_is example.com.zone 2026112201
    night max-change 0
    serve 2026112202 'new IN A 192.0.2.9' 'newer IN A 192.0.2.9' 'newest IN A 192.0.2.9'
    night max-change 9 max-change
    serial_is example.com.zone 2026112201
    box_kill server
    night max-change 3 "cannot connect"
    serial_is example.com.zone 2026112201
    # without the backslash cron would cut the command
    sed -i 's/\\%/%/' "$MACHINE/etc/cron.d/zxfr"
    box_in "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron max-change >"$T/status"
    [[ $(<"$T/status") == 2 ]]
}

@test "the file for cron: one line runs as it is, and the copies that are old are told" {
    prepare backup-zones.sh
    serve_fifty
    box_in "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron >"$T/status"
    [[ $(tr '\n' ' ' <"$T/status") == "0 0 " && ! -s $MACHINE/var/mail.cron ]]
    serial_is zones/zone000049.example.zone 7
    night find 0
    touch -d '3 days ago' "$MACHINE$D/zones/zone000007.example.zone"
    touch -d '3 days ago' "$MACHINE$D/zones/.old/zone000007.example.6.zone"
    box_in "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron find
    [[ $(<"$MACHINE/var/mail.cron") == "not confirmed since "*" 20"??*": $D/zones/zone000007.example.zone" ]]
    # each line has its words, and each script that it names is a recipe
    grep -q '^MAILTO=' "$MACHINE/etc/cron.d/zxfr"
    grep -q '^PATH=/usr/local/bin:' "$MACHINE/etc/cron.d/zxfr"
    grep -o '/etc/zxfr/[a-z-]*\.sh' "$RECIPES/zxfr.cron" | sed 's|.*/||' | sort >named
    (cd "$RECIPES" && printf '%s\n' backup-*.sh) | diff named -
}

# What zxfr-sync(1) says in "By cron", word for word, and a night after it.
@test "the manual page: what is typed to set it up" {
    ((EUID == 0)) || skip "another user needs root"
    machine 192.0.2.53
    mkdir -p "$MACHINE"/local/share/doc/zxfr "$MACHINE"/etc/{cron.d,pam.d} "$MACHINE/path/to" "$T/tools"
    cp -R "$RECIPES" "$MACHINE/local/share/doc/zxfr/examples"
    install -m 755 "$MANYZONES" "$BATS_TEST_DIRNAME/../tools/cron.py" "$T/tools"
    echo 'key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0"; };' >"$MACHINE/path/to/xfr.key"
    for name in su useradd; do
        printf '%s sufficient pam_permit.so\n' auth account session >"$MACHINE/etc/pam.d/$name"
    done
    sed -i '/^zxfr:/d' "$MACHINE/etc/passwd" "$MACHINE/etc/group"
    touch "$MACHINE/etc/shadow"
    echo 'USERGROUPS_ENAB yes' >"$MACHINE/etc/login.defs" # as Debian has it
    mkdir -p "$MACHINE/etc/zxfr.own"
    awk '/^\.Ss By cron/ { on = 1 } /^\.Ed/ { on = 0 } on' "$BATS_TEST_DIRNAME/../../man/zxfr-sync.1" |
        sed '1,/^\.Bd/d' >typed
    [[ $(wc -l <typed) == 7 ]]
    # who sets it up has zones of his own
    serve_fifty "$MACHINE/etc/zxfr.own"
    sed 's|^cp backup-zones.*|&; cp /etc/zxfr.own/zones.list /etc/zxfr|' typed >"$MACHINE/root/typed"
    box_in sh -ex /root/typed
    serial_is zones/zone000049.example.zone 7
    [[ $(box_in stat -c %U $D/zones/zone000049.example.zone /etc/zxfr/xfr.key | sort -u) == zxfr ]]
    change '3 8'
    chmod 1777 "$MACHINE/var"
    box_in setpriv --reuid zxfr --regid zxfr --clear-groups \
        "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron >"$T/status"
    [[ $(tr '\n' ' ' <"$T/status") == "0 0 " && ! -s $MACHINE/var/mail.cron ]]
    serial_is zones/zone000003.example.zone 8
}

@test "fifty zones: four nights" {
    prepare backup-zones.sh
    serve_fifty
    night backup-zones.sh 0
    [[ $(find "$MACHINE$D/zones" -maxdepth 1 -name '*.zone' | wc -l) == 50 ]]
    age_it
    night backup-zones.sh 0
    [[ $(old_files) == 0 && -z $(ls "$MACHINE$D/zones/.old") ]]
    change '3 8' '44 9'
    night backup-zones.sh 0
    serial_is zones/zone000003.example.zone 8
    serial_is zones/zone000044.example.zone 9
    serial_is zones/zone000004.example.zone 7
    [[ $(ls "$MACHINE$D/zones/.old") == $'zone000003.example.7.zone\nzone000044.example.7.zone' ]]
    [[ $(jq -r 'select(.event == "summary").by_state.updated' "$MACHINE$D/last-run.jsonl") == 2 ]]
    (cd "$MACHINE$D/zones" && md5sum ./*.zone) >sums
    box_kill server
    night backup-zones.sh 3 "192.0.2.53" "50 zones"
    (cd "$MACHINE$D/zones" && md5sum --quiet -c "$OLDPWD/sums")
    # one of them is gone from the server: the others are brought up to date
    serve_fifty
    echo gone.example >>"$MACHINE/etc/zxfr/zones.list"
    change '5 8'
    night backup-zones.sh 12 "gone.example"
    serial_is zones/zone000005.example.zone 8
}

# With a small list one zone is a large part of it.
@test "a zone leaves a list of four: no night fails, and nothing is told of it" {
    prepare backup-zones.sh backup-mail.sh
    mailer
    serve_fifty
    sed -i 4q "$MACHINE/etc/zxfr/zones.list"
    for recipe in backup-zones.sh backup-mail.sh; do
        rm -rf "$MACHINE$D/zones" "$MACHINE$D/retired"
        seq -f "zone%06g.example" 0 3 >"$MACHINE/etc/zxfr/zones.list"
        night $recipe 0
        sed -i 1d "$MACHINE/etc/zxfr/zones.list"
        night $recipe 0
        night $recipe 0
        [[ $(ls "$MACHINE$D/retired") == zone000000.example.zone ]]
        [[ $(find "$MACHINE$D/zones" -maxdepth 1 -name '*.zone' | wc -l) == 3 ]]
        touch -d '3 days ago' "$MACHINE$D/retired/zone000000.example.zone"
        night find 0
        box_in "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron find
        [[ ! -s $MACHINE/var/mail.cron ]]
        # most of a list are not moved
        echo zone000001.example >"$MACHINE/etc/zxfr/zones.list"
        night $recipe 9 "max-unlisted"
        [[ $(ls "$MACHINE$D/retired") == zone000000.example.zone ]]
        # a line that is bad: the others are brought up to date
        printf '%s\n' "zone000001.example --bogus" zone000002.example zone000003.example >"$MACHINE/etc/zxfr/zones.list"
        age_it
        night $recipe 12 "unknown option --bogus"
        [[ $(find "$MACHINE$D/zones" -maxdepth 1 -name '*.zone' -mtime -1 | wc -l) == 2 ]]
    done
}

GIT() { git -c safe.directory='*' -C "$MACHINE$D/git" "$@"; }
commits() { GIT rev-list --count HEAD 2>/dev/null; }

@test "git: four nights, and a commit only where something has changed" {
    prepare backup-git.sh
    serve_fifty
    night backup-git.sh 0
    [[ $(commits) == 1 && $(GIT ls-files | wc -l) == 50 && -z $(GIT status --porcelain) ]]
    GIT log -1 --format=%B >message
    grep -qx 'zone000003.example - 7 .*' message
    [[ $(head -n 1 message) == "Zones of "20??-??-?? ]]
    [[ $(GIT log -1 --format=%ce) == hostmaster@example.com ]]
    night backup-git.sh 0
    [[ $(commits) == 1 ]]
    change '3 8' '44 9'
    night backup-git.sh 0
    [[ $(commits) == 2 && $(GIT show --format= --name-only | wc -l) == 2 ]]
    GIT show HEAD:zone000044.example.zone | cmp - "$MACHINE$D/git/zone000044.example.zone"
    GIT log -1 --format=%b | grep -qx 'zone000044.example 7 9 .*'
    box_kill server
    night backup-git.sh 3 "192.0.2.53" "50 zones"
    [[ $(commits) == 2 && -z $(GIT status --porcelain) ]]
    GIT fsck --strict
}

@test "git: a first night without a server, and what was killed or stopped between" {
    prepare backup-git.sh
    seq -f "zone%06g.example" 0 49 >"$MACHINE/etc/zxfr/zones.list"
    night backup-git.sh 3 "50 zones"
    refute commits
    # half of the zones cannot be had: those that can are in the first commit
    serve_fifty
    seq -f "other%06g.example" 0 9 >>"$MACHINE/etc/zxfr/zones.list"
    night backup-git.sh 12 "10 zones"
    [[ $(commits) == 1 && $(GIT ls-files | wc -l) == 50 ]]
    sed -i /other/d "$MACHINE/etc/zxfr/zones.list"
    # the files are new and the commit is missing, a lock is left: as after a loss of power
    change '3 8'
    printf '#!/bin/sh\n[ "$1" != add ] || { kill -KILL $PPID; exit; }\nexec /usr/bin/git "$@"\n' >"$MACHINE/local/bin/git"
    chmod +x "$MACHINE/local/bin/git"
    box_in "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron backup-git.sh
    rm "$MACHINE/local/bin/git"
    serial_is git/zone000003.example.zone 8
    touch "$MACHINE$D/git/.git/index.lock" "$MACHINE$D/git/.zone000004.example.zone.zxfr"
    [[ $(commits) == 1 ]]
    night backup-git.sh 0
    [[ $(commits) == 2 && $(GIT show --format= --name-only) == zone000003.example.zone ]]
    # another run is at work
    box_start other flock --no-fork $D/git.lock sleep 60
    eventually box_in sh -c "! flock -n $D/git.lock true"
    box_in "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron backup-git.sh >"$T/status"
    [[ $(<"$T/status") == 8 ]]
    grep -q 'another run is at work' "$MACHINE/var/mail.cron"
    # a zone that has left the list leaves the folder, with a commit
    box_kill other
    sed -i 1d "$MACHINE/etc/zxfr/zones.list"
    night backup-git.sh 0
    [[ $(commits) == 3 && $(GIT ls-files | wc -l) == 49 && -z $(GIT status --porcelain) ]]
    [[ $(ls "$MACHINE$D/retired") == zone000000.example.zone ]]
    GIT show HEAD~1:zone000000.example.zone | cmp - "$MACHINE$D/retired/zone000000.example.zone"
}

# A full disk, most often: what there is of the repository then is no reason to fail for ever, or to take the
# one around it.
@test "git: a repository whose making fails half-way, and one around it" {
    prepare backup-git.sh
    serve_fifty
    outer() { git -c safe.directory='*' -C "$MACHINE$D" "$@"; }
    outer init --quiet
    cat >"$MACHINE/local/bin/git" <<'SH'
#!/bin/sh
case $1 in
init) mkdir -p .git/objects/pack && : >.git/HEAD && : >.git/config.lock && exit 128 ;;
config) exit 4 ;;
esac
exec /usr/bin/git "$@"
SH
    chmod +x "$MACHINE/local/bin/git"
    fails() {
        box_in "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron backup-git.sh >"$T/status"
        [[ $(<"$T/status") == 13 && ! -e $MACHINE$D/git/zone000003.example.zone ]]
    }
    fails
    fails
    sed -i '/^init/d' "$MACHINE/local/bin/git"
    fails
    rm "$MACHINE/local/bin/git"
    night backup-git.sh 0
    [[ $(commits) == 1 && $(GIT ls-files | wc -l) == 50 && -z $(GIT status --porcelain) ]]
    [[ $(GIT config core.fsync) == committed ]]
    GIT fsck --strict
    # one that is there, but not as it should be: the one around it gets nothing, and no commit is lost
    : >"$MACHINE$D/git/.git/HEAD"
    change '3 8'
    box_in "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron backup-git.sh >"$T/status"
    [[ $(<"$T/status") == 13 ]]
    echo "ref: refs/heads/master" >"$MACHINE$D/git/.git/HEAD"
    rm "$MACHINE$D/git/.git/made" # as one of an older recipe
    night backup-git.sh 0
    [[ $(commits) == 2 ]]
    [[ -z $(outer rev-list --all) && -z $(outer ls-files) ]]
}

# sendmail as a mail server has it, and how often it was called.
mailer() {
    cat >"$MACHINE/local/bin/sendmail" <<'SH'
#!/bin/sh
[ "$*" = "-oi -t" ] || exit 64
[ ! -e /var/mailer.down ] || exit 75
cat >"/var/sent.$(find /var -name 'sent.*' | wc -l)"
SH
    chmod +x "$MACHINE/local/bin/sendmail"
}
sent() { find "$MACHINE/var" -name 'sent.*' | wc -l; }

@test "mail: four nights, and one only where something has changed" {
    prepare backup-mail.sh
    mailer
    serve_fifty
    night backup-mail.sh 0
    [[ $(sent) == 1 ]]
    sed '/^$/q' "$MACHINE/var/sent.0" >begins
    diff <(sed 's/20..-..-../DAY/' begins) - <<'TEXT'
To: hostmaster@example.com
Subject: zones that have changed, DAY

TEXT
    [[ $(grep -c '^zone0000...example - 7 ' "$MACHINE/var/sent.0") == 50 ]]
    night backup-mail.sh 0
    [[ $(sent) == 1 ]]
    change '3 8' '44 9'
    night backup-mail.sh 0
    [[ $(sent) == 2 ]]
    grep -qx 'zone000003.example 7 8 .*' "$MACHINE/var/sent.1"
    grep -q '^-zone000044.example.*SOA.* 7 ' "$MACHINE/var/sent.1"
    grep -q '^+zone000044.example.*SOA.* 9 ' "$MACHINE/var/sent.1"
    [[ -z $(find "$MACHINE$D/changes" -type f) ]]
    (cd "$MACHINE$D/zones" && md5sum ./*.zone) >sums
    box_kill server
    night backup-mail.sh 3 "50 zones"
    [[ $(sent) == 2 ]]
    (cd "$MACHINE$D/zones" && md5sum --quiet -c "$OLDPWD/sums")
}

@test "mail: what could not be sent is sent the next night, with the news of that one" {
    prepare backup-mail.sh
    mailer
    serve_fifty
    night backup-mail.sh 0
    touch "$MACHINE/var/mailer.down"
    change '3 8'
    box_in "$T/tools/cron.py" /etc/cron.d/zxfr /var/mail.cron backup-mail.sh >"$T/status"
    [[ $(<"$T/status") == 13 ]]
    grep -q 'could not be sent' "$MACHINE/var/mail.cron"
    serial_is zones/zone000003.example.zone 8
    rm "$MACHINE/var/mailer.down"
    change '4 8'
    night backup-mail.sh 0
    [[ $(sent) == 2 ]]
    for i in 3 4; do grep -qx "zone00000$i.example 7 8 .*" "$MACHINE/var/sent.1"; done
    [[ $(awk '{ print length }' "$MACHINE/var/sent.1" | sort -n | tail -n 1) -le 998 ]]
    night backup-mail.sh 0
    [[ $(sent) == 2 ]]
}

@test "the user and the folders: what systemd makes of them" {
    machine
    mkdir -p "$MACHINE"/etc/{sysusers.d,tmpfiles.d}
    cp "$RECIPES/zxfr.sysusers" "$MACHINE/etc/sysusers.d/zxfr.conf"
    cp "$RECIPES/zxfr.tmpfiles" "$MACHINE/etc/tmpfiles.d/zxfr.conf"
    box_in systemd-sysusers /etc/sysusers.d/zxfr.conf
    grep -q '^zxfr:.*:/var/lib/zxfr:' "$MACHINE/etc/passwd"
    ((EUID == 0)) || skip "a folder of another user needs root"
    box_in systemd-tmpfiles --create /etc/tmpfiles.d/zxfr.conf
    [[ $(box_in stat -c '%a %U %G' /var/lib/prometheus/node-exporter) == "775 root zxfr" ]]
}
