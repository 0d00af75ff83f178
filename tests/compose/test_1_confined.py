"""What runs in the containers: nobody special, on file systems that cannot be written, and without any secret baked in."""

import io
import json
import subprocess
import tarfile
from collections.abc import Iterator

import pytest

from ops.images.host import host_settings
from ops.local.places import ROOT
from ops.local.services import SERVICES
from tests.compose.project import EVERYTHING, Project

OURS = [f"sama-{service}:local" for service in SERVICES]
LOOKS_LIKE_A_SECRET = r"(password|secret|token)[A-Z_]* *[=:] *['\"]?[0-9a-f]{32,}|BEGIN [A-Z ]*PRIVATE KEY"


@pytest.mark.parametrize("service", EVERYTHING)
def test_a_container_runs_as_nobody_special_and_can_write_nothing_but_its_data(project: Project, service: str) -> None:
    (container,) = project.containers(service)
    told = json.loads(project.inspect(container, "{{json .HostConfig}}"))
    assert told["ReadonlyRootfs"] is True
    assert told["CapDrop"] == ["ALL"]
    assert told["SecurityOpt"] == ["no-new-privileges:true"]
    assert not told["Privileged"]
    run = project.engine.docker("exec", container, "cat", "/proc/1/status")
    (uids,) = (line.split()[1:] for line in run.splitlines() if line.startswith("Uid:"))
    assert "0" not in uids
    with pytest.raises(Exception, match=r"[Rr]ead-only file system"):
        project.engine.docker("exec", container, "sh", "-c", "echo x > /etc/written")


def test_only_caddy_is_reachable_from_outside(project: Project) -> None:
    published = {
        service: project.inspect(project.containers(service)[0], "{{json .HostConfig.PortBindings}}")
        for service in EVERYTHING
    }
    assert [service for service, ports in published.items() if json.loads(ports)] == ["caddy"]


def _files(project: Project, image: str) -> Iterator[tuple[str, bytes]]:
    """Yield every file of every layer, also those that a later layer hides."""
    saved = subprocess.run(["docker", "save", image], env=project.engine.environment, capture_output=True, check=True)
    with tarfile.open(fileobj=io.BytesIO(saved.stdout)) as outer:
        for layer in outer:
            inner = outer.extractfile(layer) if layer.isfile() else None
            if inner is None or not tarfile.is_tarfile(inner):
                continue  # what describes the image; it is looked at elsewhere
            inner.seek(0)
            with tarfile.open(fileobj=inner) as files:
                for file in files:
                    if file.isfile() and (body := files.extractfile(file)) is not None:
                        yield file.name, body.read()


def test_a_services_image_holds_no_secret_and_nothing_of_how_it_was_built(project: Project) -> None:
    secrets = [secret.encode() for secret in project.secrets]
    settings = host_settings()
    # Each authority that this machine added, by a piece of its middle that is in no other certificate.
    added = [path.read_bytes().replace(b"\n", b"")[200:300] for path in settings.authorities]
    about = project.engine.docker("history", "--no-trunc", OURS[0]) + project.engine.docker("inspect", OURS[0])
    assert not [secret for secret in project.secrets if secret in about]
    names = set()
    for name, body in _files(project, OURS[0]):
        names.add(name.removeprefix("./"))
        found = [secret for secret in secrets if secret in body]
        assert not found, f"a secret is in {name}"
        assert not [piece for piece in added if piece in body.replace(b"\n", b"")], (
            f"an authority of the building machine is in {name}"
        )
        assert not name.endswith(("etc/pip.conf", ".env", "private.json", "jwks.json")), name
    assert {"app/shared/runtime.py", "opt/sama/pyvenv.cfg"} <= names, "the layers were not read"


def test_the_services_images_share_all_but_their_name(project: Project) -> None:
    about = [json.loads(project.engine.docker("image", "inspect", image))[0] for image in OURS]
    for image, told in zip(OURS, about, strict=True):
        assert told["Config"]["User"] == "10001:10001", image
        settings = {setting for setting in told["Config"]["Env"] if setting.startswith("SAMA_")}
        assert settings == {f"SAMA_SERVICE={image[5:-6]}", "SAMA_LOG_FORMAT=json"}
    assert len({tuple(told["RootFS"]["Layers"][:-1]) for told in about}) == 1


def test_the_stand_in_says_what_it_is(project: Project) -> None:
    image = project.settings["SAMA_MONGO_IMAGE"]
    assert image.endswith("not-for-production")
    assert project.engine.image_label(image, "sama.not-for-production") == "true"
    assert "NOT FOR PRODUCTION" in project.logs("mongo", lines=10_000)


def test_the_repository_holds_no_secret(project: Project) -> None:
    found = subprocess.run(
        ["git", "grep", "-n", "-i", "-E", LOOKS_LIKE_A_SECRET, "--", ":!requirements.lock", ":!tests", ":!*/schemas/*"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.stdout == ""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in tracked if name.endswith((".pem", ".key", ".p12")) or name.split("/")[-1] == ".env"]
