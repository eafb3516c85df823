#!/bin/bash
# Installs the unpacked archive on this host: commands on the path, the systemd unit, shell completion. Run as root from where the
# archive was unpacked (/opt/muster). Starts nothing: `systemctl enable --now musterd` does.
set -euo pipefail
root=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
# shellcheck source=/dev/null
. "$root/lib/say.sh"
# shellcheck source=/dev/null
. "$root/lib/jdk.sh"

[ "$(id -u)" = 0 ] || die "run this as root"
[ "$root" = /opt/muster ] || die "unpack the archive in /opt: the systemd unit names /opt/muster, and this is $root"
find_jdk
missing=()
for command in containerd runc nft; do command -v "$command" >/dev/null || missing+=("$command"); done
[ "${#missing[@]}" -eq 0 ] ||
    die "not installed: ${missing[*]}; on Debian: apt-get install --no-install-recommends containerd runc nftables"

/opt/muster/bin/aot-build || say "the command's start-up cache could not be made; it works without, but starts slower"
ln -sf /opt/muster/bin/muster /usr/local/bin/muster
ln -sf /opt/muster/bin/musterd /usr/local/bin/musterd
install -D -m 644 "$root/systemd/musterd.service" /etc/systemd/system/musterd.service
if [ -d /usr/share/bash-completion ]; then
    mkdir -p /usr/share/bash-completion/completions
    /opt/muster/bin/muster completion bash >/usr/share/bash-completion/completions/muster
fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
say "installed; start with: systemctl enable --now musterd"
