# shellcheck shell=bash disable=SC2154 # the caller sets what this needs
# Finds the JDK that builds and runs Muster. Sourced after say.sh.

least_jdk=25

# The feature version of the JDK in $1, or nothing. Reads its release file: starting a JVM costs fifty times more.
jdk_version() {
    sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null
}

is_jdk() {
    [ -x "$1/bin/javac" ] && [ "$(jdk_version "$1" || true)" -ge "$least_jdk" ] 2>/dev/null
}

# Exports JAVA_HOME: the caller's own if it is new enough, else the newest one under /usr/lib/jvm.
find_jdk() {
    local home version best=0 found=
    if [ -n "${JAVA_HOME:-}" ] && is_jdk "$JAVA_HOME"; then
        export JAVA_HOME
        return
    fi
    for home in /usr/lib/jvm/*/; do
        home=${home%/}
        is_jdk "$home" || continue
        version=$(jdk_version "$home")
        if [ "$version" -gt "$best" ]; then
            best=$version found=$home
        fi
    done
    [ -n "$found" ] || die "needs a JDK $least_jdk or newer: JAVA_HOME is '${JAVA_HOME:-}' and none is under /usr/lib/jvm;" \
        "unpack one there or set JAVA_HOME"
    export JAVA_HOME=$found
}
