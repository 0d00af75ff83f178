"""What ``sama reconcile`` says of the stream for outsiders."""

from ops.local.places import ROOT
from ops.reconcile.archived import read
from ops.reconcile.differences import missed_by_outsiders
from shared.contracts.public.forms import public_form
from shared.contracts.schema_files import examples

EVENTS = list(examples(ROOT).values())
FORMS = [form for event in EVENTS if (form := public_form(event)) is not None]


def test_nothing_is_listed_while_outsiders_have_every_public_event() -> None:
    assert list(missed_by_outsiders(read(EVENTS), {form["id"] for form in FORMS})) == []


def test_each_service_whose_events_outsiders_miss_is_named_with_the_command_that_tells_them() -> None:
    missed = {form["id"] for form in FORMS if form["source"].endswith("/review")}
    shown = {form["id"] for form in FORMS} - missed

    (found,) = missed_by_outsiders(read(EVENTS), shown)

    assert (found.kind, found.service, found.where) == ("missing_in_public", "review", "sama.public")
    assert found.what == f"outsiders miss {len(missed)} of its events"
    assert found.repair == "sama announce --rebuild review"
