#!/bin/sh
# Makes this checkout ready to run: .venv with exactly what requirements.lock pins, the `sama` command, and RabbitMQ if no broker is given.
# Safe to repeat: what is done is skipped, what an interrupted run left half done is made again.
# As root it installs Debian's packages; as another user it unpacks them under .sama/packages and leaves the system as it is.
# Without a terminal it asks nothing.
set -eu
umask 022
cd "$(dirname "$0")/.."
ROOT=$(pwd)
SAMA=$ROOT/.sama
VENV=$ROOT/.venv
PACKAGES=$SAMA/packages # Debian packages, unpacked
LOGS=$SAMA/logs
STAMP=$VENV/.sama-ready      # what this environment was made from
MARK=$VENV/.sama-unfinished  # exists while it is being made
RABBIT=/usr/lib/rabbitmq/bin/rabbitmq-server
export PYTHONNOUSERSITE=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
unset PYTHONPATH PYTHONHOME 2>/dev/null || true

say() { printf '%s\n' "$*"; }
fail() { # what happened and why; what to do next
    printf '\nmake setup stopped: %s\n%s\n' "$1" "$2" >&2
    exit 1
}

# --- long steps ---

STEP=            # the process id of a long step
FINISH_STEP=false # whether an interrupted step is awaited: a killed dpkg leaves the system half configured
RESTORE=
at_exit() {
    if [ -n "$STEP" ]; then
        if $FINISH_STEP; then say "Finishing what the package manager has begun …"; else kill "$STEP" 2>/dev/null || true; fi
        wait "$STEP" 2>/dev/null || true
    fi
    [ -z "$RESTORE" ] || $RESTORE
}
trap at_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

count() { grep -c "$1" "$2" 2>/dev/null || true; }

# long LOG PATTERN TOTAL WORDS COMMAND…: run the command, its output to LOG, and show how many of TOTAL lines with PATTERN there are.
long() {
    log=$1 pattern=$2 total=$3 words=$4
    shift 4
    : >"$log"
    "$@" >>"$log" 2>&1 </dev/null &
    STEP=$!
    seconds=0
    while kill -0 "$STEP" 2>/dev/null; do
        sleep 1
        seconds=$((seconds + 1))
        done=$(count "$pattern" "$log")
        [ "$done" != "$total" ] || done="all"
        if [ -t 1 ]; then
            printf '\r  %s: %s of %s, %s s ' "$words" "$done" "$total" "$seconds"
        elif [ $((seconds % 10)) -eq 0 ]; then
            say "  $words: $done of $total, $seconds s"
        fi
    done
    [ ! -t 1 ] || printf '\n'
    result=0
    wait "$STEP" || result=$?
    STEP=
    return "$result"
}

show_end() { tail -n 15 "$1" | sed 's/^/    /' >&2; }

# --- Debian's packages ---

IS_ROOT=false
[ "$(id -u)" -ne 0 ] || IS_ROOT=true
HAS_APT=false
if command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null; then HAS_APT=true; fi

# The package's service must not start, nor come back at the next boot: SAMA runs a node of its own.
POLICY=/usr/sbin/policy-rc.d
POLICY_NOTE='# Written by SAMA, make setup, for the time of an installation.'
policy_restore() {
    if grep -q "$POLICY_NOTE" "$POLICY" 2>/dev/null; then rm -f "$POLICY"; fi
    [ ! -e "$POLICY.before-sama" ] || mv "$POLICY.before-sama" "$POLICY"
    RESTORE=
}
policy_deny() {
    policy_restore # what a killed run left
    [ ! -e "$POLICY" ] || mv "$POLICY" "$POLICY.before-sama"
    RESTORE=policy_restore
    printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_NOTE" >"$POLICY"
    chmod 755 "$POLICY"
}

install_as_root() { # packages…
    say "Installing Debian's packages: $*"
    log=$LOGS/apt.log
    policy_deny
    FINISH_STEP=true
    dpkg --configure -a >"$log" 2>&1 </dev/null || true # an interrupted earlier installation of anything
    long "$log" '^\(Get\|Hit\):' "a few" "package lists" apt-get -q -o DPkg::Lock::Timeout=120 update || {
        show_end "$log"
        say "  (the package lists could not be renewed; going on with those at hand)"
    }
    if ! long "$log" '^Setting up' "up to 40" "packages installed" \
        env DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=120 install --no-install-recommends "$@"; then
        show_end "$log"
        fail "apt-get could not install $* (log: $log)." "See what it says above; then type: apt-get install $*"
    fi
    FINISH_STEP=false
    policy_restore
}

