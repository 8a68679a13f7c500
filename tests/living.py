"""The life of a certificate in signed documents: what its body says, made from the samples.

    first = begun(world, 7)                                     # CN-CB-0103, revision 0
    data = first.change("suspend", 1)                           # signed by its status key
    data = first.change("restore", 2, previous="suspended")
    second = first.revised(number="10326Q10307R0M")             # corrects what stands in `first`
    other = first.accepted_by("CN-CB-0107", number="10726Q00307R0M")
    data = first.change("transfer", 3, successor=other)

- Whoever decides something says so now: instants and days are those of the world's clock.
- A change moves as its sample moves, unless the test says from where and to where.
"""

from __future__ import annotations

import re
import uuid
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from exchange.core.model import BodyId, ContentDigest, KeyRole
from exchange.service.materials import good_sample
from exchange.vault.vault import key_name
from tests.world import ISSUER, SAMPLE, World

AUTHORITY: Final = BodyId("CN-AB-CNAS")
_OF_ACCEPTING: Final = "cn-organic-highland-barley"
"""A sample of CN-CB-0107: how it writes its own name."""
_ACCREDITATIONS: Final = {"CNAS C103-M": "CNAS C107-M"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One signed revision of a certificate."""

    world: World
    draft: str
    data: bytes

    @property
    def issuer(self) -> str:
        """The body that issued it."""
        return _found(self.draft, "c:Issuer")

    @property
    def attestation_id(self) -> str:
        """What it is called in every revision."""
        return _found(self.draft, "AttestationID")

    @property
    def number(self) -> str:
        """What stands on it."""
        return _found(self.draft, "CertificateNumber")

    @property
    def document_id(self) -> str:
        """What this revision is called."""
        return _found(self.draft, "c:DocumentID")

    @property
    def revision(self) -> int:
        """Its number, from 0."""
        return int(_found(self.draft, "Revision"))

    @property
    def digest(self) -> ContentDigest:
        """Of what this revision says."""
        return self.world.signed(self.data).content_digest

    def change(
        self,
        change: str,
        sequence: int,
        *,
        previous: str | None = None,
        new: str | None = None,
        by: str | None = None,
        removed: Iterable[str] = (),
        added: Iterable[str] = (),
        successor: Certificate | None = None,
        values: Mapping[str, str] | None = None,
        seed: str = "",
    ) -> bytes:
        """Return a signed status change about this revision.

        Args:
            change: Its sample.
            sequence: From 1.
            previous: From which status; that of the sample without.
            new: To which status; that of the sample without.
            by: Who signs; without, the issuer, or in the sample of an authority that authority.
            removed: Sites that it takes away.
            added: Sites that it adds.
            successor: Where a transfer leads.
            values: Texts of further elements.
            seed: Tells two changes apart that are alike otherwise.
        """
        now = self.world.clock.now
        text = good_sample("status-change", change).read_text(encoding="utf-8")
        text = re.sub(r"(?s)\n <NotifyParties>.*?</NotifyParties>", "", text)
        text = re.sub(r"\n <(RequestDate|AppealUntil)>.*", "", text)
        body = by or (_found(text, "c:Issuer") if "by-acc" in change else self.issuer)
        named = f"{self.attestation_id}/{change}/{sequence}/{body}/{seed}"
        fresh = {
            "c:DocumentID": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, named)}",
            "c:IssueDateTime": _instant(self.world),
            "c:Issuer": body,
            "AttestationID": self.attestation_id,
            "CertificateNumber": self.number,
            "SchemeID": _found(self.draft, "SchemeID"),
            "Digest": b64encode(self.digest).decode("ascii"),
            "Sequence": str(sequence),
            "DecisionDate": f"{now:%Y-%m-%d}",
            "EffectiveDateTime": _instant(self.world),
            "SuspensionEnd": f"{now + timedelta(days=150):%Y-%m-%d}",
            "NextSurveillanceDue": f"{now + timedelta(days=360):%Y-%m-%d}",
        }
        if previous is not None:
            fresh["PreviousStatus"] = previous
        if new is not None:
            fresh["NewStatus"] = new
        for name, value in (fresh | dict(values or {})).items():
            text = _set(text, name, value)
        if removed or added:
            text = _with_scope(text, removed, added)
        if change == "cancel":
            day = f" <RequestDate>{now:%Y-%m-%d}</RequestDate>\n"
            text = text.replace(" <DecisionDate>", f"{day} <DecisionDate>", 1)
        if successor is not None:
            text = _leading_to(text, successor)
        key = key_name(BodyId(body), KeyRole.STATUS)
        return self.world.sign(text.encode(), key=key)

    def revised(
        self, *, number: str | None = None, values: Mapping[str, str] | None = None
    ) -> Certificate:
        """Return the next revision, which names this one as what it replaces.

        Args:
            number: What stands on it from now on, if that changes.
            values: Texts of further elements.
        """
        revision = self.revision + 1
        named = f"{self.attestation_id}/{revision}/{number}/{values}"
        fresh = {
            "c:DocumentID": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, named)}",
            "c:DocumentFunction": "5",
            "c:IssueDateTime": _instant(self.world),
            "Revision": str(revision),
            "CertificateNumber": number or self.number,
        }
        text = self.draft
        for name, value in (fresh | dict(values or {})).items():
            text = _set(text, name, value)
        text = re.sub(r"(?s)  <c:Replaces>.*?</c:Replaces>\n", "", text)
        replaces = (
            "  <c:Replaces>\n"
            f"   <c:DocumentID>{self.document_id}</c:DocumentID>\n"
            '   <c:Digest algorithm="http://www.w3.org/2001/04/xmlenc#sha256">'
            f"{b64encode(self.digest).decode('ascii')}</c:Digest>\n"
            "  </c:Replaces>\n"
        )
        text = text.replace(" </Header>", f"{replaces} </Header>", 1)
        return _signed(self.world, text)

    def accepted_by(self, body: str, *, number: str) -> Certificate:
        """Return the certificate that another body gives to the holder instead of this one."""
        today = f"{self.world.clock.now:%Y-%m-%d}"
        own = good_sample("attestation", _OF_ACCEPTING).read_text(encoding="utf-8")
        block = re.search(r"(?s) <IssuingBody>.*?</IssuingBody>\n", own)
        assert block is not None
        text = self.draft.replace(f">{self.issuer}<", f">{body}<")
        text = text.replace(f'"{self.issuer}"', f'"{body}"')
        for old, new in _ACCREDITATIONS.items():
            text = text.replace(old, new)
        text = re.sub(r"(?s) <IssuingBody>.*?</IssuingBody>\n", lambda _: block[0], text, count=1)
        named = f"{body}/{number}"
        fresh = {
            "c:DocumentID": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, named)}",
            "c:IssueDateTime": _instant(self.world),
            "AttestationID": f"urn:mrhub:certificate:{body.lower()}:{number.lower()}",
            "CertificateNumber": number,
            "Revision": "0",
            "DecisionDate": today,
            "IssueDate": today,
            "EffectiveDate": today,
            "Since": today,
            "p:AuditType": "transfer",
        }
        for name, value in fresh.items():
            text = _set(text, name, value)
        related = (
            " <RelatedAttestation>\n  <Document>\n"
            f"   <c:DocumentID>{self.document_id}</c:DocumentID>\n"
            '   <c:Digest algorithm="http://www.w3.org/2001/04/xmlenc#sha256">'
            f"{b64encode(self.digest).decode('ascii')}</c:Digest>\n"
            '  </Document>\n  <Relation listID="MRHUB-RELATION">transferFrom</Relation>\n'
            " </RelatedAttestation>\n"
        )
        text = text.replace(" <SchemeParticulars>", f"{related} <SchemeParticulars>", 1)
        return _signed(self.world, text)

    def altered(self, **values: str) -> Certificate:
        """Return the same document with other texts, signed anew."""
        text = self.draft
        for name, value in values.items():
            text = _set(text, name, value)
        return replace(self, draft=text, data=self.world.sign(text.encode()))


def with_legal_acts(world: World) -> World:
    """Return the world with a status key of CN-AB-CNAS, by which it acts for those it accredits."""
    bodies = {one.id: one for one in world.description.bodies}
    like = next(key for key in bodies[ISSUER].keys if key.role is KeyRole.STATUS)
    key = replace(like, name=key_name(AUTHORITY, KeyRole.STATUS), kept_by=AUTHORITY)
    return world.with_body(AUTHORITY, keys=(*bodies[AUTHORITY].keys, key))


def begun(world: World, number: int, *, expires: date | None = None) -> Certificate:
    """Return the first revision of a certificate of CN-CB-0103.

    Args:
        world: Whose clock and keys.
        number: Tells certificates apart.
        expires: Its last valid day; that of the sample without.
    """
    text = world.draft(SAMPLE, number=number).decode()
    if expires is not None:
        text = _set(text, "ExpiryDate", expires.isoformat())
    return _signed(world, text)


def _signed(world: World, text: str) -> Certificate:
    return Certificate(world=world, draft=text, data=world.sign(text.encode()))


def _with_scope(text: str, removed: Iterable[str], added: Iterable[str]) -> str:
    scope = "".join(
        f" <ScopeChange>\n  <{verb}>\n   <Site>{name}</Site>\n  </{verb}>\n </ScopeChange>\n"
        for verb, names in (("Added", added), ("Removed", removed))
        for name in names
    )
    text = re.sub(r"(?s) <ScopeChange>.*</ScopeChange>\n", "", text)
    return text.replace("</StatusChange>", f"{scope}</StatusChange>", 1)


def _leading_to(text: str, successor: Certificate) -> str:
    head, mark, tail = text.partition(" <Successor>")
    assert mark
    for name, value in {
        "Issuer": successor.issuer,
        "AttestationID": successor.attestation_id,
        "CertificateNumber": successor.number,
        "Digest": b64encode(successor.digest).decode("ascii"),
    }.items():
        tail = _set(tail, name, value)
    return head + mark + tail


def _instant(world: World) -> str:
    return f"{world.clock.now:%Y-%m-%dT%H:%M:%SZ}"


def _found(text: str, name: str) -> str:
    found = re.search(rf"<{name}(?: [^>]*)?>([^<]+)<", text)
    assert found is not None, f"the document has no {name}"
    return found[1]


def _set(text: str, name: str, value: str) -> str:
    """Give the first element of a name another text, where there is one."""
    return re.sub(
        rf"(<{name}(?: [^>]*)?>)[^<]+(</{name}>)",
        lambda found: found[1] + value + found[2],
        text,
        count=1,
    )
