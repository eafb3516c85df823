#!/bin/bash
# Packs the built daemon and command into deploy/dist/target/muster-VERSION.tar.gz, ready to be unpacked on a host:
#   tar -C /opt -xzf muster-VERSION.tar.gz && /opt/muster/install.sh
# Needs `mvn package` before it.
set -euo pipefail
dist=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
deploy=$(dirname "$dist")
# shellcheck source=../lib/say.sh
. "$deploy/lib/say.sh"

version=$(sed -n 's|^    <version>\(.*\)</version>|\1|p' "$deploy/../pom.xml" | head -1)
out=$dist/target
root=$out/muster
for module in node cli; do
    compgen -G "$deploy/$module/target/muster-$module-*.jar" >/dev/null ||
        die "deploy/$module is not built: run 'mvn package' first"
done

rm -rf "$root"
mkdir -p "$root/bin" "$root/lib/node" "$root/lib/cli"
cp "$deploy/bin/"* "$root/bin/"
cp "$deploy/lib/say.sh" "$deploy/lib/jdk.sh" "$root/lib/"
for module in node cli; do
    cp "$deploy/$module/target/muster-$module-"*.jar "$deploy/$module/target/lib/"*.jar "$root/lib/$module/"
done
cp -r "$dist/systemd" "$dist/install.sh" "$root/"
cp "$deploy/../README.md" "$deploy/../CHANGELOG.md" "$deploy/../LICENSE" "$root/"
tar -C "$out" --owner=0 --group=0 --sort=name -czf "$out/muster-$version.tar.gz" muster
say "$out/muster-$version.tar.gz ($(du -h "$out/muster-$version.tar.gz" | cut -f1))"
