"""Tells the story: chapters, numbered steps, and what was seen."""

from rich.console import Console

from shared.persian.money import format_money


class Narrator:
    """Prints plain sentences as things happen."""

    def __init__(self, console: Console, currency: str) -> None:
        self.console = console
        self._currency = currency
        self._step = 0

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self.console.print()
        self.console.rule(title, align="left", characters="─")

    def step(self, sentence: str) -> None:
        """Tell what was done."""
        self._step += 1
        self._print(f"{self._step:3}. {sentence}")

    def seen(self, sentence: str) -> None:
        """Tell what came of it."""
        self._print(f"     → {sentence}")

    def say(self, sentence: str) -> None:
        """Tell something beside the steps."""
        self._print(sentence)

    def money(self, amount: int) -> str:
        """Return an amount with its unit."""
        return format_money(amount, self._currency, "en")

    def _print(self, text: str) -> None:
        self.console.print(text, markup=False, highlight=False)
