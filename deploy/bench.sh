#!/bin/bash
# Benchmarks. Each prints one line a figure on standard output: name, value, unit, context, separated by tabs; progress goes to
# standard error. Figures are set against a baseline taken in the same run, since machines differ and are noisy.
#   bench.sh start [--against SOCKET[=IMAGE]]... [--rounds N] [--dir DIR]
#       from a request to running containers, beside containerd's own create and start; with --against also the same work on
#       another Docker API endpoint. Then musterd's resident memory and the command line's wall time.
#   bench.sh raft [--kills N] [--state MIB] [--dir DIR]
#       durable changes per second beside this disk's own fsync, how fast a new manager gets a large state (500 MiB), and how long
#       a cluster of three managers is without a leader when that is killed (50 times)
#   --dir DIR   use the cluster there instead of starting one of three hosts (and stopping it)
set -euo pipefail
deploy=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
tree=$(dirname "$deploy")
# shellcheck source=lib/say.sh
. "$deploy/lib/say.sh"
# shellcheck source=lib/jdk.sh
. "$deploy/lib/jdk.sh"

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

figure() { printf '%s\t%s\t%s\t%s\n' "$@"; }

on() { "$deploy/cluster.sh" exec --dir "$dir" "$@"; }

# resident NODE: of musterd and of its containerd, in MiB.
resident() {
    # shellcheck disable=SC2016 # expanded on the host
    on "$1" bash -c 'for what in MusterdMain /containerd.toml; do
        for process in /proc/[0-9]*; do
            if tr "\0" " " <"$process/cmdline" 2>/dev/null | grep -q -- "$what" && [ "$(cat "$process/comm")" != bash ]; then
                awk -v what="$what" "/^VmRSS/ { printf \"%s %.0f\n\", what, \$2 / 1024 }" "$process/status"
            fi
        done
    done'
}

memory() {
    local node role
    for node in 1 2; do
        if [ "$node" = 1 ]; then role=manager; else role=worker; fi
        resident "$node" | while read -r what mib; do
            case $what in
            MusterdMain) figure "rss.musterd.$role.$1" "$mib" MiB "$2" ;;
            *) figure "rss.containerd.$role.$1" "$mib" MiB "$2" ;;
            esac
        done
    done
}

# median_ms COMMAND…: wall time on the first host, the median of eleven runs after one that does not count.
median_ms() {
    local times=() begin
    for _ in $(seq 12); do
        begin=$(date +%s%N)
        on 1 "$@" >/dev/null
        times+=($((($(date +%s%N) - begin) / 1000)))
    done
    printf '%s\n' "${times[@]:1}" | sort -n | awk '{ t[NR] = $1 } END { printf "%.0f\n", t[int((NR + 1) / 2)] / 1000 }'
}

bench_start() {
    local classpath=$tree/integration-tests/target/bench.classpath image=busybox:1.36 containerd init before total
    step "build"
    (cd "$tree" && mvn -B -q -ntp package dependency:build-classpath -DskipTests -Dmdep.outputFile="$classpath" \
        -pl integration-tests -am >&2)
    "$deploy/bin/aot-build" >&2
    memory idle "no containers"
    init=$("$deploy/cluster.sh" env --dir "$dir" | sed -n 's/^MUSTER_NODE_2_INIT=//p')
    containerd=/proc/$init/root/run/muster/containerd.sock
    step "start, scale, update, remove: $rounds rounds"
    "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:+UseSerialGC \
        -cp "$tree/integration-tests/target/test-classes:$(cat "$classpath")" \
        dev.muster.bench.BenchMain start "$dir/node-1/muster.sock=$image" "$containerd" "$rounds" "${against[@]}"
    on 1 muster service create -q -d --name memory --replicas 20 $image sleep 1000000 >/dev/null
    wait_until 60 running_20
    memory twenty "20 containers on the cluster"
    on 1 muster service rm memory >/dev/null
    before=$(median_ms true)
    total=$(median_ms muster version)
    figure cli.version "$((total - before))" ms "wall time of 'muster version', median of 11, without entering the host ($before ms)"
}

