# shellcheck shell=bash
# The field on which audits are played, in namespaces of its own; field.py says what is in it.
#
#   field_begin FOLDER   starts it; fails, and says why, where the system allows no such namespaces
#   field_in WORD...     runs a command inside, where the servers are
#   field_py WORD...     runs field.py inside: COMMAND [WORD...]; the folder is known
#   field_holds [CASE]   fails where a server is not what the plan says, by dnspython
#   field_end            all of it ends, as its processes have a namespace of their own
#
# FIELD is the folder. What field_begin knows stands in files there: setup_file is another process.

FIELD_SOURCE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

field_begin() {
    local user=() i
    FIELD=$1
    mkdir -p "$FIELD"
    # Whoever is not root becomes it inside.
    ((EUID == 0)) || user=(--user --map-root-user)
    : >"$FIELD/ready"
    unshare "${user[@]}" --net --mount --pid --fork --kill-child \
        /usr/bin/python3 "$FIELD_SOURCE/field.py" play "$FIELD" \
        >"$FIELD/ready" 2>"$FIELD/why" </dev/null 3>&- &
    echo "$!" >"$FIELD/holder"
    for ((i = 0; i < 1200; i++)); do
        [[ $(<"$FIELD/ready") != ready ]] || break
        kill -0 "$(<"$FIELD/holder")" 2>/dev/null || break
        sleep 0.05
    done
    if [[ $(<"$FIELD/ready") != ready ]]; then
        echo "the field did not come up: $(head -c 2000 "$FIELD/why")"
        return 1
    fi
    # The first process in there is the only child of the holder.
    pgrep -P "$(<"$FIELD/holder")" >"$FIELD/inside"
    echo "# SEED=$(<"$FIELD/seed")"
}

field_in() {
    local enter=(--net --mount)
    ((EUID == 0)) || enter+=(--user --preserve-credentials)
    nsenter --target "$(<"$FIELD/inside")" "${enter[@]}" --wd="$PWD" -- "$@"
}

field_py() { field_in /usr/bin/python3 "$FIELD_SOURCE/field.py" "$1" "$FIELD" "${@:2}"; }
field_holds() { field_py holds "$@"; }

field_end() {
    [ -s "$FIELD/holder" ] || return 0
    # unshare takes no notice of SIGTERM while it waits; --kill-child ends all that is inside.
    kill -KILL "$(<"$FIELD/holder")" 2>/dev/null
    return 0
}
