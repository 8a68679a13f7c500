"""What is known without asking the sheet: the body and its accreditation, and the scheme.

It comes from the signed trust list and the register of schemes, the same that the gates judge
by, so that a certificate says what they expect; what the mapping says comes first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from exchange.core.competence import Accreditation
from exchange.core.registers import SchemeEntry
from exchange.core.trust_values import Body


class Draft(Protocol):
    """An element in the making, as `exchange.service.intake.draft` has it."""

    def below(self, name: str, which: int) -> Draft:
        """Return a child."""
        ...

    def has(self, name: str) -> bool:
        """Tell whether there is a child of this name."""
        ...

    def put(self, name: str, which: int, extra: str, text: str) -> None:
        """Add a value."""
        ...

    def set_default(self, name: str, extra: str, text: str) -> None:
        """Add a value where there is none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """The body and the scheme of an intake."""

    body: Body
    scheme: SchemeEntry

    @property
    def accreditation(self) -> Accreditation | None:
        """The body's accreditation for the scheme, the newest of several."""
        fitting = [
            one
            for one in self.body.accreditations
            if self.scheme.id in one.schemes and one.standard in self.scheme.accreditation_standards
        ]
        return max(fitting, key=lambda one: one.valid_from, default=None)

    def add(self, root: Draft, languages: tuple[str, ...]) -> None:
        """Put what is known where the draft says nothing."""
        scheme = root.below("Scheme", 1)
        scheme.set_default("SchemeID", "", self.scheme.id)
        scheme.set_default("SchemeVersion", "", self.scheme.version)
        _names(scheme, "SchemeName", self.scheme.names, languages)
        self._issuing_body(root.below("IssuingBody", 1), languages)
        root.set_default("AssessmentLevel", "MRHUB-ASSESSMENT-LEVEL", "Accredited")
        accreditation = self.accreditation
        if accreditation is None:
            return
        given = root.below("Authorisation", 1)
        given.set_default("Kind", "MRHUB-AUTHORISATION-KIND", accreditation.kind)
        kind = accreditation.authority.split("-")[1]
        given.set_default("Authority", kind, accreditation.authority)
        given.set_default("AccreditationNumber", "", accreditation.number)
        given.set_default("Standard", "MRHUB-ACCREDITATION-STANDARD", accreditation.standard)
        given.set_default("ValidFrom", "", accreditation.valid_from.isoformat())
        if accreditation.valid_to is not None:
            given.set_default("ValidTo", "", accreditation.valid_to.isoformat())

    def _issuing_body(self, party: Draft, languages: tuple[str, ...]) -> None:
        body = self.body
        kind = body.id.split("-")[1]
        party.set_default("PartyID", "CAB" if kind == "CB" else kind, body.id)
        _names(party, "Name", body.names, languages)
        if not party.has("Address"):
            address = party.below("Address", 1)
            address.put("Street", 1, "", body.place.street)
            address.put("City", 1, "", body.place.locality)
            address.put("Economy", 1, "", str(body.place.economy))
        if body.approval_number is not None:
            party.set_default("ApprovalNumber", "", body.approval_number)
        if body.cab_code is not None:
            party.set_default("CABCode", "", body.cab_code)


def _names(node: Draft, name: str, texts: Mapping[str, str], languages: tuple[str, ...]) -> None:
    """Put a text in those languages of the document that it exists in."""
    if not node.has(name):
        for language in languages:
            text = texts.get(language)
            if text is not None:
                node.put(name, 1, language, text)
