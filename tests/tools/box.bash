# shellcheck shell=bash
# A machine to play recipes on, exactly as they are printed: with folders of its own at the places that
# they name (/etc, /var, /run, /tmp, /usr/local/bin and share), programs of the system, and a loopback that has
# the addresses of the documentation, so that a server can listen at 192.0.2.53, port 53.
#
#   box_begin FOLDER [ADDRESS...]  makes it below FOLDER; fails, and says why, where the system allows none.
#                                  FOLDER/etc, FOLDER/var and so on are its folders, from outside;
#                                  FOLDER/local is its /usr/local
#   box_in WORD...                 runs a command inside, in /, as its root, in an environment of its own
#   box_start NAME WORD...         starts a program there; its output is in FOLDER.NAME
#   box_kill NAME [SIGNAL]         sends it a signal (KILL), and waits until it has ended, if it is KILL or TERM
#   box_end                        all of it ends, with what runs in it
#
# BOX is the folder. Nothing in it can reach another machine. FOLDER's own path is there inside, too,
# and so are those of the build.

box_begin() {
    local user=() i
    BOX=$1
    shift
    mkdir -p "$BOX"/{etc,var/lib,var/log,run,tmp,root,home,proc,dev,usr,local/bin,local/sbin,local/share} || return
    chmod 1777 "$BOX/tmp"
    ln -sfn /run "$BOX/var/run"
    cp -L /etc/passwd /etc/group "$BOX/etc" && cp -dR /etc/alternatives "$BOX/etc" || return
    [[ ! -e /etc/ld.so.cache ]] || cp /etc/ld.so.cache "$BOX/etc"
    printf 'hosts: files\n' >"$BOX/etc/nsswitch.conf"
    printf '127.0.0.1 localhost\n::1 localhost\n' >"$BOX/etc/hosts"
    install -m 755 "${ZXFR:?}" "$BOX/local/bin/zxfr" || return
    : >"$BOX.ready"
    ((EUID == 0)) || user=(--user --map-root-user)
    unshare "${user[@]}" --net --mount --pid --fork --kill-child \
        bash -e "${BASH_SOURCE[0]}" "$BOX" "$@" >"$BOX.ready" 2>"$BOX.why" </dev/null 3>&- &
    echo "$!" >"$BOX.holder"
    for ((i = 0; i < 1200; i++)); do
        [[ $(<"$BOX.ready") != ready ]] || break
        kill -0 "$(<"$BOX.holder")" 2>/dev/null || break
        sleep 0.05
    done
    if [[ $(<"$BOX.ready") != ready ]]; then
        echo "the box did not come up: $(head -c 2000 "$BOX.why")"
        return 1
    fi
    pgrep -P "$(<"$BOX.holder")" >"$BOX.inside"
}

box_in() {
    local enter=(--net --mount --pid --root --wd)
    ((EUID == 0)) || enter+=(--user --preserve-credentials)
    nsenter --target "$(<"$BOX.inside")" "${enter[@]}" -- env -i HOME=/root LC_ALL=C \
        PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

# The number of a process that is started from outside is not that of the program.
box_start() {
    : >"$BOX.$1" # what an earlier one has said is not the word of this one
    # shellcheck disable=SC2016
    box_in sh -c 'echo $$ >"$0" && exec "$@"' "$BOX.$1.pid" "${@:2}" >"$BOX.$1" 2>&1 </dev/null 3>&- &
}

box_kill() {
    local pid
    pid=$(<"$BOX.$1.pid")
    box_in kill "-${2:-KILL}" "$pid" || return
    [[ ${2:-KILL} != HUP ]] || return 0
    while box_in test -e "/proc/$pid"; do sleep 0.02; done
    rm -f "$BOX.$1.pid"
}

box_end() {
    [[ -s ${BOX:-}.holder ]] || return 0
    kill -KILL "$(<"$BOX.holder")" 2>/dev/null
    { wait "$(<"$BOX.holder")"; } 2>/dev/null
    rm -f "$BOX.holder"
    return 0
}

# Inside, as the first process of the box: the folders, the addresses, and then nothing.
box_play() {
    local name address
    BOX=$1
    shift
    mount --make-rprivate /
    mount --rbind /usr "$BOX/usr"
    for name in bin sbin share; do
        mount --bind "$BOX/local/$name" "$BOX/usr/local/$name"
    done
    for name in /bin /sbin /lib /lib32 /lib64 /libx32; do
        if [[ -L $name ]]; then
            ln -sfn "$(readlink "$name")" "$BOX$name"
        elif [[ -d $name ]]; then
            mkdir -p "$BOX$name" && mount --rbind "$name" "$BOX$name"
        fi
    done
    mount --rbind /dev "$BOX/dev"
    mount -t proc proc "$BOX/proc"
    mkdir -p "$BOX${BOX%/*}" && mount --bind "${BOX%/*}" "$BOX${BOX%/*}"
    ip link set lo up
    for address; do ip address add "$address/32" dev lo; done
    echo ready
    exec chroot "$BOX" sleep infinity
}

[[ ${BASH_SOURCE[0]} != "$0" ]] || box_play "$@"
