"""``sama demo``: the story of examples/mashhad, played through the HTTP APIs."""
