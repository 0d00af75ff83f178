"""Domain dataclasses ↔ documents, by cattrs.

Times stay BSON dates, tuples become arrays, contract models (pydantic) their JSON form. A field that a document lacks gets the
dataclass's default and unknown fields are ignored, so old documents stay readable after an upgrade.
"""

from typing import Any, TypeVar

from cattrs.preconf.bson import BsonConverter, make_converter
from pydantic import BaseModel

from shared.storage.ports import Document

T = TypeVar("T")


def _is_model(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, BaseModel)


def _converter() -> BsonConverter:
    converter = make_converter(detailed_validation=False)
    converter.register_unstructure_hook_factory(_is_model, lambda _cls: lambda model: model.model_dump(mode="json"))
    converter.register_structure_hook_factory(_is_model, lambda cls: lambda value, _cls: cls.model_validate(value))
    return converter


_CONVERTER = _converter()


def to_document(value: Any) -> Document:
    """Return a dataclass as a document."""
    document: Document = _CONVERTER.unstructure(value)
    return document


def from_document(document: Document, cls: type[T]) -> T:
    """Return the dataclass that a document holds."""
    return _CONVERTER.structure(document, cls)
