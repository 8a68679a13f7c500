"""The register of rules: every rule of the rule book, and where it is decided.

- A rule stands here once, whether gate 5 decides it, another gate, the register of attestations,
  or nobody yet: a test holds the list against section 10 of the rule book.
- The table of the README is made from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from exchange.core.rules.built import BUILT
from exchange.core.rules.elsewhere import DECIDED_ELSEWHERE
from exchange.core.rules.entry import Decided, Rule
from exchange.core.rules.waiting import WAITING

_GROUPS: Final = (
    "SYN", "SCH-0", "HDR", "TXT", "SIG", "TKO", "ATT", "SCM", "ISS", "AUT", "PTY", "SIT", "OBJ",
    "REQ", "ASM", "DEC", "VAL", "STA", "STC", "TRF", "DCL", "NTC", "SCH-QMS", "SCH-CCC", "RCP",
    "TSL", "MRK", "EVD", "REL", "SCH", "RRQ", "RDC", "ARR", "ENV",
)  # fmt: skip
"""The order of the groups in the table."""


def _place(rule: Rule) -> tuple[int, str]:
    group = next(n for n, prefix in enumerate(_GROUPS) if rule.id.startswith(prefix))
    return group, rule.id


REGISTER: Final[Mapping[str, Rule]] = MappingProxyType(
    {rule.id: rule for rule in sorted((*BUILT, *DECIDED_ELSEWHERE, *WAITING), key=_place)}
)
"""Every rule by its identifier."""


def _where(rule: Rule) -> str:
    match rule.decided:
        case Decided.HERE:
            return f"`{rule.where.removeprefix('exchange.')}`"
        case Decided.ELSEWHERE:
            codes = ", ".join(f"`{code.value}`" for code in rule.codes)
            modules = ", ".join(
                f"`{module.removeprefix('exchange.')}`" for module in rule.where.split(", ")
            )
            return f"{modules}: {codes}"
        case Decided.LATER:
            return f"waits for {rule.where}"
        case Decided.DROPPED:
            return rule.where


def rules_table() -> str:
    """Return the register as a Markdown table: rule, severity, sentence, where, older ones."""
    lines = [
        "| rule | severity | what it demands | decided in | older than the hub |",
        "|---|---|---|---|---|",
    ]
    for rule in REGISTER.values():
        built = rule.decided is Decided.HERE
        cells = (
            rule.id,
            rule.severity.value,
            rule.summary,
            _where(rule),
            rule.older.value if built else "",
        )
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)
