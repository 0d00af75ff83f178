#!/bin/sh
# Prometheus and promtool, for the tests and `sama metrics`: Debian's package, unpacked under .sama/packages. Nothing is installed, so no
# service starts and nothing on the system changes. Safe to repeat. Without apt it says what is missing and goes on: the tests then say
# what they left out, and fail instead where CI is set.
set -eu
cd "$(dirname "$0")/../.."
PACKAGES=$(pwd)/.sama/packages

if command -v promtool >/dev/null && command -v prometheus >/dev/null; then exit 0; fi
[ ! -x "$PACKAGES/usr/bin/prometheus" ] || exit 0

missing() { # why
    printf '%s\n' "Prometheus is not here ($1): its rules and dashboards will not be tested." \
        "Install it, for example: sudo apt-get install prometheus" >&2
    exit 0
}
command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null || missing "there is no apt-get"

own=$(mktemp -d "${TMPDIR:-/tmp}/sama-prometheus-XXXXXX")
trap 'rm -rf "$own"' EXIT
chmod 755 "$own" # apt downloads as a user of its own
printf '%s\n' "Fetching Prometheus (20 MB) from Debian's packages …"
download() { (cd "$own" && apt-get -q "$@" download prometheus >"$own/log" 2>&1); }
if ! download; then # no lists, or old ones: lists of our own, which need no rights
    mkdir -p "$own/lists/partial" "$own/cache/archives/partial"
    set -- -o "Dir::State::lists=$own/lists" -o "Dir::Cache=$own/cache" -o Debug::NoLocking=true -o "APT::Sandbox::User=$(id -un)"
    apt-get -q "$@" update >"$own/log" 2>&1 || missing "the package lists could not be read: $(tail -n 1 "$own/log")"
    download "$@" || missing "it could not be fetched: $(tail -n 1 "$own/log")"
fi
mkdir -p "$PACKAGES"
for deb in "$own"/prometheus_*.deb; do dpkg-deb -x "$deb" "$own/unpacked"; done
# Moved as a whole and the marker last, so that an interrupted run is not taken for a finished one.
mkdir -p "$PACKAGES/usr/bin" "$PACKAGES/usr/share"
cp -R "$own/unpacked/usr/share/prometheus" "$PACKAGES/usr/share/"
mv "$own/unpacked/usr/bin/promtool" "$PACKAGES/usr/bin/"
mv "$own/unpacked/usr/bin/prometheus" "$PACKAGES/usr/bin/"
