#!/bin/bash
# The init of one host of a test cluster: `host-init.sh DIR NAME` as process 1 of new net, mount, uts and pid namespaces.
# Gives the host its own /proc, /sys, /run and names, says in DIR/init.pid that it is up, then reaps what is orphaned.
# Killing it kills the host: the kernel ends every process of its pid namespace, and the other namespaces with them.
set -euo pipefail
dir=$1 name=$2

# Still the caller's /proc, so this is the process id that the machine knows.
read -r pid _ </proc/self/stat

# Whatever appears in this host's mount tree stays in it.
mount --make-rprivate /
mount -t proc -o nosuid,nodev,noexec proc /proc

fresh_run() {
    mount -t tmpfs -o mode=755,nosuid,nodev tmpfs /run
    mkdir -m 1777 /run/lock
    mkdir /run/netns
}

# sysfs shows the network namespace it was mounted in. A new one
# hides what is mounted below the old: carry that over.
fresh_sys() {
    local old=/run/old-sys point
    mkdir "$old"
    mount --move /sys "$old"
    mount -t sysfs -o nosuid,nodev,noexec sysfs /sys
    for point in fs/cgroup fs/bpf kernel/security kernel/debug kernel/tracing; do
        if mountpoint -q "$old/$point"; then mount --move "$old/$point" "/sys/$point"; fi
    done
    umount -l "$old"
    rmdir "$old"
}

# /etc/resolv.conf is a link into /run on some machines, and this /run is empty.
own_file() {
    local source=$1 target
    target=$(readlink -m "$2")
    if [ ! -e "$target" ]; then
        mkdir -p "$(dirname "$target")"
        touch "$target"
    fi
    mount --bind "$source" "$target"
}

fresh_run
fresh_sys
own_file "$dir/resolv.conf" /etc/resolv.conf
own_file "$dir/hosts" /etc/hosts
if [ -e /etc/hostname ]; then
    printf '%s\n' "$name" >/run/hostname
    mount --bind /run/hostname /etc/hostname
fi
hostname "$name"
ip link set lo up
printf 1 >/proc/sys/net/ipv4/ip_forward

printf '%s\n' "$pid" >"$dir/init.pid.new"
mv "$dir/init.pid.new" "$dir/init.pid"

# bash reaps every child that ends, its own or adopted, while it waits.
while :; do
    sleep infinity &
    wait || true
done
