#!/usr/bin/env bats
# JSON: lines that stream, the document that is held, and what jq and dnspython make of them.

load helper

CHECK=${BATS_TEST_DIRNAME}/jsoncheck.py

# A zone of names and strings that mean something to JSON, to terminals and to shells.
write_hostile() {
    {
        zone_text example.com.
        # shellcheck disable=SC2016
        printf '%s\n' \
            'q\"x\\y\{\}\[\],: IN A 192.0.2.3' \
            '\000\010\027\127\128\255 IN A 192.0.2.2' \
            'str IN TYPE16 \# 12 05225c7b7d0a050d1b00ff80' \
            'str IN TYPE257 \# 11 0005697373756522 5c0922'
    } >"$T/hostile"
}

@test "JSON Lines: a record a line, which jq reads" {
    primary_start "$ZONE"
    zx -f jsonl example.com "$S"
    is 0
    err_empty
    [[ $(wc -l <"$T/out") == "$RECORDS" ]] || show
    [[ $(head -n 1 "$T/out") == '{"name":"example.com.","ttl":3600,"class":"IN","type":"SOA","rdata":"ns1.example.com. hostmaster.example.com. 2026112201 7200 3600 1209600 300"}' ]] || show
    out_has '{"name":"example.com.","ttl":3600,"class":"IN","type":"MX","rdata":"10 mail.example.com."}'
    [[ $(jq -r 'select(.type == "AAAA") | .rdata' "$T/out") == 2001:db8::25 ]] || show
    [[ $(jq -s 'map(keys_unsorted == ["name", "ttl", "class", "type", "rdata"]) | all' "$T/out") == true ]]
    zx -f jsonl -o z.jsonl example.com "$S"
    is 0
    out_empty
    box_holds z.jsonl
    cp z.jsonl "$T/first"
    zx -f jsonl example.com "$S"
    cmp z.jsonl "$T/out"
    zx -f jsonl -o z.jsonl --exit-code example.com "$S"
    is 0
}

@test "the document: the same records" {
    primary_start "$ZONE"
    zx -f jsonl example.com "$S"
    cp "$T/out" "$T/lines"
    zx -f json example.com "$S"
    is 0
    err_empty
    [[ $(jq -c 'del(.records)' "$T/out") == '{"zone":"example.com.","class":"IN","serial":2026112201}' ]] || show
    [[ $(jq -c '.records[]' "$T/out") == "$(<"$T/lines")" ]] || show
    /usr/bin/python3 "$CHECK" same "$T/lines" "$T/out"
    zx -f json -o z.json example.com "$S"
    is 0
    box_holds z.json
    jq -e '.records | length == 7' z.json
}

@test "every style" {
    primary_start "$ZONE"
    for format in jsonl json; do
        zx -f "$format" --typed example.com "$S"
        is 0
        [[ $(jq -c '(.records[]?, select(.type)) | select(.type == "MX") | .data' "$T/out") == \
            '{"preference":10,"exchange":"mail.example.com."}' ]] || show
        zx -f "$format" --no-ttl --no-class example.com "$S"
        is 0
        [[ $(jq -c '(.records[]?, select(.type)) | select(.type == "MX")' "$T/out") == \
            '{"name":"example.com.","type":"MX","rdata":"10 mail.example.com."}' ]] || show
        zx -f "$format" --generic example.com "$S"
        is 0
        [[ $(jq -r '(.records[]?, select(.type)) | select(.type == "A") | .rdata' "$T/out") == \
            '\# 4 c0000201' ]] || show
        zx -f "$format" example.com "$S"
        cp "$T/out" "$T/plain"
        zx -f "$format" --modern example.com "$S"
        is 0
        cmp "$T/plain" "$T/out"
        zx -f "$format" --whole example.com "$S"
        is 0
        cmp "$T/plain" "$T/out"
        for option in --relative --pretty --max-shrink=5; do
            zx -f "$format" -o z "$option" example.com "$S"
            usage_error "${option%=*}" "$format"
        done
        zx -f "$format" --typed --generic example.com "$S"
        usage_error --typed --generic
    done
    zx --typed example.com "$S"
    usage_error --typed zone
    zx -f JSON example.com "$S"
    usage_error JSON jsonl
    box_holds
}

@test "a failed stream ends in a line that jq refuses" {
    write_big 2000
    primary_start --message-size 1000 --do "close -500" "$BIG"
    for option in "" --typed; do
        # shellcheck disable=SC2086
        zx -f jsonl $option example.com "$S"
        is 3
        incomplete
        status=0
        jq -c . "$T/out" >"$T/taken" 2>/dev/null || status=$?
        ((status != 0)) || show
        [[ $(wc -l <"$T/taken") -gt 1000 ]]
        [[ $(head -n -1 "$T/out" | jq -c . | wc -l) -gt 1000 ]]
    done
    zx -f jsonl -o z.jsonl example.com "$S"
    is 3
    box_holds
}

