"""``sama reconcile``: what differs between the services' databases and the archive, and what a restore needs (F15)."""
