#!/usr/bin/env bats
# The recipes of zxfr-watch(1), played: the service by systemd-analyze and as a process, its report
# by logrotate, alerts by promtool, what other servers have for NOTIFY by their own checkers, the
# messages by dig and ldns-notify, the repository by git. A recipe is a file of man/recipe/, or a block of
# the manual page, found by its first line, a comment.

load helper
load recipes

PAGE=$BATS_TEST_DIRNAME/../../man/zxfr-watch.1
UNIT=$RECIPES/zxfr-watch.service

# A number that the page tells of systemd-analyze security is at least that of the unit in FILE.
exposure_is() { # FILE NUMBER
    systemd-analyze security --offline=true --no-pager "$1" >said 2>told || { cat told && return 1; }
    grep -qF "with these $2" "$PAGE" || grep -qF "the service $2 of 10 (less" "$PAGE" || return
    awk -v most="$2" '/Overall exposure level/ { for (i = 1; i <= NF; i++) if ($i ~ /^[0-9.]+$/) n = $i }
        END { print n; exit !(n > 0 && n <= most) }' said
}

# On a machine where it is at its place.
@test "the unit: systemd finds nothing to say, and little exposed" {
    machine
    mkdir -p "$MACHINE/etc/systemd/system"
    cd "$MACHINE/etc/systemd/system"
    cp "$UNIT" zxfr-watch.service
    recipe 'in place of CapabilityBoundingSet=' | sed 1d >low
    [[ $(wc -l <low) == 2 ]]
    sed -e '/^CapabilityBoundingSet=$/ { r low' -e 'd; }' "$UNIT" >zxfr-watch53.service
    grep -q CAP_NET_BIND_SERVICE zxfr-watch53.service
    verify() { box_in env SYSTEMD_LOG_LEVEL=info systemd-analyze verify --man=no "${@/#//etc/systemd/system/}"; }
    verify zxfr-watch.service zxfr-watch53.service >said 2>&1 || { cat said && return 1; }
    refute grep zxfr-watch said
    # what the page has for later versions
    if (($(systemd-analyze --version | awk 'NR == 1 { print $2 + 0 }') >= 253)); then
        sed '/^ExecReload=/d; s/^Type=notify$/Type=notify-reload/' "$UNIT" >zxfr-watch-later.service
        verify zxfr-watch-later.service >said 2>&1 || { cat said && return 1; }
        refute grep zxfr-watch said
    fi
    exposure_is zxfr-watch.service 1.6
    exposure_is zxfr-watch53.service 1.8
    sed 's/^WatchdogSec/WatchdogSecs/; s/^CapabilityBoundingSet=.*//' zxfr-watch.service >bad.service
    verify bad.service >said 2>&1 || true
    grep -q WatchdogSecs said
    refute exposure_is bad.service 1.6
}

free_port() { FREE=$("$BATS_TEST_DIRNAME/../tools/ports.py"); }

# What the service finds, and five zones; sets WORDS, METRICS, REPORT, LIST, FREE.
service_prepare() {
    local folder i
    manyzones_start --zones 9 --serial 7 --key hmac-sha256:xfr:c2VjcmV0
    free_port
    service_words zxfr-watch.service | sed "s/^192.0.2.5#5300$/127.0.0.1#$FREE/" >words
    mapfile -t WORDS <words
    [[ ${WORDS[0]} == zxfr && ${WORDS[1]} == watch ]] || return
    METRICS=$T/root/var/lib/prometheus/node-exporter/zxfr.prom
    REPORT=$T/root/var/log/zxfr/watch.jsonl
    LIST=$T/root/etc/zxfr/zones.list
    mkdir -p "$T"/root/{etc/zxfr,credentials,var/lib/prometheus/node-exporter}
    sed -n 's/^StateDirectory=//p' "$UNIT" | xargs -n 1 >state
    while read -r folder; do mkdir -p "$T/root/var/lib/$folder"; done <state
    sed -n 's/^LogsDirectory=//p' "$UNIT" | xargs -n 1 >state
    while read -r folder; do mkdir -p "$T/root/var/log/$folder"; done <state
    echo hmac-sha256:xfr:c2VjcmV0 >"$T/root/credentials/xfr.key"
    chmod 400 "$T/root/credentials/xfr.key"
    for i in 0 1 2 3 4; do echo "zone00000$i.example $S"; done >"$LIST"
}

