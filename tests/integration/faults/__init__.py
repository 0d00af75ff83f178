"""Faults on real servers: services killed, frozen and cut off under load; RELIABILITY in tests (`make faults`)."""
