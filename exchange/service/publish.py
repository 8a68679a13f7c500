"""Making signed trust lists from a description, and putting them where readers fetch them.

- One list for each economy under one list of lists, which names their signers.
- A list whose content did not change stays as it is, octets and number, until a third of
  its life is left; a changed one has the next sequence number.
- What is made is read again as a stranger would read it, before it leaves: same schema, same
  signature gate, same rules, pinned to the root alone.
- Every list has a digest file beside it (`.sha2`: hexadecimal SHA-256), so that readers can
  ask cheaply whether something changed.

Example:
    >>> built = await build_lists(description, vault, at=now, release=release)
    >>> await write_lists(built, folder)
    >>> built.root.hex()      # what readers pin
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.core.algorithms import ALGORITHMS, AlgorithmTable
from exchange.core.certificate import read_certificate
from exchange.core.code_lists import CodeLists
from exchange.core.limits import Limits
from exchange.core.model import Economy, Fingerprint
from exchange.core.schema import Catalogue
from exchange.core.signing import complete, prepare
from exchange.core.trust_index import Trust, TrustList
from exchange.core.trust_list_rules import economies_are_known
from exchange.core.trust_list_writing import ListDraft, PointerDraft, write_list
from exchange.core.trust_values import Body, ListType
from exchange.core.trustlist import limits_of_lists, read_again, read_lists
from exchange.errors import ExchangeError, Finding, SettingsError, TrustError
from exchange.service.trust_description import (
    DescribedBody,
    DescribedKey,
    DescribedList,
    Description,
    assembled,
)
from exchange.vault.vault import KeyName, Vault

LIST_OF_LISTS: Final = "list-of-lists.xml"
"""File name of the list of lists."""
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
class BuiltLists:
    """Signed lists, ready to be published."""

    files: Mapping[str, bytes]
    """Octets by file name."""
    lists: tuple[TrustList, ...]
    """The same lists, as a stranger has read them."""
    root: Fingerprint
    """Who signed the list of lists: what readers pin."""
    changed: tuple[str, ...]
    """Names of the files that are new or differ from those before."""


def list_file(territory: Economy) -> str:
    """Return the file name of an economy's list."""
    return f"{territory}.xml"


async def build_lists(
    description: Description,
    vault: Vault,
    *,
    at: datetime,
    release: Release,
    certificates: Mapping[str, bytes] = MappingProxyType({}),
    before: Mapping[str, bytes] = MappingProxyType({}),
) -> BuiltLists:
    """Make and sign every list of a description.

    Args:
        description: Who and what stands on the lists.
        vault: Keeps the list keys, and the certificates of keys that name no file.
        at: The instant of issue, aware UTC.
        release: Schemas, limits and algorithms.
        certificates: Key certificates, DER, by the file names that the description uses.
        before: The octets of the lists published before, by file name.

    Raises:
        SettingsError: The description names a body of an economy without list, or a
            certificate file that is not given, or the result would not be believed; the
            findings of the reader stand in it.
        VaultError: A list key or a certificate is missing in the vault.
    """
    bodies = [await _body(one, vault, certificates) for one in description.bodies]
    orphans = {one.economy for one in bodies} - {one.territory for one in description.lists}
    if orphans:
        raise _fault("description.bodies", f"no list is described for {', '.join(sorted(orphans))}")
    former = await _read_former(before, description, vault, release)
    files: dict[str, bytes] = {}
    for one in description.lists:
        its = tuple(body for body in bodies if body.economy == one.territory)
        draft = _draft(description, one, ListType.ECONOMY, at, its)
        files[list_file(one.territory)] = await _make(draft, one.signer, vault, at, former, release)
    pointers = tuple(
        [
            PointerDraft(
                location=description.location + list_file(one.territory),
                type=ListType.ECONOMY,
                territory=one.territory,
                signers=(await vault.certificates(one.signer))[:1],
            )
            for one in description.lists
        ]
    )
    top = replace(
        _draft(description, description.root, ListType.LIST_OF_LISTS, at, ()), pointers=pointers
    )
    files[LIST_OF_LISTS] = await _make(top, description.root.signer, vault, at, former, release)
    leaf = (await vault.certificates(description.root.signer))[0]
    root = read_certificate(leaf).fingerprint
    lists = _read_as_stranger(files, root, former, release, at)
    return BuiltLists(
        files=MappingProxyType(files),
        lists=lists,
        root=root,
        changed=tuple(name for name, data in files.items() if before.get(name) != data),
    )


async def write_lists(built: BuiltLists, folder: Path) -> None:
    """Put the lists and their digest files into a folder, each file whole or not at all.

    The list of lists comes last, so that no reader is pointed to a list that is not there.

    Raises:
        SettingsError: The folder cannot be written.
    """
    await asyncio.to_thread(_write, built, folder)


async def read_folder(folder: Path) -> Mapping[str, bytes]:
    """Return the lists that a folder holds, by file name; none where there is no folder."""
    return await asyncio.to_thread(_read, folder)