zones_are() { [[ $(find "$T/root/var/lib/zxfr/zones" -maxdepth 1 -name "*.zone" | wc -l) == "$1" ]]; }
answers() { dig +noall +comments +time=1 +tries=1 @127.0.0.1 -p "$FREE" . SOA | grep -q REFUSED; }
is_served() { "$ZXFR" -k "$T/root/credentials/xfr.key" "$1" "$S" --sort | cmp - "$2"; }
lines_of() { jq -r "select(.event == \"zone\" and .zone == \"$1.\") | .state" "${2:-$REPORT}"; }
has_line() { [[ $(lines_of "$@" | tail -n 1) == updated ]]; }

@test "the service: a first round, NOTIFY, a reload, the end" {
    service_prepare
    zx_start "${WORDS[@]:1}"
    eventually zones_are 5
    eventually answers
    manyzones_change '3 8'
    dig +noall +comments +opcode=notify +norecurse @127.0.0.1 -p "$FREE" zone000003.example SOA |
        grep -q NOERROR
    eventually has_line zone000003.example
    out_has 'zone000003.example 7 8 added'
    echo "zone000005.example $S" >>"$LIST"
    kill -HUP "$ZX_PID"
    eventually zones_are 6
    echo "zone000006.example --bogus" >>"$LIST"
    kill -HUP "$ZX_PID"
    eventually err_has "zones.list:7: unknown option --bogus"
    kill -TERM "$ZX_PID"
    zx_wait
    is 0
    clean_metrics "$METRICS"
    [[ $(metric "$METRICS" zxfr_zones_configured) == 6 ]]
    [[ $(metric "$METRICS" zxfr_list_invalid_lines) == 1 ]]
    [[ $(metric "$METRICS" 'zxfr_zone_serial{zone="zone000003.example"}') == 8 ]]
    [[ $(metric "$METRICS" 'zxfr_notifies_total{result="accepted"}') == 1 ]]
    [[ $(ls "$T/root/var/lib/zxfr/zones/.old") == zone000003.example.7.zone ]]
    [[ $(jq -r 'select(.event == "summary").zones' "$REPORT") == 6 ]]
}

@test "the service does nothing that the unit forbids" {
    need_strace
    [[ ${SANITIZED:-} != yes ]] || skip "a sanitizer has system calls of its own"
    service_prepare
    NOTIFY_SOCKET=$T/manager strace -f -qq -o trace "$ZXFR" "${WORDS[@]:1}" >"$T/out" 2>"$T/err" \
        </dev/null 3>&- &
    PIDS+=($!)
    eventually zones_are 5
    manyzones_change '3 8'
    eventually answers
    dig +noall +tcp +opcode=notify +norecurse @127.0.0.1 -p "$FREE" zone000003.example SOA
    eventually has_line zone000003.example
    echo "zone000005.example $S" >>"$LIST"
    zxfr=$(pgrep -P "${PIDS[-1]}")
    kill -HUP "$zxfr"
    eventually zones_are 6
    kill -TERM "$zxfr"
    wait "${PIDS[-1]}"
    cp "$UNIT" unit
    forbids_nothing unit trace
}

@test "the report: logrotate, and no line is lost" {
    service_prepare
    zx_start "${WORDS[@]:1}"
    eventually zones_are 5
    mkdir bin
    printf '#!/bin/sh\ntest "$*" = "reload zxfr-watch" && kill -HUP %s\n' "$ZX_PID" >bin/systemctl
    chmod +x bin/systemctl
    sed "s|^/var|$T/root/var|; s|su zxfr zxfr|su $(id -un) $(id -gn)|" "$RECIPES/zxfr-watch.logrotate" >rotate.conf
    chmod 644 rotate.conf
    grep -q "^$REPORT {" rotate.conf
    for round in 1 2; do
        eventually answers
        PATH=$PWD/bin:$PATH logrotate -f -s "$T/rotated" rotate.conf
        eventually test -e "$REPORT"
        manyzones_change "3 $((7 + round))"
        dig +noall +opcode=notify +norecurse @127.0.0.1 -p "$FREE" zone000003.example SOA
        eventually has_line zone000003.example
        [[ $(lines_of zone000003.example | wc -l) == 1 ]]
    done
    [[ $(lines_of zone000003.example "$REPORT.1") == updated ]]
    [[ $(gzip -dc "$REPORT.2.gz" | jq -r 'select(.event == "zone").state' | sort | uniq -c) == *5\ new ]]
}

