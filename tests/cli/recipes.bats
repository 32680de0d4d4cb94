#!/usr/bin/env bats
# The recipes for a nightly run, and what zxfr-sync(1) has, played: units by systemd-analyze, alerts by
# promtool, the job of Kubernetes as YAML, commands against a server of many zones. recipes-cron.bats has
# those for cron.

load helper
load recipes

PAGE=$BATS_TEST_DIRNAME/../../man/zxfr-sync.1
FORMATS=$BATS_TEST_DIRNAME/../../man/zxfr.5

# On a machine where they are at their places.
@test "the units: systemd finds nothing to say" {
    machine
    mkdir -p "$MACHINE/etc/systemd/system"
    cp "$RECIPES"/zxfr-{sync.service,sync.timer,mail@.service} "$MACHINE/etc/systemd/system"
    verify() { box_in env SYSTEMD_LOG_LEVEL=info systemd-analyze verify --man=no "${@/#//etc/systemd/system/}"; }
    verify zxfr-sync.service zxfr-sync.timer zxfr-mail@.service zxfr-mail@zxfr-sync.service >said 2>&1 ||
        { cat said && return 1; }
    refute grep zxfr- said
    grep -qxF 'OnFailure=zxfr-mail@%N.service' "$RECIPES/zxfr-sync.service"
    cd "$MACHINE/etc/systemd/system"
    sed 's/^TimeoutStartSec/TimeoutStartSecs/' zxfr-sync.service >zxfr-bad.service
    sed 's/^ExecStart=zxfr/ExecStart=zxfrs/' zxfr-sync.service >zxfr-none.service
    verify zxfr-bad.service zxfr-none.service >said 2>&1 || true
    grep -q TimeoutStartSecs said
    grep -q 'zxfrs is not executable' said
    systemd-analyze calendar --iterations=2 "$(sed -n 's/^OnCalendar=//p' zxfr-sync.timer)"
}

# What the service finds, and five zones to sync; sets WORDS, METRICS.
service_start() {
    local folder i
    manyzones_start --zones 5 --serial 7 --key hmac-sha256:xfr:c2VjcmV0
    service_words zxfr-sync.service >words
    mapfile -t WORDS <words
    [[ ${WORDS[0]} == zxfr && ${WORDS[1]} == sync ]] || return
    METRICS=$T/root/var/lib/prometheus/node-exporter/zxfr.prom
    mkdir -p "$T"/root/{etc/zxfr,credentials,var/lib/prometheus/node-exporter}
    sed -n 's/^StateDirectory=//p' "$RECIPES/zxfr-sync.service" | xargs -n 1 >state
    while read -r folder; do mkdir -p "$T/root/var/lib/$folder"; done <state
    echo hmac-sha256:xfr:c2VjcmV0 >"$T/root/credentials/xfr.key"
    chmod 400 "$T/root/credentials/xfr.key"
    for i in 0 1 2 3 4; do echo "zone00000$i.example $S"; done >"$T/root/etc/zxfr/zones.list"
}

