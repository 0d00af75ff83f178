"""The process: ``uvicorn services.registry.main:app``, from the project's root."""

from services.registry.settings import Settings
from services.registry.wiring import create_app

app = create_app(Settings())
