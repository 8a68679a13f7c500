"""The founding ceremony: an offline root, three officers, the first action, the delegation.

Steps, repeated by the numbers in the code:
 1. the description and the key certificates become the operator's entry;
 2. the whole founding is judged as the hub will judge it, before anything is made;
 3. the root is made in a vault of its own, unless an interrupted ceremony has made it;
 4. the root signs the founding, and the delegation to the online list key;
 5. both are read again as the hub reads them, pinned to the root.

- The hub's vault is not needed: its keys are known by their certificates, so the ceremony can
  be held on a machine that was never on a network.
- A renewal says the same as the delegation before it, with a new end; other list keys can be
  named then.

Example:
    >>> plan = plan_founding(description, certificates, officers)
    >>> rehearse_founding(plan, at=now)
    >>> held = await hold_ceremony(plan, press=press, action_id=…, at=now)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.core.actions.founding import begin
from exchange.core.actions.values import Action, Administrator, Found, ListChange, SealedAction
from exchange.core.actions.writing import write_action
from exchange.core.certificate import KeyCertificate, read_certificate
from exchange.core.model import (
    BodyId,
    BodyRole,
    ContentDigest,
    DocumentId,
    Fingerprint,
    KeyRole,
)
from exchange.core.signing import complete, prepare
from exchange.core.trust_index import TrustList
from exchange.core.trust_values import Body
from exchange.errors import Finding, SettingsError
from exchange.service.delegate import Delegation, make_delegation
from exchange.service.described import DescribedBody, Description, assembled
from exchange.service.list_files import LIST_OF_LISTS
from exchange.service.own_lists import read_delegation
from exchange.service.publish import RootPress
from exchange.service.trust_keeper import founded, read_sealed
from exchange.vault.vault import KeyKind, KeyName, NewKey, Vault, key_name

ROOT_SUFFIX: Final = "root"
"""Tells the root apart from the list keys of the same body."""
ROOT_LASTS: Final = timedelta(days=3653)
"""Ten years: every reader pins it, so a new root is a new ceremony and a letter to everybody."""
_NO_ROOT: Final = Fingerprint(bytes(32))


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """What the ceremony is about, before there is a root."""

    hub: Body
    lists: tuple[ListChange, ...]
    officers: tuple[Administrator, ...]
    delegation: Delegation
    left_out: tuple[BodyId, ...]
    """Bodies of the description that two officers have to propose and approve later."""

    @property
    def root(self) -> KeyName:
        """The name of the root in its vault."""
        return root_name(self.hub.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a ceremony has made."""

    root: KeyCertificate
    founding: bytes
    """The sealed first action."""
    delegation: TrustList
    """As it was read again; its octets are `data`."""


def root_name(hub: BodyId) -> KeyName:
    """Return how the root of a hub is called in its vault."""
    return key_name(hub, KeyRole.LIST, ROOT_SUFFIX)


def described_hub(description: Description) -> DescribedBody:
    """Return the operator of a description.

    Raises:
        SettingsError: There is none, or more than one.
    """
    hubs = [one for one in description.bodies if BodyRole.HUB_OPERATOR in one.roles]
    if len(hubs) != 1:
        raise _fault("description.bodies", f"expected one hub operator, found {len(hubs)}")
    return hubs[0]


def plan_founding(
    description: Description,
    certificates: Mapping[KeyName, Sequence[bytes]],
    officers: Sequence[Administrator],
) -> Founding:
    """Return what shall be founded (step 1).

    Args:
        description: The operator's body and lists; other bodies are left out and named.
        certificates: Key certificates of the hub, DER, by the names of its keys; those of
            the authorities above a key follow its own.
        officers: Who shall administer.

    Raises:
        SettingsError: A key has no certificate, or no list key is described; every fault in a
            finding of its own.
    """
    hub = described_hub(description)
    missing = [key.name for key in hub.keys if key.name not in certificates]
    signers = tuple(
        certificates[key.name][0]
        for key in hub.keys
        if key.role is KeyRole.LIST and key.name not in missing
    )
    faults = [
        _finding(f"description {name}", "expected its key certificate, found none")
        for name in missing
    ]
    if not any(key.role is KeyRole.LIST for key in hub.keys):
        faults.append(_finding(f"description {hub.id}", "expected a list key, found none"))
    if faults:
        raise SettingsError(*faults)
    chains = {
        key.name: tuple(read_certificate(der) for der in certificates[key.name]) for key in hub.keys
    }
    return Founding(
        hub=assembled(
            hub,
            [chains[key.name][0] for key in hub.keys],
            {name: chain[1:] for name, chain in chains.items()},
        ),
        lists=tuple(
            ListChange(territory=one.territory, operator=one.operator) for one in description.lists
        ),
        officers=tuple(officers),
        delegation=Delegation(
            territory=description.root.territory,
            operator=description.root.operator,
            signers=signers,
            location=description.location + LIST_OF_LISTS,
        ),
        left_out=tuple(one.id for one in description.bodies if one.id != hub.id),
    )