ask_to_unpack() { # packages, size in words
    [ -t 0 ] && [ -t 1 ] || return 0 # nobody to ask: the gentler way, which changes nothing outside this folder
    printf '%s missing on this machine, and you are not root.\n' "$1"
    printf 'Unpack them under .sama/ (%s; nothing else on the system changes)? [Y/n] ' "$2"
    read -r answer || answer=n
    case $answer in
    "" | [Yy]*) return 0 ;;
    *) return 1 ;;
    esac
}

unpack_as_user() { # packages…; false if it does not work. apt runs with lists and cache of our own, which needs no rights
    $HAS_APT || return 1
    own=$SAMA/apt
    rm -rf "$own"
    mkdir -p "$own/lists/partial" "$own/cache/archives/partial" "$own/debs" "$PACKAGES" || return 1
    {
        printf 'Dir::State::lists "%s/lists";\nDir::Cache "%s/cache";\n' "$own" "$own"
        printf 'Debug::NoLocking "true";\nAPT::Sandbox::User "%s";\n' "$(id -un)"
    } >"$own/apt.conf"
    log=$LOGS/apt.log
    say "Unpacking Debian's packages under .sama/: $*"
    APT_CONFIG=$own/apt.conf
    export APT_CONFIG
    long "$log" '^\(Get\|Hit\):' "a few" "package lists" apt-get -q update || { show_end "$log"; return 1; }
    # What is missing here, the dependencies too, as apt would install it; all that is asked for is missing.
    needed=$(apt-get -q --simulate --no-install-recommends install "$@" 2>>"$log" | sed -n 's/^Inst \([^ ]*\).*/\1/p')
    [ -n "$needed" ] || needed=$*
    # shellcheck disable=SC2086 # one word per package
    total=$(printf '%s\n' $needed | wc -l)
    # shellcheck disable=SC2086
    (cd "$own/debs" && long "$log" '^Get:' "$total" "packages fetched" apt-get -q download $needed) || { show_end "$log"; return 1; }
    for deb in "$own"/debs/*.deb; do
        dpkg-deb -x "$deb" "$PACKAGES" >>"$log" 2>&1 || { show_end "$log"; return 1; }
    done
    rm -rf "$own"
    unset APT_CONFIG
}

# --- Python ---

python_fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; }

choose_python() {
    for PYTHON in ${PYTHON:-} python3 python3.13 python3.12 python3.11; do
        if python_fits "$PYTHON"; then return 0; fi
    done
    fail "there is no Python 3.11, 3.12 or 3.13 (python3 is: $(python3 --version 2>&1 || true))." \
        "Install one, for example: sudo apt-get install python3 python3-venv, or name one: make setup PYTHON=/path/to/python3.12"
}

make_venv() { # sets PIP, the command that installs into it
    mkdir -p "$VENV"
    : >"$MARK"
    if "$PYTHON" -c 'import ensurepip' 2>/dev/null; then
        "$PYTHON" -m venv "$VENV" || fail "Python could not make the folder .venv." "Is there space left, and may you write here?"
        return 0
    fi
    if $IS_ROOT && $HAS_APT; then
        install_as_root python3-venv
        "$PYTHON" -m venv "$VENV" || fail "Python could not make the folder .venv." "Is there space left, and may you write here?"
        return 0
    fi
    wheel=$(find_pip)
    if [ -z "$wheel" ]; then
        # shellcheck disable=SC2310 # a failure is asked for
        if ask_to_unpack "Python's packages to make virtual environments (python3-venv) are" "3 MB" && unpack_as_user python3-pip-whl python3-setuptools-whl; then
            wheel=$(find_pip)
        fi
    fi
    [ -n "$wheel" ] || fail "python3-venv is not installed." "Type this, then make setup again: sudo apt-get install python3-venv"
    "$PYTHON" -m venv --without-pip "$VENV" || fail "Python could not make the folder .venv." "Is there space left, and may you write here?"
    "$VENV/bin/python" "$wheel/pip" install --quiet --no-index --find-links "$(dirname "$wheel")" pip
}

find_pip() {
    for candidate in "$PACKAGES"/usr/share/python-wheels/pip-*.whl /usr/share/python-wheels/pip-*.whl; do
        if [ -e "$candidate" ]; then
            printf '%s' "$candidate"
            return 0
        fi
    done
}

wanted_stamp() {
    { cat requirements.lock ops/setup.sh; printf '%s\n' "$ROOT"; } | sha256sum | cut -d ' ' -f 1
}

prepare_python() {
    wanted=$(wanted_stamp)
    if [ ! -e "$MARK" ] && [ "$(cat "$STAMP" 2>/dev/null)" = "$wanted" ] && python_fits "$VENV/bin/python"; then
        return 0
    fi
    # An environment that was only half made, or whose Python is gone, is made again from the beginning.
    if [ -e "$MARK" ] || ! python_fits "$VENV/bin/python" || ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        [ ! -e "$VENV" ] || { say "Making .venv again: it is unfinished or broken."; rm -rf "$VENV"; }
        choose_python
        make_venv
    fi
    : >"$MARK"
    rm -f "$STAMP"
    total=$(grep -c '^[a-zA-Z0-9]' requirements.lock)
    say "Installing $total Python packages into .venv (about a minute and 270 MB)"
    log=$LOGS/pip.log
    if ! long "$log" '^\(Collecting\|Processing\) ' "$total" "packages fetched, then installed" \
        "$VENV/bin/python" -m pip install --progress-bar off --no-compile --require-hashes -r requirements.lock; then
        show_end "$log"
        fail "pip could not install the packages (log: $log)." \
            "Without a network, or behind a proxy, pip needs its usual settings (PIP_INDEX_URL, HTTPS_PROXY, PIP_CERT). Then make setup again."
    fi
    # Compiled is only what the services import, once for all of them; all of it would take half of the time again.
    "$VENV/bin/python" -c 'import fastapi, faststream.rabbit, httpx, motor.motor_asyncio, rich.progress, typer, uvicorn' ||
        fail "the installed packages do not work." "Remove the folder .venv, then make setup again."
    # The checkout itself: importable, and a command. No build step, so nothing more is fetched.
    site=$("$VENV/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    printf '%s\n' "$ROOT" >"$site/sama.pth"
    printf '#!/bin/sh\nexec "%s/bin/python" -P -m ops.cli "$@"\n' "$VENV" >"$VENV/bin/sama"
    chmod 755 "$VENV/bin/sama"
    "$VENV/bin/sama" --help >/dev/null || fail "the sama command does not start." "Remove the folder .venv, then make setup again."
    printf '%s\n' "$wanted" >"$STAMP"
    rm -f "$MARK"
}

# --- RabbitMQ ---

prepare_rabbit() {
    [ -z "${SAMA_RABBIT_URL:-}" ] || return 0
    if [ -e "$RABBIT" ] && command -v erl >/dev/null; then return 0; fi
    [ ! -e "$PACKAGES/.rabbit-ready" ] || return 0
    if $IS_ROOT && $HAS_APT; then
        install_as_root rabbitmq-server
        for unit in rabbitmq-server.service epmd.service epmd.socket; do
            if command -v systemctl >/dev/null; then
                systemctl disable "$unit" >/dev/null 2>&1 || true
            elif command -v deb-systemd-helper >/dev/null; then
                DPKG_MAINTSCRIPT_PACKAGE=${unit%.*} deb-systemd-helper disable "$unit" >/dev/null 2>&1 || true
            fi
        done
        if command -v update-rc.d >/dev/null; then update-rc.d rabbitmq-server disable >/dev/null 2>&1 || true; fi
        return 0
    fi
    # shellcheck disable=SC2310 # a failure is asked for
    if ask_to_unpack "RabbitMQ is" "about 90 MB" && unpack_as_user rabbitmq-server && relocate_erlang; then
        : >"$PACKAGES/.rabbit-ready"
        return 0
    fi
    fail "RabbitMQ is not installed, and SAMA_RABBIT_URL names no broker." \
        "Type this, then make setup again: sudo apt-get install rabbitmq-server"
}

relocate_erlang() { # its start scripts name the folder they were built for
    for script in "$PACKAGES"/usr/lib/erlang/bin/erl "$PACKAGES"/usr/lib/erlang/bin/start "$PACKAGES"/usr/lib/erlang/erts-*/bin/erl "$PACKAGES"/usr/lib/erlang/erts-*/bin/start; do
        [ -f "$script" ] || continue
        sed -i "s#ROOTDIR=/usr/lib/erlang#ROOTDIR='$PACKAGES/usr/lib/erlang'#" "$script" || return 1
    done
    "$PACKAGES/usr/bin/erl" -noshell -eval 'halt(0).' >>"$LOGS/apt.log" 2>&1
}

main() {
    mkdir -p "$SAMA" "$LOGS" 2>/dev/null || true
    [ -w "$ROOT" ] && [ -w "$LOGS" ] && { [ ! -e "$VENV" ] || [ -w "$VENV" ]; } ||
        fail "this folder cannot be written to: $ROOT (you are $(id -un); an earlier run with sudo may own .sama or .venv)." \
            "Make it yours: sudo chown -R $(id -un) '$ROOT'"
    if command -v flock >/dev/null; then # two at once would spoil each other's work
        exec 9>"$SAMA/setup.lock"
        flock -n 9 || { say "Another make setup runs here; waiting for it …"; flock 9; }
    fi
    prepare_python
    prepare_rabbit
}

main
