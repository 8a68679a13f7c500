"""Rules about files that an attestation points at: marks, files for people, evidence.

- An attestation encloses no file: it holds each to its digest, and the schema wants one for every
  link. What can be decided is decided: whether any file can have that digest, and, for a link that
  carries its file in itself (`data:`), whether this one has.
- The metadata inside a file for people is not here to be read (ATT-06): what can be judged is what
  the attestation says about the file. Whoever has the file, such as the one verification of an
  uploaded PDF, compares the digest and then nothing in it can differ.
- Confidential evidence is encrypted or withheld. It is withheld where it is named by a `urn:`,
  which is an identifier and no address.

Source: MRK-01, EVD-01, EVD-02, ATT-06; UNTP SecureLink.
"""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Iterator, Mapping
from hashlib import sha256, sha384, sha512
from types import MappingProxyType
from typing import Final
from urllib.parse import unquote_to_bytes

from exchange.codes.rules import RuleCode
from exchange.core.document.attestation import Attestation
from exchange.core.document.values import SecureLink
from exchange.core.rules.case import AttestationCase, quoted
from exchange.errors import Finding

PUBLIC: Final = "public"
"""Of the list MRHUB-CONFIDENTIALITY: anybody may read it."""

_HASHES: Final = MappingProxyType(
    {
        "http://www.w3.org/2001/04/xmlenc#sha256": sha256,
        "http://www.w3.org/2001/04/xmldsig-more#sha384": sha384,
        "http://www.w3.org/2001/04/xmlenc#sha512": sha512,
    }
)
_LENGTHS: Final[Mapping[str, int]] = MappingProxyType(
    {uri: make().digest_size for uri, make in _HASHES.items()}
)
_INSIDE: Final = "data:"
_WITHHELD: Final = "urn:"


def marks_are_of_the_scheme(case: AttestationCase) -> Iterator[Finding]:
    """Every mark is one that attestations of the scheme may show.

    Source: MRK-01; the register of schemes: the CCC mark is in that of CCC alone.
    """
    if case.scheme is None:
        return
    for number, mark in enumerate(case.document.marks, 1):
        if mark.code not in case.scheme.marks:
            yield Finding(
                code=RuleCode.MRK_01,
                path=f"/Attestation/Mark[{number}]/Code",
                message=f"expected one of {', '.join(sorted(case.scheme.marks)) or 'no marks'}, "
                f"found {quoted(mark.code)}",
            )


def links_can_hold(case: AttestationCase) -> Iterator[Finding]:
    """Every link has a digest that a file can have; a file inside a link has this one.

    One address has one file: two digests for it cannot both hold.

    Source: EVD-01; UNTP SecureLink; RFC 2397.
    """
    seen: dict[str, SecureLink] = {}
    for path, link in _links(case.document):
        size = _LENGTHS[link.digest.algorithm]
        if len(link.digest.value) != size:
            yield _unlike(path, "Digest", f"{size} octets", f"{len(link.digest.value)}")
        elif link.uri[: len(_INSIDE)].lower() == _INSIDE:
            yield from _inside(path, link)
        other = seen.setdefault(link.uri, link)
        if other.digest.algorithm == link.digest.algorithm and other.digest != link.digest:
            yield _unlike(path, "Digest", "one digest for one address", "two of them")


def confidential_evidence_is_closed(case: AttestationCase) -> Iterator[Finding]:
    """Evidence that is not public is encrypted, or withheld.

    Source: EVD-02; UNTP DCC-07.
    """
    for number, evidence in enumerate(case.document.evidence, 1):
        link = evidence.link
        if (
            evidence.confidentiality != PUBLIC
            and link.encryption is None
            and link.uri[: len(_WITHHELD)].lower() != _WITHHELD
        ):
            yield Finding(
                code=RuleCode.EVD_02,
                path=f"/Attestation/Evidence[{number}]/Link/Encryption",
                message=f"expected a method of encryption for {quoted(evidence.confidentiality)}, "
                "or a URN that is no address, found an open file",
            )


def file_for_people_is_of_this_certificate(case: AttestationCase) -> Iterator[Finding]:
    """What is said about a file for people names the certificate number and the holder.

    A file about which nothing is said is not judged: it cannot name anything else.

    Source: ATT-06; this project's reading of it, since a file does not travel with its link.
    """
    document = case.document
    names = [name.text for name in (*document.holder.names, *document.holder.trading_names)]
    for number, readable in enumerate(document.human_readable, 1):
        said = [text.text for text in readable.link.descriptions]
        if not said:
            continue
        path = f"/Attestation/HumanReadable[{number}]/Link/Description"
        if not any(document.certificate_number in text for text in said):
            yield Finding(
                code=RuleCode.ATT_06,
                path=path,
                message=f"expected {quoted(document.certificate_number)}, found {quoted(said[0])}",
            )
        if not any(name in text for name in names for text in said):
            yield Finding(
                code=RuleCode.ATT_06,
                path=path,
                message=f"expected {quoted(names[0])}, found {quoted(said[0])}",
            )


def _links(document: Attestation) -> Iterator[tuple[str, SecureLink]]:
    for number, mark in enumerate(document.marks, 1):
        if mark.link is not None:
            yield f"/Attestation/Mark[{number}]/Link", mark.link
    for number, readable in enumerate(document.human_readable, 1):
        yield f"/Attestation/HumanReadable[{number}]/Link", readable.link
    for number, evidence in enumerate(document.evidence, 1):
        yield f"/Attestation/Evidence[{number}]/Link", evidence.link
    yield from document.particulars.links()


def _inside(path: str, link: SecureLink) -> Iterator[Finding]:
    """Yield what is wrong with a link that carries its file in itself."""
    head, comma, body = link.uri[len(_INSIDE) :].partition(",")
    try:
        data = unquote_to_bytes(body)
        if head.lower().endswith(";base64"):
            data = b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        comma = ""
    if not comma:
        yield _unlike(path, "Uri", "the file itself", "something else behind data:")
        return
    if len(data) != link.size:
        yield _unlike(path, "Size", f"{len(data)} octets", f"{link.size}")
    if _HASHES[link.digest.algorithm](data).digest() != link.digest.value:
        yield _unlike(path, "Digest", "that of the file in the link", "another")


def _unlike(path: str, name: str, expected: str, found: str) -> Finding:
    return Finding(
        code=RuleCode.EVD_01,
        path=f"{path}/{name}",
        message=f"expected {expected}, found {found}",
    )
