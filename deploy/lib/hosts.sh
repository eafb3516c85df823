# shellcheck shell=bash disable=SC2154 # the caller sets what this needs
# Hosts of a cluster: boot, power off, enter. A host is NAME (node-1, ..., outside) with its files under $dir/hosts/NAME and its
# init's process id in $dir/hosts/NAME/init.pid. Needs $dir, $tag and $lib; sourced after say.sh and cgroups.sh.

host_cgroup() { printf 'muster-%s-%s\n' "$tag" "${1#node-}"; }

# is_init PROCESS DIRECTORY: whether it is the init of a host whose directory matches the pattern. Its parent, unshare, has the
# same arguments and counts too.
is_init() {
    local arguments=() argument script=
    { mapfile -d '' arguments <"/proc/$1/cmdline"; } 2>/dev/null || return 1
    for argument in ${arguments[@]+"${arguments[@]}"}; do
        # shellcheck disable=SC2053 # a pattern
        if [ -n "$script" ] && [[ $argument == $2 ]]; then return 0; fi
        if [[ $argument == */host-init.sh ]]; then script=$argument; else script=; fi
    done
    return 1
}

# The init's process id, or failure if the host is off. A process id alone proves nothing after a reboot: the name must fit.
host_pid() {
    local pid
    pid=$(cat "$dir/hosts/$1/init.pid" 2>/dev/null) || return 1
    is_init "$pid" "$dir/hosts/$1" || return 1
    printf '%s\n' "$pid"
}

host_is_up() { host_pid "$1" >/dev/null; }

need_host() {
    host_is_up "$1" || die "$1 is off: 'cluster.sh start ${1#node-} --dir $dir' starts it"
}

host_boot() {
    local name=$1
    mkdir -p "$dir/hosts/$name"
    rm -f "$dir/hosts/$name/init.pid"
    (
        cgroup_join "$(host_cgroup "$name")"
        exec setsid -f unshare --net --mount --uts --pid --fork -- bash "$lib/host-init.sh" "$dir/hosts/$name" "$name" \
            </dev/null >>"$dir/hosts/$name/init.log" 2>&1
    )
    wait_until 20 host_is_up "$name" || die "$name did not boot: $(tail -3 "$dir/hosts/$name/init.log")"
}

# host_enter NAME CMD…: all four namespaces; becomes CMD, so call it in a subshell or last.
host_enter() {
    local pid
    pid=$(host_pid "$1") || die "$1 is off"
    shift
    exec nsenter --target "$pid" --net --mount --uts --pid --wdns="$PWD" -- "$@"
}

host_run() { (host_enter "$@"); }

# host_spawn NAME PIDFILE LOG CMD…: a daemon of the host, child of its init. The pid written is the host's own numbering.
host_spawn() {
    local name=$1 pidfile=$2 log=$3
    shift 3
    (
        cgroup_join "$(host_cgroup "$name")"
        cd /
        # shellcheck disable=SC2016 # expanded inside the host
        host_enter "$name" bash -c 'pidfile=$1 log=$2; shift 2
            { echo "$BASHPID" >"$pidfile"; exec setsid "$@"; } </dev/null >>"$log" 2>&1 &' spawn "$pidfile" "$log" "$@"
    ) 9>&-
}

# host_kill NAME PIDFILE: SIGKILL, and waits until the process is gone.
host_kill() {
    # shellcheck disable=SC2016 # expanded inside the host
    host_run "$1" bash -c 'pid=$(cat "$1" 2>/dev/null) && kill -9 "$pid" 2>/dev/null || exit 0
        while [ -e "/proc/$pid" ]; do sleep 0.02; done' kill "$2"
    rm -f "$2"
}

host_is_off() { ! host_is_up "$1"; }

host_poweroff() {
    local pid
    pid=$(host_pid "$1") || return 0
    kill -9 "$pid" 2>/dev/null || true
    # A frozen process dies only once it is thawed.
    cgroup_freeze "$(host_cgroup "$1")" no
    wait_until 20 host_is_off "$1" || die "$1 does not die: process $pid"
    rm -f "$dir/hosts/$1/init.pid"
}

# The processes of all inits of this directory, also of those that no pid file names because their boot was interrupted.
all_inits() {
    local process
    for process in /proc/[0-9]*; do
        if is_init "${process#/proc/}" "$dir/hosts/*"; then printf '%s\n' "${process#/proc/}"; fi
    done
}

no_inits() { [ -z "$(all_inits)" ]; }

kill_all_inits() {
    local pid
    for pid in $(all_inits); do kill -9 "$pid" 2>/dev/null || true; done
}