@test "no line is cut, wherever the stream is" {
    primary_start --records 2 --do "close -1" "$ZONE"
    size=$( ("$PRIMARY" --drain 127.0.0.1 "$PORT" example.com) 2>/dev/null)
    for ((at = 0; at < size; at += 17)); do
        primary_start --records 2 --do "close $at" "$ZONE"
        zx -f jsonl example.com "$S"
        is 3
        incomplete
        head -n -1 "$T/out" | jq -e . >/dev/null || [[ $(wc -l <"$T/out") == 1 ]] || show
        refute jq . "$T/out" 2>/dev/null
        zx -f json example.com "$S"
        is 3
        out_empty
        kill "${PIDS[-1]}"
    done
}

@test "a document that is not whole leaves no octet" {
    write_big 20000
    primary_start --message-size 1000 --do "close -500" "$BIG"
    zx -f json example.com "$S"
    is 3
    out_empty
    zx -f json -o /dev/stdout example.com "$S"
    is 3
    out_empty
    mkfifo "$T/fifo"
    cat "$T/fifo" >"$T/read" &
    reader=$!
    zx -f json -o "$T/fifo" example.com "$S"
    is 3
    wait "$reader"
    [[ ! -s $T/read ]]
    echo '{"old":1}' >z.json
    zx -f json -o z.json example.com "$S"
    is 3
    [[ $(<z.json) == '{"old":1}' ]]
    box_holds z.json
}

@test "a held document is taken from the next server" {
    write_big 5000
    primary_start --message-size 1000 --do "close -500" "$BIG"
    bad=$S
    primary_start "$BIG"
    zx -q -f json example.com "$bad" "$S"
    is 0
    jq -e --argjson n "$BIG_RECORDS" '.records | length == $n' "$T/out"
    zx -q -f jsonl example.com "$bad" "$S"
    is 3
    incomplete
}

@test "a large zone streams, and jq reads all of it" {
    write_big 50000
    primary_start "$BIG"
    zx -f jsonl --typed example.com "$S"
    is 0
    [[ $(jq -r 'select(.type == "A") | .data.address' "$T/out" | sort -u | wc -l) == 50001 ]]
    zx -f json example.com "$S"
    is 0
    jq -e --argjson n "$BIG_RECORDS" '.records | length == $n' "$T/out"
}

@test "hostile names and texts" {
    write_hostile
    primary_start "$T/hostile"
    for format in jsonl json; do
        zx -f "$format" --typed example.com "$S"
        is 0
        refute grep -q '[^ -~]' "$T/out"
        jq -c '(.records[]?, select(.type))' "$T/out" >"$T/records"
        [[ $(jq -r 'select(.rdata == "192.0.2.3") | .name' "$T/records") == \
            'q\"x\\y\{\}\091\]\,\:.example.com.' ]] || show
        [[ $(jq -r 'select(.rdata == "192.0.2.2") | .name' "$T/records") == \
            '\000\010\027\127\128\255.example.com.' ]] || show
        [[ $(jq -r 'select(.type == "TXT" and .name == "str.example.com.") | .rdata' "$T/records") == \
            '"\"\\{}\010" "\013\027\000\255\128"' ]] || show
        [[ $(jq -r 'select(.type == "TXT" and .name == "str.example.com.") | .data.strings[]' \
            "$T/records") == $'\\"\\\\{}\\010\n\\013\\027\\000\\255\\128' ]] || show
        [[ $(jq -r 'select(.type == "CAA") | .data.value' "$T/records") == '\"\\\009\"' ]] || show
    done
}

@test "every vector: members, texts and fields as dnspython has them" {
    /usr/bin/python3 "$CHECK" zone >"$T/vectors"
    primary_start "$T/vectors"
    zx -q -f jsonl --typed example. "$S"
    is 0
    cp "$T/out" "$T/typed"
    /usr/bin/python3 "$CHECK" check "$T/typed"
    zx -q -f json --typed example. "$S"
    is 0
    /usr/bin/python3 "$CHECK" same "$T/typed" "$T/out"
    jq -e '.records | length > 600' "$T/out"
}

@test "a wrong octet would be found" {
    /usr/bin/python3 "$CHECK" zone >"$T/vectors"
    primary_start "$T/vectors"
    zx -q -f jsonl --typed example. "$S"
    cp "$T/out" "$T/typed"
    sed 's/"preference":\([0-9]*\)/"preference":1\1/' "$T/typed" >"$T/wrong"
    refute /usr/bin/python3 "$CHECK" check "$T/wrong"
    head -n -1 "$T/typed" >"$T/wrong"
    refute /usr/bin/python3 "$CHECK" check "$T/wrong"
}
