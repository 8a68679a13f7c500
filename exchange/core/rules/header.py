"""Rules about the header: when it was issued, in which languages, and whether it is a test.

Identity and replacement (HDR-01, HDR-06) are decided by the register, in
`exchange.core.admission`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from exchange.codes.rules import RuleCode
from exchange.core.document.attestation import Attestation
from exchange.core.document.declaration import RegisterDeclaration
from exchange.core.document.notice import Notice
from exchange.core.document.status_change import StatusChange
from exchange.core.document.text_groups import text_groups
from exchange.core.periods import in_zulu
from exchange.core.rules.case import AnyCase, quoted
from exchange.core.trust_values import POLICY
from exchange.errors import Finding

TEST_FUNCTION = "53"
"""UNCL1225: test message."""

_ROOTS: Final = {
    Attestation: "/Attestation",
    StatusChange: "/StatusChange",
    RegisterDeclaration: "/RegisterDeclaration",
    Notice: "/Notice",
}


def _root(case: AnyCase) -> str:
    return _ROOTS[type(case.document)]


def issue_time_is_plausible(case: AnyCase) -> Iterator[Finding]:
    """IssueDateTime is at most 5 minutes ahead and not before the key certificate's notBefore.

    Source: HDR-02; the tolerance is that of the trust policy.
    """
    issued_at = case.document.header.issued_at
    latest = case.at + POLICY.clock_tolerance
    earliest = case.trusted.signed.certificate.not_before
    if issued_at > latest:
        yield Finding(
            code=RuleCode.HDR_02,
            path=f"{_root(case)}/Header/IssueDateTime",
            message=f"expected {in_zulu(latest)} or earlier, found {in_zulu(issued_at)}",
        )
    elif issued_at < earliest:
        yield Finding(
            code=RuleCode.HDR_02,
            path=f"{_root(case)}/Header/IssueDateTime",
            message=f"expected {in_zulu(earliest)} or later, found {in_zulu(issued_at)}",
        )


def languages_are_declared(case: AnyCase) -> Iterator[Finding]:
    """Every language used is declared in the header, and used once in each group of texts.

    Source: HDR-03; the language rules of the DCC. Language tags are compared without regard to
    case, as BCP 47 wants.
    """
    document = case.document
    declared = {language.lower() for language in document.header.languages}
    # Hardly any document has more than two ways, so groups are looked at where one is at fault.
    for used in document.text_languages:
        lower = {language.lower() for language in used}
        if len(lower) < len(used) or not lower <= declared:
            break
    else:
        return
    for path, group in text_groups(document):
        for _, language in group:
            if language.lower() not in declared:
                yield Finding(
                    code=RuleCode.HDR_03,
                    path=path,
                    message=f"expected a language of the header, found {quoted(language)}",
                )
        if len({language.lower() for _, language in group}) < len(group):
            yield Finding(
                code=RuleCode.HDR_03,
                path=path,
                message="expected one text for each language, found "
                + ", ".join(quoted(language) for _, language in group[:5]),
            )


def authoritative_text_is_present(case: AnyCase) -> Iterator[Finding]:
    """Every group of texts has one in the authoritative language.

    Source: HDR-04; the mandatory language of the DCC.
    """
    wanted = case.document.header.languages[0].lower()
    for used in case.document.text_languages:
        if wanted not in [language.lower() for language in used]:
            break
    else:
        return
    for path, group in text_groups(case.document):
        if not any(text.language.lower() == wanted for text in group):
            yield Finding(
                code=RuleCode.HDR_04,
                path=path,
                message=f"expected a text in {quoted(wanted)}, found "
                + ", ".join(quoted(text.language) for text in group[:5]),
            )


def test_stays_out_of_production(case: AnyCase) -> Iterator[Finding]:
    """A test document, by its indicator or its function 53, never enters production.

    Source: HDR-05; UNCL1225 code 53.
    """
    header = case.document.header
    if case.snapshot.production and (header.is_test or header.function == TEST_FUNCTION):
        yield Finding(
            code=RuleCode.HDR_05,
            path=f"{_root(case)}/Header/TestIndicator",
            message="expected a document in earnest, since this hub is in production, "
            "found a test document",
        )
