#!/bin/sh
# Runs as user rabbitmq. The cookie is made before anything else: a rabbitmqctl in the first moment would make one of its own.
set -eu
umask 077
cookie=/var/lib/rabbitmq/.erlang.cookie
[ -s "$cookie" ] || head -c 30 /dev/urandom | od -An -tx1 | tr -d ' \n' >"$cookie"
chmod 400 "$cookie"
exec "$@"
