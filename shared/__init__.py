"""What all services share."""

from typing import Final

VERSION: Final = "0.1.0"  # pyproject.toml's; an image holds the code without the package's metadata