# A rule must fire where it should, and none may where all is well.
@test "the alerts: promtool takes them, and each fires where it should" {
    cp "$RECIPES/zxfr-watch.rules.yml" rules.yml
    promtool check rules rules.yml
    cp "$BATS_TEST_DIRNAME/recipes-watch-alerts.yml" alerts.yml
    promtool test rules alerts.yml
    sed -n 's/^ *- alert: //p' rules.yml | sort >named
    sed -n 's/^ *alertname: //p' alerts.yml | sort -u | diff named -
    sed -n '/^ *exp_alerts:/,/^ *- eval_time/p' alerts.yml >fires
    [[ $(grep -c 'exp_labels' fires) -ge $(wc -l <named) ]]
}

@test "the page names every metric that watch has beside those of sync, and no other" {
    service_prepare
    zx_start "${WORDS[@]:1}"
    eventually zones_are 5
    kill -TERM "$ZX_PID"
    zx_wait
    is 0
    grep -oE '\bzxfr_[a-z_]*[a-z]\b' "$BATS_TEST_DIRNAME/../../man/zxfr-sync.1" | sort -u >of_sync
    sed -n 's/^# TYPE \([a-z_]*\) [a-z]*$/\1/p' "$METRICS" | sort | comm -23 - of_sync >new
    [[ $(wc -l <new) -ge 7 ]]
    sed -n 's/^\.It Li \(zxfr_[a-z_]*\)$/\1/p' "$PAGE" | sort | diff new -
    grep -ohE '\bzxfr_[a-z_]*[a-z]\b' "$PAGE" "$RECIPES/zxfr-watch.rules.yml" | sort -u | comm -23 - <(sort -u new of_sync) >unknown
    [[ ! -s unknown ]] || { cat unknown && return 1; }
}

@test "how servers notify: each takes what the page has for it" {
    {
        echo 'key xfr { algorithm hmac-sha256; secret "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0"; };'
        recipe named.conf
    } >named.conf
    named-checkconf named.conf
    sed 's/port 5300/ports 5300/' named.conf >bad.conf
    refute named-checkconf bad.conf
    {
        printf 'key:\n  - id: xfr\n    algorithm: hmac-sha256\n    secret: c2VjcmV0\n'
        recipe knot.conf
    } >knot.conf
    knotc -c knot.conf conf-check
    sed 's/notify: zxfr/notify: zxfrs/' knot.conf >bad.conf
    refute knotc -c bad.conf conf-check
    {
        printf 'key:\n    name: xfr\n    algorithm: hmac-sha256\n    secret: "c2VjcmV0"\n'
        recipe nsd.conf
    } >nsd.conf
    nsd-checkconf nsd.conf
    sed 's/5300 xfr/5300 xfrs/' nsd.conf >bad.conf
    refute nsd-checkconf bad.conf
    recipe pdns.conf >pdns.conf
    pdns_server --config-dir=. --launch= --config=check
}

@test "by hand: dig and ldns-notify, with and without a key" {
    service_prepare
    zx_start "${WORDS[@]:1}"
    eventually zones_are 5
    cat >xfr.key <<'KEY'
key "xfr" { algorithm hmac-sha256; secret "c2VjcmV0"; };
KEY
    awk '/^\.Ss By hand/ { on = 1 } /^\.Sh/ { on = 0 } on' "$PAGE" |
        awk '/^\.Bd/ { on = 1; next } /^\.Ed/ { on = 0 } on' >commands
    sed -e ':more' -e '/\\e$/N; s/\\e\n *//; t more' -i commands # one a line
    [[ $(grep -c '^dig\|^ldns-notify' commands) == "$(wc -l <commands)" && $(wc -l <commands) == 3 ]]
    sed -i "s/5300/$FREE/; s/192.0.2.5/127.0.0.1/; s/example.com/zone000001.example/" commands
    while read -r line; do
        eventually answers
        sh -c "$line" >said 2>&1 </dev/null || { cat said && return 1; }
        grep 'NOTIFY.*NOERROR' said || { cat said && return 1; }
        [[ $line != *xfr.key* ]] || grep -q 'TSIG' said
    done <commands
    sed 's/^dig/& -b 127.0.0.2/' commands >strange # nothing is asked of that address
    sh -c "$(sed -n 1p strange)" | grep 'NOTIFY.*REFUSED'
    grep -c xfr.key strange | grep -qx 1
    sh -c "$(sed -n 2p strange)" | grep 'NOTIFY.*NOERROR'
    sh -c "$(sed -n 2p strange | sed 's/zone000001/zone000008/')" | grep 'NOTIFY.*NOTAUTH'
}

