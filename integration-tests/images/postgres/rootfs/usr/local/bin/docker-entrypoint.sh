#!/bin/sh
# Makes a database cluster in $PGDATA if there is none, then runs PostgreSQL as user postgres.
# Reads POSTGRES_PASSWORD, POSTGRES_USER, POSTGRES_DB (or …_FILE, a file that holds it), POSTGRES_HOST_AUTH_METHOD and
# POSTGRES_INITDB_ARGS; runs the *.sql files in /docker-entrypoint-initdb.d in a new cluster's database.
set -eu

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# setting NAME DEFAULT: the value of NAME, or what the file named by NAME_FILE holds.
setting() {
    eval "value=\${$1:-} file=\${$1_FILE:-}"
    if [ -n "$value" ] && [ -n "$file" ]; then fail "both $1 and $1_FILE are set: set one of them"; fi
    if [ -n "$file" ]; then
        [ -r "$file" ] || fail "$1_FILE names $file, which cannot be read"
        value=$(cat "$file")
    fi
    printf '%s' "${value:-$2}"
}

# The new cluster is made beside its place and moved there, PG_VERSION last: one that was interrupted is recognised.
make_cluster() {
    password=$(setting POSTGRES_PASSWORD '')
    user=$(setting POSTGRES_USER postgres)
    database=$(setting POSTGRES_DB "$user")
    method=${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}
    if [ -z "$password" ] && [ "$method" != trust ]; then
        fail "the database is not initialised and there is no password for its superuser:" \
            "set POSTGRES_PASSWORD_FILE or POSTGRES_PASSWORD (or POSTGRES_HOST_AUTH_METHOD=trust, which lets everyone in)"
    fi
    if [ -n "$(find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name lost+found ! -name .new)" ] && [ ! -d "$PGDATA/.new" ]; then
        fail "$PGDATA is not empty and holds no database cluster"
    fi
    find "$PGDATA" -mindepth 1 -maxdepth 1 ! -name lost+found -exec rm -rf {} +
    pwfile=$(mktemp)
    printf '%s\n' "$password" >"$pwfile"
    if [ -n "$password" ]; then set -- --pwfile="$pwfile"; else set --; fi
    # shellcheck disable=SC2086 # several arguments
    initdb -D "$PGDATA/.new" --username="$user" --encoding=UTF8 --locale=C.UTF-8 --auth-local=trust \
        --auth-host="$method" ${POSTGRES_INITDB_ARGS:-} "$@"
    rm -f "$pwfile"
    printf 'host all all all %s\n' "$method" >>"$PGDATA/.new/pg_hba.conf"
    if [ "$database" != postgres ]; then
        printf 'CREATE DATABASE "%s";\n' "$database" | postgres --single -D "$PGDATA/.new" postgres >/dev/null
    fi
    for script in /docker-entrypoint-initdb.d/*.sql; do
        if [ -e "$script" ]; then postgres --single -j -D "$PGDATA/.new" "$database" <"$script" >/dev/null; fi
    done
    find "$PGDATA/.new" -mindepth 1 -maxdepth 1 ! -name PG_VERSION -exec mv {} "$PGDATA/" \;
    mv "$PGDATA/.new/PG_VERSION" "$PGDATA/"
    rmdir "$PGDATA/.new"
    echo "PostgreSQL init process complete; ready for start up."
}

case ${1:-postgres} in
-*) set -- postgres "$@" ;;
esac
[ "$1" = postgres ] || exec "$@"

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /run/postgresql
    chown -R postgres:postgres /run/postgresql
    chmod 2775 /run/postgresql
    find "$PGDATA" ! -user postgres -exec chown postgres:postgres {} +
    chmod 700 "$PGDATA"
    password=$(setting POSTGRES_PASSWORD '')
    # The file may be readable to root alone.
    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
        unset POSTGRES_PASSWORD_FILE
        export POSTGRES_PASSWORD="$password"
    fi
    # shellcheck disable=SC2016 # expanded by the new shell
    exec su -s /bin/sh postgres -c 'exec "$0" "$@"' /usr/local/bin/docker-entrypoint.sh "$@"
fi
[ -s "$PGDATA/PG_VERSION" ] || make_cluster
unset POSTGRES_PASSWORD
exec "$@"
