#!/bin/sh
# Options alone mean redis-server with these options. The network around a container protects it, so the mode that
# refuses every client but a local one is off.
set -e
case ${1:-} in
-* | *.conf) set -- redis-server "$@" ;;
esac
if [ "${1:-}" = redis-server ]; then set -- "$@" --protected-mode no; fi
exec "$@"
