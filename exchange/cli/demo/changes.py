"""What bodies say during the life of a certificate, drafted from the samples of the schemas.

- A status change is a sample with the certificate's identifiers, the digest of its current
  revision, a sequence number, and the instant of now: whoever decides today says so today.
- The certificate of an accepting body is the old one under its own name, number and
  accreditation; it names the old one by digest.
- A PDF is a page that says anything, with a certificate attached.
"""

from __future__ import annotations

import re
import uuid
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final

from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from exchange.core.foreign import check
from exchange.core.limits import Limits
from exchange.core.signature_policy import STATEMENT
from exchange.core.xml import parse
from exchange.service.materials import good_sample

SUCCESSOR_NUMBER: Final = "10726Q00311R0M"
_SUCCESSOR_ID: Final = "urn:mrhub:certificate:cn-cb-0107:q-2026-00311"
_OF_SUCCESSOR: Final = "cn-organic-highland-barley"
"""A sample of the accepting body: how it writes its own name."""
_SUSPENDED_DAYS: Final = 150
_APPEAL_DAYS: Final = 30
_NEXT_DAYS: Final = 360
_BLOCK: Final = r"(?s) <{0}>.*?</{0}>\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One revision of a certificate, as a status change names it."""

    body: str
    file: str
    """Where its signed octets stand, below the folder of the demonstration."""
    attestation_id: str
    number: str
    digest: bytes


def read_certificate(folder: Path, body: str, name: str) -> Certificate:
    """Return what the signed certificate of a body is called."""
    file = f"{body}/{name}"
    data = (folder / file).read_bytes()
    text = data.decode()
    return Certificate(
        body=body,
        file=file,
        attestation_id=_found(text, "AttestationID"),
        number=_found(text, "CertificateNumber"),
        digest=content_digest(data),
    )


def content_digest(signed: bytes) -> bytes:
    """Return the digest of what a signed statement says."""
    return check(parse(signed, Limits()), policy=STATEMENT).content_digest


def change(
    sample: str,
    certificate: Certificate,
    sequence: int,
    *,
    issuer: str = "",
    languages: tuple[str, ...] = ("zh", "en"),
    reasons: str | None = None,
    removed_site: str | None = None,
    successor: Certificate | None = None,
) -> str:
    """Return the draft of a status change that takes effect now.

    Args:
        sample: Which change; a good sample of that name.
        certificate: What it is about; its current revision.
        sequence: Of the change, from 1.
        issuer: Who says it; the certificate's own body without.
        languages: In which it is written.
        reasons: Markup that takes the place of the sample's reasons.
        removed_site: The site that a reduction takes away.
        successor: The certificate that a transfer leads to.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    today = now.date()
    text = good_sample("status-change", sample).read_text(encoding="utf-8")
    text = re.sub(r"\n <(NotifyParties|RequestDate)[ >].*", "", text)
    text = re.sub(
        r"(?s)(</c:IssueDateTime>\n).*?(  <c:Issuer )",
        lambda found: (
            found[1]
            + "".join(f"  <c:Language>{one}</c:Language>\n" for one in languages)
            + found[2]
        ),
        text,
        count=1,
    )
    values = {
        "c:DocumentID": f"urn:uuid:{uuid.uuid4()}",
        "c:IssueDateTime": _instant(now),
        "c:Issuer": issuer or certificate.body,
        "AttestationID": certificate.attestation_id,
        "CertificateNumber": certificate.number,
        "SchemeID": "urn:mrhub:scheme:management-systems",
        "Digest": _base64(certificate.digest),
        "Sequence": str(sequence),
        "DecisionDate": today.isoformat(),
        "EffectiveDateTime": _instant(now),
        "SuspensionEnd": _after(today, _SUSPENDED_DAYS),
        "NextSurveillanceDue": _after(today, _NEXT_DAYS),
        "AppealUntil": _after(today, _APPEAL_DAYS),
    }
    for name, value in values.items():
        text = _set(text, name, value)
    if reasons is not None:
        text = re.sub(r"(?s) <Reason>.*</Reason>\n", lambda _: reasons, text)
    if removed_site is not None:
        text = re.sub(r"<Product>[^<]+</Product>", f"<Site>{removed_site}</Site>", text)
    if successor is not None:
        head, mark, tail = text.partition(" <Successor>")
        for name, value in {
            "Issuer": successor.body,
            "AttestationID": successor.attestation_id,
            "CertificateNumber": successor.number,
            "Digest": _base64(successor.digest),
        }.items():
            tail = _set(tail, name, value)
        text = head + mark + tail
    return text


def reason(code: str, chinese: str, english: str) -> str:
    """Return the markup of one reason in two languages."""
    return (
        f' <Reason>\n  <Code listID="MRHUB-REASON">{code}</Code>\n'
        f'  <Text xml:lang="zh">{chinese}</Text>\n  <Text xml:lang="en">{english}</Text>\n'
        " </Reason>\n"
    )


def accepted_by(body: str, draft: str, old: Certificate, replaced: str) -> str:
    """Return the draft of the certificate that another body gives to the same holder.

    Args:
        body: The accepting body.
        draft: Of the old certificate.
        old: The certificate that is taken over.
        replaced: Document identifier of the old certificate.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    today = now.date().isoformat()
    own = good_sample("attestation", _OF_SUCCESSOR).read_text(encoding="utf-8")
    block = re.search(_BLOCK.format("IssuingBody"), own)
    text = draft.replace(f">{old.body}<", f">{body}<").replace(f'"{old.body}"', f'"{body}"')
    text = text.replace("CNAS C103-M", "CNAS C107-M").replace(">0103-", ">0107-")
    if block is not None:
        text = re.sub(_BLOCK.format("IssuingBody"), lambda _: block[0], text, count=1)
    # The site that a reduction has taken away is not taken over.
    text = re.sub(r"(?s) <Site>\n  <SiteID>S3<.*?</Site>\n", "", text, count=1)
    text = re.sub(r"(?s)   <p:MultiSite>.*?</p:MultiSite>\n", _BOTH_SITES, text, count=1)
    values = {
        "c:DocumentID": f"urn:uuid:{uuid.uuid4()}",
        "c:IssueDateTime": _instant(now),
        "AttestationID": _SUCCESSOR_ID,
        "CertificateNumber": SUCCESSOR_NUMBER,
        "DecisionDate": today,
        "IssueDate": today,
        "EffectiveDate": today,
        "Since": today,
        "RegisterUri": f"https://cn-cb-0107.example/register/{SUCCESSOR_NUMBER}",
        "c:Uri": f"https://cn-cb-0107.example/certificates/{SUCCESSOR_NUMBER}.pdf",
        "p:AuditType": "transfer",
    }
    for name, value in values.items():
        text = _set(text, name, value)
    related = (
        " <RelatedAttestation>\n  <Document>\n"
        f"   <c:DocumentID>{replaced}</c:DocumentID>\n"
        '   <c:Digest algorithm="http://www.w3.org/2001/04/xmlenc#sha256">'
        f"{_base64(old.digest)}</c:Digest>\n"
        '  </Document>\n  <Relation listID="MRHUB-RELATION">transferFrom</Relation>\n'
        " </RelatedAttestation>\n"
    )
    return text.replace(" <SchemeParticulars>", f"{related} <SchemeParticulars>", 1)


