"""Text that strangers wrote, on a terminal: shown as it is, never obeyed.

A name in a key certificate or a message in a receipt may look like markup, or carry the control
characters with which terminals are steered.
"""

from __future__ import annotations

import re
from typing import Final

from rich.text import Text

from exchange.core.receipt_document import ReportedFinding

# C0 and C1 controls, and the characters that turn the direction of what follows.
_STEERS: Final = "\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069"
# An isolate that is closed turns nothing outside itself: sentences of a hub keep a number together
# with it. It may stay, unless something steers inside.
_STEERING: Final = re.compile(f"(\u2068[^{_STEERS}]*\u2069)|[{_STEERS}]")


def shown(text: str, style: str = "") -> Text:
    """Return foreign text for printing, with every steering character made visible."""
    return Text(_STEERING.sub(lambda found: found[1] or "\ufffd", text), style)


def reported(finding: ReportedFinding, style: str) -> Text:
    """Return a finding that somebody else reported, on one line."""
    place = f" at {finding.path}" if finding.path else ""
    return Text.assemble("      ", shown(finding.code, style), shown(f"{place}: {finding.message}"))
