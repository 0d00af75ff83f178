# For the image that builds the services: pip reaches the package index as the machine that builds does. The services' own image has none of it.
if ls /mnt/authorities/*.crt >/dev/null 2>&1; then
    cp /mnt/authorities/*.crt /usr/local/share/ca-certificates/
    update-ca-certificates
fi
cp /mnt/pip.conf /etc/pip.conf
