#!/bin/bash
# Builds the demo images from Debian's packages: nothing is pulled from a registry.
#   build.sh [OUTDIR]     OUTDIR: default $MUSTER_IMAGES, else /var/cache/muster-images
# Makes OUTDIR/oci, an OCI layout that holds all images under their full names, and OUTDIR/names: per line a name, the
# format to push it in, and the digest. Builds again only when something in this folder has changed.
#
# A folder here is a layer: `packages` are downloaded and unpacked into it (no maintainer script runs), `rootfs` is copied
# over, `prepare` (sourced, with $root) then changes it. `config.json` is the image's OCI config. `compile` runs in the
# image's assembled root. Layers are reproducible: sorted, with fixed times.
set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH LC_ALL=C
here=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
# shellcheck source=../../deploy/lib/say.sh
. "$here/../../deploy/lib/say.sh"
out=$(realpath -m "${1:-${MUSTER_IMAGES:-/var/cache/muster-images}}")
work=$out/work debs=$out/debs
epoch=@1767225600 created=2026-01-01T00:00:00Z

# name, in what format to push it, image
names=(
    "docker.io/library/nginx:alpine oci nginx"
    "docker.io/library/nginx:latest oci nginx-latest"
    "docker.io/library/postgres:15-alpine oci postgres"
    "docker.io/library/postgres:15 oci postgres"
    "docker.io/library/redis:7-alpine v2s2 redis"
    "docker.io/library/busybox:1.36 oci busybox"
    "docker.io/library/busybox:latest oci busybox"
    "docker.io/library/myapi:latest oci api"
    "docker.io/library/myimage:latest oci myimage"
    "myregistry.com/api:v2.0 oci api"
    "myregistry.com/api:v2.1 oci api-next"
    "myregistry.com/api:broken oci api-broken"
)

inputs_digest() {
    (cd "$here" && find . -type f -print0 | sort -z | xargs -0 sha256sum && dpkg --print-architecture) | sha256sum | cut -d' ' -f1
}

