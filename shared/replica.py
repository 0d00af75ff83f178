"""Which of a service's processes this is, in logs and traces."""

import os
import socket
from typing import Final

REPLICA: Final = f"{socket.gethostname()}/{os.getpid()}"
"""Host (a container's id) and process id, e.g. ``3f2c…/7``."""
