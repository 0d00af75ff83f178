"""The process: ``uvicorn bench.bare_main:app``, from the project's root, with SAMA_SERVICE."""

from bench.bare_app import create_app

app = create_app()
