"""The lists of an administering hub: made from its state of trust, signed with its list key.

- Above stands the delegation of the offline root, as the ceremony made it. Its pointer says
  where the lists are found, and which online keys may sign.
- What a stranger reads is what was meant, or nothing is published (`service.publish`).

Example:
    >>> made = await make_lists(keeper, vault, settings, previous=(), at=now)
    >>> [one.territory for one in made.new]
    ['CN', 'XX']
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.codes.service import SettingsCode
from exchange.core.actions.state import TrustState
from exchange.core.model import Fingerprint, KeyRole
from exchange.core.trust_index import Pointer, TrustList
from exchange.core.trust_records import PublishedList
from exchange.core.trust_values import ListType
from exchange.core.trustlist import read_again
from exchange.errors import Finding, SettingsError, TrustError
from exchange.service.own_keys import OwnKey, own_key
from exchange.service.publish import Cover, Edition, Press, Release, in_thread, publish_lists
from exchange.service.trust_keeper import TrustKeeper
from exchange.settings import Settings
from exchange.vault.vault import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLists:
    """All lists that shall be in force, and which of them are new."""

    all: tuple[PublishedList, ...]
    new: tuple[PublishedList, ...]


async def make_lists(
    keeper: TrustKeeper,
    vault: Vault,
    settings: Settings,
    *,
    delegation: TrustList,
    previous: Sequence[TrustList],
    at: datetime,
) -> MadeLists:
    """Return the lists that show the state of trust at an instant, signed and read again.

    Args:
        keeper: Knows the state, and which lists are published.
        vault: Keeps the list key.
        settings: How long a list lives.
        delegation: The root's word on who signs.
        previous: The lists in force, as they were read.
        at: Now.

    Raises:
        RejectedError: Readers would not believe these lists.
        UndecidedError: The delegation is past its next update.
        VaultError: There is no list key.
    """
    state = keeper.at(at)
    pointer = _cover(delegation)
    signer = await list_key(vault, state, pointer, at)
    operator = state.lists[pointer.territory].operator if pointer.territory in state.lists else None
    built = await publish_lists(
        [
            Edition(
                territory=territory,
                operator=state.lists[territory].operator,
                signer=signer.name,
                bodies=bodies,
            )
            for territory, bodies in state.published(at).items()
            if bodies
        ],
        cover=Cover(
            territory=pointer.territory,
            operator=operator or delegation.operator,
            signer=signer.name,
            location=pointer.location.rpartition("/")[0] + "/",
        ),
        press=Press(
            vault=vault,
            release=keeper.release,
            valid_for=timedelta(seconds=settings.list_valid_seconds),
            aside=in_thread,
        ),
        at=at,
        previous=previous,
        delegation=delegation,
    )
    known = {one.digest: one for one in keeper.published}
    every = tuple(known.get(one.digest) or _record(one, state.count) for one in built.lists)
    return MadeLists(
        all=every,
        new=tuple(one for one in every if one.digest not in known),
    )


async def list_key(vault: Vault, state: TrustState, pointer: Pointer, at: datetime) -> OwnKey:
    """Return the list key that signs now: granted by the state, and named by the delegation.

    Raises:
        TrustError: The only one was stopped: what a list says must not rest on a key that is
            suspended or revoked, be it that list which says so.
        VaultError: The vault has no list key.
    """
    key = await own_key(
        vault,
        state.hub,
        KeyRole.LIST,
        listed=state.bodies.get(state.hub),
        at=at,
        interruptions=state.interruptions(),
        among=pointer.signers,
    )
    if key.refusal is not None:
        raise TrustError(key.refusal)
    return key


def read_delegation(data: bytes, root: Fingerprint, release: Release) -> TrustList:
    """Return the root's delegation.

    Args:
        data: A list that the root has signed.
        root: SHA-256 of the root's key certificate.
        release: Schemas, limits and algorithms.

    Raises:
        RejectedError: The root has not signed it, or it is no list.
        SettingsError: It is another kind of list.
    """
    found = read_again(
        data,
        catalogue=release.catalogue,
        limits=release.limits,
        algorithms=release.algorithms,
        pinned={root},
    )
    _cover(found)
    return found


def read_back(keeper: TrustKeeper) -> tuple[TrustList, ...]:
    """Return the lists that are published, as they were read when they were made.

    Raises:
        RejectedError: One was not signed by the root or by a list key of this hub.
    """
    signers = {keeper.root} | {
        fingerprint
        for fingerprint, record in keeper.state.keys.items()
        if record.body == keeper.state.hub and record.role is KeyRole.LIST
    }
    return tuple(
        read_again(
            one.data,
            catalogue=keeper.release.catalogue,
            limits=keeper.release.limits,
            algorithms=keeper.release.algorithms,
            pinned=signers,
        )
        for one in keeper.published
    )


def _record(one: TrustList, actions: int) -> PublishedList:
    return PublishedList(
        type=one.type,
        territory=one.territory,
        sequence=one.sequence,
        issued_at=one.issued_at,
        next_update=one.next_update,
        actions=actions,
        data=one.data,
    )


def _cover(delegation: TrustList) -> Pointer:
    """Return the pointer of a delegation to the list of lists."""
    found = [one for one in delegation.pointers if one.type is ListType.LIST_OF_LISTS]
    if delegation.type is not ListType.DELEGATION or len(found) != 1:
        raise SettingsError(
            Finding(
                code=SettingsCode.TRUST,
                path="root.xml",
                message="expected a delegation to one list of lists, found another list",
            )
        )
    return found[0]