def rehearse_founding(plan: Founding, *, at: datetime) -> None:
    """Judge the founding as the hub will, before anything is made (step 2).

    Raises:
        RuleError: It would found nothing; every finding stands in it.
    """
    begin(
        SealedAction(
            action=_action(plan, DocumentId("urn:uuid:00000000-0000-4000-8000-000000000000"), at),
            digest=ContentDigest(bytes(32)),
            word_digest=bytes(32),
            sealed_by=_NO_ROOT,
            at=at,
        )
    )


async def make_root(vault: Vault, plan: Founding, *, at: datetime) -> KeyCertificate:
    """Return the root, made now unless the vault has it already (step 3).

    Raises:
        VaultError: It cannot be made.
    """
    if plan.root not in vault.names():
        first = at.replace(microsecond=0)
        await vault.generate(
            plan.root,
            NewKey(
                # It is used a few times a year for ten years, so the longer curve costs nothing.
                kind=KeyKind.EC_P384,
                organisation=next(iter(plan.hub.names.values())),
                economy=plan.hub.economy,
                not_before=first,
                not_after=first + ROOT_LASTS,
            ),
        )
    return read_certificate((await vault.certificates(plan.root))[0])


async def hold_ceremony(
    plan: Founding, *, press: RootPress, action_id: DocumentId, at: datetime
) -> Held:
    """Let the root sign the founding and the delegation, and read both again (steps 4 and 5).

    Args:
        plan: What is founded.
        press: The root's vault, the release, and how long the delegation is valid.
        action_id: A fresh identifier.
        at: Now, aware UTC.

    Raises:
        RejectedError: Readers would not believe the delegation.
        StoreError: The hub would not believe the founding.
        VaultError: The root cannot sign.
    """
    root = await make_root(press.vault, plan, at=at)
    at = max(at, root.not_before)
    to_sign = prepare(  # 4
        write_action(_action(plan, action_id, at)),
        certificates=(root.der,),
        signed_at=at,
        algorithms=press.release.algorithms,
        limits=press.release.limits,
    )
    founding = complete(
        to_sign, await press.vault.sign(plan.root, to_sign.octets, to_sign.algorithm)
    )
    octets = await make_delegation(plan.delegation, root=plan.root, press=press, at=at)
    founded(founding, root.fingerprint, press.release)  # 5
    delegation = read_delegation(octets, root.fingerprint, press.release)
    return Held(root=root, founding=founding, delegation=delegation)


async def renew_delegation(
    founding: bytes,
    before: bytes,
    *,
    press: RootPress,
    at: datetime,
    signers: Sequence[bytes] = (),
) -> Held:
    """Let the root say again who signs the lists.

    Args:
        founding: The first action, as the ceremony made it.
        before: The delegation before this one.
        press: The root's vault, the release, and how long the new one is valid.
        at: Now, aware UTC.
        signers: Key certificates, DER, of other list keys than before; none keeps them.

    Raises:
        SettingsError: The vault has no root of this founding, or the list keys before have
            changed since, so that they have to be named.
        RejectedError: Readers would not believe it, or one of the files is not the root's.
        VaultError: The root cannot sign.
    """
    sealed = read_sealed(founding, press.release)
    word = sealed.action.word
    if not isinstance(word, Found):
        raise _fault("founding", "expected the founding, found another action")
    name = root_name(word.hub.id)
    if name not in press.vault.names():
        raise _fault("root", f"expected {name} in the vault of the root, found none")
    root = read_certificate((await press.vault.certificates(name))[0])
    if sealed.sealed_by != root.fingerprint:
        raise _fault(
            "root",
            f"expected root {sealed.sealed_by.hex()[:16]}… of this founding, "
            f"found {root.fingerprint.hex()[:16]}…",
        )
    previous = read_delegation(before, root.fingerprint, press.release)
    (pointer,) = previous.pointers
    delegation = Delegation(
        territory=previous.territory,
        operator=previous.operator,
        signers=tuple(signers) or _same_signers(word.hub, pointer.signers),
        location=pointer.location,
    )
    octets = await make_delegation(delegation, root=name, press=press, at=at, previous=previous)
    renewed = read_delegation(octets, root.fingerprint, press.release)
    return Held(root=root, founding=founding, delegation=renewed)


def _action(plan: Founding, action_id: DocumentId, at: datetime) -> Action:
    return Action(
        action_id=action_id,
        hub=plan.hub.id,
        made_at=at.replace(microsecond=0),
        word=Found(hub=plan.hub, lists=plan.lists, officers=plan.officers),
        person=None,
        key=None,
        signature=None,
    )


def _same_signers(hub: Body, wanted: frozenset[Fingerprint]) -> tuple[bytes, ...]:
    """Return the certificates of the keys that the last delegation named, from the founding."""
    known = {key.fingerprint: key.certificate.der for key in hub.keys if key.role is KeyRole.LIST}
    if not wanted <= known.keys():
        raise _fault(
            "delegation",
            "expected the certificates of the list keys, since they are others than at the "
            "founding; found none",
        )
    return tuple(known[one] for one in sorted(wanted))


def _fault(path: str, message: str) -> SettingsError:
    return SettingsError(_finding(path, message))


def _finding(path: str, message: str) -> Finding:
    return Finding(code=SettingsCode.TRUST_DESCRIPTION, path=path, message=message)
