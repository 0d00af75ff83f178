"""Money as it crosses a border: whole units of a named currency, 64-bit (BUD-1).

One toman is ten rials today and a new rial is law in progress, so an amount never travels without its currency and
one function (shared/persian/money.py) formats it.
"""

from typing import Annotated, Final

from pydantic import Field, StringConstraints

MAX_AMOUNT: Final = 2**63 - 1  # what BSON's long and every consumer's signed 64-bit integer hold

Amount = Annotated[int, Field(strict=True, ge=0, le=MAX_AMOUNT, description="Whole units of the currency beside it.")]
PositiveAmount = Annotated[
    int, Field(strict=True, ge=1, le=MAX_AMOUNT, description="Whole units of the currency beside it, at least one.")
]
Currency = Annotated[
    str, StringConstraints(pattern=r"^[A-Z]{3}$"), Field(description="ISO 4217 code.", examples=["IRR"])
]
