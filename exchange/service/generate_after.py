"""What becomes of a certificate of a made register: a status change, a correction, a renewal.

- A status change is a good sample of that change, decided on the day before the first arrival.
- A correction is revision 1 with another number. Corrected numbers count from the last one of
  their form downwards, so they meet no number that counts upwards.
- A renewal is revision 1 with the days of a later template of the same sample.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from datetime import timedelta
from itertools import pairwise
from typing import Final

from exchange.service.generate_templates import Number, Template, bare, uuid_of
from exchange.service.generate_world import ARRIVES
from exchange.service.materials import schemas_folder

CORRECTED_EVERY: Final = 64
"""Of the certificates of a form of number, each such one is corrected."""
_CORRECTED_AT: Final = 5
_DOCUMENT_ID: Final = re.compile(r"<c:DocumentID(?: [^>]*)?>([^<]*)<")
_COMMON: Final = ' xmlns:c="urn:mrhub:common:1"'
_ALGORITHM: Final = "http://www.w3.org/2001/04/xmlenc#sha256"


def corrected_number(number: Number, serial: int) -> str | None:
    """Return the number that a correction gives to a certificate, if it is corrected."""
    if serial % CORRECTED_EVERY != _CORRECTED_AT:
        return None
    return number.text(number.most - serial // CORRECTED_EVERY)


def are_enough(number: Number, used: int) -> bool:
    """Tell whether a form has numbers for so many certificates and their corrections."""
    return used + used // CORRECTED_EVERY + 1 <= number.most


def revised(draft: bytes, replaced: bytes, digest: bytes, document: str) -> bytes:
    """Return revision 1, in canonical form, that replaces revision 0.

    Args:
        draft: What shall be said from now on, as revision 0.
        replaced: The revision that it replaces.
        digest: SHA-256 of the signed part of that revision.
        document: UUID of the new document.
    """
    text = draft.decode()
    said = _DOCUMENT_ID.search(replaced.decode())
    if said is None:
        raise ValueError("expected a document identifier in a draft")
    reference = (
        f"<c:Replaces{_COMMON}><c:DocumentID>{said[1]}</c:DocumentID>"
        f'<c:Digest algorithm="{_ALGORITHM}">{base64.b64encode(digest).decode()}</c:Digest>'
        "</c:Replaces></Header>"
    )
    text = text.replace("<Revision>0<", "<Revision>1<", 1).replace("</Header>", reference, 1)
    for element, now in (
        ("c:DocumentID", f"urn:uuid:{document}"),
        ("c:DocumentFunction", "5"),
    ):
        text = re.sub(rf"(<{element}(?: [^>]*)?>)[^<]*", rf"\g<1>{now}", text, count=1)
    return text.encode()


def renewals(turns: list[Template]) -> Mapping[Template, Template]:
    """Return, for templates, one of the same sample whose validity begins and ends later."""
    later: dict[tuple[object, ...], list[Template]] = {}
    for one in dict.fromkeys(turns):
        later.setdefault((one.sample, one.number, tuple(one.samples)), []).append(one)
    found: dict[Template, Template] = {}
    for several in later.values():
        dated = sorted(
            (one for one in several if one.expires is not None), key=lambda one: one.signed_on
        )
        found |= dict(pairwise(dated))
    return found


def change_sample(name: str) -> str:
    """Return a status change as a draft, decided on the day before the first arrival."""
    path = schemas_folder() / "status-change" / "samples" / "good" / f"{name}.xml"
    text = bare(path)
    day = ARRIVES.date() - timedelta(days=1)
    for element, then in (
        ("c:IssueDateTime", f"{day}T03:00:00Z"),
        ("DecisionDate", f"{day}"),
        ("RequestDate", f"{day - timedelta(days=3)}"),
        ("EffectiveDateTime", f"{ARRIVES.date()}T00:00:00Z"),
        ("SuspensionEnd", f"{day + timedelta(days=170)}"),
        ("AppealUntil", f"{day + timedelta(days=30)}"),
    ):
        text = re.sub(rf"(<{element}(?: [^>]*)?>)[^<]*", rf"\g<1>{then}", text)
    return text


def changed(
    sample: str, template: Template, *, number: str, digest: bytes, ids: tuple[int, int]
) -> bytes:
    """Return the draft of a status change of a certificate, in canonical form.

    Args:
        sample: See `change_sample`.
        template: Of the certificate.
        number: Of the certificate.
        digest: SHA-256 of the signed part of its latest revision.
        ids: Seed of the register, and which certificate it is.
    """
    text = sample
    for element, said in (
        ("c:DocumentID", f"urn:uuid:{uuid_of(*ids, 13)}"),
        ("c:Issuer", template.issuer),
        ("AttestationID", f"urn:uuid:{uuid_of(*ids, 12)}"),
        ("CertificateNumber", number),
        ("SchemeID", template.scheme),
        ("Digest", base64.b64encode(digest).decode()),
    ):
        text = re.sub(rf"(<{element}(?: [^>]*)?>)[^<]*", rf"\g<1>{said}", text, count=1)
    return text.encode()
