"""The XML form of a verification: written from a template, ready for the hub's receipt key.

The form is `schemas/verification/verification-1.xsd`; it is read by `verification_reading`.
The name that somebody typed and commercial details are never written: a signed answer is passed
on, and whoever gets it was not asked.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from exchange.core.model import BodyId, DocumentId
from exchange.core.periods import in_zulu
from exchange.core.verification import (
    Asked,
    Evidence,
    Shown,
    Standing,
    Verdict,
    Verification,
)

NAMESPACE: Final = "urn:mrhub:verification:1"
_COMMON: Final = "urn:mrhub:common:1"
# XML 1.0, production 2 (Char).
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TEXT: Final = 4000
_NAME: Final = 300
_ISSUER: Final = 120
_EVIDENCE: Final = 100
_HOLDERS: Final = 20


def write_verification(
    verification: Verification, *, document_id: DocumentId, sentences: Mapping[str, str]
) -> bytes:
    """Return the unsigned XML of a verification.

    Args:
        verification: What was found.
        document_id: A new identifier.
        sentences: The plain sentence by language, the first is the authoritative one.
    """
    one = verification
    root = f'xmlns="{NAMESPACE}" xmlns:c="{_COMMON}" Id="V-{document_id[9:]}" schemaVersion="1.0"'
    parts = [
        f"<Verification {root}>",
        *_header(one, document_id, sentences),
        f"<VerifiedDateTime>{in_zulu(one.at)}</VerifiedDateTime>",
        f"<SnapshotID>{one.snapshot_id}</SnapshotID>",
        *(
            f'<Sentence xml:lang="{language}">{_text(said)}</Sentence>'
            for language, said in sentences.items()
        ),
        f"<Overall>{one.overall.value}</Overall>",
        f"<ReasonCode>{one.code.value}</ReasonCode>",
        *(f"<Because>{word}</Because>" for word in one.because),
        *_asked(one.asked),
    ]
    if one.content_digest is not None:
        parts.append(f"<ContentDigest>{_octets(one.content_digest)}</ContentDigest>")
    if one.certificate is not None:
        parts += _certificate(one.certificate)
    for verdict in one.verdicts:
        parts += _verdict(verdict)
    parts += _standing("Now", one.now)
    parts += _standing("Then", one.then)
    parts += (
        f'<Goods about="{said.about}" covered="{said.covered.value}" '
        f'code="{said.code.value}">{_text(said.message)}</Goods>'
        for said in one.goods
    )
    if one.holder is not None:
        parts.append(f"<HolderMatch>{one.holder.value}</HolderMatch>")
    for difference in one.differences:
        parts.append(f"<Difference><Path>{_name(difference.path)}</Path>")
        parts += _optional("Before", difference.before)
        parts += _optional("After", difference.after)
        parts.append("</Difference>")
    if one.leads_to is not None:
        parts.append(f"<LeadsTo>{_name(one.leads_to)}</LeadsTo>")
    parts += (f"<Removed>{_octets(digest)}</Removed>" for digest in one.removed[:_EVIDENCE])
    parts += (f"<Held>{_octets(digest)}</Held>" for digest in one.held[:_EVIDENCE])
    parts += (f"<Note>{note.value}</Note>" for note in one.notes)
    parts.append("</Verification>")
    return "".join(parts).encode()


def _header(
    one: Verification, document_id: DocumentId, sentences: Mapping[str, str]
) -> Iterator[str]:
    yield "<Header>"
    yield f"<c:DocumentID>{document_id}</c:DocumentID>"
    yield '<c:DocumentType listID="MRHUB-DOCUMENT">verification</c:DocumentType>'
    yield '<c:DocumentFunction listID="UNCL1225">9</c:DocumentFunction>'
    yield f"<c:IssueDateTime>{in_zulu(one.at)}</c:IssueDateTime>"
    yield from (f"<c:Language>{language}</c:Language>" for language in sentences)
    yield f'<c:Issuer schemeID="HUB">{_plain(one.hub)}</c:Issuer>'
    yield "</Header>"


def asked_words(asked: Asked) -> dict[str, str]:
    """Return what was asked as a signed answer repeats it, by the names of its elements.

    The name that somebody typed is left out. Whoever asked holds the answer against these words,
    so that nobody can hand over the genuine answer to another question.
    """
    goods = asked.goods
    said = {
        # One element for both, so that readers of today read the question of tomorrow.
        "Number": _line(f"{asked.number} [{asked.scheme}]" if asked.scheme else asked.number),
        "AddressDigest": _octets(asked.address_digest or b""),
        "UploadDigest": _octets(asked.upload_digest or b""),
        "Issuer": _line(asked.issuer or "")[:_ISSUER].strip(),
        "On": "" if asked.on is None else asked.on.isoformat(),
        "Occasion": "" if asked.occasion is None else asked.occasion.value,
        "Economy": asked.economy or "",
        "Model": _line(goods.model or ""),
        "GTIN": _line(goods.gtin or ""),
        "HS": _line(goods.hs or ""),
        "Batch": _line(goods.batch or ""),
        "Factory": _line(goods.factory or ""),
    }
    return {name: text for name, text in said.items() if text}


def _asked(asked: Asked) -> Iterator[str]:
    yield "<Asked>"
    for name, text in asked_words(asked).items():
        scheme = _scheme(BodyId(text)) if name == "Issuer" else ""
        yield f"<{name}{scheme}>{escape(text)}</{name}>"
    yield "</Asked>"


def _certificate(shown: Shown) -> Iterator[str]:
    yield "<Certificate>"
    yield f"<Issuer{_scheme(shown.issuer)}>{_plain(shown.issuer)}</Issuer>"
    yield f"<CertificateNumber>{_plain(shown.certificate_number)}</CertificateNumber>"
    yield f"<SchemeID>{_plain(shown.scheme)}</SchemeID>"
    yield f"<Revision>{shown.revision}</Revision>"
    yield from _day("IssueDate", shown.issue_date)
    yield from _day("ExpiryDate", shown.expiry_date)
    yield from _all("Holder", shown.holder[:_HOLDERS])
    if shown.holder_economy:
        yield f"<HolderEconomy>{shown.holder_economy}</HolderEconomy>"
    yield from _all("Product", shown.products)
    yield from _all("Scope", shown.scope)
    yield from _all("Standard", shown.standards)
    yield from _all("Site", shown.sites)
    yield "</Certificate>"


def _verdict(verdict: Verdict) -> Iterator[str]:
    lasting = f' permanence="{verdict.permanence.value}"' if verdict.permanence else ""
    yield (
        f'<Verdict question="{verdict.question.value}" result="{verdict.result.value}" '
        f'code="{verdict.code.value}"{lasting}>'
    )
    yield f"<Message>{_text(verdict.message)}</Message>"
    if verdict.since is not None:
        yield f"<Since>{in_zulu(verdict.since)}</Since>"
    yield from map(_evidence, verdict.evidence[:_EVIDENCE])
    yield "</Verdict>"


def _evidence(evidence: Evidence) -> str:
    digest = f' digest="{evidence.digest}"' if evidence.digest else ""
    return f'<Evidence kind="{evidence.kind.value}"{digest}>{_text(evidence.value)}</Evidence>'


def _standing(name: str, standing: Standing | None) -> Iterator[str]:
    if standing is None:
        return
    lasting = f" permanence={quoteattr(standing.permanence.value)}" if standing.permanence else ""
    reduced = ' reduced="true"' if standing.is_reduced else ""
    yield f'<{name} status="{standing.status.value}"{lasting}{reduced}>'
    yield f"<At>{in_zulu(standing.at)}</At>"
    if standing.since is not None:
        yield f"<Since>{in_zulu(standing.since)}</Since>"
    yield from _day("Until", standing.until)
    yield from (f"<Reason>{_plain(reason)}</Reason>" for reason in standing.reasons[:_HOLDERS])
    yield f"</{name}>"


def _scheme(body: BodyId) -> str:
    kind = body.split("-")[1] if body.count("-") > 1 and body.isascii() else "CB"
    known = kind if kind in {"AB", "LAB", "HUB", "RA"} else "CAB"
    return f' schemeID="{known}"'


def _day(name: str, day: date | None) -> Iterator[str]:
    if day is not None:
        yield f"<{name}>{day.isoformat()}</{name}>"


def _all(name: str, values: Iterable[str]) -> Iterator[str]:
    for value in values:
        yield from _optional(name, value)


def _optional(name: str, value: str | None) -> Iterator[str]:
    if value is not None and value.strip():
        yield f"<{name}>{_text(value)}</{name}>"


def _line(value: str) -> str:
    """Return what somebody typed as one line, as far as the schema takes it."""
    line = " ".join(re.sub("[<>]", "", _NOT_XML.sub("\ufffd", value)).split())
    return line[:_NAME].strip()


def _name(value: str) -> str:
    return escape(_line(value))


def _text(value: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", value)[:_TEXT])


def _plain(value: str) -> str:
    return escape(_NOT_XML.sub("\ufffd", value))


def _octets(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
