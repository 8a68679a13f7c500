"""Rules about related attestations: sub-certificates.

A sub-certificate names its parent by identifier and digest, not by number: what can be decided
here is the form of its own number. That the parent has the number before the hyphen, exists and is
active only the register knows (`exchange.core.admission`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

PARENT: Final = "parent"
"""Of the list MRHUB-RELATION: this is a sub-certificate of that one."""

SUB_NUMBER: Final = re.compile(r"(?P<parent>.+)-(?P<sub>[1-9][0-9]{0,4})")
"""The number of a sub-certificate: that of its parent, a hyphen and its place."""


def sub_certificate_has_number_of_parent(case: AttestationCase) -> Iterator[Finding]:
    """A sub-certificate has one parent, and its number ends with a hyphen and its place.

    Where the scheme tells sub-certificates by their number, such a number has a parent.

    Source: REL-01; the numbering of organic certificates.
    """
    document = case.document
    parents = [one for one in document.related if one.relation == PARENT]
    number = document.certificate_number
    path = "/Attestation/CertificateNumber"
    if len(parents) > 1:
        yield _finding("/Attestation/RelatedAttestation", "one parent", f"{len(parents)}")
    if parents and SUB_NUMBER.fullmatch(number) is None:
        yield _finding(path, "the number of the parent, a hyphen and 1, 2, 3 …", quoted(number))
    form = None if case.scheme is None else case.scheme.number_form(case.body.economy)
    if not parents and form is not None:
        match = re.fullmatch(form, number)
        if match is not None and match.groupdict().get("sub") is not None:
            yield _finding("/Attestation/RelatedAttestation", "the parent", "none")
    for place, one in enumerate(document.related, 1):
        if one.document.document_id == document.header.document_id:
            yield _finding(
                f"/Attestation/RelatedAttestation[{place}]", "another attestation", "this one"
            )


def _finding(path: str, expected: str, found: str) -> Finding:
    return Finding(code=RuleCode.REL_01, path=path, message=f"expected {expected}, found {found}")
