"""``sama backup`` and ``sama restore``: every database as files that can be checked (docs/decisions/0020-what-a-backup-holds.md)."""
