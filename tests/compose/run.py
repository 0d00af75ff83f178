"""``make compose-test`` and ``make broker-test``: says loudly when there is no container engine; with OPTIONAL=1 that is no failure.

Exit codes: as pytest's; 3 when no engine can be had; 0 instead with OPTIONAL=1.
"""

import os
import sys
from typing import Final

import pytest

from ops.images.engine import NoEngine, engine
from ops.play.screen import console

NO_ENGINE: Final = 3
RULE: Final = "!" * 100


def main(arguments: list[str]) -> int:
    """Start or find an engine, and run pytest with these arguments while it runs."""
    try:
        with engine(console()) as running:
            os.environ.update(
                {name: value for name, value in running.environment.items() if name in ("DOCKER_HOST", "PATH")}
            )
            return int(pytest.main(arguments))
    except NoEngine as problem:
        optional = os.environ.get("OPTIONAL", "") not in ("", "0", "no", "false")
        going_on = "OPTIONAL=1: going on without them." if optional else "OPTIONAL=1 would go on without them."
        sys.stderr.write(f"\n{RULE}\nNOT TESTED: the containers. {problem}\n{going_on}\n{RULE}\n\n")
        return 0 if optional else NO_ENGINE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
