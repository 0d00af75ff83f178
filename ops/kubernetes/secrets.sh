#!/bin/sh
# Prints the secrets that the manifests refer to, with new passwords (letters and digits: they go into URLs), for
#     sh ops/kubernetes/secrets.sh .sama/keys/jwks.json | kubectl apply --namespace sama -f -
# Once per installation: a second time gives other passwords; docs/kubernetes.md says how to change one. Nothing is written to disk.
# The argument: the public keys that sign tokens. Made elsewhere: sama-rabbitmq-default-user (RabbitMQ's operator), sama-tls (cert-manager).
set -eu
SERVICES="registry requests review budget webhooks portal"
[ $# -eq 1 ] && [ -r "$1" ] || { echo "Name the file with the public keys that sign tokens, e.g.: sh $0 .sama/keys/jwks.json" >&2; exit 2; }
case $(cat "$1") in *'"d"'*) echo "$1 holds a private key; the services need the public ones alone." >&2; exit 2 ;; esac

password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

secret() { # name, then "key: value" each
    printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: %s\nstringData:\n' "$1"
    shift
    for line in "$@"; do printf '  %s\n' "$line"; done
}

for service in $SERVICES; do
    secret "sama-$service" "username: $service" "password: \"$(password)\""
    [ "$service" != webhooks ] || printf '  keys: "%s"\n' "$(password)"
done
secret sama-certification "key: \"$(password)\""
secret sama-mongodb-admin "password: \"$(password)\""
secret sama-operator "password: \"$(password)\""
printf -- '---\napiVersion: v1\nkind: Secret\nmetadata:\n  name: sama-jwks\ndata:\n  jwks.json: %s\n' "$(base64 <"$1" | tr -d '\n')"