@test "the service: a first run, a second, a change, a bad line, a dead server" {
    service_start
    zx "${WORDS[@]:1}"
    is 0
    out_empty
    err_empty
    [[ $(find "$T/root/var/lib/zxfr/zones" -name '*.zone' | wc -l) == 5 ]]
    clean_metrics "$METRICS"
    [[ $(metric "$METRICS" zxfr_zones_configured) == 5 ]]
    [[ $(metric "$METRICS" zxfr_run_exit_status) == 0 ]]
    zx "${WORDS[@]:1}"
    is 0
    out_empty
    err_empty
    [[ -z $(ls "$T/root/var/lib/zxfr/zones/.old") ]]
    manyzones_change '3 8'
    zx "${WORDS[@]:1}"
    is 0
    err_empty
    [[ $(metric "$METRICS" 'zxfr_zone_serial{zone="zone000003.example"}') == 8 ]]
    [[ $(ls "$T/root/var/lib/zxfr/zones/.old") == zone000003.example.7.zone ]]
    [[ $(jq -r 'select(.event == "summary").result' "$T/root/var/lib/zxfr/last-run.jsonl") == ok ]]
    echo "zone000009.example --bogus" >>"$T/root/etc/zxfr/zones.list"
    zx "${WORDS[@]:1}"
    is 12
    err_has "zones.list:6: unknown option --bogus"
    clean_metrics "$METRICS"
    [[ $(metric "$METRICS" zxfr_run_exit_status) == 12 ]]
    [[ $(metric "$METRICS" zxfr_list_invalid_lines) == 1 ]]
    sed -i '$d' "$T/root/etc/zxfr/zones.list"
    (cd "$T/root/var/lib/zxfr/zones" && md5sum ./*.zone) >sums
    kill "$MANYZONES_PID"
    wait "$MANYZONES_PID" || true
    zx "${WORDS[@]:1}"
    is 3
    err_has "cannot connect" "5 zones"
    (cd "$T/root/var/lib/zxfr/zones" && md5sum --quiet -c "$OLDPWD/sums")
    clean_metrics "$METRICS"
    [[ $(metric "$METRICS" zxfr_run_exit_status) == 3 ]]
    [[ $(metric "$METRICS" 'zxfr_zone_serial{zone="zone000003.example"}') == 8 ]]
}

# As systemd reads the line: words, percent and dollar signs.
@test "the mail: what the failed run has said" {
    service_start
    echo "zone000009.example @127.0.0.1#1" >>"$T/root/etc/zxfr/zones.list"
    zx "${WORDS[@]:1}"
    is 12
    cp "$T/err" said
    mkdir bin
    cat >bin/journalctl <<'SH'
#!/bin/sh
for word; do case $word in --*) ;; *) printf '%s ' "$word" >>asked ;; esac; done
cat said
SH
    printf '#!/bin/sh\n[ "$*" = "-oi -t" ] && cat >mail\n' >bin/sendmail
    chmod +x bin/*
    /usr/bin/python3 -c '
import re, shlex, sys
text = sys.stdin.read().replace("\\\n", " ")
words = shlex.split(re.search("^ExecStart=(.*)$", text, re.M)[1])
assert words[:2] == ["/bin/sh", "-c"] and len(words) == 3, words
values = {"%i": "zxfr-sync", "%H": "host.example", "%%": "%", "$$": "$"}
print(re.sub(r"%.|\$.", lambda at: values[at[0]], words[2]))' <"$RECIPES/zxfr-mail@.service" >script
    PATH=$PWD/bin:$PATH MONITOR_INVOCATION_ID=abc sh -c "$(<script)"
    diff mail - <<MAIL
To: hostmaster@example.com
Subject: zxfr-sync has failed on host.example

$(<said)
MAIL
    grep -q 'zone000009.example: 127.0.0.1#1: cannot connect' mail
    [[ $(<asked) == "_SYSTEMD_INVOCATION_ID=abc + INVOCATION_ID=abc " ]]
    # The real one understands that; there is no journal.
    mkdir journal
    sed 's/journalctl/& --directory=journal/; s/| sendmail.*//' script >only
    MONITOR_INVOCATION_ID=abc sh -c "$(<only)" >told 2>&1
    [[ $(wc -l <told) -le 4 ]] || { cat told && return 1; } # the head, and that there are no files
    refute grep -i 'unrecognized\|invalid\|usage' told
}

@test "the service: a run does nothing that the unit forbids" {
    need_strace
    [[ ${SANITIZED:-} != yes ]] || skip "a sanitizer has system calls of its own"
    service_start
    for i in first second; do
        strace -f -qq -o "trace.$i" "$ZXFR" "${WORDS[@]:1}" >out 2>err </dev/null || { cat err && return 1; }
        manyzones_change '3 8'
    done
    cp "$RECIPES/zxfr-sync.service" unit
    cat trace.first trace.second >trace
    grep -q landlock_restrict_self trace
    forbids_nothing unit trace
}

@test "the lists: every line is one" {
    closed_port
    sed "s/@192.0.2.53/@127.0.0.1#$CLOSED/" "$RECIPES/zones.list" >list
    zx sync --list list -d .
    is 3
    mkdir keys
    echo hmac-sha256:xfr:c2VjcmV0 >keys/customer.key
    chmod 600 keys/customer.key
    {
        PAGE=$FORMATS recipe 'zones of our own; the server of the command line'
        grep '^group=customers' "$FORMATS"
    } | sed "s/@[a-z0-9.]*/@127.0.0.1#$CLOSED/" >list
    [[ $(wc -l <list) == 9 ]]
    zx sync --list list -d . "@127.0.0.1#$CLOSED"
    is 3
    err_has "5 zones"
}

# What one does is what the other does; the unit has its list, its key and the metrics elsewhere.
@test "the service and backup-zones.sh have the same options" {
    words() { sed 's/\\$//' "$1" | grep -oE -- ' --[a-z-]+( (skip|[0-9]+|zonemd,dnssec|@NS=0))?' | sort; }
    sed -n '/^exec/,$p' "$RECIPES/backup-zones.sh" >script
    sed -n '/^ExecStart/,/[^\\]$/p' "$RECIPES/zxfr-sync.service" >unit
    [[ $(words script | wc -l) -ge 12 ]]
    diff <(words script) <(words unit | grep -v -- --metrics)
    [[ $(sed -n 's/^UMask=0*//p' "$RECIPES/zxfr-sync.service") == $(sed -n 's/^umask 0*//p' "$RECIPES/backup-zones.sh") ]]
}

# A rule must fire where it should, and none may where all is well.
@test "the alerts: promtool takes them, and each fires where it should" {
    cp "$RECIPES/zxfr-sync.rules.yml" rules.yml
    promtool check rules rules.yml
    cp "$BATS_TEST_DIRNAME/recipes-alerts.yml" alerts.yml
    promtool test rules alerts.yml
    # every one is tried
    sed -n 's/^ *- alert: //p' rules.yml | sort >named
    sed -n 's/^ *alertname: //p' alerts.yml | sort -u | diff named -
}

@test "the pages name every metric and every member of the summary, and no other metric" {
    manyzones_start --zones 1
    zx sync zone000000.example "$S" --metrics m.prom --report r.jsonl
    is 0
    grep -oh 'zxfr_[a-z_]*' "$PAGE" | sort -u >named
    grep -o 'zxfr_[a-z_]*' "$RECIPES/zxfr-sync.rules.yml" | sort -u | comm -23 - named >unknown
    [[ ! -s unknown ]] || { cat unknown && return 1; }
    sed -n 's/^# TYPE \([a-z_]*\) gauge$/\1/p' m.prom | sort | diff named -
    awk '/^\.Ss Of many/ { on = 1 } /^\.Sh RECORDINGS/ { on = 0 } on' "$FORMATS" |
        grep -oE '[a-z_]+' | sort -u >words
    jq -r 'select(.event == "summary") | keys[]' r.jsonl | sort -u >tops
    [[ $(wc -l <tops) -ge 18 ]]
    comm -23 tops words >missing
    [[ ! -s missing ]] || { cat missing && return 1; }
    jq -r 'select(.event == "summary").servers[0] | keys[]' r.jsonl | sort -u | comm -23 - words >missing
    [[ ! -s missing ]] || { cat missing && return 1; }
}

@test "the job of Kubernetes: YAML, and its parts are all zones" {
    manyzones_start --zones 40 --serial 7 --key hmac-sha256:xfr:c2VjcmV0
    cp "$RECIPES/zxfr-cronjob.yaml" job.yaml
    /usr/bin/python3 - job.yaml "$T/pod" >script <<'PY'
import re, sys, yaml
job = yaml.safe_load(open(sys.argv[1], encoding="utf-8"))
assert job["apiVersion"] == "batch/v1" and job["kind"] == "CronJob", job
spec = job["spec"]["jobTemplate"]["spec"]
assert spec["completionMode"] == "Indexed" and "backoffLimit" not in spec
pod = spec["template"]["spec"]
container, = pod["containers"]
mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
assert sorted(mounts) == sorted(volume["name"] for volume in pod["volumes"])
shell, option = container["command"]
assert (shell, option) == ("/bin/sh", "-c")
script, = container["args"]
assert f'"$JOB_COMPLETION_INDEX/{spec["completions"]}"' in script, script
paths = "|".join(mounts.values())
print(re.sub(f"(?<![\\w/])(?=(?:{paths})/)", lambda _: sys.argv[2], script))
PY
    mkdir -p bin "$T"/pod/{config,keys,data/zones,data/metrics}
    ln -s "$ZXFR" bin/zxfr
    echo hmac-sha256:xfr:c2VjcmV0 >"$T/pod/keys/xfr.key"
    chmod 440 "$T/pod/keys/xfr.key"
    seq -f "zone%06g.example $S" 0 39 >"$T/pod/config/zones.list"
    for i in 0 1 2 3; do
        JOB_COMPLETION_INDEX=$i PATH=$PWD/bin:$PATH sh -c "$(<script)" >"part.$i" 2>"err.$i" &
        PARTS[i]=$!
    done
    for i in 0 1 2 3; do
        wait "${PARTS[i]}" || { cat "err.$i" && return 1; }
        clean_metrics "$T/pod/data/metrics/zxfr-$i.prom"
        grep -q "{shard=\"$i\"} " "$T/pod/data/metrics/zxfr-$i.prom"
    done
    [[ $(find "$T/pod/data/zones" -name '*.zone' | wc -l) == 40 ]]
    [[ $(cat part.? | jq -r 'select(.event == "zone").zone' | sort | uniq -d | wc -l) == 0 ]]
    [[ $(cat part.? | jq -s 'map(select(.event == "summary").zones) | add') == 40 ]]
}

@test "commands: servers are told of what has changed, each name as one word" {
    manyzones_start --zones 4 --serial 7
    seq -f "zone%06g.example $S" 0 3 >zones.list
    mkdir zones bin
    for server in knotc rndc nsd-control; do
        # shellcheck disable=SC2016
        printf '#!/bin/sh\nprintf "%%s" "${0##*/}" && printf " [%%s]" "$@" && echo\n' >bin/$server
        chmod +x bin/$server
    done
    awk '/^\.Sh/ { on = $2 == "COMMANDS" } on' "$PAGE" | sed 's/\\e/\\/g' |
        awk '/^\.Bd/ { on = 1; next } /^\.Ed/ { on = 0 } on' >recipes
    [[ $(grep -c '^zxfr sync' recipes) == 5 ]]
    ! grep -v '^zxfr sync\|^ ' recipes || return
    sed '2,$s/^zxfr/\x00&/' -i recipes # each from its first line to the next one's
    ln -s "$ZXFR" bin/zxfr
    serial=7
    while IFS= read -r -d '' line || [[ -n $line ]]; do
        PATH=$PWD/bin:$PATH sh -c "$line" >said 2>told </dev/null || { cat said told && return 1; }
        echo "$line" && cat said told
        case $line in
        *rndc*) expected='rndc [-q] [reload]' ;;
        *nsd*) expected= ;; # its output is thrown away
        *) expected='knotc [-q] [zone-reload]' ;;
        esac
        changed=$(seq -f 'zone%06g.example' 0 $((serial == 7 ? 3 : 1)))
        if [[ $line == *xargs* ]]; then
            [[ $(grep -c knotc told) == 1 ]]
            tr ' ' '\n' <told | sed -n 's/^\[\(zone0.*\)\]$/\1/p' | sort | diff - <(echo "$changed")
        elif [[ -n $expected ]]; then
            sort told | diff - <(for name in $changed; do echo "$expected [$name]"; done)
        fi
        serial=$((serial + 1))
        manyzones_change "0 $serial" "1 $serial"
    done <recipes
    zx sync --list zones.list -d zones --exec-all 'echo none' # the last change is not told yet
    is 0
    [[ $(ls -A zones) != *hook* ]]
}

