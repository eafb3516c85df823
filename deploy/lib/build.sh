# shellcheck shell=bash disable=SC2154 # the caller sets what this needs
# Builds Muster from source with Maven. Needs $deploy; sourced after say.sh and jdk.sh.

source_tree() { (cd "$deploy/.." && pwd); }

# Whether a source or a build file is newer than the last build.
needs_build() {
    local tree stamp
    tree=$(source_tree)
    stamp=$tree/deploy/target/built-by-scripts
    [ -e "$stamp" ] || return 0
    [ -n "$(find "$tree" -name target -prune -o -name .git -prune -o \
        \( -path '*/src/main/*' -o -name pom.xml \) -newer "$stamp" -type f -print -quit)" ]
}

build_muster() {
    local tree started commit
    tree=$(source_tree)
    if ! needs_build; then
        step "build: up to date"
        return
    fi
    step "build: Maven, without tests (the first time it also downloads the libraries)"
    mkdir -p "$tree/deploy/target"
    started=$(mktemp)
    commit=$(git -C "$tree" rev-parse --short HEAD 2>/dev/null || printf unknown)
    (cd "$tree" && mvn -B -q package -Dmaven.test.skip=true -Dmuster.commit="$commit" >&2) || {
        rm -f "$started"
        die "the build failed, see above"
    }
    "$deploy/bin/aot-build" >&2 || say "the command's start-up cache could not be made; it works without, but starts slower"
    # As of the start: what was edited meanwhile is to be built next time.
    mv "$started" "$tree/deploy/target/built-by-scripts"
}
