#!/bin/bash
# Hosts in namespaces on one machine, with an outside: a cluster to try, test and measure Muster on. Several can run at once.
#   cluster.sh up --dir DIR [--managers N] [--workers M] [--bare | --no-swarm] [--no-images]
#                              start it (default: 1 manager, 2 workers); returns when every node is ready
#                              --bare: hosts and outside only   --no-swarm: musterd on each host, no swarm
#                              --no-images: leave the registry empty
#   cluster.sh down --dir DIR  stop it and remove all that it made, DIR included
#   cluster.sh start I         start host I if it is off, and musterd on it if that is not running
#   cluster.sh stop I          SIGTERM to musterd, and wait for its end; containers go on
#   cluster.sh kill I          SIGKILL to musterd alone; containers go on
#   cluster.sh poweroff I      the whole host at once: daemon, containerd, shims, containers, link
#   cluster.sh pause I         freeze the whole host, and let nothing through its link   (resume I ends that)
#   cluster.sh partition I [J...]   cut host I from hosts J (or 'outside'); without J from every other node
#   cluster.sh heal            end all cuts
#   cluster.sh exec I CMD...   run CMD on host I (or 'outside'), with MUSTER_HOST, DOCKER_HOST and DOCKER_CONFIG set
#   cluster.sh env             addresses and sockets as shell variables
# All take --dir DIR (default: $MUSTER_CLUSTER_DIR). Node i has DIR/node-i/muster.sock, docker.sock and log; node 1 is the
# first manager, managers come before workers.

# shellcheck disable=SC2154 # the parts set some of it
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
deploy=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
lib=$deploy/lib
for part in say jdk cgroups hosts underlay outside swarm; do
    # shellcheck source=/dev/null
    . "$lib/$part.sh"
done

