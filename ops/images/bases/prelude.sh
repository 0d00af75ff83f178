# Read before each install.sh. /mnt holds the recipe and how the building machine reaches its mirrors; nothing of it stays in the image.
set -eu
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
apt_install() {
    apt-get -q -c /mnt/apt.conf update
    apt-get -y -q -c /mnt/apt.conf install --no-install-recommends "$@"
    apt-get clean
    rm -rf /var/lib/apt/lists/* /var/log/apt /var/log/dpkg.log /var/log/alternatives.log /var/cache/debconf/*-old
}
