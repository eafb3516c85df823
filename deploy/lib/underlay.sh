# shellcheck shell=bash disable=SC2154 # the caller sets what this needs
# The wire between a cluster's hosts: a bridge in the outside namespace, a port per host, and cuts in it.
# Addresses: $net.1 outside (gateway, DNS, client), $net.2 registry, $net.(10+i) node i; 198.51.100.80 the web server, which
# is beyond the gateway. Needs $dir and $net; sourced after hosts.sh.

subnets=/run/muster-clusters
web_address=198.51.100.80

node_address() { printf '%s.%d\n' "$net" $((10 + $1)); }

# Prints the third number of a subnet that no other cluster on this machine uses, and takes it for $dir.
take_subnet() {
    local number owner
    mkdir -p "$subnets" /run/lock
    (
        flock 8
        for number in $(seq 1 250); do
            owner=$(cat "$subnets/$number" 2>/dev/null || true)
            if [ -z "$owner" ] || [ "$owner" = "$dir" ] || [ ! -e "$owner/cluster.env" ]; then
                # The file must be there before the lock goes, or the next caller takes this entry for a stale one.
                touch "$dir/cluster.env"
                printf '%s\n' "$dir" >"$subnets/$number"
                printf '%s\n' "$number"
                exit 0
            fi
        done
        die "all 250 subnets for test clusters are in use, see $subnets"
    ) 8>"/run/lock/muster-clusters.lock"
}

release_subnet() {
    local entry
    for entry in "$subnets"/*; do
        if [ "$(cat "$entry" 2>/dev/null || true)" = "$dir" ]; then rm -f "$entry"; fi
    done
    rmdir "$subnets" 2>/dev/null || true
}

# CMD in the network namespace of NAME alone: process ids and files are still this machine's.
in_net_of() {
    local pid
    pid=$(host_pid "$1") || die "$1 is off"
    shift
    nsenter --target "$pid" --net -- "$@"
}

# The outside is on the wire like every host, by a port of its own: so one forward hook sees all traffic.
underlay_create() {
    in_net_of outside ip -batch - <<EOF
link add br0 type bridge
link set br0 up
link add eth0 type veth peer name p-outside
link set p-outside master br0 up
addr add $net.1/24 dev eth0
addr add $net.2/24 dev eth0
addr add $web_address/32 dev lo
link set eth0 up
EOF
    # Without arp_ignore the bridge answers for eth0's addresses as well.
    # shellcheck disable=SC2016 # expanded inside
    in_net_of outside bash -c 'echo 8 >/proc/sys/net/ipv4/conf/br0/arp_ignore
        for call in /proc/sys/net/bridge/bridge-nf-call-*; do [ ! -e "$call" ] || echo 0 >"$call"; done'
    in_net_of outside nft -f - <<'EOF'
table bridge cluster {
    set silent { type ifname; }
    set cut { type ifname . ifname; }
    chain forward {
        type filter hook forward priority 0; policy accept;
        iifname @silent drop
        oifname @silent drop
        iifname . oifname @cut drop
    }
}
EOF
}

# underlay_plug I: gives node I its eth0. The hardware address stays the same over reboots, as a network card's does.
underlay_plug() {
    local port=p-node-$1 pid
    pid=$(host_pid "node-$1")
    underlay_unplug "$1"
    in_net_of outside ip -batch - <<EOF
link add $port type veth peer name eth0 address $(printf '02:4d:55:00:%02x:%02x' "${net##*.}" "$1") netns $pid
link set $port master br0 up
EOF
    in_net_of "node-$1" ip -batch - <<EOF
addr add $(node_address "$1")/24 dev eth0
link set eth0 up
route add default via $net.1
EOF
}

underlay_unplug() {
    if in_net_of outside test -e "/proc/sys/net/ipv4/conf/p-node-$1"; then
        in_net_of outside ip link delete "p-node-$1"
    fi
    underlay_loud "$1"
}

# underlay_silent I: nothing from or to node I gets through.
underlay_silent() { in_net_of outside nft add element bridge cluster silent "{ \"p-node-$1\" }"; }

underlay_loud() { in_net_of outside nft delete element bridge cluster silent "{ \"p-node-$1\" }" 2>/dev/null || true; }

# underlay_cut A B…: nothing passes between port A and any of the ports B.
underlay_cut() {
    local one=$1 other
    shift
    for other in "$@"; do
        in_net_of outside nft add element bridge cluster cut \
            "{ \"p-$one\" . \"p-$other\", \"p-$other\" . \"p-$one\" }"
    done
}

underlay_heal() { in_net_of outside nft flush set bridge cluster cut; }
