"""``sama audit``: what the dependencies are, whether the index still stands by them, and what is known against them."""