# ---- The repository ----------------------------------------------------------------------------

GIT() { git -C "$T/root/var/lib/zxfr/git" "$@"; }
commits() { GIT rev-list --count HEAD 2>/dev/null; }
commits_are() { [[ $(commits) == "$1" ]]; }
in_git() { GIT show "HEAD:zone00000$1.example.zone" | cmp - "$T/root/var/lib/zxfr/zones/zone00000$1.example.zone"; }

repository_start() {
    mkdir bin
    sed "s|=/var/lib|=$T/root/var/lib|" "$RECIPES/commit.sh" >"$T/root/etc/zxfr/commit.sh"
    chmod +x "$T/root/etc/zxfr/commit.sh"
    watch_git
    eventually commits_are 5
}

watch_git() {
    PATH=$PWD/bin:$PATH zx_start "${WORDS[@]:1}" --exec "$T/root/etc/zxfr/commit.sh"
    eventually answers
}

tell() { dig +noall +opcode=notify +norecurse @127.0.0.1 -p "$FREE" "zone00000$1.example" SOA; }

@test "the repository: a commit for each change, of the file that has changed alone" {
    service_prepare
    repository_start
    manyzones_change '3 8' '1 9'
    tell 3
    tell 1
    eventually commits_are 7
    GIT log -2 --format=%s | sort >said
    diff said <(printf 'zone000001.example 7 9\nzone000003.example 7 8\n')
    for commit in HEAD HEAD~1; do
        [[ $(GIT show --format= --name-only "$commit" | wc -l) == 1 ]]
    done
    for i in 0 1 2 3 4; do in_git $i; done
    # what a git that was killed has left
    touch "$T/root/var/lib/zxfr/git/.git/index.lock" "$T/root/var/lib/zxfr/git/.git/refs/heads/x.lock"
    manyzones_change '2 8'
    tell 2
    eventually commits_are 8
    in_git 2
    [[ -z $(GIT status --porcelain) ]]
}

@test "the repository: one whose making has failed half-way, inside another one" {
    mkdir -p out/git/.git/objects
    git init --quiet out
    : >out/git/.git/HEAD
    : >out/git/.git/config.lock
    echo one >example.com.zone
    sed "s|=/var/lib/zxfr/git|=$PWD/out/git|" "$RECIPES/commit.sh" >commit.sh
    ZXFR_FILE=$PWD/example.com.zone ZXFR_NAME=example.com ZXFR_SERIAL=7 sh commit.sh
    [[ $(git -C out/git log --format=%s) == "example.com - 7" ]]
    [[ $(git -C out/git rev-parse --show-toplevel) == "$PWD/out/git" ]]
    [[ -z $(git -C out rev-list --all) ]]
    # not taken for one that is half-made
    : >out/git/.git/HEAD
    echo two >example.com.zone
    export ZXFR_FILE=$PWD/example.com.zone ZXFR_NAME=example.com ZXFR_SERIAL=8
    refute sh commit.sh
    [[ -z $(git -C out rev-list --all) && -z $(git -C out ls-files) ]]
}

# Killed between its steps, with the command: before the copy, the add, the commit.
@test "the repository: nothing is missed over a crash" {
    service_prepare
    repository_start
    serial=7 count=5
    for step in cp add commit; do
        cat >bin/git <<SH
#!/bin/sh
case " \$* " in *" $step "*) touch $T/hangs; while :; do sleep 1; done ;; esac
exec $(command -v git) "\$@"
SH
        cat >bin/cp <<SH
#!/bin/sh
[ cp != $step ] || { touch $T/hangs; while :; do sleep 1; done; }
exec $(command -v cp) "\$@"
SH
        chmod +x bin/git bin/cp
        serial=$((serial + 1)) count=$((count + 1))
        manyzones_change "4 $serial"
        tell 4
        eventually test -e "$T/hangs"
        command=$(pgrep -P "$ZX_PID")
        kill -KILL "$ZX_PID"
        zx_wait
        kill -KILL -- "-$command"
        rm -rf bin/git bin/cp "$T/hangs"
        commits_are $((count - 1))
        watch_git
        eventually commits_are $count
        [[ $(GIT log -1 --format=%s) == "zone000004.example $((serial - 1)) $serial" ]]
        in_git 4
        [[ -z $(GIT status --porcelain) ]]
    done
}
