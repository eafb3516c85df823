#!/bin/bash
# All the set-up, then all tests: scripts, unit tests, real clusters, the quickstart.
#   test.sh              everything; prints at the end what was skipped and why, and "N passed, N failed, N skipped"
#   test.sh --no-cluster  without the tests that start clusters (counted as skipped)

set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
deploy=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
tree=$(cd "$deploy/.." && pwd)
for part in say jdk cgroups; do
    # shellcheck source=/dev/null
    . "$deploy/lib/$part.sh"
done

passed=0 failed=0 skipped=0 skips=()

pass() { passed=$((passed + 1)); }
fail() {
    failed=$((failed + 1))
    say "FAILED: $*"
}
skip() {
    skipped=$((skipped + 1))
    skips+=("$1: $2")
}

scripts() {
    local file
    for file in "$deploy"/*.sh "$deploy"/lib/*.sh "$deploy"/bin/* "$tree"/.ci/run "$tree"/integration-tests/images/build.sh \
        "$tree"/integration-tests/images/*/rootfs/*.sh "$tree"/integration-tests/images/*/rootfs/usr/local/bin/*; do
        if [ -f "$file" ] && head -1 "$file" | grep -qE 'sh$|shell=bash'; then printf '%s\n' "$file"; fi
    done
}

test_scripts() {
    local file
    step "scripts: shellcheck"
    while read -r file; do
        if shellcheck -x -S warning "$file" >&2; then pass; else fail "shellcheck $file"; fi
    done < <(scripts)
}

# What a cluster could leave on this machine, in a form that can be compared.
leftovers() {
    local root
    for root in $(cgroup_roots); do find "$root" -maxdepth 1 -name 'muster-*'; done
    ls /run/muster-clusters 2>/dev/null || true
    grep -lzE '/host-init\.sh$|MusterdMain$|containerd-shim' /proc/[0-9]*/cmdline 2>/dev/null || true
    ip -o link show type bridge | awk '{ print $2 }'
    nft list tables 2>/dev/null || true
    awk '{ print $2 }' /proc/mounts
}

test_hosts() {
    local dir before
    step "cluster.sh: hosts come and go"
    dir=$(mktemp -d /tmp/muster-hosts.XXXX)
    before=$(leftovers)
    if "$deploy/cluster.sh" up --dir "$dir" --bare && hosts_behave "$dir"; then pass; else fail "cluster.sh, hosts in $dir"; fi
    "$deploy/cluster.sh" down --dir "$dir" || fail "cluster.sh down --dir $dir"
    compare_leftovers "$before" "cluster.sh down"
}

# Partition, power off and on, pause, names, and a pull with credentials, without any musterd.
hosts_behave() {
    local dir=$1
    on() { timeout 30 "$deploy/cluster.sh" exec --dir "$dir" "$@"; }
    control() { timeout 60 "$deploy/cluster.sh" "$1" --dir "$dir" "${@:2}"; }
    local net
    net=$(control env | sed -n 's/^MUSTER_OUTSIDE_ADDRESS=\(.*\)\.1$/\1/p')
    reaches() { on "$1" ping -c 1 -W 2 "$net.$((10 + $2))" >/dev/null; }
    [ "$(on 2 hostname)" = node-2 ] || { say "the hostname is wrong"; return 1; }
    [ "$(on 1 curl -s --max-time 5 http://web.outside.test/)" = "$net.11" ] || { say "the web server sees another address"; return 1; }
    local api=docker://myregistry.com/api:v2.0 trust=$dir/outside/tls/trust
    on 1 skopeo inspect --cert-dir "$trust" --authfile "$dir/client/config.json" "$api" >/dev/null ||
        { say "the registry does not serve its user"; return 1; }
    if on 1 skopeo inspect --cert-dir "$trust" --no-creds "$api" >/dev/null 2>&1; then say "the registry serves everyone"; return 1; fi
    reaches 1 2 || { say "node 1 does not reach node 2"; return 1; }
    control partition 1 2
    if reaches 1 2; then say "a partition that lets packets through"; return 1; fi
    reaches 1 3 || { say "partition 1 2 also cut node 3"; return 1; }
    control heal
    control pause 2
    if reaches 1 2; then say "a paused host answers"; return 1; fi
    control resume 2
    reaches 1 2 || { say "node 1 does not reach node 2 after heal and resume"; return 1; }
    control poweroff 3
    if on 3 true 2>/dev/null; then say "a host that is off runs commands"; return 1; fi
    if reaches 1 3; then say "a host that is off answers"; return 1; fi
    "$deploy/cluster.sh" up --dir "$dir" --bare
    reaches 1 3 || { say "node 3 is not back"; return 1; }
}

