#!/bin/sh
# Runs what the image's command says; a container without a writable /var still needs nginx's own directories.
set -e
mkdir -p /var/lib/nginx 2>/dev/null || true
exec "$@"
