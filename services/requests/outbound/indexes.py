"""Every index that requests needs; each serves a list of the API or a scan of a use case."""

from typing import Final

from services.requests.outbound.store import PROGRAMMES, QUESTIONS, REQUESTS
from shared.storage.indexes import Index

INDEXES: Final[tuple[Index, ...]] = (
    Index(PROGRAMMES.collection, (("created_at", -1), ("_id", 1))),
    Index(PROGRAMMES.collection, (("status", 1), ("created_at", -1), ("_id", 1))),
    Index(PROGRAMMES.collection, (("terms.districts", 1), ("created_at", -1), ("_id", 1))),
    Index(PROGRAMMES.collection, (("terms.topics", 1), ("created_at", -1), ("_id", 1))),
    Index(PROGRAMMES.collection, (("terms.kind", 1), ("created_at", -1), ("_id", 1))),
    Index(PROGRAMMES.collection, (("terms.fiscal_year", 1), ("created_at", -1), ("_id", 1))),
    Index(PROGRAMMES.collection, (("terms.support", 1), ("created_at", -1), ("_id", 1))),
    Index(
        PROGRAMMES.collection, (("terms.waiting_rule", 1), ("cases_over_at", 1), ("status", 1), ("_id", 1))
    ),  # calls to rank
    Index(QUESTIONS.collection, (("programme", 1), ("asked_at", 1), ("_id", 1))),
    Index(QUESTIONS.collection, (("programme", 1), ("status", 1), ("asked_at", 1), ("_id", 1))),
    Index(QUESTIONS.collection, (("programme", 1), ("asked_by", 1), ("asked_at", 1), ("_id", 1))),
    Index(REQUESTS.collection, (("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("status", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("organization", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("organization", 1), ("status", 1), ("_id", 1))),  # the scan when a standing changes
    Index(REQUESTS.collection, (("proposal.district", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("proposal.district", 1), ("status", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("reporting.overdue", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("appeal.status", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("appeal.overdue", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("agreement_open", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("clock_breach.clock", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("hearing.status", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("proposal.programme", 1), ("created_at", -1), ("_id", 1))),
    Index(REQUESTS.collection, (("proposal.programme", 1), ("status", 1), ("_id", 1))),
)
