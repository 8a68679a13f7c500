"""Rules about the issuing body: it is the one that signed, under its own numbers.

That it may issue attestations, with an active key for them, is decided by gate 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from exchange.codes.rules import RuleCode
from exchange.core.identifiers import identifier_fault
from exchange.core.model import BodyRole
from exchange.core.numbers import CODES, is_number_of, strange_codes
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

_PATH = "/Attestation/IssuingBody"


def issuer_is_issuing_body(case: AttestationCase) -> Iterator[Finding]:
    """Header/Issuer is the issuing body, under the numbers that the trust list gives it.

    Source: ISS-01; TS 119 612.
    """
    issuing = case.document.issuing_body
    issuer = case.document.header.issuer
    if issuer not in [identifier.value for identifier in issuing.party.ids]:
        yield Finding(
            code=RuleCode.ISS_01,
            path=f"{_PATH}/PartyID",
            message=f"expected {quoted(issuer)} as in the header, found "
            + ", ".join(quoted(identifier.value) for identifier in issuing.party.ids[:3]),
        )
    for name, found, listed in (
        ("ApprovalNumber", issuing.approval_number, case.body.approval_number),
        ("CABCode", issuing.cab_code, case.body.cab_code),
    ):
        if found is not None and listed is not None and found != listed:
            yield Finding(
                code=RuleCode.ISS_01,
                path=f"{_PATH}/{name}",
                message=f"expected {listed} as on the trust list, found {quoted(found)}",
            )


def approval_number_is_well_formed(case: AttestationCase) -> Iterator[Finding]:
    """A certification body in China has an approval number of the form that CNCA gives.

    A laboratory is approved by other authorities, whose numbers have no common form; a number
    that it gives nevertheless is judged.

    Source: ISS-02; documents and rules, section 12.
    """
    issuing = case.document.issuing_body
    if issuing.party.address.economy != "CN":
        return
    number = issuing.approval_number
    if number is None and BodyRole.CERTIFICATION_BODY not in case.body.roles:
        return
    fault = "expected the number of the approval" if number is None else None
    if number is not None:
        fault = identifier_fault("CNCA", number)
    if fault is not None:
        found = "none" if number is None else quoted(number)
        yield Finding(
            code=RuleCode.ISS_02,
            path=f"{_PATH}/ApprovalNumber",
            message=f"{fault}, found {found}",
        )


def number_contains_code_of_body(case: AttestationCase) -> Iterator[Finding]:
    """The body's code inside the certificate number is CABCode, where the scheme prescribes one.

    Source: ISS-03; the numbering of CCC: digits 5 and 6.
    """
    scheme = case.scheme
    if scheme is None or scheme.number_pattern is None:
        return
    match = re.fullmatch(scheme.number_pattern, case.document.certificate_number)
    # A number of another form is the business of ATT-02.
    expected = None if match is None else match.groupdict().get("cab")
    if expected is None:
        return
    # A body that has no code on the trust list has none: else it could use that of another.
    for code, where in (
        (case.document.issuing_body.cab_code, ""),
        (case.body.cab_code, " on the trust list"),
    ):
        if code != expected:
            yield Finding(
                code=RuleCode.ISS_03,
                path=f"{_PATH}/CABCode",
                message=f"expected {quoted(expected)} as in the certificate number, "
                f"found {'none' if code is None else quoted(code)}{where}",
            )
            return


def number_contains_no_code_of_another(case: AttestationCase) -> Iterator[Finding]:
    """A number in the form of an economy carries the code of this body: nobody uses another's.

    A body of another economy numbers as it is used to, and has no code of that form; only a number
    that carries the code of a body listed there is refused.

    Source: ISS-04, this project's own; the numbering of CNCA: approval, year, type, serial.
    """
    scheme = case.scheme
    if scheme is None or not scheme.national_numbers:
        return
    number = case.document.certificate_number
    own = scheme.national_numbers.get(case.body.economy)
    if own is not None:
        match = re.fullmatch(own, number)
        # A number of another form is the business of ATT-02.
        for group, text in () if match is None else strange_codes(match, case.body):
            codes = ", ".join(sorted(CODES[group](case.body))) or "none"
            yield _another(f"the code of {case.body.id} ({codes})", text)
        return
    for economy, form in scheme.national_numbers.items():
        match = re.fullmatch(form, number)
        if match is None:
            continue
        for body in case.snapshot.trust.bodies.values():
            if body.economy == economy and is_number_of(match, body):
                yield _another("a number of its own", f"{number}, one of {body.id}")


def _another(expected: str, found: str) -> Finding:
    return Finding(
        code=RuleCode.ISS_04,
        path="/Attestation/CertificateNumber",
        message=f"expected {expected}, found {quoted(found)}",
    )
