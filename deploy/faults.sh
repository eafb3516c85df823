#!/bin/bash
# Managers under real faults: clients write and read through five managers while these are killed, stopped, frozen, suspended and
# cut off from each other; after every two minutes everything is repaired, and what was acknowledged must be there, once, the same
# at all managers, and every history of writes and reads must have one order that explains it (linearizability).
#   faults.sh --minutes N [--seed S] [--dir DIR] [--no-build]
#   --minutes N   how long
#   --seed S      of the first two minutes (default: a random one); each further two take the next. The same seed asks for the same
#                 faults and calls, though not at the same instants
#   --dir DIR     use the cluster of five managers there ('cluster.sh up --managers 5 --workers 0 --no-images') instead of starting
#                 one (and stopping it)
#   --no-build    with the classes of the last build
# Prints 'right: seed S' for every two minutes, or what is wrong, with its history, and 'WRONG: seed S'; progress goes to standard
# error. Exits with 1 if something was wrong, and then keeps the daemons' logs.
set -euo pipefail
deploy=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
tree=$(dirname "$deploy")
# shellcheck source=lib/say.sh
. "$deploy/lib/say.sh"
# shellcheck source=lib/jdk.sh
. "$deploy/lib/jdk.sh"
managers=5

usage() {
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

number() { case $2 in '' | *[!0-9]*) die "$1 needs a number, not '$2'" ;; esac }

keep_logs() {
    local kept node
    kept=$(mktemp -d /tmp/muster-faults-logs.XXXX)
    for node in $(seq "$managers"); do cp "$dir/node-$node/log" "$kept/node-$node.log" || true; done
    say "the daemons' logs are in $kept"
}

minutes='' seed=$((RANDOM * 32768 + RANDOM)) dir='' build=yes
while [ $# -gt 0 ]; do
    case $1 in
    --minutes) number --minutes "${2:-}"; minutes=$2; shift ;;
    --seed) number --seed "${2:-}"; seed=$2; shift ;;
    --dir) dir=${2:?--dir needs a directory}; shift ;;
    --no-build) build=no ;;
    *) usage ;;
    esac
    shift
done
[ -n "$minutes" ] || usage
need_root
find_jdk
classpath=$tree/integration-tests/target/faults.classpath
if [ "$build" = yes ]; then
    step "build"
    (cd "$tree" && mvn -B -q -ntp package dependency:build-classpath -DskipTests -Dspotless.check.skip \
        -Dmdep.outputFile="$classpath" -pl integration-tests -am >&2)
fi
[ -f "$classpath" ] || die "there is no build to take: run it without --no-build"
if [ -z "$dir" ]; then
    dir=$(mktemp -d /tmp/muf.XXXX)
    trap '"$deploy/cluster.sh" down --dir "$dir"' EXIT
    "$deploy/cluster.sh" up --dir "$dir" --managers "$managers" --workers 0 --no-images
fi
step "faults: $minutes minutes from seed $seed"
cd "$tree/integration-tests"
if ! "$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xmx512m -cp "target/test-classes:$(cat "$classpath")" \
    dev.muster.faults.FaultsMain "$dir" "$managers" "$minutes" "$seed"; then
    keep_logs
    exit 1
fi