compare_leftovers() {
    local now
    now=$(leftovers)
    if [ "$1" = "$now" ]; then
        pass
    else
        fail "$2 left something behind:"
        diff <(printf '%s\n' "$1") <(printf '%s\n' "$now") >&2 || true
    fi
}

test_maven() {
    local goals=(verify)
    find "$tree" -path '*/target/*' \( -name surefire-reports -o -name failsafe-reports \) -prune -exec rm -rf {} +
    if [ "$clusters" = yes ]; then goals+=(-Pcluster); fi
    step "Maven: build and tests (${goals[*]})"
    if (cd "$tree" && mvn -B -ntp -fae "${goals[@]}" >&2); then pass; else fail "mvn ${goals[*]}"; fi
    count_reports
}

# Surefire's and Failsafe's XML: one testsuite element a file, a skipped element with its reason in a test that was skipped.
count_reports() {
    local report tests bad ignored
    while IFS= read -r -d '' report; do
        read -r tests bad ignored < <(sed -n '/<testsuite /,/>/p' "$report" | tr '\n' ' ' | awk '{
            tests = bad = ignored = 0
            for (i = 1; i <= NF; i++) {
                if (match($i, /^tests="[0-9]+"/)) tests = substr($i, 8) + 0
                if (match($i, /^(errors|failures)="[0-9]+"/)) { split($i, part, "\""); bad += part[2] }
                if (match($i, /^skipped="[0-9]+"/)) ignored = substr($i, 10) + 0
            }
            print tests, bad, ignored }')
        passed=$((passed + tests - bad - ignored)) failed=$((failed + bad)) skipped=$((skipped + ignored))
        if [ "$ignored" -gt 0 ]; then
            while IFS= read -r line; do skips+=("$line"); done < <(awk '
                /<testcase / { match($0, / name="[^"]*"/); name = substr($0, RSTART + 7, RLENGTH - 8)
                               match($0, / classname="[^"]*"/); class = substr($0, RSTART + 12, RLENGTH - 13) }
                /<skipped/ { reason = "no reason given"; if (match($0, / message="[^"]*"/)) reason = substr($0, RSTART + 10, RLENGTH - 11)
                             print class "." name ": " reason }' "$report")
        fi
    done < <(find "$tree" \( -path '*/surefire-reports/TEST-*.xml' -o -path '*/failsafe-reports/TEST-*.xml' \) -print0)
}

# The unit tests run the first 200 seeds; this is that the script does, with others.
test_simulation() {
    step "sim.sh"
    if "$deploy/sim.sh" --seeds 10 --from 10001 >&2; then pass; else fail "sim.sh --seeds 10 --from 10001"; fi
}

test_quickstart() {
    local before
    step "quickstart.sh, and quickstart.sh --down"
    before=$(leftovers)
    if MUSTER_QUICKSTART_DIR=/tmp/muster-quickstart-test "$deploy/quickstart.sh" >&2; then pass; else fail "quickstart.sh"; fi
    MUSTER_QUICKSTART_DIR=/tmp/muster-quickstart-test "$deploy/quickstart.sh" --down || fail "quickstart.sh --down"
    compare_leftovers "$before" "quickstart.sh --down"
}

case "${1:-}" in
"") clusters=yes ;;
--no-cluster) clusters=no ;;
*) die "unknown argument '$1'; usage: test.sh [--no-cluster]" ;;
esac
need_root
"$deploy/host-setup.sh" --tests
find_jdk
test_scripts
if [ "$clusters" = yes ]; then
    "$tree/integration-tests/images/build.sh"
    test_hosts
    test_maven
    test_simulation
    test_quickstart
else
    test_maven
    test_simulation
    skip "real clusters, quickstart.sh" "--no-cluster was given"
fi
if [ "${#skips[@]}" -gt 0 ]; then
    say "skipped:"
    printf '  %s\n' "${skips[@]}" >&2
fi
step "done"
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
