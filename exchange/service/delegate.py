"""The offline root's word: which key signs the list of lists, for 90 days at most.

- Made at the ceremony, where the root's vault is open and nothing else is; the online list key
  is known there by its key certificate alone.
- A renewal has the next sequence number, and may name two keys while one takes over from the
  other.
- What is made is read again as a stranger would read it, pinned to the root.

Example:
    >>> data = await make_delegation(Delegation(
    ...     operator=operator, territory=Economy("XX"), signers=(list_key_der,),
    ...     location="https://hub.example/v1/trust-lists/list-of-lists.xml"),
    ...     root=KeyName("XX-HUB-01/list-root"), press=press, at=now)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from exchange.core.certificate import read_certificate
from exchange.core.model import Economy
from exchange.core.trust_chain import read_lists
from exchange.core.trust_index import TrustList
from exchange.core.trust_list_writing import ListDraft, PointerDraft
from exchange.core.trust_values import POLICY, ListType, Operator
from exchange.service.publish import HISTORY, Press, sign_list
from exchange.vault.vault import KeyName

LONGEST_DELEGATION: Final = POLICY.longest_delegation
"""A press whose lists are valid for longer makes no delegation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegation:
    """What the root says."""

    territory: Economy
    """Of the operator, as on the list of lists."""
    operator: Operator
    signers: tuple[bytes, ...]
    """Key certificates, DER, of the keys that may sign the list of lists; one at least."""
    location: str
    """Where the list of lists is found."""
    announces: tuple[bytes, ...] = ()
    """Key certificates, DER, of a root that may sign the delegation after this one."""


async def make_delegation(
    delegation: Delegation,
    *,
    root: KeyName,
    press: Press,
    at: datetime,
    previous: TrustList | None = None,
) -> bytes:
    """Return the signed delegation, read again.

    Args:
        delegation: Who may sign.
        root: The root key, in the vault of the ceremony.
        press: That vault, the release, and how long the delegation is valid; 90 days at most.
        at: The instant of issue, aware UTC.
        previous: The delegation before this one.

    Raises:
        RejectedError: Readers would not believe it: it lasts too long
            (`trust.delegation-long`), names no key (`trust.pointer-signers`) or the root itself
            (`trust.delegation-target`).
        VaultError: The root key is missing in the vault.
    """
    issued = at.replace(microsecond=0)
    draft = ListDraft(
        type=ListType.DELEGATION,
        territory=delegation.territory,
        sequence=1,
        issued_at=issued,
        next_update=issued + press.valid_for,
        history_period=HISTORY,
        operator=delegation.operator,
        pointers=(
            PointerDraft(
                location=delegation.location,
                type=ListType.LIST_OF_LISTS,
                territory=delegation.territory,
                signers=delegation.signers,
            ),
        ),
        announces=delegation.announces,
    )
    if previous is not None:
        draft = replace(draft, sequence=previous.sequence + 1)
    data = await sign_list(draft, root, press)
    leaf = (await press.vault.certificates(root))[0]
    # Readers pin one root: under a new one they come by the announcement of the old.
    read_lists(
        (data,),
        catalogue=press.release.catalogue,
        limits=press.release.limits,
        algorithms=press.release.algorithms,
        pinned={read_certificate(leaf).fingerprint},
        at=at,
        previous=() if previous is None else (previous,),
    )
    return data
