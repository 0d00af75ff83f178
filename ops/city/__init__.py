"""A real city: its districts and proposals, read from two files and carried through the services."""
