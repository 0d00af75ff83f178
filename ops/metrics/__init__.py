"""What Prometheus and Grafana are given, and how the local stack is looked at with them."""
