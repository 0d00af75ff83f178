"""The process: ``uvicorn services.budget.main:app``, from the project's root."""

from services.budget.settings import Settings
from services.budget.wiring import create_app

app = create_app(Settings())
