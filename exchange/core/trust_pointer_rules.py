"""The rules about what a list points to, and about the delegation of a root (TSL-05).

- All findings are reported at once, as by `exchange.core.trust_list_rules`, which runs them.
- The longer loops are seen when several lists are read together, in
  `exchange.core.trust_chain`.

Source: documents and rules, section 10, TSL-05; ETSI TS 119 612 v2.4.1, clause 5.3.13.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.codes.trust import TrustCode
from exchange.core.model import Economy
from exchange.core.periods import in_zulu
from exchange.core.trust_index import TrustList
from exchange.core.trust_values import POLICY, ListType
from exchange.errors import Finding


def names_somebody(one: TrustList) -> Iterator[Finding]:
    """A list has entries: bodies, or for the lists above pointers; empty means no."""
    if one.type is ListType.ECONOMY and not one.bodies:
        yield list_fault(TrustCode.LIST_EMPTY, "", f"the list of {one.territory} names no body")
    if one.type is ListType.LIST_OF_LISTS and not one.pointers:
        yield list_fault(TrustCode.LIST_EMPTY, "", "the list of lists names no list")
    if one.type is ListType.DELEGATION and not one.pointers:
        yield list_fault(TrustCode.LIST_EMPTY, "", "the delegation names no list key")


def pointers_name_signers(one: TrustList) -> Iterator[Finding]:
    """TSL-05: pointers name the signer certificates of the other list; no two are for one.

    Source: TS 119 612, clause 5.3.13.
    """
    seen: set[tuple[ListType, Economy]] = set()
    for pointer in one.pointers:
        if not pointer.signers:
            yield list_fault(
                TrustCode.POINTER_SIGNERS,
                "//OtherTSLPointer",
                f"the pointer to {pointer.territory} names no signer certificate",
            )
        if (pointer.type, pointer.territory) in seen:
            yield list_fault(
                TrustCode.DUPLICATE_POINTER,
                "//OtherTSLPointer",
                f"two pointers name the list of {pointer.territory}",
            )
        seen.add((pointer.type, pointer.territory))


def pointers_make_no_loop(one: TrustList) -> Iterator[Finding]:
    """TSL-05: no loops; the longer ones are seen when several lists are read together."""
    for pointer in one.pointers:
        if one.type is ListType.ECONOMY:
            yield list_fault(
                TrustCode.POINTER_LOOP,
                "//OtherTSLPointer",
                f"the list of {one.territory} points to another list; only a list of lists does",
            )
        elif (pointer.type, pointer.territory) == (one.type, one.territory):
            yield list_fault(
                TrustCode.POINTER_LOOP, "//OtherTSLPointer", "the list points to itself"
            )
        elif pointer.type is ListType.DELEGATION:
            yield list_fault(
                TrustCode.POINTER_LOOP, "//OtherTSLPointer", "a list points up to a delegation"
            )


def delegations_name_one_key(one: TrustList) -> Iterator[Finding]:
    """A delegation says who signs the one list of lists, and is no list itself."""
    if one.type is not ListType.DELEGATION:
        return
    if one.bodies:
        yield list_fault(TrustCode.DELEGATION_TARGET, "", "expected no body, found some")
    if [pointer.type for pointer in one.pointers] != [ListType.LIST_OF_LISTS] and one.pointers:
        yield list_fault(
            TrustCode.DELEGATION_TARGET,
            "//OtherTSLPointer",
            "expected one pointer to a list of lists, found "
            + ", ".join(f"{pointer.type.name.lower()}" for pointer in one.pointers),
        )
    if any(one.signer in pointer.signers for pointer in one.pointers):
        # A root that names itself is on line, and nothing has been delegated.
        yield list_fault(
            TrustCode.DELEGATION_TARGET,
            "//OtherTSLPointer",
            "expected another key than the root, found the root",
        )


def delegations_are_short(one: TrustList) -> Iterator[Finding]:
    """A delegation lasts 90 days at most, so that a lost list key ends by itself."""
    longest = POLICY.longest_delegation
    if one.type is ListType.DELEGATION and one.next_update - one.issued_at > longest:
        yield list_fault(
            TrustCode.DELEGATION_LONG,
            "/SchemeInformation/NextUpdate",
            f"expected at most {longest.days} days after {in_zulu(one.issued_at)}, "
            f"found {in_zulu(one.next_update)}",
        )


def list_fault(code: TrustCode, path: str, message: str) -> Finding:
    """Return a finding about a place in a list."""
    return Finding(code=code, path=f"/TrustServiceStatusList{path}", message=message)
