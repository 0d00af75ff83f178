"""docker-compose.yml, really run on a container engine: ``make compose-test``."""
