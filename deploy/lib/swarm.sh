# shellcheck shell=bash disable=SC2154 # the caller sets what this needs
# musterd on each host, and the swarm they form. Needs $dir, $deploy, $managers, $workers; sourced after hosts.sh.

musterd=${MUSTERD:-$deploy/bin/musterd}
muster=${MUSTER:-$deploy/bin/muster}

need_daemon() {
    if ! [ -x "$musterd" ] || ! [ -x "$muster" ]; then
        die "$musterd and $muster are needed; deploy/quickstart.sh builds them, or set MUSTERD and MUSTER"
    fi
}

daemon_pidfile() { printf '%s/hosts/node-%d/musterd.pid\n' "$dir" "$1"; }

daemon_answers() {
    curl -sf -m 5 -o /dev/null --unix-socket "$dir/node-$1/docker.sock" http://localhost/_ping
}

daemon_spawn() {
    local i=$1
    mkdir -p "$dir/node-$i"
    chmod 700 "$dir/node-$i"
    host_spawn "node-$i" "$(daemon_pidfile "$i")" "$dir/node-$i/log" \
        "$musterd" --data-dir "$dir/node-$i" --socket "$dir/node-$i/muster.sock" --cgroup-parent "/$(host_cgroup "node-$i")" --registry-hosts "$dir/certs.d"
}

daemon_await() {
    wait_until 90 daemon_answers "$1" ||
        die "musterd on node-$1 does not answer; the end of $dir/node-$1/log: $(tail -5 "$dir/node-$1/log")"
}

# muster_on I ARGS…: the command line on node I.
muster_on() {
    local i=$1
    shift
    MUSTER_HOST="unix://$dir/node-$i/muster.sock" DOCKER_CONFIG="$dir/client" timeout 120 "$muster" "$@"
}

in_swarm() { [ "$(muster_on "$1" info --format '{{.Swarm.LocalNodeState}}')" = active ]; }

join_swarm() {
    local i=$1 role=$2 token
    if in_swarm "$i"; then return; fi
    token=$(muster_on 1 swarm join-token -q "$role")
    muster_on "$i" swarm join --token "$token" --advertise-addr "$(node_address "$i")" "$(node_address 1):2377" >&2 ||
        die "node-$i could not join, see $dir/node-$i/log"
}

nodes_are_ready() {
    [ "$(muster_on 1 node ls --format '{{.Status}}' | grep -c '^Ready$')" -ge "$((managers + workers))" ]
}

form_swarm() {
    local i joins=()
    if ! in_swarm 1; then
        muster_on 1 swarm init --advertise-addr "$(node_address 1)" >&2 || die "swarm init failed, see $dir/node-1/log"
    fi
    # Managers one after the other: the group changes one member at a time.
    for i in $(seq 2 "$managers"); do join_swarm "$i" manager; done
    for i in $(seq $((managers + 1)) $((managers + workers))); do
        join_swarm "$i" worker &
        joins+=($!)
    done
    for i in "${joins[@]}"; do wait "$i" || die "not every worker joined"; done
    wait_until 60 nodes_are_ready || die "not every node is ready: $(muster_on 1 node ls 2>&1)"
}
