"""What everybody can read at the end: the portal's figures and awards, compared with the books, and a package for other funders' tools."""

import json
from typing import Any, Final

from ops.demo.stage import Stage, WentWrong
from ops.play import books
from ops.play.waiting import Patience

PARTS: Final = ("allotted", "available", "reserved", "committed", "pending", "paid")
SECONDS: Final = 300.0  # the portal follows behind on a busy machine, and makes figures anew every two seconds


async def open_data(stage: Stage) -> None:
    """Play the chapter. Raises TooLate while a figure is another than the book's, WentWrong if the package is not whole."""
    tell, year = stage.narrator, stage.example.year
    tell.chapter("What everybody can read")
    shown = await Patience(SECONDS, usual=2).until(
        lambda: _figures(stage), "the portal's figures being those of the books"
    )
    tell.step(
        "Without a token anyone reads the portal's figures of the city and of each district. They are compared with the books:"
    )
    tell.seen(f"{len(PARTS)} parts of {shown} books are the same, to the rial.")
    totals = await Patience(SECONDS, usual=2).until(
        lambda: _totals(stage), "the awards adding up to what the books owe and have paid"
    )
    amounts = totals["amounts"]
    tell.step(
        f"Its list of awards has {totals['count']}: asked {tell.money(amounts['asked'])}, approved {tell.money(amounts['approved'])}, "
        f"committed {tell.money(amounts['committed'])}, paid {tell.money(amounts['paid'])}, given back {tell.money(amounts['refunded'])}. "
        "What is committed is what the books owe, have paid and were given back."
    )
    package = json.loads(await stage.sama.portal.download("/public/360giving", params={"fiscal_year": year}))
    value = sum(t["value"] for grant in package["grants"] for t in grant["commitmentTransaction"])
    if value != amounts["committed"]:
        raise WentWrong(f"The package holds commitments of {value}, the list of awards {amounts['committed']}.")
    refusals = await stage.sama.portal.total("/public/refusals", params={"fiscal_year": year})
    tell.step(
        f"The same as a 360Giving {package['version']} package for other funders' tools: {len(package['grants'])} grants. It can't hold "
        f"refusals; {refusals} are in a list of their own, by topic and district, without names."
    )


async def _figures(stage: Stage) -> int | None:
    """Return how many books have the portal's figures; None: one differs (yet)."""
    found = await books.read_all(stage.sama, stage.example.year)
    for id, book in found.items():
        owner = id.partition("/")[0]
        if owner == "city":
            continue
        view = await stage.sama.portal.get(f"/public/figures/{owner}/{stage.example.year}")
        figures = {figure["figure"]: figure["value"] for figure in view["figures"]}
        if any(figures[f"credit.{part}"] != book["balance"][part] for part in PARTS):
            return None
    return len(found) - 1


async def _totals(stage: Stage) -> Any | None:
    """Return count and sums of all awards; None: they are not what the books say (yet)."""
    year = stage.example.year
    facets = await stage.sama.portal.get("/public/awards/facets", params={"fiscal_year": year})
    sums = [one for one in facets["totals"] if one["currency"] == stage.example.currency]
    found = (await books.read_all(stage.sama, year)).values()
    in_books = sum(book["balance"].get(part, 0) for book in found for part in ("committed", "pending", "paid"))
    if len(sums) != 1 or sums[0]["amounts"]["committed"] != in_books + sums[0]["amounts"]["refunded"]:
        return None
    return sums[0]
