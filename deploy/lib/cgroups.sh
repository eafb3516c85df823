# shellcheck shell=bash disable=SC2154 # the caller sets what this needs
# cgroups of a cluster's hosts, on cgroup v1, v2 and both at once. Each host has PREFIX-NAME at the top of every hierarchy:
# its own processes in the leaf `host`, its containers in leaves that musterd makes beside it. Sourced after say.sh.

# One mount point per hierarchy.
cgroup_roots() {
    awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/self/mounts | sort -u
}

# cgroup_join GROUP: moves the calling shell into GROUP/host everywhere.
cgroup_join() {
    local root
    for root in $(cgroup_roots); do
        # A v1 cpuset takes no process until it is given processors; the runtime sets up its own.
        if [ -e "$root/cpuset.cpus" ] && [ ! -e "$root/cgroup.controllers" ]; then continue; fi
        mkdir -p "$root/$1/host"
        printf '%s\n' "$BASHPID" >"$root/$1/host/cgroup.procs"
    done
}

# cgroup_freeze GROUP yes|no
cgroup_freeze() {
    local root done_in=
    for root in $(cgroup_roots); do
        if [ -e "$root/$1/freezer.state" ]; then
            if [ "$2" = yes ]; then printf FROZEN; else printf THAWED; fi >"$root/$1/freezer.state"
            done_in=$root
            if [ "$2" = yes ]; then
                wait_until 10 grep -q FROZEN "$root/$1/freezer.state" || die "$root/$1 does not freeze"
            fi
            break
        elif [ -e "$root/$1/cgroup.freeze" ] && ! mountpoint -q /sys/fs/cgroup/freezer; then
            if [ "$2" = yes ]; then printf 1; else printf 0; fi >"$root/$1/cgroup.freeze"
            done_in=$root
            break
        fi
    done
    if [ -z "$done_in" ] && [ "$2" = yes ]; then die "no cgroup hierarchy here can freeze $1"; fi
}

cgroup_try_remove() {
    local root group left=0
    for root in $(cgroup_roots); do
        for group in "$root"/$1; do
            if [ ! -d "$group" ]; then continue; fi
            find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
            if [ -d "$group" ]; then left=1; fi
        done
    done
    return "$left"
}

# cgroup_remove PATTERN: processes that were just killed may take a moment to leave.
cgroup_remove() {
    wait_until 15 cgroup_try_remove "$1" || say "some cgroups $1 could not be removed: still in use"
}