bench_raft() {
    local classpath=$tree/manager/target/bench.classpath scratch
    step "build"
    (cd "$tree" && mvn -B -q -ntp package dependency:build-classpath -DskipTests -Dmdep.outputFile="$classpath" -pl manager -am >&2)
    step "log: writers, and a late manager with $state MiB"
    scratch=$(mktemp -d "$dir/raft.XXXX")
    "$JAVA_HOME/bin/java" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow -XX:+UseSerialGC -Xmx4g \
        -cp "$tree/manager/target/test-classes:$tree/manager/target/classes:$(cat "$classpath")" \
        dev.muster.manager.raft.RaftBench "$scratch" "$state" 2>"$scratch/log" || die "the bench failed: $(tail -5 "$scratch/log")"
    rm -rf "$scratch"
    step "elections: $kills kills of the leader"
    elections
}

# leader I: the number of the node that leads, as node I sees it.
leader() { on "$1" muster node ls --format '{{.Hostname}} {{.ManagerStatus}}' | sed -n 's/^node-\([0-9]*\) Leader$/\1/p'; }

# serves I: a linearizable read, so only under a leader.
serves() { curl -sf -m 1 -o /dev/null --unix-socket "$dir/node-$1/docker.sock" http://localhost/nodes; }

reachable_3() { [ "$(on "$1" muster node ls --format '{{.ManagerStatus}}' | grep -cE 'Leader|Reachable')" = 3 ]; }

elections() {
    local killed others begin i times=()
    for i in $(seq "$kills"); do
        killed=$(leader 1) || die "nobody leads before kill $i"
        others=()
        for other in 1 2 3; do [ "$other" = "$killed" ] || others+=("$other"); done
        begin=$(date +%s%N)
        "$deploy/cluster.sh" kill --dir "$dir" "$killed"
        until serves "${others[0]}" || serves "${others[1]}"; do
            [ $((($(date +%s%N) - begin) / 1000000000)) -lt 60 ] || die "no leader a minute after kill $i"
            sleep 0.01
        done
        times+=($((($(date +%s%N) - begin) / 1000000)))
        "$deploy/cluster.sh" start --dir "$dir" "$killed" >&2
        wait_until 60 reachable_3 "${others[0]}" || die "node-$killed is not back after kill $i"
    done
    printf '%s\n' "${times[@]}" | sort -n | awk -v n="$kills" '{ t[NR] = $1 }
        function at(share) { return t[int((NR - 1) * share) + 1] }
        END { printf "election.p50\t%d\tms\t%d kills of the leader, until another manager serves a linearizable read\n", at(0.5), n
              printf "election.p90\t%d\tms\t\nelection.max\t%d\tms\t\n", at(0.9), t[NR] }'
}

running_20() { [ "$(on 1 muster service ls --filter name=memory --format '{{.Replicas}}')" = 20/20 ]; }

[ $# -gt 0 ] || usage
name=$1
shift
against=() rounds=5 kills=50 state=500 dir=''
while [ $# -gt 0 ]; do
    case $1 in
    --against) against+=("${2:?--against needs SOCKET[=IMAGE]}"); shift ;;
    --rounds) rounds=${2:?--rounds needs a number}; shift ;;
    --kills) kills=${2:?--kills needs a number}; shift ;;
    --state) state=${2:?--state needs a number of MiB}; shift ;;
    --dir) dir=${2:?--dir needs a directory}; shift ;;
    *) usage ;;
    esac
    shift
done
case $name in
start) shape=(--managers 1 --workers 2) ;;
raft) shape=(--managers 3 --workers 0) ;;
*) die "no benchmark is called '$name'; there are: start, raft" ;;
esac
need_root
find_jdk
if [ -z "$dir" ]; then
    dir=$(mktemp -d /tmp/mub.XXXX)
    trap '"$deploy/cluster.sh" down --dir "$dir"' EXIT
    "$deploy/cluster.sh" up --dir "$dir" "${shape[@]}"
fi
"bench_$name"
