"""The rules and dashboards of ops/metrics."""
