"""Building trust lists from a description that a person wrote: `exchange trust build`.

- Key certificates are files beside the description, or come from the vault.
- The lists themselves are published as every list is (`exchange.service.publish`), under a
  root's delegation where one stands in the folder.

Example:
    >>> built = await build_lists(description, vault, at=now, release=release)
    >>> await write_lists(built.files, folder)
    >>> built.root.hex()      # what readers pin
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from exchange.codes.service import SettingsCode
from exchange.codes.trust import TrustCode
from exchange.core.certificate import read_certificate
from exchange.core.list_size import shrinks, size_of
from exchange.core.trust_index import TrustList
from exchange.core.trust_values import Body, ListType
from exchange.core.trustlist import read_again
from exchange.errors import ExchangeError, Finding, RejectedError, SettingsError, UndecidedError
from exchange.service.described import DescribedBody, DescribedKey, Description, assembled
from exchange.service.list_files import LIST_OF_LISTS, ROOT_FILE, list_file
from exchange.service.publish import BuiltLists, Cover, Edition, Press, Release, publish_lists
from exchange.vault.vault import Signer

_ABOVE: Final = {ROOT_FILE: 0, LIST_OF_LISTS: 1}


async def build_lists(
    description: Description,
    vault: Signer,
    *,
    at: datetime,
    release: Release,
    certificates: Mapping[str, bytes] = MappingProxyType({}),
    before: Mapping[str, bytes] = MappingProxyType({}),
    confirms_shrinking: bool = False,
) -> BuiltLists:
    """Make and sign every list of a description.

    Args:
        description: Who and what stands on the lists.
        vault: Keeps the list keys, and the certificates of keys that name no file.
        at: The instant of issue, aware UTC.
        release: Schemas, limits and algorithms.
        certificates: Key certificates, DER, by the file names that the description uses.
        before: The octets of the lists published before, by file name, a delegation included.
        confirms_shrinking: The second confirmation without which no list loses a fifth of its
            granted keys or active bodies.

    Raises:
        SettingsError: The description names a body of an economy without list, or a
            certificate file that is not given, or a list would shrink unconfirmed
            (`trust.list-shrinks`), or the result would not be believed; the findings of the
            reader stand in it.
        VaultError: A list key or a certificate is missing in the vault.
    """
    bodies = [await _body(one, vault, certificates) for one in description.bodies]
    orphans = {one.economy for one in bodies} - {one.territory for one in description.lists}
    if orphans:
        raise _fault("description.bodies", f"no list is described for {', '.join(sorted(orphans))}")
    delegation, previous = await _read_former(before, description, vault, release)
    if not confirms_shrinking:
        _refuse_shrinking(previous, bodies, at)
    top = description.root
    try:
        return await publish_lists(
            [
                Edition(
                    territory=one.territory,
                    operator=one.operator,
                    signer=one.signer,
                    bodies=tuple(body for body in bodies if body.economy == one.territory),
                )
                for one in description.lists
            ],
            cover=Cover(
                territory=top.territory,
                operator=top.operator,
                signer=top.signer,
                location=description.location,
            ),
            press=Press(
                vault=vault,
                release=release,
                valid_for=description.valid_for,
                history_period=description.history_period,
            ),
            at=at,
            previous=previous,
            delegation=delegation,
        )
    except (RejectedError, UndecidedError) as exc:
        # The codes of the reader stand in the findings: they say what to mend.
        raise SettingsError(
            Finding(
                code=SettingsCode.TRUST_DESCRIPTION,
                message="readers would not believe these lists",
            ),
            *exc.findings,
        ) from exc


def _refuse_shrinking(previous: Iterable[TrustList], bodies: Sequence[Body], at: datetime) -> None:
    """Name every list that would lose much, those that would be no more included."""
    findings = []
    for one in previous:
        was = size_of(one.bodies, at)
        will = size_of((body for body in bodies if body.economy == one.territory), at)
        if one.type is ListType.ECONOMY and shrinks(was, will):
            findings.append(
                Finding(
                    code=TrustCode.LIST_SHRINKS,
                    path=list_file(one.type, one.territory),
                    message=f"expected about {was}, found {will}",
                )
            )
    if findings:
        raise SettingsError(*findings)


async def _body(described: DescribedBody, vault: Signer, certificates: Mapping[str, bytes]) -> Body:
    leaves = [await _leaf(one, vault, certificates) for one in described.keys]
    return assembled(
        described,
        [read_certificate(leaf) for leaf in leaves],
        {
            one.name: tuple(
                read_certificate(_given(one, name, certificates)) for name in one.issuers
            )
            for one in described.keys
        },
    )


async def _leaf(key: DescribedKey, vault: Signer, certificates: Mapping[str, bytes]) -> bytes:
    """The file that the description names, or one named after the key, or the vault's."""
    if key.certificate is not None:
        return _given(key, key.certificate, certificates)
    name = f"{key.name.replace('/', '-')}.pem"
    return certificates.get(name) or (await vault.certificates(key.name))[0]


def _given(key: DescribedKey, name: str, certificates: Mapping[str, bytes]) -> bytes:
    if name not in certificates:
        raise _fault(f"description {key.name}", f"file {name} is not given")
    return certificates[name]


async def _read_former(
    before: Mapping[str, bytes], description: Description, vault: Signer, release: Release
) -> tuple[TrustList | None, tuple[TrustList, ...]]:
    """Read what was published before: by list keys that we still hold, or that it names."""
    signers = {
        read_certificate((await vault.certificates(one.signer))[0]).fingerprint
        for one in (description.root, *description.lists)
    }
    roots = set() if description.pinned is None else {description.pinned}
    if ROOT_FILE in before and not roots:
        raise _fault(ROOT_FILE, "expected the root that delegates in operator.root, found none")
    delegation: TrustList | None = None
    former: list[TrustList] = []
    # From above to below, so that the signers of every list are known when it is read.
    for name in sorted(before, key=lambda name: _ABOVE.get(name, len(_ABOVE))):
        try:
            one = read_again(
                before[name],
                catalogue=release.catalogue,
                limits=release.limits,
                algorithms=release.algorithms,
                pinned=roots if name == ROOT_FILE else signers,
            )
        except ExchangeError as exc:
            raise _fault(name, f"the list published before is not ours: {exc}") from exc
        if one.type is ListType.DELEGATION:
            delegation = one
        former.append(one)
        signers |= {signer for pointer in one.pointers for signer in pointer.signers}
    return delegation, tuple(former)


def _fault(path: str, message: str) -> SettingsError:
    return SettingsError(Finding(code=SettingsCode.TRUST_DESCRIPTION, path=path, message=message))
