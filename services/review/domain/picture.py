"""Pictures of a field visit: no person can be recognised on them, and one that shows somebody is taken out for good (REV-13)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from shared.contracts.refusals import Refusal

PICTURES_LIMIT: Final = 30  # of one visit, removed ones counted: each of up to five megabytes

PictureType = Literal["png", "jpeg"]
MEDIA_TYPES: Final[dict[PictureType, str]] = {"png": "image/png", "jpeg": "image/jpeg"}
_BEGINNINGS: Final[tuple[tuple[bytes, PictureType], ...]] = (
    (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "png"),
    (b"\xff\xd8\xff", "jpeg"),
)


class NotAPicture(Refusal):
    """The content is neither PNG nor JPEG, whatever its name says."""

    code = "not_a_picture"
    kind = "unprocessable"


class PicturesShowNoPersons(Refusal):
    """Whoever hands a picture in says that nobody can be recognised on it."""

    code = "pictures_show_no_persons"
    kind = "unprocessable"


class TooManyPictures(Refusal):
    """The visit has as many pictures as it may."""

    code = "too_many_pictures"


class PictureNotFound(Refusal):
    """The visit has no such picture, or it was removed."""

    code = "picture_not_found"
    kind = "not_found"


@dataclass(frozen=True, slots=True)
class Removal:
    """Why a picture was taken out, by whom and when. Its content is gone; that it was there stays."""

    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture. size: bytes; sha256: of the content; file: where the content is kept."""

    id: str
    caption: str
    type: PictureType
    size: int
    sha256: str
    file: str
    by: str
    at: datetime
    removal: Removal | None = None


def picture_type(content: bytes) -> PictureType:
    """Return what the content is. Raises NotAPicture."""
    for beginning, found in _BEGINNINGS:
        if content.startswith(beginning):
            return found
    raise NotAPicture()
