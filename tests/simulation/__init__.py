"""Seeded simulation of the four services on fakes (RELIABILITY.md, "Simulation")."""