async def _body(described: DescribedBody, vault: Vault, certificates: Mapping[str, bytes]) -> Body:
    leaves = [await _leaf(one, vault, certificates) for one in described.keys]
    return assembled(described, [read_certificate(leaf) for leaf in leaves])


async def _leaf(key: DescribedKey, vault: Vault, certificates: Mapping[str, bytes]) -> bytes:
    """The file that the description names, or one named after the key, or the vault's."""
    if key.certificate is not None and key.certificate not in certificates:
        raise _fault(f"description {key.name}", f"file {key.certificate} is not given")
    name = key.certificate or f"{key.name.replace('/', '-')}.pem"
    if name in certificates:
        return certificates[name]
    return (await vault.certificates(key.name))[0]


def _draft(
    description: Description,
    one: DescribedList,
    kind: ListType,
    at: datetime,
    bodies: tuple[Body, ...],
) -> ListDraft:
    return ListDraft(
        type=kind,
        territory=one.territory,
        sequence=1,
        issued_at=at.replace(microsecond=0),
        next_update=at.replace(microsecond=0) + description.valid_for,
        history_period=description.history_period,
        operator=one.operator,
        bodies=bodies,
    )


async def _make(
    draft: ListDraft,
    signer: KeyName,
    vault: Vault,
    at: datetime,
    former: Mapping[_Name, TrustList],
    release: Release,
) -> bytes:
    """Return the former octets where nothing changed, or the next list, signed."""
    chain = await vault.certificates(signer)
    last = former.get((draft.type, draft.territory))
    if last is not None:
        if _says_the_same(draft, last, chain[0]) and _is_fresh(last, at):
            return last.data
        draft = replace(draft, sequence=last.sequence + 1)
    to_sign = prepare(
        write_list(draft),
        certificates=chain,
        signed_at=at,
        algorithms=release.algorithms,
        limits=limits_of_lists(release.limits),
    )
    return complete(to_sign, await vault.sign(signer, to_sign.octets, to_sign.algorithm))


def _says_the_same(draft: ListDraft, last: TrustList, signer: bytes) -> bool:
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


def _is_fresh(last: TrustList, at: datetime) -> bool:
    return (last.next_update - at) * _RENEW_AT > last.next_update - last.issued_at


async def _read_former(
    before: Mapping[str, bytes], description: Description, vault: Vault, release: Release
) -> Mapping[_Name, TrustList]:
    """Read what was published before; it was signed by the list keys that we still hold."""
    pinned = {
        read_certificate((await vault.certificates(one.signer))[0]).fingerprint
        for one in (description.root, *description.lists)
    }
    former: dict[_Name, TrustList] = {}
    for name, data in before.items():
        try:
            one = read_again(
                data,
                catalogue=release.catalogue,
                limits=release.limits,
                algorithms=release.algorithms,
                pinned=pinned,
            )
        except ExchangeError as exc:
            raise _fault(name, f"the list published before is not ours: {exc}") from exc
        former[(one.type, one.territory)] = one
    return MappingProxyType(former)


def _read_as_stranger(
    files: Mapping[str, bytes],
    root: Fingerprint,
    former: Mapping[_Name, TrustList],
    release: Release,
    at: datetime,
) -> tuple[TrustList, ...]:
    try:
        lists = read_lists(
            files.values(),
            catalogue=release.catalogue,
            limits=release.limits,
            algorithms=release.algorithms,
            pinned={root},
            at=at,
            previous=former.values(),
        )
        Trust.build(lists)
        unknown = [f for one in lists for f in economies_are_known(one, release.code_lists)]
        if unknown:
            raise TrustError(*unknown)
    except ExchangeError as exc:
        # The codes of the reader stand in the findings: they say what to mend.
        raise SettingsError(
            Finding(
                code=SettingsCode.TRUST_DESCRIPTION,
                message="readers would not believe these lists",
            ),
            *exc.findings,
        ) from exc
    return lists


def _write(built: BuiltLists, folder: Path) -> None:
    names = sorted(built.files, key=lambda name: name == LIST_OF_LISTS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            data = built.files[name]
            digest = sha256(data).hexdigest().encode() + b"\n"
            for path, octets in (
                (folder / name, data),
                (folder / f"{name.removesuffix('.xml')}.sha2", digest),
            ):
                unfinished = path.with_name(f".{path.name}.{os.getpid()}")
                unfinished.write_bytes(octets)
                unfinished.replace(path)
    except OSError as exc:
        raise _fault(str(folder), f"cannot be written: {exc.strerror}") from exc


def _read(folder: Path) -> Mapping[str, bytes]:
    try:
        return {path.name: path.read_bytes() for path in sorted(folder.glob("*.xml"))}
    except OSError as exc:
        raise _fault(str(folder), f"cannot be read: {exc.strerror}") from exc


def _fault(path: str, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.TRUST_DESCRIPTION, path=path, message=message))
