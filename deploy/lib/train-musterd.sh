#!/bin/bash
# Runs the daemon as it usually runs, for aot-build: `train-musterd.sh DIR CGROUP` as process 1 of new net, mount, uts, ipc and pid
# namespaces, so that all processes end with it. What the JVM learned goes where the musterd script says.
set -euo pipefail
data=$1 cgroup=$2
here=$(dirname "$(readlink -f "$0")")
bin=$here/../bin
# shellcheck source=say.sh
. "$here/say.sh"

address=192.0.2.1

mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
hostname training
ip link set lo up
ip link add underlay type bridge
ip address add "$address/24" dev underlay
ip link set underlay up

MUSTER_AOT=train "$bin/musterd" --data-dir "$data" --socket /run/muster.sock --cgroup-parent "/$cgroup" &
daemon=$!
export MUSTER_HOST=unix:///run/muster.sock
muster() { timeout 60 "$bin/muster" "$@"; }
answers() { curl -sf -m 5 -o /dev/null --unix-socket /run/docker.sock http://localhost/_ping; }
# The image is nowhere: all but the container itself is learned.
tried() { muster service ps --no-trunc --format '{{.Error}}' learned | grep -q .; }

wait_until 60 answers || die "the daemon does not answer"
muster swarm init --advertise-addr "$address"
muster node ls
muster network create --driver overlay learned
printf secret | muster secret create learned -
muster service create --detach --no-resolve-image --name learned --network learned --publish 80:80 --secret learned "$address:1/no/image:1"
wait_until 60 tried || die "the task was not tried"
muster service update --detach --replicas 2 learned
muster service rm learned
muster secret rm learned

# The JVM writes the cache as it ends, which takes longer than the daemon's own end.
kill "$daemon"
status=0
wait "$daemon" || status=$?
[ "$status" = 143 ] || die "the daemon ended with status $status"
