"""What the service images are made with."""
