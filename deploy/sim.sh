#!/bin/bash
# Simulates clusters under faults: managers and workers that crash, are cut off or suspended, clocks that jump, networks that
# delay, double and reorder, users who go on meanwhile; then looks whether promises were kept and the healed cluster converges.
#   sim.sh --seeds N [--from S] [--no-build]
#   --seeds N    so many clusters, each out of one seed
#   --from S     the first seed, 1 if it is not given: a failed seed S is run again by --seeds 1 --from S
#   --no-build   with the classes of the last build
# Prints each failed seed with the rule that was broken and what happened last; exits with 1 if there is one. The same seed is
# the same run, as long as the program is the same.
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

number() { case $2 in '' | *[!0-9]*) die "$1 needs a number, not '$2'" ;; esac }

seeds='' from=1 build=yes
while [ $# -gt 0 ]; do
    case $1 in
    --seeds) number --seeds "${2:-}"; seeds=$2; shift ;;
    --from) number --from "${2:-}"; from=$2; shift ;;
    --no-build) build=no ;;
    *) usage ;;
    esac
    shift
done
[ -n "$seeds" ] || usage
find_jdk
manager=$tree/manager/target
if [ "$build" = yes ]; then
    step "build"
    (cd "$tree" && mvn -B -q -ntp test-compile dependency:build-classpath -DskipTests -Dspotless.check.skip \
        -Dmdep.outputFile="$manager/simulation.classpath" -pl manager -am >&2)
fi
[ -f "$manager/simulation.classpath" ] || die "there is no build to take: run it without --no-build"
step "$seeds seeds from $from"
# A run is over before C2 would have paid off.
"$JAVA_HOME/bin/java" --sun-misc-unsafe-memory-access=allow -XX:+UseSerialGC -XX:TieredStopAtLevel=1 \
    -cp "$manager/test-classes:$manager/classes:$(cat "$manager/simulation.classpath")" \
    dev.muster.manager.simulation.faults.SimulationMain "$seeds" "$from"
