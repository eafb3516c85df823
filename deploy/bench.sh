#!/bin/bash
# Benchmarks. Each prints one line a figure on standard output: name, value, unit, context, separated by tabs; progress goes to
# standard error. Figures are set against a baseline taken in the same run, since machines differ and are noisy.
#   bench.sh start [--against SOCKET[=IMAGE]]... [--rounds N] [--dir DIR]
#       from a request to running containers, beside containerd's own create and start; with --against also the same work on
#       another Docker API endpoint. Then musterd's resident memory and the command line's wall time.
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

running_20() { [ "$(on 1 muster service ls --filter name=memory --format '{{.Replicas}}')" = 20/20 ]; }

[ $# -gt 0 ] || usage
name=$1
shift
against=() rounds=5 dir=''
while [ $# -gt 0 ]; do
    case $1 in
    --against) against+=("${2:?--against needs SOCKET[=IMAGE]}"); shift ;;
    --rounds) rounds=${2:?--rounds needs a number}; shift ;;
    --dir) dir=${2:?--dir needs a directory}; shift ;;
    *) usage ;;
    esac
    shift
done
case $name in
start) ;;
*) die "no benchmark is called '$name'; there is: start" ;;
esac
need_root
find_jdk
if [ -z "$dir" ]; then
    dir=$(mktemp -d /tmp/mub.XXXX)
    trap '"$deploy/cluster.sh" down --dir "$dir"' EXIT
    "$deploy/cluster.sh" up --dir "$dir" --managers 1 --workers 2
fi
"bench_$name"
