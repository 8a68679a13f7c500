"""Issue: the hub signs a body's draft with the key that the body keeps in its vault.

Steps:
 1. the draft is a document of the catalogue, unsigned, and the caller is its issuer;
 2. a named person of that body has authorised exactly this draft, and lately;
 3. the body has a key for this kind in the hub's custody, granted now and not stopped by an
    administrator, and does not forbid it;
 4. the vault signs; the authorisation is kept as evidence, byte-exact;
 5. the output takes the same road as a message from outside: nothing is released that would
    be refused if somebody else had sent it.

A repetition is known by the content of the draft: the signed octets differ with every
signature, the content digest does not.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import structlog

from exchange.codes.service import RefusedCode
from exchange.core.entry import StoredMessage
from exchange.core.model import BodyId, Custody, KeyRole, Kind, MessageDigest, MessageId
from exchange.core.schema import conform
from exchange.core.signing import ToSign, complete, prepare
from exchange.core.snapshot import Snapshot
from exchange.core.trust import KEY_ROLE_OF
from exchange.core.trust_values import Body, KeyEntry, KeyStatus
from exchange.core.xml import parse
from exchange.errors import Finding, RefusedError
from exchange.service.addressees import Addressees
from exchange.service.hub import Hub
from exchange.service.identify import Caller
from exchange.service.own_keys import kept_key
from exchange.service.pace import paced
from exchange.service.receive import Submission, Submitted, repeat, require_signing, submit

_log = structlog.get_logger(__name__)

OLDEST_AUTHORISATION: Final = timedelta(days=7)
"""How long before the signature a person may have authorised it."""
TOLERANCE: Final = timedelta(minutes=5)
"""How far in the future an authorisation may lie: clocks differ."""
MAX_NAME: Final = 200
"""Characters of a person's name and role."""
_ISSUED: Final = frozenset({Kind.ATTESTATION, Kind.STATUS_CHANGE, Kind.DECLARATION})
_PRINTABLE: Final = re.compile(r"[^\x00-\x1f\x7f]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorisation:
    """A named person's word that this draft may be signed in the name of the body."""

    person: str
    role: str
    """What entitles the person, such as `head of certification`."""
    authorised_at: datetime
    draft_digest: bytes
    """SHA-256 of the octets of the draft."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issuance:
    """A draft to be signed and submitted in the name of the caller."""

    caller: Caller
    message_id: MessageId
    addressees: Addressees
    draft: bytes
    authorisation: Authorisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """The signed statement with what became of it."""

    submitted: Submitted
    statement: bytes | None
    """The signed octets; `None` when the statement was refused."""


async def issue(hub: Hub, issuance: Issuance) -> Issued:
    """Sign a draft in the name of the caller, and submit it.

    Raises:
        RefusedError: The caller is not entitled to this.
        MalformedError: The draft is not a document that we read.
        SchemaError: The draft is not one of the shared documents.
        VaultError: The key cannot be used.
    """
    name = (issuance.caller.id, issuance.message_id)
    async with hub.locks.setdefault(name, asyncio.Lock()):
        return await _issue(hub, issuance)


async def _issue(hub: Hub, issuance: Issuance) -> Issued:
    require_signing(hub)
    at = hub.clock()
    caller = issuance.caller
    size = len(issuance.draft)
    kind = await paced(size, _read_draft, issuance.draft, hub.snapshot, caller.id)  # 1
    _require_authorisation(issuance, at)  # 2
    role = KEY_ROLE_OF[kind]
    key = _key_in_custody(hub.snapshot, caller.body, role, at)  # 3
    name = await kept_key(hub.vault, caller.id, role, key.fingerprint)
    if name is None:
        raise _refused(RefusedCode.CUSTODY, "the key in the vault is not the one on the list")
    certificates = await hub.vault.certificates(name)
    to_sign = await paced(size, prepare, issuance.draft, certificates=certificates, signed_at=at)
    before = await hub.store.find_message(caller.id, issuance.message_id)
    if before is not None:
        return await _again(hub, issuance, before, to_sign)
    value = await hub.vault.sign(name, to_sign.octets, to_sign.algorithm)  # 4
    statement = complete(to_sign, value)
    submitted = await submit(  # 5
        hub,
        Submission(
            caller=caller,
            message_id=issuance.message_id,
            digest=MessageDigest(sha256(statement).digest()),
            addressees=issuance.addressees,
            data=statement,
            evidence=_evidence(issuance, at),
        ),
    )
    _log.info(
        "issued",
        action="issue",
        issuer=caller.id,
        message_id=issuance.message_id,
        refused=submitted.is_refused,
    )
    return Issued(submitted=submitted, statement=None if submitted.is_refused else statement)


def _read_draft(draft: bytes, snapshot: Snapshot, caller: BodyId) -> Kind:
    """Return the kind of a draft that the caller may have signed."""
    conforming = conform(parse(draft, snapshot.limits), snapshot.catalogue, snapshot.limits)
    root = conforming.parsed.root
    if conforming.kind not in _ISSUED:
        raise _refused(RefusedCode.BODY, f"expected a draft to issue, found {conforming.kind}")
    if root[-1].tag == "{http://www.w3.org/2000/09/xmldsig#}Signature":
        raise _refused(RefusedCode.SIGNED_DRAFT, "expected no signature, found one")
    issuer = root[0].findtext("{urn:mrhub:common:1}Issuer", "")
    if issuer != caller:
        raise _refused(RefusedCode.NOT_ENTITLED, f"expected a draft of {caller}")
    return conforming.kind


def _require_authorisation(issuance: Issuance, at: datetime) -> None:
    """Step 2."""
    given = issuance.authorisation
    digest = sha256(issuance.draft).digest()
    if given.draft_digest != digest:
        raise _refused(
            RefusedCode.AUTHORISATION,
            f"expected the digest of this draft, {digest.hex()}, found {given.draft_digest.hex()}",
        )
    for what, text in (("person", given.person), ("role", given.role)):
        if not (_PRINTABLE.fullmatch(text) and text.strip() and len(text) <= MAX_NAME):
            raise _refused(RefusedCode.AUTHORISATION, f"expected a {what}, found none")
    if not at - OLDEST_AUTHORISATION <= given.authorised_at <= at + TOLERANCE:
        raise _refused(
            RefusedCode.AUTHORISATION,
            f"expected an authorisation of the last {OLDEST_AUTHORISATION.days} days, "
            f"found one of {given.authorised_at.isoformat()}",
        )


def _key_in_custody(snapshot: Snapshot, body: Body, role: KeyRole, at: datetime) -> KeyEntry:
    """Step 3."""
    if body.forbids_hub_custody:
        raise _refused(RefusedCode.CUSTODY, f"{body.id} forbids custody by a hub")
    for key in body.keys:
        if (
            key.role is role
            and key.custody is Custody.HUB
            and key.status_at(at) is KeyStatus.GRANTED
            and at < key.signs_until
            and snapshot.interruptions.key_at(key.fingerprint, at) is None
        ):
            return key
    raise _refused(
        RefusedCode.CUSTODY, f"{body.id} has no key for {role.value} in the custody of the hub now"
    )


def _evidence(issuance: Issuance, at: datetime) -> bytes:
    """Return the authorisation as it is kept: one JSON document, keys in order."""
    given = issuance.authorisation
    return json.dumps(
        {
            "authorised_at": given.authorised_at.isoformat(),
            "body": issuance.caller.id,
            "draft_digest": given.draft_digest.hex(),
            "message_id": issuance.message_id,
            "person": given.person,
            "received_at": at.isoformat(),
            "role": given.role,
            "transport_key": issuance.caller.key.hex(),
        },
        ensure_ascii=False,
        sort_keys=True,
    ).encode()


async def _again(hub: Hub, issuance: Issuance, before: StoredMessage, to_sign: ToSign) -> Issued:
    """Return what the same issuance got before.

    Raises:
        RefusedError: The id was used for another draft or other addressees.
    """
    first = before.message
    same = before.content_digest == to_sign.content_digest
    if not same or set(first.addressees) != set(issuance.addressees.names):
        raise _refused(
            RefusedCode.MESSAGE_ID_CONFLICT,
            f"expected content {(before.content_digest or b'').hex()}, "
            f"found {to_sign.content_digest.hex()}, or other addressees",
        )
    submitted = repeat(before, first)
    if submitted.is_refused or before.content_digest is None:
        return Issued(submitted=submitted, statement=None)
    kept = await hub.store.statement(before.content_digest)
    return Issued(submitted=submitted, statement=kept.data if kept is not None else None)


def _refused(code: RefusedCode, message: str) -> RefusedError:
    return RefusedError(Finding(code=code, message=message))