usage() {
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# The longest socket path below DIR, for a node number of two digits: containerd's own.
longest_socket=/node-99/containerd/state/containerd.sock.ttrpc
longest_path=107

check_dir() {
    [ -n "$dir" ] || die "--dir DIR is needed (or MUSTER_CLUSTER_DIR)"
    dir=$(realpath -m "$dir")
    case $dir in
    / | /run | /run/* | /var/run/* | /proc/* | /sys/*) die "DIR cannot be $dir: each host has its own /run, /proc and /sys" ;;
    *[!A-Za-z0-9/._@+-]*) die "DIR may have letters, digits and /._@+- only: $dir" ;;
    esac
    if [ $((${#dir} + ${#longest_socket})) -gt "$longest_path" ]; then
        die "DIR is too long for the path of a unix socket: at most $((longest_path - ${#longest_socket})) characters," \
            "this has ${#dir}: $dir"
    fi
    tag=$(printf '%s' "$dir" | sha256sum | cut -c1-6)
}

# The shape of the cluster in DIR. A key that is absent keeps what the command line said.
load_cluster() {
    [ -s "$dir/cluster.env" ] || die "there is no cluster in $dir: 'cluster.sh up --dir $dir' makes one"
    # shellcheck source=/dev/null
    . "$dir/cluster.env"
}

number_of_nodes() { printf '%d\n' $((managers + workers)); }

need_node() {
    case ${1:-} in
    '' | *[!0-9]*) die "a node's number is needed, 1 to $(number_of_nodes), not '${1:-}'" ;;
    esac
    if [ "$1" -lt 1 ] || [ "$1" -gt "$(number_of_nodes)" ]; then
        die "there is no node $1: this cluster has nodes 1 to $(number_of_nodes)"
    fi
}

# all_nodes FUNCTION: FUNCTION I for every node at once.
all_nodes() {
    local i jobs=() failed=0
    for i in $(seq "$(number_of_nodes)"); do
        "$1" "$i" &
        jobs+=($!)
    done
    for i in "${jobs[@]}"; do wait "$i" || failed=1; done
    [ "$failed" -eq 0 ] || exit 1
}

power_on() {
    if host_is_up "node-$1"; then return; fi
    # A machine that boots has no cgroups from before.
    cgroup_remove "$(host_cgroup "node-$1")"
    host_files "node-$1"
    host_boot "node-$1"
    underlay_plug "$1"
}

power_off() {
    if ! host_is_up "node-$1"; then return; fi
    # The link first, or the kernel would still say goodbye on every connection.
    underlay_unplug "$1"
    host_poweroff "node-$1"
}

record_cluster() {
    local number
    mkdir -p "$dir"
    if [ -s "$dir/cluster.env" ]; then
        local m=$managers w=$workers
        load_cluster
        if [ -n "$shape_given" ] && [ "$m/$w" != "$managers/$workers" ]; then
            die "$dir has a cluster of $managers managers and $workers workers; 'down' it first for another shape"
        fi
        return
    fi
    number=$(take_subnet)
    net=10.99.$number
    printf 'net=%s\nmanagers=%d\nworkers=%d\n' "$net" "$managers" "$workers" >"$dir/cluster.env.new"
    mv "$dir/cluster.env.new" "$dir/cluster.env"
}

up() {
    need_root
    "$deploy/host-setup.sh" 2>/dev/null || "$deploy/host-setup.sh"
    find_jdk
    if [ "$until" != bare ]; then need_daemon; fi
    record_cluster
    step "outside: CA, registry, web server, DNS server"
    outside_up
    step "hosts: $(number_of_nodes)"
    all_nodes power_on
    if [ "$images" = yes ]; then
        step "demo images"
        "$deploy/../integration-tests/images/build.sh" "$(image_cache)"
        push_images "$(image_cache)"
    fi
    if [ "$until" = bare ]; then return; fi
    step "musterd on each host"
    all_nodes daemon_spawn_if_down
    all_nodes daemon_await
    if [ "$until" = daemons ]; then return; fi
    step "swarm: $managers managers, $workers workers"
    form_swarm
    step "ready: $dir"
}

image_cache() { printf '%s\n' "${MUSTER_IMAGES:-/var/cache/muster-images}"; }

daemon_spawn_if_down() { daemon_answers "$1" || daemon_spawn "$1"; }

down() {
    need_root
    if [ -s "$dir/cluster.env" ]; then load_cluster; fi
    local round
    # Twice: a boot that was under way may have made another process meanwhile.
    for round in 1 2; do
        kill_all_inits
        cgroup_thaw_all
        wait_until 20 no_inits || die "some hosts in $dir do not die (round $round)"
    done
    cgroup_remove "muster-$tag-*"
    release_subnet
    if [ -e "$dir/cluster.env" ] || [ -d "$dir/hosts" ]; then
        # Never more than what clusters make: DIR may hold other things.
        rm -rf "$dir"/node-* "$dir/hosts" "$dir/outside" "$dir/client" "$dir/certs.d" "$dir/registry-ca.crt" "$dir"/cluster.env*
        rmdir "$dir" 2>/dev/null || true
    fi
}

cgroup_thaw_all() {
    local group
    for group in /sys/fs/cgroup/freezer/muster-"$tag"-* /sys/fs/cgroup/muster-"$tag"-*; do
        if [ -d "$group" ]; then cgroup_freeze "${group##*/}" no; fi
    done
}

start() {
    power_on "$1"
    need_daemon
    find_jdk
    if ! daemon_answers "$1"; then daemon_spawn "$1"; fi
    daemon_await "$1"
}

stop() {
    # shellcheck disable=SC2016 # expanded inside the host
    host_run "node-$1" bash -c 'pid=$(cat "$1" 2>/dev/null) && kill "$pid" 2>/dev/null || exit 0
        for _ in $(seq 600); do [ -e "/proc/$pid" ] || exit 0; sleep 0.1; done; exit 1' stop "$(daemon_pidfile "$1")" ||
        die "musterd on node-$1 did not end within a minute of SIGTERM"
}

pause() {
    need_host "node-$1"
    underlay_silent "$1"
    cgroup_freeze "$(host_cgroup "node-$1")" yes
}

resume() {
    need_host "node-$1"
    cgroup_freeze "$(host_cgroup "node-$1")" no
    underlay_loud "$1"
}