download() {
    local missing=() packages package
    mkdir -p "$debs"
    mapfile -t packages < <(cat "$here"/*/packages | sort -u)
    for package in "${packages[@]}"; do
        compgen -G "$debs/${package}_*.deb" >/dev/null || missing+=("$package")
    done
    if [ "${#missing[@]}" -eq 0 ]; then return; fi
    step "images: downloading ${#missing[@]} Debian packages"
    (
        cd "$debs"
        # Root reads the folder, the download user need not.
        options=(-qq -o APT::Sandbox::User=root)
        apt-get "${options[@]}" download "${missing[@]}" >apt.log 2>&1 || {
            apt-get "${options[@]}" update >apt.log 2>&1 || true
            apt-get "${options[@]}" download "${missing[@]}" >apt.log 2>&1
        } || die "cannot download packages for the demo images: $(tail -3 apt.log)"
    )
}

# Debian's packages still carry /bin and /lib of their own; every root here has them as links into /usr.
merged_usr() {
    local name
    mkdir -p "$1"/usr/{bin,sbin,lib,lib64}
    for name in bin sbin lib lib64; do ln -sfn "usr/$name" "$1/$name"; done
}

# Documentation and translations; the rest of a package stays.
trim() {
    rm -rf "$1"/usr/share/{doc,man,locale,lintian,info,bug,bash-completion,doc-base,menu,pixmaps,applications,gdb,apport,python3/debpython}
    rm -rf "$1"/usr/lib/x86_64-linux-gnu/{gconv,audit} "$1"/usr/share/{initramfs-tools,metainfo,perl5}
}

# unpack LAYER: the layer's folder becomes $work/LAYER.
unpack() {
    local layer=$1 root=$work/$1 package
    mkdir -p "$root"
    merged_usr "$root"
    if [ -e "$here/$layer/packages" ]; then
        while read -r package; do
            dpkg-deb --fsys-tarfile "$debs/${package}"_*.deb | tar -x --keep-directory-symlink -C "$root"
        done <"$here/$layer/packages"
        trim "$root"
    fi
    if [ -d "$here/$layer/rootfs" ]; then cp -r --no-preserve=ownership "$here/$layer/rootfs/." "$root/"; fi
    # shellcheck source=/dev/null
    if [ -e "$here/$layer/prepare" ]; then . "$here/$layer/prepare"; fi
    # Only the base layer has the links; in another they would replace what is below.
    if [ "$layer" != base ]; then
        (cd "$root" && rm -f bin sbin lib lib64)
        find "$root/usr" -depth -mindepth 1 -type d -empty -delete
    fi
    # Byte code names the time of its source: the same time that the archive will give it.
    find "$root" -newermt "$epoch" -exec touch -h -d "$epoch" {} +
}

# assemble ROOT LAYER…: the layers on each other, as a container sees them but for deletions.
assemble() {
    local root=$1 layer
    shift
    mkdir -p "$root"
    for layer in "$@"; do tar -C "$work/$layer" -c . | tar -C "$root" -x --keep-directory-symlink; done
}

# Every program and library of the image finds its libraries in the image.
check_libraries() {
    local root=$1 problems
    # shellcheck disable=SC2016 # expanded in the root
    problems=$(cd "$root" && { grep -rlZ --exclude=busybox --exclude='ld-linux-*' --exclude='libc.so.6' --exclude='*.py*' \
        'libc\.so\.6' usr || true; } | xargs -0 -r chroot "$root" /bin/sh -c 'for file; do
            [ -h "/$file" ] || /lib64/ld-linux-x86-64.so.2 --list "/$file" 2>&1 | sed "s#^#$file: #"
        done' check | grep -E 'error while loading shared libraries|=> not found') || true
    [ -z "$problems" ] || die "the image in $root lacks libraries: $problems"
}

# blob FILE: moves it into the layout; prints "digest size".
blob() {
    local digest size
    digest=$(sha256sum "$1" | cut -d' ' -f1)
    size=$(stat -c %s "$1")
    mv "$1" "$work/oci/blobs/sha256/$digest"
    printf 'sha256:%s %s\n' "$digest" "$size"
}

json_blob() {
    local file
    file=$(mktemp -p "$work")
    jq -cS . >"$file"
    blob "$file"
}

# pack LAYER: $work/LAYER as a compressed tar in the layout; $work/LAYER.layer gets its descriptor and uncompressed digest.
pack() {
    local layer=$1 diff digest size
    tar -C "$work/$layer" --sort=name --mtime="$epoch" --clamp-mtime --numeric-owner --format=posix \
        --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime -cf "$work/$layer.tar" .
    diff=$(sha256sum "$work/$layer.tar" | cut -d' ' -f1)
    gzip -n "$work/$layer.tar"
    read -r digest size < <(blob "$work/$layer.tar.gz")
    jq -n --arg digest "$digest" --argjson size "$size" --arg diff "sha256:$diff" --arg layer "$layer" \
        '{descriptor: {mediaType: "application/vnd.oci.image.layer.v1.tar+gzip", digest: $digest, size: $size}, diff: $diff, layer: $layer}' \
        >"$work/$layer.layer"
}

# manifest CONFIG ARCHITECTURE LAYER…: prints the manifest's descriptor.
manifest() {
    local config=$1 architecture=$2 layers digest size
    shift 2
    layers=$(for layer in "$@"; do cat "$work/$layer.layer"; done | jq -cs .)
    read -r digest size < <(jq -n --argjson config "$config" --argjson layers "$layers" --arg created "$created" \
        --arg architecture "$architecture" '{created: $created, architecture: $architecture, os: "linux", config: $config,
            rootfs: {type: "layers", diff_ids: [$layers[].diff]},
            history: [$layers[] | {created: $created, created_by: "layer \(.layer)"}]}' | json_blob)
    read -r digest size < <(jq -n --argjson layers "$layers" --arg digest "$digest" --argjson size "$size" \
        '{schemaVersion: 2, mediaType: "application/vnd.oci.image.manifest.v1+json",
            config: {mediaType: "application/vnd.oci.image.config.v1+json", digest: $digest, size: $size},
            layers: [$layers[].descriptor]}' | json_blob)
    jq -cn --arg digest "$digest" --argjson size "$size" --arg architecture "$architecture" \
        '{mediaType: "application/vnd.oci.image.manifest.v1+json", digest: $digest, size: $size,
            platform: {architecture: $architecture, os: "linux"}}'
}

# image NAME CONFIG-JSON LAYER…
image() {
    local name=$1 config=$2
    shift 2
    manifest "$config" amd64 "$@" >"$work/$name.image"
}

# An index as public registries have them: another architecture comes first, so that taking the first is seen to be wrong.
index() {
    local name=$1 other digest size
    other=$(manifest '{"Cmd": ["sh"]}' arm64 base)
    read -r digest size < <(jq -n --argjson other "$other" --slurpfile mine "$work/$name.image" '{schemaVersion: 2,
        mediaType: "application/vnd.oci.image.index.v1+json", manifests: [$other, $mine[0]]}' | json_blob)
    jq -cn --arg digest "$digest" --argjson size "$size" \
        '{mediaType: "application/vnd.oci.image.index.v1+json", digest: $digest, size: $size}' >"$work/$name.image"
}

config_of() { cat "$here/$1/config.json"; }

make_images() {
    local api
    image busybox "$(config_of busybox)" base
    image myimage "$(config_of myimage)" base
    image nginx "$(config_of nginx)" base libc nginx
    index nginx
    image nginx-latest "$(config_of nginx)" base libc nginx nginx-latest
    image postgres "$(config_of postgres)" base libc postgres
    image redis "$(config_of redis)" base libc redis
    api=$(config_of api)
    image api "$api" base libc api
    image api-next "$(jq '.Env += ["API_VERSION=v2.1"]' <<<"$api")" base libc api
    image api-broken "$(jq '.Env += ["API_VERSION=broken", "API_BROKEN=1"]' <<<"$api")" base libc api
}

write_layout() {
    local entry name format image
    printf '{"imageLayoutVersion": "1.0.0"}\n' >"$work/oci/oci-layout"
    for entry in "${names[@]}"; do
        read -r name _ image <<<"$entry"
        jq -c --arg name "$name" '.annotations = {"org.opencontainers.image.ref.name": $name}' "$work/$image.image"
    done | jq -s '{schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json", manifests: .}' >"$work/oci/index.json"
    for entry in "${names[@]}"; do
        read -r name format image <<<"$entry"
        printf '%s %s %s\n' "$name" "$format" "$(jq -r .digest "$work/$image.image")"
    done >"$work/names"
}

build() {
    local layer
    [ "$(dpkg --print-architecture)" = amd64 ] || die "the demo images are built for amd64 only"
    download
    rm -rf "$work"
    mkdir -p "$work/oci/blobs/sha256"
    step "images: layers"
    for layer in base libc nginx nginx-latest postgres redis api; do unpack "$layer"; done
    for layer in nginx postgres redis api; do
        assemble "$work/root-$layer" base libc "$layer"
        check_libraries "$work/root-$layer"
        if [ -e "$here/$layer/compile" ]; then compile "$layer"; fi
    done
    for layer in base libc nginx nginx-latest postgres redis api; do pack "$layer"; done
    make_images
    write_layout
    rm -rf "$out/oci" "$out/names" "$out/inputs" "$out"/registry*
    mv "$work/oci" "$out/oci"
    mv "$work/names" "$out/names"
    rm -rf "$work"
}

# What running `compile` in the assembled root added to the byte code goes into the layer.
compile() {
    local layer=$1 root=$work/root-$1
    chroot "$root" /bin/sh -ec "$(cat "$here/$layer/compile")"
    (cd "$root" && find . -name '*.pyc' -print0 | tar -c --null -T -) | tar -x -C "$work/$layer"
}

mkdir -p "$out"
exec 9>"$out/.lock"
flock 9
inputs=$(inputs_digest)
if [ "$(cat "$out/inputs" 2>/dev/null || true)" != "$inputs" ]; then
    need_root
    build
    printf '%s\n' "$inputs" >"$out/inputs"
    step "images: built, $(du -sh "$out/oci" | cut -f1) in $out/oci"
fi