_BOTH_SITES: Final = (
    '   <p:MultiSite>\n    <p:Method listID="MRHUB-MULTI-SITE-METHOD">all-visited</p:Method>\n'
    "    <p:SitesTotal>2</p:SitesTotal>\n    <p:SitesVisited>2</p:SitesVisited>\n"
    '    <p:Statement xml:lang="zh">两处现场均已审核</p:Statement>\n'
    '    <p:Statement xml:lang="en">Both sites were audited</p:Statement>\n   </p:MultiSite>\n'
)


def document_id(text: str) -> str:
    """Return the identifier of a document."""
    return _found(text, "c:DocumentID")


def next_due(text: str) -> str:
    """Return by when the next surveillance is due, as a status change says it."""
    return _found(text, "NextSurveillanceDue")


def holder(text: str) -> str:
    """Return the first name of the holder of a certificate."""
    return _found(text.partition("<Holder>")[2], "c:Name")


def pdf_around(certificate: bytes, says: str) -> bytes:
    """Return a PDF whose page says anything, with a certificate attached."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=595, height=842)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
    )
    content = DecodedStreamObject()
    content.set_data(f"BT /F1 24 Tf 72 720 Td ({says}) Tj ET".encode("ascii"))
    page[NameObject("/Contents")] = content
    writer.add_attachment("certificate.xml", certificate)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def _found(text: str, name: str) -> str:
    found = re.search(rf"<{name}(?: [^>]*)?>([^<]+)<", text)
    if found is None:
        raise ValueError(f"the document has no {name}")
    return found[1]


def _set(text: str, name: str, value: str) -> str:
    """Give the first element of a name another text, where there is one."""
    return re.sub(
        rf"(<{name}(?: [^>]*)?>)[^<]+(</{name}>)",
        lambda found: found[1] + value + found[2],
        text,
        count=1,
    )


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _after(day: date, days: int) -> str:
    return (day + timedelta(days=days)).isoformat()


def _base64(digest: bytes) -> str:
    return b64encode(digest).decode("ascii")
