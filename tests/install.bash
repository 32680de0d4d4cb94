# shellcheck shell=bash
# What tests/run and tests/try have in common: packages. To be sourced at the top of the source.
#
#   packages_all, packages_build    names from tests/packages: all, those that building needs
#   packages_provide yes|no PROGRAM "NAME..."
#                                   installs what is missing of them; with "no", or without
#                                   apt-get or root, says what is needed and goes on

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
    if ! { apt-get -q update && apt-get -q -y --no-install-recommends install "${missing[@]}"; }; then
        say "apt-get failed; going on with what there is"
    fi
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
