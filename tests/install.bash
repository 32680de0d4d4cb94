# shellcheck shell=bash
# What tests/run, tests/try and tests/on-debian have in common: packages and build folders. To be
# sourced at the top of the source, by a program that has a function say.
#
#   packages_all, packages_build    names from tests/packages: all, those that building needs
#   packages_provide yes|no PROGRAM "NAME..."
#                                   installs what is missing of them; with "no", or without
#                                   apt-get or root, says what is needed and goes on
#   packages_candidates NAME...     those of them that apt can get
#   build_folder FOLDER             sets it up, anew where other tools did it before

packages_read() { sed 's/[[:space:]]*#.*//; /^$/d' | paste -sd ' '; }
packages_all() { packages_read <tests/packages; }
packages_build() { sed '/^$/q' tests/packages | packages_read; }

# Packaged servers start when they are installed, and would take port 53.
policy=/usr/sbin/policy-rc.d
made_policy=no
remove_policy() {
    [ "$made_policy" = no ] || rm -f "$policy"
    made_policy=no
}
trap remove_policy EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

packages_candidates() {
    local package
    for package; do
        apt-cache policy "$package" 2>/dev/null | grep -q '^  Candidate: [^(]' && echo "$package"
    done
}

apt_install() { apt-get -q -y -o Acquire::Retries=3 --no-install-recommends install "$@"; }

# One that apt does not know would keep it from installing any, and so would one that it cannot
# have together with the others.
packages_get() {
    local package known
    apt-get -q -o Acquire::Retries=3 update || say "apt-get update failed; trying with the lists there are"
    mapfile -t known < <(packages_candidates "$@")
    for package; do
        [[ " ${known[*]} " == *" $package "* ]] || say "apt knows no package $package; going on without"
    done
    [ ${#known[@]} -gt 0 ] || return 0
    apt_install "${known[@]}" && return
    say "apt-get failed; trying one package after the other"
    for package in "${known[@]}"; do
        apt_install "$package" || say "apt-get cannot install $package; going on without"
    done
}

packages_install() {
    local package missing=()
    for package; do
        dpkg-query -W -f '${Status}\n' "$package" 2>/dev/null | grep -q '^install ok installed' ||
            missing+=("$package")
    done
    if [ ${#missing[@]} -eq 0 ]; then
        say "all packages that are needed are installed"
        return
    fi
    say "installing with apt-get: ${missing[*]}"
    if [ ! -e "$policy" ]; then
        made_policy=yes
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    # A package that cannot be had shows later, as what fails without it.
    packages_get "${missing[@]}"
    remove_policy
}

packages_provide() {
    if [ "$1" = yes ] && command -v apt-get >/dev/null && [ "$(id -u)" -eq 0 ]; then
        # shellcheck disable=SC2086
        packages_install $3
    else
        say "not installing anything (that takes apt-get and root); $2 needs, in Debian:"
        echo "$3" | fold -s -w 90
    fi
}

# meson remembers what it found. After an upgrade that is wrong, and it may not even read its own
# folder any more.
build_tools() {
    local tool
    for tool in "${CC:-cc}" meson ninja; do
        "$tool" --version 2>&1 | head -n 1
    done
    pkg-config --modversion libcares jansson openssl 2>&1
}

build_folder() {
    local folder=$1 tools
    shift
    tools=$(build_tools)
    if [ -e "$folder/build.ninja" ] && [ "$(cat "$folder/tools" 2>/dev/null)" = "$tools" ]; then
        return
    fi
    say "setting up $folder"
    rm -rf "$folder" && meson setup "$@" "$folder" && echo "$tools" >"$folder/tools"
}
