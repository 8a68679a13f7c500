"""The refusal of a kind of statement that no message carries.

It stands apart from the reader, since gate 4 refuses such kinds without reading their documents.
"""

from __future__ import annotations

from exchange.codes.rules import RuleCode
from exchange.core.model import Kind
from exchange.errors import Finding, RuleError


def not_a_message(kind: Kind) -> RuleError:
    """Make the refusal of a kind that does not travel as a message."""
    return RuleError(
        Finding(
            code=RuleCode.SCH_00,
            path="/",
            message="expected an attestation or a status change, "
            f"found a statement of kind {kind.value}",
        )
    )
