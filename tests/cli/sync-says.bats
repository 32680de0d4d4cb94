#!/usr/bin/env bats
# The command sync: commands after changes, what is said where, reports, metrics, exit statuses, runs at
# once. What the lines of a report hold is in tests/unit/report_sync.py, what metrics hold in test_metrics.c.
# shellcheck disable=SC2046 # names of zones are words

load helper
load sync

Z=zone000003.example
many() { for i; do NAME "$i" && echo; done; }

# ---- Standard output, standard error -----------------------------------------------------------

@test "failures are told at the end: each once, in list order, whatever the order of answers" {
    for i in 9 {0..8} {10..39}; do NAME $i && echo; done >list
    for seed in 1 2 3 4; do
        manyzones_start --zones 40 --order mixed --jitter 20 --seed $seed --port "${KEPT:-0}" \
            --do "every 3 rcode SERVFAIL" --do "zone 10 rcode REFUSED" --do "zone 1 for transfers broken soa"
        KEPT=$PORT
        mkdir d
        zx sync --list list "$S" -d d -q
        is 12
        out_empty
        err_clean
        (cd d && sha256sum -- *) >files.$seed
        cp "$T/err" err.$seed
        cmp err.1 err.$seed
        cmp files.1 files.$seed
        rm -r d
        catalog_stop # the server
    done
    sed -n 1p err.1 | grep -qF "SERVFAIL; 14 zones: zone000009.example, zone000000.example, zone000003.example, zone000006.example,"
    grep -qF "zone000024.example, zone000027.example, ..." err.1 # ten of them
    [[ $(grep -c SERVFAIL err.1) == 1 ]]
    [[ $(grep -n "^zxfr: zone000001.example: " err.1 | cut -d: -f1) -lt $(grep -n "^zxfr: zone000010.example: " err.1 | cut -d: -f1) ]]
    [[ $(cut -d' ' -f2- err.1 | grep -vc '^hint') == 3 ]]
}

