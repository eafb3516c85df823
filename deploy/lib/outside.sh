# shellcheck shell=bash disable=SC2154 # the caller sets what this needs
# What is outside a cluster's hosts: a test CA, the registry, a web server, a DNS server, and the client's docker config.
# Everything lives in the namespaces of the host `outside`. Needs $dir, $net; sourced after underlay.sh.

registry_user=muster

# Names that the registry answers for, beside its own address.
registry_names=(docker.io registry-1.docker.io myregistry.com)

registry_address() { printf '%s.2\n' "$net"; }

make_ca() {
    local out=$dir/outside/tls name names
    if [ -e "$out/registry.crt" ]; then return; fi
    mkdir -p "$out/trust"
    names="IP:$(registry_address)"
    for name in "${registry_names[@]}"; do names+=",DNS:$name"; done
    (
        umask 077
        cd "$out" || exit
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Muster test CA" \
            -keyout ca.key -out ca.crt 2>/dev/null
        openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=registry" \
            -keyout registry.key -out registry.csr 2>/dev/null
        openssl x509 -req -in registry.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 \
            -extfile <(printf 'subjectAltName=%s\nextendedKeyUsage=serverAuth\n' "$names") -out registry.new 2>/dev/null
        mv registry.new registry.crt
    )
    chmod 644 "$out/ca.crt"
    cp "$out/ca.crt" "$dir/registry-ca.crt"
    cp "$out/ca.crt" "$out/trust/ca.crt"
}

make_credentials() {
    local password auth
    if [ -e "$dir/client/config.json" ]; then return; fi
    password=$(openssl rand -hex 16)
    auth=$(printf '%s:%s' "$registry_user" "$password" | base64 -w0)
    (
        umask 077
        mkdir -p "$dir/client" "$dir/certs.d"
        printf '%s\n' "$password" | htpasswd -i -n -B -C 5 "$registry_user" >"$dir/outside/htpasswd"
        printf '%s\n' "$password" >"$dir/outside/password"
        printf '{"auths": {"%s": {"auth": "%s"}}}\n' "$(registry_address)" "$auth" >"$dir/outside/push.json"
        write_hosts_toml "$auth"
        printf '{"auths": {"myregistry.com": {"auth": "%s"}}}\n' "$auth" >"$dir/client/config.json"
    )
}

# docker.io goes to the registry as a mirror that has credentials of its own; myregistry.com is the registry's own name, so
# what is sent there is what the user gave (docker login, --with-registry-auth).
write_hosts_toml() {
    mkdir -p "$dir/certs.d/docker.io" "$dir/certs.d/myregistry.com"
    cat >"$dir/certs.d/docker.io/hosts.toml" <<EOF
server = "https://registry-1.docker.io"

[host."https://$(registry_address)"]
  capabilities = ["pull", "resolve"]
  ca = "$dir/registry-ca.crt"
  [host."https://$(registry_address)".header]
    Authorization = ["Basic $1"]
EOF
    cat >"$dir/certs.d/myregistry.com/hosts.toml" <<EOF
server = "https://myregistry.com"

[host."https://myregistry.com"]
  capabilities = ["pull", "resolve", "push"]
  ca = "$dir/registry-ca.crt"
EOF
}

