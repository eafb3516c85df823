#!/bin/bash
# Installs from Debian's packages what Muster, its demo images and its test clusters need and this machine lacks.
#   host-setup.sh           what quickstart.sh needs
#   host-setup.sh --tests   also what test.sh needs
# Starts and enables no service: the packages bring units (containerd, nginx, ...) that nobody asked for here.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
deploy=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
# shellcheck source=lib/say.sh
. "$deploy/lib/say.sh"
# shellcheck source=lib/jdk.sh
. "$deploy/lib/jdk.sh"

# package:command that shows it is there
wanted=(
    containerd:containerd containerd:ctr runc:runc nftables:nft iproute2:ip iproute2:bridge kmod:modprobe
    tini:tini util-linux:nsenter procps:ps openssl:openssl curl:curl jq:jq maven:mvn
    docker-registry:docker-registry apache2-utils:htpasswd skopeo:skopeo nginx:nginx dnsmasq-base:dnsmasq
)
wanted_by_tests=(docker.io:docker busybox-static:busybox shellcheck:shellcheck iputils-ping:ping)

policy=/usr/sbin/policy-rc.d
lock=/run/lock/muster-host-setup.lock

missing_packages() {
    local entry
    for entry in "$@"; do
        command -v "${entry#*:}" >/dev/null || printf '%s\n' "${entry%%:*}"
    done | sort -u
}

installed_packages() {
    dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort
}

# Debian's way to say "start nothing": invoke-rc.d asks this program, 101 forbids.
forbid_service_starts() {
    if [ -e "$policy" ]; then mv "$policy" "$policy.before-muster"; fi
    trap allow_service_starts EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
}

allow_service_starts() {
    rm -f "$policy"
    if [ -e "$policy.before-muster" ]; then mv "$policy.before-muster" "$policy"; fi
}

# The packages named on standard input enabled their units for the next boot: undo that.
disable_services() {
    local package units unit scripts script
    while read -r package; do
        units=$(dpkg -L "$package" 2>/dev/null | sed -nE 's#^(/usr)?/lib/systemd/system/([^/]+[.](service|socket|timer))$#\2#p')
        for unit in $units; do DPKG_MAINTSCRIPT_PACKAGE=$package deb-systemd-helper disable "$unit" >/dev/null 2>&1 || true; done
        scripts=$(dpkg -L "$package" 2>/dev/null | sed -n 's#^/etc/init[.]d/##p')
        for script in $scripts; do update-rc.d "$script" disable >/dev/null 2>&1 || true; done
    done
}

install_packages() {
    local before log status=0
    command -v apt-get >/dev/null || die "needs $*, and there is no apt-get here to install them: install them by hand"
    say "installing from Debian's packages: $*"
    before=$(installed_packages)
    log=$(mktemp)
    forbid_service_starts
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >"$log" 2>&1 || say "apt-get update failed, going on with the package lists that are there: $(tail -1 "$log")"
    apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 "$@" >"$log" 2>&1 || status=$?
    allow_service_starts
    trap - EXIT
    comm -13 <(printf '%s\n' "$before") <(installed_packages) | disable_services
    if [ "$status" -ne 0 ]; then tail -20 "$log" >&2; fi
    rm -f "$log"
    [ "$status" -eq 0 ] || die "apt-get install $* failed, see above"
}

# Only what the kernel offers as a module and has not loaded; what is built in needs nothing.
load_modules() {
    local module
    for module in overlay br_netfilter vxlan veth; do
        modprobe -q "$module" 2>/dev/null || true
    done
}

case "${1:-}" in
"") ;;
--tests) wanted+=("${wanted_by_tests[@]}") ;;
*) die "unknown argument '$1'; usage: host-setup.sh [--tests]" ;;
esac
need_root
mkdir -p "${lock%/*}"
exec 9>"$lock"
flock 9
mapfile -t missing < <(missing_packages "${wanted[@]}")
if [ "${#missing[@]}" -gt 0 ]; then install_packages "${missing[@]}"; fi
load_modules
find_jdk
say "host is ready: JDK $(jdk_version "$JAVA_HOME") in $JAVA_HOME"
