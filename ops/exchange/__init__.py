"""Organisations in and out of spreadsheets, through registry's API: ``sama import`` and ``sama export``."""
