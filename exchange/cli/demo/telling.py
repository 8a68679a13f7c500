"""How the demonstration speaks: a step, why it matters, what is typed, and what came of it."""

from __future__ import annotations

from rich.console import Console
from rich.rule import Rule
from rich.text import Text


class NotHeldError(Exception):
    """A step of the demonstration did not hold; the sentence says which part of it."""


class Teller:
    """Numbers the steps and writes them for people."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.number = 0

    def step(self, title: str, why: str) -> None:
        """Begin a step."""
        self.number += 1
        self.console.print()
        self.console.print(Rule(f"{self.number}. {title}", align="left", style="cyan"))
        self.console.print(Text(why, style="italic"))
        self.console.print()

    def typed(self, words: str) -> None:
        """Show a command as somebody would type it."""
        self.console.print(Text(f"$ exchange {words}", style="bold"), soft_wrap=True)

    def output(self, text: str) -> None:
        """Show what a command printed."""
        for line in text.rstrip().splitlines():
            self.console.print(Text(f"  {line}", style="dim"), soft_wrap=True)

    def held(self, sentence: str) -> None:
        """Say what was shown."""
        self.console.print(Text.assemble(("✓ ", "bold green"), sentence), soft_wrap=True)

    def refused(self, code: str, sentence: str) -> None:
        """Say what was refused, as it should be."""
        self.console.print(
            Text.assemble(("✓ refused ", "bold green"), (code, "bold red"), f"  {sentence}"),
            soft_wrap=True,
        )


def expect(held: object, sentence: str) -> None:
    """Let pass what holds.

    Raises:
        NotHeldError: It does not.
    """
    if not held:
        raise NotHeldError(sentence)
