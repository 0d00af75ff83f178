"""The process: ``uvicorn services.portal.main:app``, from the project's root."""

from services.portal.settings import Settings
from services.portal.wiring import create_app

app = create_app(Settings())