@test "the lines, and a reader that goes away" {
    manyzones_start --zones 300 --serial 7
    mkdir d
    many {0..299} >list
    zx sync --list list "$S" -d d
    is 0
    err_empty
    sort "$T/out" | diff - <(for ((i = 0; i < 300; i++)); do echo "$(NAME $i) - 7 added $((9 + i % 7)) deleted 0 axfr"; done | sort)
    zx sync --list list "$S" -d d -v
    is 0
    out_empty
    err_has "300 zones: 0 new, 0 updated, 300 unchanged, 0 failed; 1 connection, 0 transfers"
    rm d/*
    status=0
    { "$ZXFR" sync --list list "$S" -d d 2>"$T/err" || echo $? >status; } | head -n 0
    eventually test "$(names | wc -l)" = 300
    [[ $(find d -name '.*' ! -name .) == "" ]]
}

@test "progress goes on while no server answers, and in the first round of watch" {
    manyzones_start --zones 3 --do "every 1 mute"
    mkdir d
    status=0
    /usr/bin/python3 "$BATS_TEST_DIRNAME/terminal.py" "$ZXFR" sync $(many {0..2}) "$S" -d d --answer-timeout 3 >said || status=$?
    cat said
    [[ $status == 3 ]]
    grep -Eq '^~0 of 3 zones, 0 failed, [0-9]+ transfers, 0 octets/s, 1 s$' said
    grep -Eq '^~0 of 3 zones, 0 failed, [0-9]+ transfers, 0 octets/s, 2 s$' said
    status=0
    /usr/bin/python3 "$BATS_TEST_DIRNAME/terminal.py" timeout --foreground 3 "$ZXFR" watch $(many {0..2}) "$S" -d d >said || status=$?
    cat said
    grep -q '^~0 of 3 zones were looked at for the first time$' said
}

@test "with -v a failure is told once, when it happens, and why a FILE takes no changes" {
    manyzones_start --zones 6 --serial 7 --do "zone 1 rcode REFUSED" --do "zone 2 for transfers broken soa"
    local bad=$S zone
    manyzones_start --zones 6 --serial 7
    mkdir d
    many {0..2} >list
    zx sync --list list "$bad" -d d -v
    is 12
    [[ $(grep -c 'REFUSED' "$T/err") == 1 && $(grep -c '^zxfr: hint: the server.s access list' "$T/err") == 1 ]] || show
    [[ $(grep -c "^zxfr: $(NAME 2): 127" "$T/err") -ge 2 && $(sort "$T/err" | uniq -d) == "" ]] || show
    err_lacks "2 zones: "
    zx sync --list list "$bad" "$S" -d d -v
    is 0
    [[ $(grep -c 'REFUSED' "$T/err") == 1 ]] || show
    err_lacks "current all the same"
    err_has "$(NAME 1): transferred from ${S#@}, the attempts before it failed"
    echo "; edited" >>"d/$(NAME 0).zone"
    zx sync --list list "$S" -d d -v
    is 0
    [[ $(grep -c "something follows its end line" "$T/err") == 1 ]] || show
    err_has "$(NAME 0): warning: d/$(NAME 0).zone: something follows"
}

@test "a master file that is given as a list is told once" {
    closed_port
    mkdir d
    "$ZXFR" convert --sort "$ZONE" -o sorted
    "$ZXFR" convert --pretty --relative "$ZONE" -o pretty
    printf '; of dig\n\n\texample.com. 3600 soa a b 1 2 3 4 5\n' >commented
    printf '# a comment\nzone "example.com" {\n\ttype secondary;\n};\n' >named.conf
    for file in "$ZONE" sorted pretty commented named.conf; do
        for words in sync "sync --bad-lines skip" watch audit; do
            # shellcheck disable=SC2046,SC2086
            zx $words --list "$file" $([[ $words == audit* ]] || echo -d d "@127.0.0.1#$CLOSED")
            is 2
            err_clean
            err_has "zxfr: $file:" ": this looks like a "
            [[ $(wc -l <"$T/err") == 1 && -z $(ls -A d) ]] || show
        done
    done
}

@test "progress on a terminal counts zones" {
    manyzones_start --zones 60 --do "every 2 for transfers delay 400" --do "zone 7 rcode REFUSED"
    mkdir d
    many {0..59} >list
    status=0
    /usr/bin/python3 "$BATS_TEST_DIRNAME/terminal.py" "$ZXFR" sync --list list "$S" -d d >said || status=$?
    cat said
    [[ $status == 12 ]]
    grep -Eq '^~[0-9]+ of 60 zones, [01] failed, [0-9]+ transfers, ' said
    grep -q 'zone000007.example: 127.0.0.1.*REFUSED' said
    grep -q '60 zones: 59 new, 0 updated, 0 unchanged, 1 failed' said
    rm d/*
    status=0
    /usr/bin/python3 "$BATS_TEST_DIRNAME/terminal.py" "$ZXFR" sync --list list "$S" -d d -q >said || status=$?
    cat said
    [[ $status == 12 ]]
    refute grep -q ' of 60 zones' said
    refute grep -q '59 new' said
}

@test "names of zones and words of servers do nothing to a terminal" {
    printf '$ORIGIN a\\027\\[1mb.example.\n$TTL 1\n@ SOA . . 3 1 1 1 1\n@ NS ns.invalid.\n' >odd
    primary_start odd --refuse REFUSED --ede "15:$(printf '\033[31mred\r\n\nzxfr: fine')"
    mkdir d
    zx sync 'a\027\[1mb.example' b.example "$S" -d d --report report --metrics metrics
    is 4
    err_clean
    refute grep -q '[^ -~]' report metrics
    jq -e . report >/dev/null
    promtool check metrics <metrics
}

# ---- Commands ----------------------------------------------------------------------------------

# What the command is told, for each change a line in the file told.
TELL='printf "%s %s %s %s %s %s %s\n" "$ZXFR_ZONE" "$ZXFR_NAME" "$ZXFR_KIND" "${ZXFR_OLD_SERIAL:--}" "$ZXFR_SERIAL" "${ZXFR_FILE##*/}" "${ZXFR_DIFF##*/}" >>told; test -s "$ZXFR_FILE" || echo gone >>told'

@test "--exec: what it is told for a new zone, changes, the whole zone, one signed anew" {
    manyzones_start --zones 10 --serial 7 --resign 1
    mkdir d diffs
    zx sync $(many 3 4) "$S" -d d --diff-dir diffs --exec "$TELL"
    is 0
    sort told | diff - <(echo "$Z $Z axfr - 7 $Z.zone "; echo "$(NAME 4) $(NAME 4) axfr - 7 $(NAME 4).zone ")
    rm told
    zx sync $(many 3 4) "$S" -d d --diff-dir diffs --exec "$TELL"
    is 0
    [[ ! -e told ]]
    manyzones_change "3 8" "4 7 2"
    zx sync $(many 3 4) "$S" -d d --diff-dir diffs --exec "$TELL"
    is 0
    sort told | diff - <(echo "$Z $Z ixfr 7 8 $Z.zone $Z.7-8.diff"; echo "$(NAME 4) $(NAME 4) resigned 7 7 $(NAME 4).zone $(NAME 4).7-7.diff")
    rm told
    printf '$ORIGIN a\\;b\\032c.\n$TTL 1\n@ SOA . . 3 1 1 1 1\n@ NS ns.invalid.\n' >odd
    primary_start odd
    zx sync 'a\;b\032c' "$S" -d d --exec "$TELL"
    is 0
    diff told - <<<'a\;b\032c a%3Bb%20c axfr - 3 a%3Bb%20c.zone '
}

@test "--exec: a failure is status 13, FILE is the new one, and the next run tries again" {
    manyzones_start --zones 10 --serial 7
    mkdir d
    zx sync $(many 3 4) "$S" -d d --exec "echo \$ZXFR_ZONE >>ran; test \$ZXFR_ZONE != $Z" --report report --metrics metrics
    is 13
    is_zone d/$Z.zone 3 7
    err_has "$Z: --exec: exit status 1"
    [[ $(sort ran | tr '\n' ' ') == "$(many 3 4 | tr '\n' ' ')" ]]
    [[ -e d/.$Z.zone.hook && ! -e d/.$(NAME 4).zone.hook ]]
    jq -c 'select(.event == "summary")' report
    [[ $(jq -c 'select(.event == "summary") | [.exit, .hooks_pending, .by_result.hook]' report) == '[13,1,1]' ]]
    grep -qx 'zxfr_hooks_pending 1' metrics
    rm ran
    zx sync $(many 3 4) "$S" -d d --metrics metrics # without the option nothing is run, and it stays due
    is 0
    grep -qx 'zxfr_hooks_pending 1' metrics
    zx sync $(many 3 4) "$S" -d d -n --exec "echo \$ZXFR_ZONE >>ran"
    is 0
    [[ ! -e ran ]]
    zx sync $(many 3 4) "$S" -d d --exec "echo \$ZXFR_ZONE \$ZXFR_OLD_SERIAL \$ZXFR_SERIAL \$ZXFR_KIND >>ran" --metrics metrics
    is 0
    out_empty
    diff ran - <<<"$Z 7 axfr"
    grep -qx 'zxfr_hooks_pending 0' metrics
    box_holds d d/$Z.zone "d/$(NAME 4).zone" metrics ran report
    zx sync $(many 3 4) "$S" -d d --exec "echo again >>ran"
    is 0
    refute grep -q again ran
}

@test "--exec: a zone that fails and has a command due; both kinds of failure are status 12" {
    manyzones_start --zones 10 --serial 7
    mkdir d
    zx sync $(many 3 4) "$S" -d d --exec false
    is 13
    [[ $(find d -name '.*.hook' | wc -l) == 2 ]]
    zx sync $(many 3 4 99) "$S" -d d --exec false
    is 12
    err_has "2 zones: $Z, $(NAME 4)" "$(NAME 99)"
    closed_port
    zx sync $(many 3 4) "@127.0.0.1#$CLOSED" -d d --exec "echo \$ZXFR_ZONE >>ran"
    is 3 # although the commands went well
}

@test "--exec-jobs: that many at once, and no more" {
    manyzones_start --zones 20
    mkdir d at
    job='touch at/$ZXFR_NAME; ls at | wc -l >>counts; sleep 0.3; ls at | wc -l >>counts; rm at/$ZXFR_NAME'
    zx sync $(many {0..7}) "$S" -d d --exec "$job" --exec-jobs 4
    is 0
    [[ $(sort -n counts | tail -n 1) == 4 ]]
    rm counts d/*
    zx sync $(many {0..2}) "$S" -d d --exec "$job"
    is 0
    [[ $(sort -n counts | tail -n 1) == 1 ]]
    for bad in 0 x -1; do
        zx sync $(many 0) "$S" -d d --exec true --exec-jobs $bad
        usage_error "--exec-jobs"
    done
}

@test "--exec-all: once, with the lines; not where nothing has changed; its failure" {
    manyzones_start --zones 300 --serial 7
    mkdir d
    many {0..299} >list
    zx sync --list list "$S" -d d --exec-all 'cat >all; echo ran >>runs'
    is 0
    cmp "$T/out" all
    [[ $(wc -l <all) == 300 ]]
    zx sync --list list "$S" -d d --exec-all 'cat >all; echo ran >>runs'
    is 0
    [[ $(wc -l <runs) == 1 ]]
    manyzones_change "3 8"
    zx sync --list list "$S" -d d -q --exec-all 'cat >all; exit 3'
    is 13
    err_has "--exec-all" "3"
    diff all - <<<"$Z 7 8 added 2 deleted 2 ixfr"
    manyzones_change "3 9"
    zx sync --list list "$S" -d d --report - --exec-all 'exec <&-; exit 0' # that reads nothing
    is 0
    manyzones_change "3 10"
    zx sync --list list "$S" -d d --exec false --exec-all false
    is 13
    err_has "--exec: " "--exec-all"
    manyzones_change "3 11"
    zx sync --list list "$S" -d d --exec-all "sleep 60" --cmd-timeout 1s
    is 13
    err_has "--exec-all"
}

# ---- The report --------------------------------------------------------------------------------

members_are_right() {
    /usr/bin/python3 - "$@" <<'PYTHON'
import json
import re
import sys
MEMBERS = set('''event time started zone class origin group kind fallback server serial spilled from to records old_records
added deleted octets messages seconds tsig tls soa signed first_expiry stats file state changed last_success
expires_at hooks diff warnings result exit message hint server_serial servers gates waited tries attempts'''.split())
SUMMARY = set('''event version started ended seconds result exit message interrupted shard zones by_state by_result
without_file unlisted invalid_lines hooks_pending records octets servers catalogs'''.split())
path, zones, code = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
text = open(path).read()
assert text.endswith('\n')
lines = [json.loads(line) for line in text.splitlines()]
assert len(lines) == zones + 1, len(lines)
time = re.compile(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$')
for line in lines[:-1]:
    assert line['event'] == 'zone' and set(line) == MEMBERS, set(line) ^ MEMBERS
    assert line['state'] in ('new', 'updated', 'unchanged', 'kept', 'missing'), line['state']
    assert time.match(line['time']) and time.match(line['started'])
    assert line['changed'] == (line['state'] in ('new', 'updated'))
    assert (line['exit'] in (0, 13)) == (line['state'] in ('new', 'updated', 'unchanged')), line
    assert (line['message'] is None) == (line['exit'] == 0), line
summary = lines[-1]
assert summary['event'] == 'summary' and set(summary) == SUMMARY, set(summary) ^ SUMMARY
assert summary['exit'] == code, summary['exit']
assert summary['zones'] == zones or summary['catalogs']
for name, value in summary['by_state'].items():
    assert value == sum(line['state'] == name for line in lines[:-1]) or summary['catalogs'], name
for name, value in summary['by_result'].items():
    assert value == sum(line['result'] == name for line in lines[:-1]) or summary['catalogs'], name
PYTHON
}

@test "the report: a line a zone, the summary last, whatever happens" {
    manyzones_start --zones 20 --serial 7 --do "zone 5 rcode REFUSED" --do "zone 6 for transfers broken rdlength"
    mkdir d
    zx sync $(many {1..9}) "$S" -d d --report report --exec "test \$ZXFR_ZONE != $Z"
    is 12
    members_are_right report 9 12
    manyzones_change "3 8"
    printf 'foreign' >d/zone000008.example.zone
    zx sync $(many {1..9}) "$S" -d d --report -
    is 12
    cp "$T/out" report
    members_are_right report 9 12
    [[ $(jq -r 'select(.event == "zone") | .zone + " " + .state' report | sort | tr '\n' ';') == \
        "zone000001.example. unchanged;zone000002.example. unchanged;zone000003.example. updated;zone000004.example. unchanged;zone000005.example. missing;zone000006.example. missing;zone000007.example. unchanged;zone000008.example. kept;zone000009.example. unchanged;" ]]
    closed_port
    zx sync $(many {1..9}) "@127.0.0.1#$CLOSED" -d d --report report
    is 9 # the foreign file is the worst
    members_are_right report 9 9
    printf '%s\nx --nonsense\n' $Z >list
    zx sync --list list "$S" -d d --report report
    is 2
    [[ ! -e report || $(tail -n 1 report | jq -r .event) == summary ]]
}

@test "the report and the metrics cannot be written" {
    manyzones_start --zones 20
    mkdir d
    zx sync $(many 1 2) "$S" -d d --report missing/report
    is 8
    [[ $(manyzones_count axfr) == 0 ]]
    names_are
    zx sync $(many 1 2) "$S" -d d --metrics missing/metrics
    is 8
    err_has "missing/metrics: the folder missing"
    if [[ -e /dev/full ]]; then
        rm -f d/*
        zx sync $(many 1 2) "$S" -d d --report /dev/full
        is 8
        err_has "No space left on device"
        names_are $(many 1 2)
        rm -f d/*
        status=0
        "$ZXFR" sync $(many 1 2) "$S" -d d >/dev/full 2>"$T/err" || status=$?
        is 8
        err_has "No space left on device"
        names_are $(many 1 2) # and are files all the same
    fi
    zx sync $(many 1) "$S" -d d --metrics -
    usage_error "--metrics"
}

# ---- Metrics -----------------------------------------------------------------------------------

value() { grep -v '^#' metrics | grep -F -- "$1 " | awk '{ print $NF }'; }

@test "metrics: the right figures, also of a run that has failed" {
    manyzones_start --zones 20 --serial 7 --do "zone 5 rcode REFUSED"
    mkdir d
    zx sync $(many 3 4 5) "$S" -d d --metrics metrics --metrics-label 'host=a"b\c'
    is 12
    promtool check metrics <metrics
    [[ $(stat -c %a metrics) == 644 ]]
    [[ $(value "zxfr_zone_serial{zone=\"$Z\",host=\"a\\\"b\\\\c\"}") == 7 ]]
    zx sync $(many 3 4 5) "$S" -d d --metrics metrics
    is 12
    promtool check metrics <metrics
    [[ $(value "zxfr_zone_serial{zone=\"$Z\"}") == 7 ]]
    [[ $(value "zxfr_zone_records{zone=\"$Z\"}") == 12 ]]
    [[ $(value "zxfr_zone_last_success_timestamp_seconds{zone=\"$Z\"}") == $(stat -c %Y d/$Z.zone) ]]
    [[ $(value "zxfr_zone_expire_timestamp_seconds{zone=\"$Z\"}") == $(($(stat -c %Y d/$Z.zone) + 1209600)) ]]
    [[ $(value "zxfr_zone_exit_status{zone=\"zone000005.example\"}") == 4 ]]
    refute grep -q 'zxfr_zone_serial{zone="zone000005' metrics
    [[ $(value 'zxfr_zones{result="ok"}') == 2 && $(value 'zxfr_zones{result="refused"}') == 1 ]]
    [[ $(value zxfr_zones_configured) == 3 && $(value zxfr_zones_without_file) == 1 ]]
    [[ $(value zxfr_run_exit_status) == 12 ]]
    refute grep -q ^zxfr_run_last_success metrics
    zx sync $(many 3 4) "$S" -d d --metrics metrics
    is 0
    good=$(value zxfr_run_last_success_timestamp_seconds)
    (($(date +%s) - good < 60))
    # All servers are down: what the files tell is told all the same.
    touch -d '2020-01-01' d/$Z.zone
    closed_port
    zx sync $(many 3 4) "@127.0.0.1#$CLOSED" -d d --metrics metrics
    is 3
    promtool check metrics <metrics
    [[ $(value "zxfr_zone_serial{zone=\"$Z\"}") == 7 ]]
    [[ $(value "zxfr_zone_last_success_timestamp_seconds{zone=\"$Z\"}") == $(date -d 2020-01-01 +%s) ]]
    [[ $(value "zxfr_server_up{server=\"127.0.0.1#$CLOSED\"}") == 0 ]]
    [[ $(value zxfr_run_last_success_timestamp_seconds) == "$good" ]]
    [[ $(value zxfr_run_exit_status) == 3 ]]
    # A list that is wrong.
    printf '%s --nonsense\n%s\n' $Z $Z >list
    zx sync --list list "$S" -d d --metrics metrics
    is 2
    promtool check metrics <metrics
    [[ $(value zxfr_run_exit_status) == 2 && $(value zxfr_list_invalid_lines) == 1 ]]
    [[ $(value "zxfr_zone_serial{zone=\"$Z\"}") == 7 && $(value 'zxfr_zone_serial{zone="zone000004.example"}') == 7 ]]
    [[ $(value zxfr_run_last_success_timestamp_seconds) == "$good" ]]
    refute grep -q zxfr_zones_configured' ' metrics || true
    for bad in x 1a=b a-b=c =x; do
        zx sync $Z "$S" -d d --metrics metrics --metrics-label "$bad"
        usage_error "--metrics-label"
    done
    zx sync $Z "$S" -d d --metrics-label a=b
    usage_error "--metrics-label"
}

@test "metrics of catalogs" {
    manyzones_start --zones 20
    ONE=$S
    catalog_start catalog.invalid. <<<"a zone000000.example.
b zone000001.example."
    mkdir d
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d --metrics metrics
    is 0
    promtool check metrics <metrics
    [[ $(value 'zxfr_catalog_members{catalog="catalog.invalid"}') == 2 ]]
    [[ $(value 'zxfr_catalog_valid{catalog="catalog.invalid"}') == 1 ]]
    [[ $(value zxfr_zones_unlisted) == 0 ]]
    catalog_stop
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d --metrics metrics
    is 12
    promtool check metrics <metrics
    [[ $(value 'zxfr_catalog_members{catalog="catalog.invalid"}') == 2 ]]
    [[ $(value 'zxfr_catalog_valid{catalog="catalog.invalid"}') == 0 ]]
    refute grep -q '^zxfr_zones_unlisted' metrics
}

# ---- Exit statuses -----------------------------------------------------------------------------

# Zones of which each fails in its own way, all of one server; and what the run comes to.
@test "the exit status: the worst where no zone is current, else 12" {
    manyzones_start --zones 50 --serial 7 --do "zone 4 rcode REFUSED" --do "zone 3 for transfers broken close" \
        --do "zone 6 for transfers broken rdlength" --do "zone 14 rcode REFUSED"
    mkdir d
    printf foreign >d/zone000009.example.zone
    for row in "3:3" "4:4" "6:6" "9:9" "3 4:4" "4 14:4" "3 4 6:6" "3 4 9:9" "4 6 9:6" "3 9:9" "1:0" "1 4:12" "1 3 6 9:12"; do
        # shellcheck disable=SC2086,SC2046
        zx sync $(many ${row%:*}) "$S" -d d
        [[ $status == "${row#*:}" ]] || { echo "$row" && show; }
        # shellcheck disable=SC2086,SC2046
        zx sync $(many ${row%:*}) "$S" -d d --exit-code --exec false
        [[ $status == "${row#*:}" || ("$row" == 1:0 && $status == 0) ]] || { echo "$row" && show; }
        rm -f d/zone000001.example.zone d/.*.hook
    done
    zx sync $(many 1) "$S" -d d --exit-code --exec false
    is 13
    printf '%s\n%s --nonsense\n' "$(NAME 1)" "$(NAME 2)" >list
    zx sync --list list --bad-lines skip "$S" -d d --exec true
    is 12
    cp d/zone000001.example.zone d/zone000011.example.zone
    cp d/zone000001.example.zone d/zone000012.example.zone
    many 1 >list
    zx sync --list list "$S" -d d --exec false
    is 9 # files of no zone come before commands
    many 1 4 >list
    zx sync --list list "$S" -d d
    is 12 # and behind failures
}

@test "a folder that is missing, no folder, not writable; two runs at once" {
    manyzones_start --zones 20 --serial 7 --do "zone 2 for transfers delay 5000"
    zx sync $Z "$S" -d missing
    is 8
    err_has "there is no folder missing; make it first"
    [[ $(wc -l <"$T/err") == 1 ]]
    echo >file
    zx sync $Z "$S" -d file
    is 8
    [[ $(manyzones_count axfr) == 0 ]]
    mkdir d
    chmod 555 d
    zx_nobody sync $(many 3 4 5) "$S" -d d
    is 8
    err_has "Permission denied"
    chmod 777 d
    zx_start sync "$(NAME 2)" "$S" -d d
    eventually has_asked
    status=0
    "$ZXFR" sync $Z "$S" -d d >"$T/out2" 2>"$T/err2" || status=$?
    cat "$T/err2"
    [[ $status == 8 && $(grep -vc '^zxfr: hint' "$T/err2") == 1 && ! -s $T/out2 ]]
    grep -q "another run" "$T/err2"
    "$ZXFR" sync $Z "$S" -d d -n >"$T/out2" 2>"$T/err2" # that only looks
    [[ $(<"$T/out2") == "$Z - 7 "* ]]
    "$ZXFR" sync $Z "$S" -d d --wait >"$T/out2" 2>"$T/err2"
    [[ $(<"$T/out2") == "$Z - 7 "* && ! -s $T/err2 ]]
    zx_wait
    is 0
    names_are "$(NAME 2)" $Z
}
has_asked() { (($(manyzones_count axfr) > 0)); }
holds_lock() { refute flock -n "$1" true; }

@test "parts of all zones at once in one folder, with a catalog that changes" {
    manyzones_start --zones 40 --serial 7 --jitter 20
    ONE=$S
    catalog_start catalog.invalid. 1 < <(for ((i = 0; i < 20; i++)); do echo "m$i $(NAME $i)."; done)
    mkdir d
    for round in 1 2; do
        pids=()
        for i in 0 1 2 3; do
            "$ZXFR" sync --catalog "catalog.invalid$C" --shard $i/4 "$ONE" -d d >"out$i" 2>"err$i" 3>&- &
            pids+=($!)
        done
        for pid in "${pids[@]}"; do wait "$pid"; done
        [[ -z $(cat err?) ]] || { cat err?; false; }
        [[ $(cat out? | grep -c ^zone) == 20 && $(cat out? | grep -c ^catalog) == 1 ]]
        [[ $(names | wc -l) == $((20 * round + 1)) ]]
        [[ -z $(find d -name '.*' ! -name .) ]]
        catalog_start catalog.invalid. 2 < <(for ((i = 0; i < 40; i++)); do echo "m$i $(NAME $i)."; done)
    done
    grep -q 'catalog.invalid. IN serial 2' d/catalog.invalid.zone
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d
    is 0
    out_empty
    # A part and a run over all zones exclude each other.
    flock -s d sleep 30 3>&- &
    sleeper=$!
    eventually holds_lock d
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d
    is 8
    zx sync --catalog "catalog.invalid$C" "$ONE" -d d --shard 0/2
    is 0
    pkill -KILL -P $sleeper || true
    kill $sleeper 2>/dev/null || true
    wait $sleeper || true
}

@test "a signal: what is done stays, and the rest is told of" {
    manyzones_start --zones 40 --serial 7 --do "zone 9 for transfers mute"
    mkdir d
    zx_start sync $(many {0..19}) "$S" -d d --report report --metrics metrics
    eventually test -e d/zone000019.example.zone
    kill -TERM "$ZX_PID"
    zx_wait
    is 143
    names_are $(many {0..8} {10..19})
    [[ -z $(find d -name '.*' ! -name .) ]]
    [[ $(jq -c 'select(.event == "summary") | [.exit, .interrupted]' report) == '[143,true]' ]]
    promtool check metrics <metrics
    grep -qx 'zxfr_run_exit_status 143' metrics
}

# ---- Options -----------------------------------------------------------------------------------

@test "options that do not go together" {
    manyzones_start
    mkdir d
    while read -r words; do
        [[ -n $words ]] || continue
        # shellcheck disable=SC2086
        zx sync $words -d d
        usage_error || { echo "$words" && false; }
    done <<ROWS
$S
$Z $S --dry-run --recheck
$Z $S --group g
$Z $S --bad-lines skip
$Z $S --allow-empty
$Z $S --unlisted-to d
$Z $S --shard 1/1
$Z $S --max-unlisted 101
$Z $S --max-unlisted x
$Z $S --metrics-label a=b
$Z $S -o file
$Z $S --update
$Z $S -f json
$Z $S --keep -1
$Z $S --only NS
$Z $S --exec-jobs 0
$Z $S --memory x
$Z $S --catalog c.invalid -c CH
$Z $S --adopt=yes
--catalog c..invalid $S
--list - -k - $S
$Z x..y $S
ROWS
    [[ $(manyzones_count soa) == 0 && $(manyzones_count axfr) == 0 ]]
    names_are
}

@test "a mistake in the command line is seen in the metrics, with what the files tell" {
    manyzones_start --zones 3
    mkdir d
    zx sync -d d zone000001.example zone000002.example "$S" --metrics m
    is 0
    zx sync -d d zone000001.example "$S" --metrics m --keep much
    is 2
    promtool check metrics <m
    grep -qx 'zxfr_run_exit_status 2' m
    grep -qx 'zxfr_zone_serial{zone="zone000002.example"} 1' m
    refute grep -q "^zxfr_zone_exit_status{" m
    before=$(sha256sum <d/zone000001.example.zone)
    zx sync -d d zone000001.example "$S" --metrics d/zone000001.example.zone --keep much
    is 2
    [[ $(sha256sum <d/zone000001.example.zone) == "$before" ]]
}

@test "a server without a key, where others have one, is told once for all its zones" {
    manyzones_start --zones 5
    mkdir d
    echo "hmac-sha256:k:$(printf secretsecretsecretsecret | base64)" >key
    chmod 600 key
    many 0 1 2 3 >list
    echo "zone000004.example @other.test" >>list
    zx sync --list list -d d "$S" --server-key other.test=key --pick zone000000.example \
        --pick zone000001.example --pick zone000002.example
    is 0
    [[ $(grep -c 'not authenticated' "$T/err") == 1 ]]
    err_has "127.0.0.1#$PORT: warning: not authenticated: --server-key has no key for this server"
    zx sync --list list -d d "$S" --server-key other.test=key --pick zone000000.example --strict
    is 5
}
