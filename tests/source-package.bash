# shellcheck shell=bash
# The source package of Debian, for tests/package and the lint. To be sourced at the top of the source.
#
#   source_version             the version of zxfr, as meson.build has it
#   source_package FOLDER      makes it there, and leaves it unpacked as FOLDER/zxfr-VERSION
#   source_lintian FOLDER      what lintian says of it; fails if that is an error or a warning
#   lintian_judge FILE         likewise

source_version() { sed -n "s/^ *version: '\([0-9.]*\)'.*/\1/p" meson.build | head -n 1; }

# What git knows here or, in a tarball, all that there is.
source_files() {
    if git ls-files --error-unmatch meson.build >/dev/null 2>&1; then
        git ls-files -co --exclude-standard -z
    else
        find . \( -name .git -o -name 'build*' -o -name __pycache__ \) -type d -prune -o -type f -printf '%P\0'
    fi | while IFS= read -r -d '' file; do
        [ ! -f "$file" ] || printf '%s\0' "$file" # git still knows what was removed
    done
}

source_package() {
    local folder=$1 name
    name=zxfr-$(source_version)
    mkdir "$folder/$name" && source_files | xargs -0 cp --parents -t "$folder/$name" &&
        tar -C "$folder" --sort=name --owner=0 --group=0 --numeric-owner -czf "$folder/${name/-/_}.orig.tar.gz" "$name" &&
        cp -r .ci/debian "$folder/$name/debian" &&
        (cd "$folder" && dpkg-source -b "$name")
}

# These are left out: there is no page of the project that could be named or watched, nor an address that
# whoever uploads it would not replace, and no bug that waits for it. What is only informative differs from
# release to release, so it is said and no failure.
lintian_judge() {
    local said
    said=$(lintian --allow-root -I --pedantic --fail-on none --suppress-tags "$(
        paste -sd, <<'END'
debian-watch-file-is-missing
no-homepage-field
bogus-mail-host
bogus-mail-host-in-debian-changelog
initial-upload-closes-no-bugs
END
    )" "$@" 2>&1 | grep -v '^running with root') || return 0
    echo "$said"
    ! grep -qv '^[IPX]: ' <<<"$said"
}
source_lintian() { lintian_judge "$1"/zxfr_*.dsc; }
