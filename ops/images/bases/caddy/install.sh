# Debian's Caddy. wget is what docker-compose.yml asks for its health with.
apt_install caddy wget ca-certificates
rm -rf /usr/share/caddy
# Ports below 1024 are free for everybody inside a container: no capability is needed.
