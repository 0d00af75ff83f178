"""docs/webhooks.md: its examples verify what the service signs, in Python and in Node, and its table of settings is that of the code."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from services.webhooks.domain.signing import headers, secret_of
from services.webhooks.settings import Settings
from shared.contracts.durations import Duration
from shared.settings import ServiceSettings

PAGE: Final = (Path(__file__).resolve().parents[3] / "docs" / "webhooks.md").read_text("utf-8")
ROW: Final = re.compile(r"^\| `(SAMA_\w+)` \| (.+?) \| .+ \|$", re.MULTILINE)
SECRET: Final = secret_of(bytes(range(32)))
OTHER: Final = secret_of(bytes(reversed(range(32))))
BODY: Final = json.dumps({"id": "e1", "data": {"names": "منطقه"}}, ensure_ascii=False).encode()

Verify = Callable[[str, Mapping[str, str], bytes], bool]


def example(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def in_python(secret: str, signed: Mapping[str, str], body: bytes) -> bool:
    names: dict[str, Any] = {}
    exec(compile(example("python"), "docs/webhooks.md", "exec"), names)  # noqa: S102 - our own page
    return bool(names["is_genuine"](secret, signed, body))


def in_node(secret: str, signed: Mapping[str, str], body: bytes) -> bool:
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed: the example in JavaScript was not tried")
    call = f"console.log(isGenuine({json.dumps(secret)}, {json.dumps(signed)}, Buffer.from({json.dumps(body.hex())}, 'hex')))"
    done = subprocess.run([node, "-e", example("js") + call], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "true"


def by_the_library(secret: str, signed: Mapping[str, str], body: bytes) -> bool:
    try:
        Webhook(secret).verify(body.decode(), dict(signed))
    except WebhookVerificationError:
        return False
    return True


@pytest.mark.parametrize("verify", [in_python, in_node, by_the_library])
def test_a_receiver_takes_what_is_genuine_and_nothing_else(verify: Verify) -> None:
    now = int(time.time())
    good = headers([SECRET], "e1", now, BODY)
    assert verify(SECRET, good, BODY)
    assert verify(SECRET, headers([OTHER, SECRET], "e1", now, BODY), BODY), "while secrets are exchanged"
    assert not verify(OTHER, good, BODY)
    assert not verify(SECRET, good, BODY.replace(b"e1", b"e2"))
    assert not verify(SECRET, {**good, "webhook-id": "e2"}, BODY)
    assert not verify(SECRET, {**good, "webhook-timestamp": str(now + 1)}, BODY)
    assert not verify(SECRET, headers([SECRET], "e1", now - 600, BODY), BODY), "recorded and sent again"


def test_the_table_of_settings_is_that_of_the_service() -> None:
    own = {name: field for name, field in Settings.model_fields.items() if name not in ServiceSettings.model_fields}
    wanted = {}
    for name, field in own.items():
        default = field.default
        if isinstance(default, Duration):
            shown = f"`{json.dumps(default.model_dump(exclude_none=True))}`"
        else:
            shown = "–" if name == "webhook_keys" else f"`{default}`"
        wanted[f"SAMA_{name.upper()}"] = shown
    assert dict(ROW.findall(PAGE)) == wanted


def test_the_waits_of_the_page_are_those_of_the_settings() -> None:
    back_off = Settings().rules.back_off
    waits = [back_off.seconds(attempt, 0.5) for attempt in range(1, 9)]
    assert [round(wait) for wait in waits] == [5, 20, 80, 320, 1280, 5120, 14400, 14400]
    assert "5 s, 20 s, 80 s, 5 min, 21 min, 85 min and then every four hours" in PAGE
