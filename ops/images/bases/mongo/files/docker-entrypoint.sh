#!/bin/bash
# Called as the official image is: docker-entrypoint.sh mongod --replSet sama --keyFile … --bind_ip_all, as user mongodb.
# Makes the administrator (MONGO_INITDB_ROOT_USERNAME, _PASSWORD) the first time, then becomes the server with access control.
set -euo pipefail
shift # the word mongod
made=/data/db/.administrator-made

if command -v mongod >/dev/null; then
    program=mongod
    open=(mongod --dbpath /data/db --bind_ip 127.0.0.1 --port 27018)
    guarded=(mongod --dbpath /data/db "$@")
else
    program=SecantusDB
    echo "NOT FOR PRODUCTION: SecantusDB stands in for MongoDB in this image (one node, no replica set, not durable like MongoDB)." >&2
    server=(/opt/mongo/bin/secantusd-py --config /tmp/secantusd.toml --storage-path /data/db --cache-size "${SECANTUS_CACHE:-256M}" --log-level WARNING)
    : >/tmp/secantusd.toml # its own, so that no other file is found
    open=("${server[@]}" --host 127.0.0.1 --port 27018)
    guarded=("${server[@]}" --host 0.0.0.0 --port 27017 --auth)
fi

if [ ! -e "$made" ]; then
    "${open[@]}" >/dev/null &
    server_pid=$!
    /opt/mongo/bin/python - <<'PYTHON'
import os
import pymongo
admin = pymongo.MongoClient("mongodb://127.0.0.1:27018/?directConnection=true", serverSelectionTimeoutMS=60_000).admin
user, password = os.environ["MONGO_INITDB_ROOT_USERNAME"], os.environ["MONGO_INITDB_ROOT_PASSWORD"]
try:
    admin.command("createUser", user, pwd=password, roles=[{"role": "root", "db": "admin"}])
except pymongo.errors.OperationFailure as error:
    if error.code != 51003:  # there already: an earlier start was cut off
        raise
PYTHON
    kill -TERM "$server_pid"
    wait "$server_pid" || true
    touch "$made"
    echo "$program: the administrator is made." >&2
fi
exec "${guarded[@]}"
