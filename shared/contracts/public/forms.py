"""The one place that turns an internal event into its public form: relay, announcer, rebuild and ``sama verify`` all get it from here."""

from collections.abc import Mapping
from typing import Any, Final

from shared.contracts.base import EventData
from shared.contracts.public import budget, registry, requests, review
from shared.contracts.public.base import Form, NotPublic
from shared.contracts.public.envelope import envelop_public

FORMS: Final[Mapping[str, tuple[type[EventData], Form]]] = {
    model.event_type: (model, form)
    for forms in (registry.FORMS, requests.FORMS, review.FORMS, budget.FORMS)
    for model, form in forms.items()
}
"""How each internal event is shown, by its type."""


def is_public(type: str) -> bool:
    """Tell whether events of this internal type have a public form."""
    return type in FORMS and not isinstance(FORMS[type][1], NotPublic)


def public_form(event: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the public form of an internal event (as envelop() made it), or None if it has none. Pure.

    An undeclared type has none. Raises ValidationError if the data is not what its contract says.
    """
    model, form = FORMS.get(event["type"], (None, None))
    if model is None or form is None or isinstance(form, NotPublic):
        return None
    data = form(model.model_validate(event["data"]))
    return None if data is None else envelop_public(data, event)
