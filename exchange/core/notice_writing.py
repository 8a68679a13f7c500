"""From a notice to its XML, unsealed: the hub seals it with its receipt key.

Written so that what `exchange.core.document.notice` reads from it is the same notice.

Source: `schemas/notice/notice-1.xsd`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from exchange.core.algorithms import SHA256_URI
from exchange.core.document.notice import (
    AccreditationCause,
    BodyCause,
    Cause,
    KeyCause,
    NoticedCertificate,
    RemovalCause,
    Standing,
)
from exchange.core.model import BodyId, ContentDigest, DocumentId
from exchange.core.notice_words import LANGUAGES, sentences
from exchange.core.periods import in_zulu
from exchange.core.rules.notice import DURATIONS

NAMESPACE: Final = "urn:mrhub:notice:1"
_COMMON: Final = "urn:mrhub:common:1"
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class NewNotice(NamedTuple):
    """What a hub has to tell."""

    document_id: DocumentId
    hub: BodyId
    issued_at: datetime
    cause: Cause
    standing: Standing
    since: datetime
    addressee: BodyId | None = None
    action: ContentDigest | None = None
    part: int = 1
    parts: int = 1
    certificates: tuple[NoticedCertificate, ...] = ()


def write_notice(notice: NewNotice) -> bytes:
    """Return the unsealed XML of a notice, UTF-8."""
    duration = DURATIONS[notice.standing]
    texts = sentences(notice.cause, notice.standing, duration, notice.since)
    action = "" if notice.action is None else f"<Action>{_octets(notice.action)}</Action>"
    addressee = "" if notice.addressee is None else _body("Addressee", notice.addressee)
    return "".join(
        (
            f'<Notice xmlns="{NAMESPACE}" xmlns:c="{_COMMON}" Id="N-{notice.document_id[9:]}"',
            ' schemaVersion="1.0"><Header>',
            f"<c:DocumentID>{notice.document_id}</c:DocumentID>",
            '<c:DocumentType listID="MRHUB-DOCUMENT">notice</c:DocumentType>',
            '<c:DocumentFunction listID="UNCL1225">9</c:DocumentFunction>',
            f"<c:IssueDateTime>{in_zulu(notice.issued_at)}</c:IssueDateTime>",
            *(f"<c:Language>{language}</c:Language>" for language in LANGUAGES),
            _body("c:Issuer", notice.hub),
            f"</Header><Cause>{_cause(notice.cause)}{action}</Cause>",
            f"<Standing>{notice.standing}</Standing><Duration>{duration}</Duration>",
            f"<Since>{in_zulu(notice.since)}</Since>",
            *(
                f"<Text xml:lang={quoteattr(one.language)}>{_text(one.text)}</Text>"
                for one in texts
            ),
            addressee,
            f"<Part>{notice.part}</Part><Parts>{notice.parts}</Parts>",
            *_certificates(notice.certificates),
            "</Notice>",
        )
    ).encode()


def size_of(certificate: NoticedCertificate) -> int:
    """Return how many octets a certificate takes in a notice."""
    return len(next(_certificates((certificate,))).encode())


def _cause(cause: Cause) -> str:
    match cause:
        case KeyCause():
            inside = f"<Fingerprint>{_octets(cause.fingerprint)}</Fingerprint>"
            return f"<Key>{inside}{_body('Body', cause.body)}</Key>"
        case BodyCause():
            return f"<Body>{_body('Body', cause.body)}</Body>"
        case AccreditationCause():
            inside = (
                _body("Authority", cause.authority)
                + f"<Number>{_text(cause.number)}</Number>"
                + f"<Standard>{_text(cause.standard)}</Standard>"
                + _body("Body", cause.body)
            )
            return f"<Accreditation>{inside}</Accreditation>"
        case RemovalCause():
            inside = f"<Order>{_text(cause.order)}</Order>"
            return f"<Removal>{inside}<Statement>{_octets(cause.statement)}</Statement></Removal>"
        case _:
            inside = _body("Recipient", cause.recipient)
            return f"<Delivery>{inside}<Statement>{_octets(cause.statement)}</Statement></Delivery>"


def _certificates(certificates: tuple[NoticedCertificate, ...]) -> Iterator[str]:
    for one in certificates:
        yield (
            f"<Certificate><AttestationID>{_text(one.attestation_id)}</AttestationID>"
            f"<CertificateNumber>{_text(one.certificate_number)}</CertificateNumber>"
            f"{_body('Issuer', one.issuer)}<SchemeID>{_text(one.scheme_id)}</SchemeID>"
            f'<Digest algorithm="{SHA256_URI}">{_octets(one.digest.value)}</Digest></Certificate>'
        )


def _body(name: str, body: BodyId) -> str:
    """Return a body with its identifier scheme (`schemas/code-lists/identifier-schemes.json`)."""
    kind = body.split("-")[1] if "-" in body else "ISO3166-1"
    scheme = "CAB" if kind == "CB" else kind
    return f'<{name} schemeID="{scheme}">{_text(body)}</{name}>'


def _octets(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")


def _text(value: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", value))
