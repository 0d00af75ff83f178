# Debian's own Python, for the services (and, with the operator's settings added, for building them).
apt_install python3 python3-venv ca-certificates
ln -s /usr/bin/python3 /usr/local/bin/python
