# shellcheck shell=bash disable=SC2154 # the caller sets what this needs
# Progress and errors for the scripts in deploy/: both go to standard error, so that standard output stays parsable.

say() { printf '%s\n' "$*" >&2; }

# step TEXT: a progress line with the seconds since the script began.
step() { printf '[%3ds] %s\n' "$SECONDS" "$*" >&2; }

die() {
    printf '%s: error: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

need_root() {
    [ "$(id -u)" -eq 0 ] || die "must run as root: it makes namespaces, mounts and cgroups"
}

# wait_until SECONDS COMMAND…: polls until COMMAND succeeds; fails once SECONDS have passed.
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        [ "$SECONDS" -lt "$deadline" ] || return 1
        sleep 0.1
    done
}
