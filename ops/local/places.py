"""Where things of a checkout are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMA = ROOT / ".sama"
KEYS = SAMA / "keys"
PACKAGES = SAMA / "packages"
"""Debian packages that `make setup` unpacked for a user who may not install any."""