# host_files NAME: the resolv.conf and hosts that NAME's init mounts.
host_files() {
    local name=$1
    mkdir -p "$dir/hosts/$name"
    printf 'nameserver %s.1\noptions timeout:1 attempts:1\n' "$net" >"$dir/hosts/$name/resolv.conf"
    {
        printf '127.0.0.1 localhost\n'
        if [ "$name" != outside ]; then printf '%s %s\n' "$(node_address "${name#node-}")" "$name"; fi
        printf '%s myregistry.com\n' "$(registry_address)"
    } >"$dir/hosts/$name/hosts"
}

outside_config() {
    local out=$dir/outside
    mkdir -p "$out/registry" "$out/web"
    cat >"$out/registry.yml" <<EOF
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: $out/registry}
  delete: {enabled: true}
http:
  addr: $(registry_address):443
  secret: $(openssl rand -hex 16)
  tls: {certificate: $out/tls/registry.crt, key: $out/tls/registry.key}
auth:
  htpasswd: {realm: muster, path: $out/htpasswd}
EOF
    # Knows the names below outside.test and the registry's; every other name does not exist.
    cat >"$out/dnsmasq.conf" <<EOF
keep-in-foreground
no-resolv
no-hosts
no-daemon
user=root
listen-address=$net.1
bind-interfaces
host-record=web.outside.test,$web_address
host-record=registry.outside.test,$(registry_address)
host-record=myregistry.com,$(registry_address)
local=/#/
EOF
    cat >"$out/web.conf" <<EOF
daemon off;
user root;
worker_processes 1;
pid $out/web/pid;
error_log stderr;
events { worker_connections 1024; }
http {
    access_log off;
    client_body_temp_path $out/web/body;
    proxy_temp_path $out/web/proxy;
    fastcgi_temp_path $out/web/fastcgi;
    uwsgi_temp_path $out/web/uwsgi;
    scgi_temp_path $out/web/scgi;
    default_type text/plain;
    server {
        listen $web_address:80;
        location / { return 200 "\$remote_addr\n"; }
    }
}
EOF
}

port_answers() { in_net_of outside bash -c "exec 3<>/dev/tcp/$1/$2" 2>/dev/null; }

outside_up() {
    local out=$dir/outside
    host_files outside
    make_ca
    make_credentials
    outside_config
    if host_is_up outside; then return; fi
    host_boot outside
    underlay_create
    host_spawn outside "$out/registry.pid" "$out/registry.log" docker-registry serve "$out/registry.yml"
    host_spawn outside "$out/dns.pid" "$out/dns.log" dnsmasq -C "$out/dnsmasq.conf"
    host_spawn outside "$out/web.pid" "$out/web.log" nginx -c "$out/web.conf"
    wait_until 20 port_answers "$(registry_address)" 443 || die "the registry does not start: $(tail -3 "$out/registry.log")"
    wait_until 20 port_answers "$net.1" 53 || die "the DNS server does not start: $(tail -3 "$out/dns.log")"
    wait_until 20 port_answers "$web_address" 80 || die "the web server does not start: $(tail -3 "$out/web.log")"
}

# push_images MADE: everything that integration-tests/images/build.sh made, under its real name. What a registry's storage
# looks like after that is kept beside the images: the next cluster starts from a copy, which takes a tenth of the time.
push_images() {
    local made=$1 pushed=$dir/outside/pushed name format digest
    if [ ! -e "$pushed" ] && cmp -s "$made/names" "$made/registry/names"; then
        cp -a "$made/registry/docker" "$dir/outside/registry/"
        cp "$made/names" "$pushed"
        return
    fi
    while read -r name format digest; do
        if grep -qxF "$name $format $digest" "$pushed" 2>/dev/null; then continue; fi
        push_image "$made/oci" "$name" "$format"
        printf '%s %s %s\n' "$name" "$format" "$digest" >>"$pushed"
    done <"$made/names"
    if cmp -s "$made/names" "$pushed"; then keep_registry "$made"; fi
}

push_image() {
    local layout=$1 name=$2 format=$3 path
    case $name in
    docker.io/*) path=${name#docker.io/} ;;
    *) path=${name#*/} ;;
    esac
    in_net_of outside skopeo --insecure-policy copy --quiet --all --format "$format" --authfile "$dir/outside/push.json" \
        --dest-cert-dir "$dir/outside/tls/trust" "oci:$layout:$name" "docker://$(registry_address)/$path" >&2 ||
        die "cannot push $name to the cluster's registry, see $dir/outside/registry.log"
}

keep_registry() {
    local made=$1 copy
    copy=$(mktemp -d -p "$made" registry.XXXXXX)
    cp -a "$dir/outside/registry/docker" "$copy/"
    cp "$made/names" "$copy/names"
    rm -rf "$made/registry"
    mv -T "$copy" "$made/registry" 2>/dev/null || rm -rf "$copy" # another cluster was first
}
