"""Publishing trust lists: values in, signed lists out, for a person's build and for a hub.

- One list for each economy under one list of lists, which names their signers; above both may
  stand the delegation of an offline root.
- A list whose content did not change stays as it is, octets and number, until a third of its
  life is left; a changed one has the next sequence number. Nobody makes unchanged economies
  anew.
- What is made is read again as a stranger would read it, before it leaves: same schema, same
  signature gate, same rules, pinned to the root alone. What a stranger sees is what was meant,
  or nothing is published.

Example:
    >>> built = await publish_lists(editions, cover=cover, press=press, at=now, previous=lists)
    >>> built.changed
    ('CN.xml',)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final, ParamSpec, Protocol, TypeVar

from exchange.codes.trust import TrustCode
from exchange.core.algorithms import ALGORITHMS, AlgorithmTable
from exchange.core.code_lists import CodeLists
from exchange.core.limits import Limits
from exchange.core.model import Economy, Fingerprint
from exchange.core.schema import Catalogue
from exchange.core.signing import ToSign, complete, prepare_written
from exchange.core.trust_chain import Reading, read_chain
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_list_rules import economies_are_known
from exchange.core.trust_list_writing import ListDraft, PointerDraft, canonical_form, write_list
from exchange.core.trust_reading import known_certificates
from exchange.core.trust_values import Body, ListType, Operator
from exchange.errors import Finding, TrustError
from exchange.service.list_files import list_file
from exchange.vault.vault import KeyName, Signer, Vault

HISTORY: Final = timedelta(days=3653)
"""How long withdrawn keys stay listed, unless told: ten years (rule TSL-10)."""
_RENEW_AT: Final = 3
"""A list is made anew when a third of its life is left."""
_Name = tuple[ListType, Economy]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What every reader has anyway: schemas, code lists, limits, algorithms."""

    catalogue: Catalogue
    code_lists: CodeLists
    limits: Limits
    algorithms: AlgorithmTable = ALGORITHMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The list of one economy, as it shall stand."""

    territory: Economy
    operator: Operator
    signer: KeyName
    """The list key, in the vault."""
    bodies: tuple[Body, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """The list of lists, as it shall stand; which lists it names follows from the editions."""

    territory: Economy
    operator: Operator
    signer: KeyName
    """The list key, in the vault."""
    location: str
    """Where the lists are found; a file name is appended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltLists:
    """Signed lists, ready to be fetched."""

    files: Mapping[str, bytes]
    """Octets by file name."""
    lists: tuple[TrustList, ...]
    """The same lists, as a stranger has read them."""
    root: Fingerprint
    """Who signed the uppermost list: what readers pin."""
    changed: tuple[str, ...]
    """Names of the files that are new or differ from those before."""


_P = ParamSpec("_P")
_T = TypeVar("_T")


class Aside(Protocol):
    """Where the long computations run."""

    def __call__(
        self, work: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs
    ) -> Awaitable[_T]:
        """Run some work and return what it returns."""
        ...


