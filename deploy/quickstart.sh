#!/bin/bash
# From a bare Debian 12 machine to the guide's stack on three hosts.
#   quickstart.sh          install, build, make demo images and a registry, start one manager and two workers, deploy
#                          deploy/examples/guide/docker-stack.yml, wait until it has converged, show it
#   quickstart.sh --down   stop all of it and leave nothing behind (installed packages and the image cache stay)
# The hosts are namespaces of this machine, see cluster.sh. Their files are under $MUSTER_QUICKSTART_DIR
# (default /var/lib/muster-quickstart). MUSTER_KEEP_CLUSTER=1 leaves everything standing when something fails.

set -euo pipefail
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
deploy=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
for part in say jdk build; do
    # shellcheck source=/dev/null
    . "$deploy/lib/$part.sh"
done

dir=${MUSTER_QUICKSTART_DIR:-/var/lib/muster-quickstart}
stack=myapp
stack_file=$deploy/examples/guide/docker-stack.yml
workers=(node-2 node-3)
converge_within=300

cluster() { "$deploy/cluster.sh" "$1" --dir "$dir" "${@:2}"; }

# The command line on node 1, as its user would type it there.
muster() { timeout 120 "$deploy/bin/muster" -H "unix://$dir/node-1/muster.sock" "$@"; }

# A request from outside the hosts.
fetch() { cluster exec outside curl -sS --fail-with-body --max-time 10 "$@"; }

usage() {
    sed -n '2,/^$/s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

tear_down() {
    step "removing the cluster in $dir"
    cluster down
}

show_failure() {
    local i
    say "--- services and tasks"
    muster stack services "$stack" >&2 || true
    muster stack ps --no-trunc "$stack" >&2 || true
    for i in 1 2 3; do
        if [ -e "$dir/node-$i/log" ]; then
            say "--- the end of musterd's log on node-$i"
            tail -15 "$dir/node-$i/log" >&2
        fi
    done
}

on_exit() {
    local status=$?
    trap - EXIT
    if [ "$status" -eq 0 ]; then exit 0; fi
    set +e
    show_failure
    if [ "${MUSTER_KEEP_CLUSTER:-}" = 1 ]; then
        say "left standing because of MUSTER_KEEP_CLUSTER=1; '$0 --down' removes it"
    else
        tear_down
    fi
    exit "$status"
}

has_secret() { muster secret inspect "$1" >/dev/null 2>&1; }

# create_secret NAME <VALUE
create_secret() { muster secret create "$1" - >/dev/null; }

# Only those that are not there, so that the quickstart can be run again. Private keys and passwords pass through pipes and
# memory only; the certificate, which is public, also goes to the client that shall trust it.
create_secrets() {
    local pair names=DNS:localhost address
    if ! has_secret ssl_key; then
        for address in "${addresses[@]}"; do names+=,IP:$address; done
        pair=$(openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=guide" \
            -addext "subjectAltName=$names" -keyout /dev/stdout 2>/dev/null)
        if has_secret ssl_cert; then muster secret rm ssl_cert >/dev/null; fi
        openssl x509 <<<"$pair" >"$dir/client/guide.crt"
        create_secret ssl_cert <"$dir/client/guide.crt"
        openssl pkey <<<"$pair" | create_secret ssl_key
    fi
    has_secret db_password || openssl rand -hex 16 | create_secret db_password
    has_secret jwt_secret || openssl rand -hex 32 | create_secret jwt_secret
}

label_nodes() {
    local node
    for node in "${workers[@]}"; do muster node update --label-add environment=production "$node" >/dev/null; done
    muster node update --label-add type=database "${workers[0]}" >/dev/null
}

# One line, "web 2/3 api 5/5 database 1/1".
replicas() {
    muster stack services "$stack" --format '{{.Name}} {{.Replicas}}' |
        awk -v prefix="${stack}_" '{ sub("^" prefix, "", $1); printf "%s%s %s", separator, $1, $2; separator = "  " }'
}

await_convergence() {
    local deadline=$((SECONDS + converge_within)) now before=
    while :; do
        now=$(replicas)
        if [ "$now" != "$before" ]; then step "converging: $now"; fi
        before=$now
        if is_converged "$now"; then return; fi
        [ "$SECONDS" -lt "$deadline" ] || die "the stack has not converged within $converge_within seconds: $now"
        sleep 1
    done
}

# Whether the line has three services, and every "m/n" in it has m = n.
is_converged() {
    grep -oE '[0-9]+/[0-9]+' <<<"$1" | awk -F/ '$1 != $2 { bad = 1 } END { exit bad || NR != 3 }'
}

# Every answer is fetched and checked before anything is printed: the exit status depends on it.
show_answers() {
    local i answer
    for i in "${!addresses[@]}"; do
        answer=$(fetch "http://${addresses[$i]}/")
        printf 'http://%s/ (node-%d):  %s\n' "${addresses[$i]}" $((i + 1)) "$answer"
    done
    answer=$(fetch --cacert "$dir/client/guide.crt" "https://${addresses[0]}/")
    printf 'https://%s/ (node-1):  %s\n' "${addresses[0]}" "$answer"
    fetch -X POST --data "written by the quickstart" "http://${addresses[0]}/api/rows" >/dev/null
    answer=$(fetch "http://${addresses[1]}/api/rows")
    grep -q "written by the quickstart" <<<"$answer" || die "the row written through node-1 is not read through node-2: $answer"
    printf 'http://%s/api/rows (node-2, from the database):  %s\n' "${addresses[1]}" "$answer"
}

show_result() {
    local i
    muster stack services "$stack"
    printf '\nAnswers, through the mesh of each host: the container that answered, and the client it saw\n'
    show_answers
    printf '\nSockets\n'
    for i in 1 2 3; do printf 'node-%d  %s  %s\n' "$i" "$dir/node-$i/muster.sock" "$dir/node-$i/docker.sock"; done
    cat <<EOF

Look around   $deploy/bin/muster -H unix://$dir/node-1/muster.sock service ps ${stack}_web
              $deploy/cluster.sh exec --dir $dir 1 bash        (a shell on node-1; 2, 3 and outside likewise)
Stop          $deploy/quickstart.sh --down
EOF
}

main() {
    "$deploy/host-setup.sh"
    find_jdk
    build_muster
    cluster up --managers 1 --workers 2
    mapfile -t addresses < <(cluster env | sed -n 's/^MUSTER_NODE_[0-9]*_ADDRESS=//p')
    step "secrets and node labels"
    create_secrets
    label_nodes
    step "muster stack deploy -c docker-stack.yml $stack"
    DOCKER_CONFIG=$dir/client muster stack deploy --with-registry-auth -c "$stack_file" "$stack" >&2
    await_convergence
    step "converged"
    show_result
}

case "${1:-}" in
"")
    need_root
    trap on_exit EXIT
    main
    ;;
--down)
    need_root
    tear_down
    ;;
*) usage ;;
esac
