"""What portal does: follow the events of all services, make figures of its rows, and answer readers."""

from dataclasses import dataclass

from services.portal.usecases.figures import FiguresUseCases
from services.portal.usecases.following import Following
from services.portal.usecases.ports import Kept
from services.portal.usecases.reading import Reading


@dataclass(frozen=True)
class UseCases:
    """All use cases."""

    following: Following
    reading: Reading
    figures: FiguresUseCases

    @classmethod
    def over(cls, kept: Kept) -> "UseCases":
        """Return the use cases over these rows."""
        return cls(Following(kept), Reading(kept), FiguresUseCases(kept))
