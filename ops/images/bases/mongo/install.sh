# A server that speaks MongoDB's protocol. With an archive of MongoDB (mongod.tgz): mongod. Otherwise SecantusDB from requirements.lock, a stand-in
# that is NOT FOR PRODUCTION: one node, no fsync at each write, never proven under years of use.
groupadd --system --gid 999 mongodb
useradd --system --uid 999 --gid mongodb --home-dir /data/db --no-create-home --shell /usr/sbin/nologin mongodb
install -d -o mongodb -g mongodb -m 700 /data/db /data/configdb
python -m venv /opt/mongo
cat /etc/ssl/certs/ca-certificates.crt /mnt/authorities/* >/tmp/authorities 2>/dev/null || true # more authorities: if there are any
PIP_CONFIG_FILE=/mnt/pip.conf PIP_CERT=/tmp/authorities /opt/mongo/bin/python -m pip install --quiet --no-cache-dir --disable-pip-version-check \
    --no-compile --require-hashes -r /mnt/files/requirements.txt
rm /tmp/authorities
if [ -e /mnt/files/mongod.tgz ]; then
    apt_install libcurl4t64 libssl3t64
    tar -xzf /mnt/files/mongod.tgz -C /tmp
    install -m 755 /tmp/*/bin/mongod /usr/local/bin/mongod
    rm -rf /tmp/*
fi
for program in docker-entrypoint.sh mongosh; do
    install -m 755 "/mnt/files/$program" "/usr/local/bin/$program"
done
