"""What an organisation is compared, found and counted by, beside its profile (REG-5)."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SearchKeys:
    """What names are compared and found by: keys of the Persian and the former names; the words of all names.

    shares: keyed hashes of its representatives' national codes and of its account, equal wherever the same person or account is.
    """

    names: tuple[str, ...]
    words: tuple[str, ...]
    shares: tuple[str, ...] = ()
