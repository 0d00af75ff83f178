"""Checks of what services store and announce, written apart from them (RELIABILITY.md, I1 to I9)."""
