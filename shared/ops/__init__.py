"""What an operator does to a running service: dead letters, replays, announcing again; and what is kept of it."""