async def at_once(work: Callable[_P, _T], /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Run the work here and now, for programs that do nothing beside."""
    return work(*args, **kwargs)


in_thread: Final[Aside] = asyncio.to_thread
"""Run the work beside the event loop, for a hub that answers others meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """What every publication of one operator is made with."""

    vault: Signer
    """Keeps the list keys."""
    release: Release
    valid_for: timedelta
    """From issue to next update."""
    history_period: timedelta = HISTORY
    """How long withdrawn keys stay listed."""
    aside: Aside = at_once
    """Where the long computations run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RootPress(Press):
    """What a ceremony works with: the root is made in its vault."""

    vault: Vault
    """Keeps the root."""


async def publish_lists(
    editions: Iterable[Edition],
    *,
    cover: Cover,
    press: Press,
    at: datetime,
    previous: Iterable[TrustList] = (),
    delegation: TrustList | None = None,
) -> BuiltLists:
    """Make, sign and read again the lists that differ from those before.

    Args:
        editions: The lists of economies; all of them, changed or not.
        cover: The list of lists.
        press: The vault, the release and how long lists live.
        at: The instant of issue, aware UTC.
        previous: The lists published before, as they were read then.
        delegation: The root's word on who signs the list of lists; `None` where readers pin
            the signer of the list of lists itself.

    Raises:
        RejectedError: Readers would not believe these lists, for instance because one is
            empty (`trust.list-empty`) or a key has disappeared from one.
        UndecidedError: The delegation is past its next update.
        VaultError: A list key is missing in the vault.
    """
    planned = tuple(editions)
    before = {(one.type, one.territory): one for one in previous}
    issue = _Issue(press=press, at=at.replace(microsecond=0), before=before)
    made: dict[_Name, bytes] = {}
    if delegation is not None:
        made[(delegation.type, delegation.territory)] = delegation.data
    pointers: list[PointerDraft] = []
    for one in planned:
        name = (ListType.ECONOMY, one.territory)
        draft = issue.draft(*name, one.operator, bodies=one.bodies)
        made[name] = await issue.octets(draft, one.signer)
        pointers.append(
            PointerDraft(
                location=cover.location + list_file(*name),
                type=ListType.ECONOMY,
                territory=one.territory,
                signers=(await press.vault.certificates(one.signer))[:1],
            )
        )
    name = (ListType.LIST_OF_LISTS, cover.territory)
    top = issue.draft(*name, cover.operator, pointers=tuple(pointers))
    made[name] = await issue.octets(top, cover.signer)
    root = (
        Fingerprint(sha256((await press.vault.certificates(cover.signer))[0]).digest())
        if delegation is None
        else delegation.signer
    )
    reading = Reading(
        catalogue=press.release.catalogue,
        limits=press.release.limits,
        algorithms=press.release.algorithms,
        pinned={root},
        at=at,
        previous=tuple(before.values()),
        kept=tuple(before.values()),
        known=known_certificates(body for one in planned for body in one.bodies),
    )
    lists = await press.aside(_as_stranger, tuple(made.values()), reading, planned, press.release)
    return BuiltLists(
        files=MappingProxyType({list_file(*name): data for name, data in made.items()}),
        lists=lists,
        root=root,
        changed=tuple(
            list_file(*name)
            for name, data in made.items()
            if name not in before or before[name].data != data
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Issue:
    """What all lists of one publication have in common."""

    press: Press
    at: datetime
    before: Mapping[_Name, TrustList]

    def draft(
        self,
        kind: ListType,
        territory: Economy,
        operator: Operator,
        *,
        bodies: tuple[Body, ...] = (),
        pointers: tuple[PointerDraft, ...] = (),
    ) -> ListDraft:
        """Return a list as it would be the first of its name."""
        return ListDraft(
            type=kind,
            territory=territory,
            sequence=1,
            issued_at=self.at,
            next_update=self.at + self.press.valid_for,
            history_period=self.press.history_period,
            operator=operator,
            bodies=bodies,
            pointers=pointers,
        )

    async def octets(self, draft: ListDraft, signer: KeyName) -> bytes:
        """Return the former octets where nothing changed, or the next list, signed."""
        chain = await self.press.vault.certificates(signer)
        last = self.before.get((draft.type, draft.territory))
        if last is not None:
            if says_the_same(draft, last, chain[0]) and is_fresh(last, self.at):
                return last.data
            draft = replace(draft, sequence=last.sequence + 1)
        return await sign_list(draft, signer, self.press)


async def sign_list(draft: ListDraft, signer: KeyName, press: Press) -> bytes:
    """Return one list, written and signed; nobody has read it yet.

    Raises:
        RejectedError: It cannot be signed as it is.
        VaultError: The key is missing in the vault.
    """
    chain = await press.vault.certificates(signer)
    to_sign = await press.aside(_prepare, draft, chain, press.release.algorithms)
    return complete(to_sign, await press.vault.sign(signer, to_sign.octets, to_sign.algorithm))


def _prepare(draft: ListDraft, chain: Sequence[bytes], algorithms: AlgorithmTable) -> ToSign:
    written = write_list(draft)
    return prepare_written(
        written,
        canonical_form(written),
        certificates=chain,
        signed_at=draft.issued_at,
        algorithms=algorithms,
    )


def says_the_same(draft: ListDraft, last: TrustList, signer: bytes) -> bool:
    """Tell whether a draft would say what a list says already, in the name of the same key.

    Args:
        draft: What would be published.
        last: What is published.
        signer: The key certificate that would sign, DER.
    """
    pointers = [
        (p.location, p.type, p.territory, frozenset(sha256(der).digest() for der in p.signers))
        for p in draft.pointers
    ]
    return (
        sha256(signer).digest() == last.signer
        and draft.operator == last.operator
        and draft.history_period == last.history_period
        and draft.bodies == last.bodies
        and pointers == [(p.location, p.type, p.territory, p.signers) for p in last.pointers]
    )


def is_fresh(last: TrustList, at: datetime) -> bool:
    """Tell whether more than a third of a list's life is left."""
    return (last.next_update - at) * _RENEW_AT > last.next_update - last.issued_at


def _as_stranger(
    files: Iterable[bytes], reading: Reading, meant: Iterable[Edition], release: Release
) -> tuple[TrustList, ...]:
    """Read the lists as readers do who have pinned the root and know the lists before."""
    lists = read_chain(files, reading)
    Trust.build(lists)
    findings = [f for one in lists for f in economies_are_known(one, release.code_lists)]
    entries = {one.territory: one.bodies for one in meant}
    findings += [
        Finding(
            code=TrustCode.LIST_READS_OTHERWISE,
            path="/TrustServiceStatusList",
            message=f"list of {one.territory}: expected the entries that were meant, found others",
        )
        for one in lists
        if one.type is ListType.ECONOMY and one.bodies != entries[one.territory]
    ]
    if findings:
        raise TrustError(*findings)
    return lists