partition() {
    local i=$1 j others=()
    shift
    for j in "$@"; do
        if [ "$j" = outside ]; then others+=(outside); continue; fi
        need_node "$j"
        others+=("node-$j")
    done
    if [ $# -eq 0 ]; then
        for j in $(seq "$(number_of_nodes)"); do [ "$j" = "$i" ] || others+=("node-$j"); done
    fi
    underlay_cut "node-$i" "${others[@]}"
}

enter() {
    local where=$1
    shift
    [ $# -gt 0 ] || die "exec needs a command"
    export DOCKER_CONFIG=$dir/client PATH=$deploy/bin:$PATH
    find_jdk
    if [ "$where" = outside ]; then host_enter outside "$@"; fi
    need_node "$where"
    need_host "node-$where"
    export MUSTER_HOST=unix://$dir/node-$where/muster.sock DOCKER_HOST=unix://$dir/node-$where/docker.sock
    host_enter "node-$where" "$@"
}

print_env() {
    local i
    cat <<EOF
MUSTER_CLUSTER_DIR=$dir
MUSTER_NODES=$(number_of_nodes)
MUSTER_MANAGERS=$managers
MUSTER_WORKERS=$workers
MUSTER_OUTSIDE_ADDRESS=$net.1
MUSTER_DNS_ADDRESS=$net.1
MUSTER_WEB_ADDRESS=$web_address
MUSTER_WEB_NAME=web.outside.test
MUSTER_REGISTRY_ADDRESS=$(registry_address)
MUSTER_REGISTRY_CA=$dir/registry-ca.crt
MUSTER_REGISTRY_HOSTS=$dir/certs.d
MUSTER_REGISTRY_USER=$registry_user
MUSTER_REGISTRY_PASSWORD_FILE=$dir/outside/password
DOCKER_CONFIG=$dir/client
EOF
    for i in $(seq "$(number_of_nodes)"); do
        cat <<EOF
MUSTER_NODE_${i}_ADDRESS=$(node_address "$i")
MUSTER_NODE_${i}_SOCKET=$dir/node-$i/muster.sock
MUSTER_NODE_${i}_DOCKER_SOCKET=$dir/node-$i/docker.sock
MUSTER_NODE_${i}_LOG=$dir/node-$i/log
MUSTER_NODE_${i}_CGROUP=$(host_cgroup "node-$i")
MUSTER_NODE_${i}_INIT=$(host_pid "node-$i" || true)
EOF
    done
}

[ $# -gt 0 ] || usage
command=$1
shift
dir=${MUSTER_CLUSTER_DIR:-} managers=1 workers=2 shape_given='' until=swarm images=yes arguments=()
while [ $# -gt 0 ]; do
    case $1 in
    --dir) dir=${2:?--dir needs a directory}; shift ;;
    --dir=*) dir=${1#*=} ;;
    --managers) managers=${2:?--managers needs a number} shape_given=1; shift ;;
    --workers) workers=${2:?--workers needs a number} shape_given=1; shift ;;
    --bare) until=bare ;;
    --no-swarm) until=daemons ;;
    --no-images) images=no ;;
    --) shift; arguments+=("$@"); break ;;
    -*) die "unknown option $1" ;;
    *)
        arguments+=("$1")
        # What follows the host's name is the command to run there, options and all.
        if [ "$command" = exec ] && [ "${#arguments[@]}" -ge 2 ]; then shift; arguments+=("$@"); break; fi
        ;;
    esac
    shift
done
case $managers in '' | *[!0-9]* | 0) die "--managers must be a number above 0, not '$managers'" ;; esac
case $workers in '' | *[!0-9]*) die "--workers must be a number, not '$workers'" ;; esac
[ $((managers + workers)) -le 99 ] || die "at most 99 hosts, not $((managers + workers))"
check_dir

case $command in
up) up ;;
down) down ;;
start | stop | kill | poweroff | pause | resume | partition)
    load_cluster
    need_node "${arguments[0]:-}"
    case $command in
    kill) host_kill "node-${arguments[0]}" "$(daemon_pidfile "${arguments[0]}")" ;;
    poweroff) power_off "${arguments[0]}" ;;
    *) "$command" "${arguments[@]}" ;;
    esac
    ;;
heal) load_cluster; underlay_heal ;;
exec) load_cluster; enter "${arguments[@]:-}" ;;
env) load_cluster; print_env ;;
*) usage ;;
esac
