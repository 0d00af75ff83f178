"""``sama doctor``: what is wrong with the system and what to do."""
