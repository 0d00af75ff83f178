# RabbitMQ of the Debian suite that the image is based on, set up so that docker-compose.yml can treat it like the official image.
# The package must not start the broker (policy-rc.d), and it makes the user `rabbitmq`.
printf '#!/bin/sh\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d
apt_install rabbitmq-server
rm /usr/sbin/policy-rc.d
rm -rf /var/lib/rabbitmq/* /var/lib/rabbitmq/.erlang.cookie # a cookie in an image would be every installation's cookie
cp /mnt/files/rabbitmq.conf /etc/rabbitmq/rabbitmq.conf
cp /mnt/files/enabled_plugins /etc/rabbitmq/enabled_plugins
cp /mnt/files/docker-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
chmod 755 /usr/local/bin/docker-entrypoint.sh
install -d -o rabbitmq -g rabbitmq -m 700 /var/lib/rabbitmq
