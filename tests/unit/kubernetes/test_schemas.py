"""Every manifest against the API's own schemas, offline and strictly: a field that an API does not know is refused.

Kubernetes' come from kubernetes-validate (PyPI), KEDA's from cloudcoil-models-keda (PyPI), the Gateway API's from
@kubernetes-models/gateway-api (npm); RabbitmqCluster and MongoDBCommunity have none in a package and are in ops/kubernetes/schemas.
"""

import functools
import json
import re
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any, Final

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.unit.kubernetes.rendered import FETCHED, FOLDER, OVERLAYS, Manifest, city, missing, of_kind, render

VERSIONS: Final = (
    "v1.31.0",
    "v1.37.0",
)  # the oldest that a city may still run, and the newest that schemas are known of
DEFINITIONS: Final = "https://kubernetes.io/api/_definitions.json"
METADATA: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
BY_HAND: Final = {"RabbitmqCluster": "rabbitmqcluster.yaml", "MongoDBCommunity": "mongodbcommunity.yaml"}
KEDA_SCHEMA: Final = (
    "import json, sys; sys.path.insert(0, sys.argv[1]); from cloudcoil.models.keda import v1alpha1;"
    "print(json.dumps({k: getattr(v1alpha1, k).model_json_schema(by_alias=True) for k in ('ScaledObject', 'TriggerAuthentication')}))"
)

Schema = dict[str, Any]


@functools.cache
def fetched(name: str) -> Any:
    """Return the path of what `make kubernetes-check` fetched."""
    if not (FETCHED / "ready").exists():
        missing("the schemas are not here")
    return FETCHED / name


@functools.cache
def core(version: str, name: str) -> Schema:
    """Return one of Kubernetes' schemas, the strict one."""
    with zipfile.ZipFile(fetched("kubernetes.zip")) as schemas:
        path = f"kubernetes_validate/kubernetes-json-schema/{version}-local-strict/{name}.json"
        schema: Schema = json.loads(schemas.read(path))
    return schema


@functools.cache
def registry(version: str) -> Registry[Any]:
    known: Registry[Any] = Registry().with_resource(
        DEFINITIONS, DRAFT202012.create_resource(core(version, "_definitions"))
    )
    return known


@functools.cache
def keda() -> Mapping[str, Schema]:
    """Return KEDA's schemas; in a process of its own, because its package is not installed here."""
    command = [sys.executable, "-c", KEDA_SCHEMA, str(fetched("python"))]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    schemas: Mapping[str, Schema] = json.loads(done.stdout)
    return schemas


@functools.cache
def gateway_api(kind: str) -> Schema:
    """Return a schema of the Gateway API: the literal in the package's code."""
    with tarfile.open(fetched("gateway-api.tgz")) as package:
        member = package.extractfile(f"package/gateway.networking.k8s.io/v1/{kind}.js")
        assert member is not None
        code = member.read().decode()
    literal = re.search(r"^const schema = (\{.*?^\});", code, re.MULTILINE | re.DOTALL)
    assert literal is not None
    schema: Schema = json.loads(literal[1])
    # Which names it refers to; those of Kubernetes are elsewhere here.
    schema["properties"]["metadata"] = {"$ref": f"{DEFINITIONS}#/$defs/{METADATA}"}
    return schema


def strict(node: Any) -> Any:
    """Return the schema with every object closed that names its properties: the API server drops what it does not know."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    closed = {key: strict(value) for key, value in node.items()}
    if (
        isinstance(node.get("properties"), Mapping)
        and "additionalProperties" not in node
        and node.get("type") == "object"
    ):
        closed["additionalProperties"] = False
    return closed


@functools.cache
def schema_of(kind: str, api: str, version: str) -> Schema:
    """Return the strict schema of a kind."""
    group = api.partition("/")[0]
    schema: Schema
    if kind in BY_HAND:
        schema = yaml.safe_load((FOLDER / "schemas" / BY_HAND[kind]).read_text())
    elif group == "keda.sh":
        schema = strict(deepcopy(keda()[kind]))
    elif group == "gateway.networking.k8s.io":
        schema = strict(gateway_api(kind))
    else:
        group_and_version = "-".join(part.removesuffix(".k8s.io") for part in api.split("/"))
        schema = core(version, f"{kind.lower()}-{group_and_version}")
    return schema


def faults(manifest: Manifest, version: str) -> list[str]:
    """Return what the API would not take, or not understand."""
    schema = schema_of(manifest["kind"], manifest["apiVersion"], version)
    validator = Draft202012Validator(schema, registry=registry(version), format_checker=FormatChecker())
    return [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}" for fault in validator.iter_errors(manifest)]


def everything() -> Iterator[tuple[str, Manifest]]:
    """Return all that a city may apply, the services that are not listed yet, too."""
    for overlay in OVERLAYS:
        for manifest in city(overlay):
            yield overlay, manifest
    for folder in sorted((FOLDER / "services").iterdir()):
        if folder.is_dir():
            for manifest in render(f"services/{folder.name}"):
                yield folder.name, manifest


@pytest.mark.parametrize("version", VERSIONS)
def test_the_api_understands_every_field_of_every_manifest(version: str) -> None:
    found = {
        f"{where} {manifest['kind']}/{manifest['metadata']['name']}": wrong
        for where, manifest in everything()
        if (wrong := faults(manifest, version))
    }
    assert found == {}


WRONG: Final = {
    "Deployment": ("spec/template/spec/containers/0/livenessProbe", "httpget", {"path": "/health/live"}),
    "PodDisruptionBudget": ("spec", "minUnavailable", 1),
    "NetworkPolicy": ("spec", "policyType", ["Ingress"]),
    "Job": ("spec/template/spec", "restartpolicy", "Never"),
    "HTTPRoute": ("spec/rules/0", "backends", []),
    "Gateway": ("spec/listeners/0", "port", "https"),
    "ScaledObject": ("spec", "minReplicas", 2),
    "TriggerAuthentication": ("spec/secretTargetRef/0", "secret", "sama-review"),
    "RabbitmqCluster": ("spec", "replicas", 2),
    "MongoDBCommunity": ("spec/statefulSet/spec/template/spec/containers/0", "resource", {}),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_field_is_found(kind: str) -> None:
    manifest: Any = deepcopy(next(iter(of_kind(city("large-city"), kind).values())))
    path, key, value = WRONG[kind]
    node = manifest
    for step in path.split("/"):
        node = node[int(step)] if step.isdigit() else node[step]
    node[key] = value
    assert faults(manifest, VERSIONS[-1])