# What BY HAND says of a gate on a line, of foreign files and of an older version.
@test "by hand: a refused zone, a folder of dig, an older version" {
    manyzones_start --zones 4 --serial 7
    zone=zone000003.example
    printf 'zone000000.example\n%s --max-change A=0\n' $zone >zones.list
    mkdir zones refused
    dig_text() { "$ZXFR" "$1" "$S" | grep -v '^; zxfr end'; }
    dig_text zone000000.example >zones/db.zone000000.example
    "$ZXFR" $zone "$S" -o zones/$zone.zone
    cd zones
    for file in db.*; do mv "$file" "${file#db.}.zone"; done
    zx sync --list ../zones.list "$S"
    is 12
    err_has "hint: --adopt"
    zx sync --list ../zones.list "$S" --dry-run --adopt
    is 0
    zx sync --list ../zones.list "$S" --adopt --keep 3
    is 0
    err_has "kept as zone000000.example.zone.edited"
    rm -- *.zone.edited
    [[ $(echo *) == "zone000000.example.zone $zone.zone" ]]
    cd ..
    manyzones_change "3 8"
    for option in "" "--pick $zone --max-change off"; do
        zx sync --list zones.list -d zones "$S" --keep 3 --keep-refused refused $option
        [[ $status == 9 || $status == 12 ]]
        err_has "of the zone's line, where that has the gate"
    done
    zx check refused/$zone.8.zone
    is 0
    zx diff --ignore serial,dnssec,zonemd zones/$zone.zone refused/$zone.8.zone
    is 1
    zx sync $zone "$S" -d zones --keep 3 --max-shrink 99 --min-records 1
    is 0
    out_has "$zone 7 8"
    zx diff zones/.old/$zone.7.zone zones/$zone.zone
    is 1
}
