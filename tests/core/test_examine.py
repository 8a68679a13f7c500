"""Whatever octets arrive, `examine` returns `Accepted` or raises an `ExchangeError`.

The generators start from valid signed documents: hostile variants of every point of the
checklist, bad samples of every schema, lists that say something else, rules broken one by
one, and octets cut, doubled and overwritten by chance. The last test fails unless every
refusal code of the five gates was reached on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from exchange.codes import Code
from exchange.codes.gates import SchemaCode, SignatureCode, XMLCode
from exchange.codes.revocation import RevocationCode
from exchange.codes.rules import RuleCode
from exchange.codes.trust import TrustCode
from exchange.core.examine import examine, examine_together
from exchange.core.foreign import check
from exchange.core.receipt import read_receipt
from exchange.core.rules.built import ATTESTATION, BOTH, STATUS_CHANGE
from exchange.core.rules.judge import Accepted
from exchange.core.signature_policy import STATEMENT
from exchange.core.snapshot import Snapshot
from exchange.core.trust_index import Trust
from exchange.core.xml import parse
from exchange.errors import ExchangeError
from tests.certified import judged_by_authorities
from tests.core.rules.provocations import PROVOCATIONS
from tests.core.schema_samples import bad_samples
from tests.core.test_trust import REFUSALS
from tests.hostile import CASES
from tests.hostile_material import Material, material
from tests.world import START, World, issuer_of, make_world

BASES: Final = (
    ("attestation", "cn-qms-food-multi-site"),
    ("attestation", "cn-ccc-kettle"),
    ("attestation", "ru-qms-machinery"),
    ("attestation", "sa-qms-construction"),
    ("attestation", "pt-qms-taken-over"),
    ("status-change", "suspend"),
    ("status-change", "reduce"),
    ("receipt", "accepted"),
)
"""Valid documents in Chinese, Russian, Arabic, Portuguese and English, of each kind."""

FRAGMENTS: Final = (
    b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
    b"&b;",
    b"<!-- -->",
    b"<?a b?>",
    b"<![CDATA[x]]>",
    b"&#0;",
    b"&#xD800;",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"</Attestation>",
    b' xml:base="http://a/"',
    b' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"',
    b' Id="doc"',
    b"<a>" * 300,
    b"\x00",
    "认证\u202e".encode(),
)
"""What strangers write into documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One document, the world that it comes to, and when."""

    name: str
    world: World
    data: bytes
    at: datetime = START


def hostile(case_build: Callable[[Material], bytes]) -> Iterator[bytes]:
    """Yield a hostile variant of the plain document and, where it applies, of an attestation."""
    plain = material()
    yield case_build(plain)
    # Some edits need a text that only the plain document has.
    with suppress(AssertionError, StopIteration):
        yield case_build(replace(plain, draft=make_world().draft()))


def attempts() -> Iterator[Attempt]:
    """Yield every deliberate attempt; each starts from a valid signed document."""
    world = make_world()
    for case in CASES:
        for data in hostile(case.build):
            yield Attempt(name=case.name, world=world, data=data)
    for sample in bad_samples():
        draft = sample.path.read_bytes()
        yield Attempt(name=str(sample), world=world, data=draft)
    for refusal in REFUSALS:
        there = refusal.lists(world)
        yield Attempt(name=refusal.name, world=there, data=refusal.document(there))
    for one in PROVOCATIONS:
        there = one.world(world) if one.world is not None else world
        draft = one.text(world.draft(one.sample, kind=one.kind).decode()).encode()
        yield Attempt(name=one.name, world=there, data=there.sign(draft))
    valid = world.attestation()
    yield Attempt(name="nobody is listed", world=unlisted(world), data=valid)
    late = min(one.next_update for one in world.lists)
    yield Attempt(name="after the next update", world=world, data=valid, at=late)
    for name, there, data in judged_by_authorities(world):
        yield Attempt(name=name, world=there, data=data)
    yield Attempt(name="an unsigned draft", world=world, data=world.draft())
    roomy = world.status_change().replace(b"</StatusChange>", b" " * 300_000 + b"</StatusChange>")
    yield Attempt(name="a status change as large as an attestation", world=world, data=roomy)
    yield Attempt(name="a list as a statement", world=world, data=world.files[first_list(world)])
    yield Attempt(name="a receipt as a statement", world=world, data=world.receipt())


def first_list(world: World) -> str:
    """Return the file name of a trust list."""
    return min(name for name in world.files if name.endswith(".xml"))


def unlisted(world: World) -> World:
    """Return the world without any list."""
    nobody = Snapshot.build(
        catalogue=world.catalogue,
        limits=world.limits,
        algorithms=world.algorithms,
        trust=Trust.build(()),
        code_lists=world.code_lists,
        hub=world.snapshot.hub,
        production=True,
    )
    return replace(world, snapshot=nobody)


def ending(data: bytes, world: World, at: datetime = START) -> frozenset[Code]:
    """Return the codes with which an examination ends; none when it is accepted.

    Anything but the two endings of the sentence above is an error of the test.
    """
    try:
        accepted = examine(data, world.snapshot, at)
    except ExchangeError as exc:
        return frozenset(finding.code for finding in exc.findings)
    assert isinstance(accepted, Accepted)
    return frozenset(finding.code for finding in accepted.findings)


def ending_without_schema(data: bytes, world: World) -> frozenset[Code]:
    """Return how gates 1 and 3 end alone, as behind `exchange signature verify`."""
    try:
        check(parse(data, world.limits), policy=STATEMENT)
    except ExchangeError as exc:
        return frozenset(finding.code for finding in exc.findings)
    return frozenset()


def at_gates_one_to_five() -> frozenset[Code]:
    """Return every code with which an examination can refuse."""
    on_lists = {
        TrustCode.NO_LIST,
        TrustCode.LIST_EXPIRED,
        RevocationCode.REVOKED,
        RevocationCode.ON_HOLD,
        RevocationCode.OUT_OF_VALIDITY,
        RevocationCode.NOT_KNOWN,
        *(refusal.code for refusal in REFUSALS),
    }
    # Rules of single schemes and of other kinds have provocations of their own.
    of_rules = {code for rule in (*BOTH, *ATTESTATION, *STATUS_CHANGE) for code in rule.codes}
    return frozenset({*XMLCode, *SchemaCode, *SignatureCode, *on_lists, *of_rules})


def test_examine_every_deliberate_attempt_has_one_of_two_endings_and_reaches_every_code() -> None:
    reached: set[Code] = set()
    for attempt in attempts():
        reached |= ending(attempt.data, attempt.world, attempt.at)
        # Gate 2 refuses some shapes before gate 3 sees them, so gate 3 is asked alone too.
        reached |= ending_without_schema(attempt.data, attempt.world)

    assert sorted(at_gates_one_to_five() - reached) == []


def test_examine_documents_that_are_examined_together_end_as_they_end_alone() -> None:
    together: dict[int, list[Attempt]] = {}
    for attempt in attempts():
        together.setdefault(id(attempt.world.snapshot), []).append(attempt)
    for some in together.values():
        endings = examine_together(
            [one.data for one in some], some[0].world.snapshot, [one.at for one in some]
        )
        for one, found in zip(some, endings, strict=True):
            codes = frozenset(finding.code for finding in found.findings)
            assert codes == ending(one.data, one.world, one.at)
    assert max(map(len, together.values())) > 24


@pytest.mark.parametrize(("kind", "sample"), BASES[:-1])
def test_examine_valid_document_is_accepted(kind: str, sample: str) -> None:
    world = make_world()

    accepted = world.examine(world.sign(world.draft(sample, kind=kind)))

    assert accepted.trusted.signed.kind.value == kind


@pytest.mark.parametrize("name", ["receipt", "trust list"])
def test_examine_document_that_is_not_submitted_is_refused(name: str) -> None:
    world = make_world()
    data = world.receipt() if name == "receipt" else world.files[first_list(world)]

    codes = ending(data, world)

    assert codes
    assert all(isinstance(code, RuleCode | SchemaCode | TrustCode) for code in codes)


@pytest.mark.parametrize("flip", range(8))
def test_examine_one_bit_flipped_anywhere_in_signed_text_is_refused(flip: int) -> None:
    world = make_world()
    data = bytearray(world.attestation())
    start = data.index(b"<SchemeName") + 40 + 97 * flip
    data[start] ^= 1 << (flip % 6)

    assert ending(bytes(data), world)


def _cut(data: bytes, at: int, length: int, _: bytes) -> bytes:
    return data[:at] + data[at + length :]


def _double(data: bytes, at: int, length: int, _: bytes) -> bytes:
    return data[: at + length] + data[at : at + length] + data[at + length :]


def _overwrite(data: bytes, at: int, length: int, with_: bytes) -> bytes:
    return data[:at] + with_ + data[at + min(length, len(with_)) :]


def _insert(data: bytes, at: int, _: int, with_: bytes) -> bytes:
    return data[:at] + with_ + data[at:]


def _truncate(data: bytes, at: int, _: int, __: bytes) -> bytes:
    return data[:at]


def _recode(data: bytes, _: int, __: int, ___: bytes) -> bytes:
    return data.decode("utf-8", "replace").encode("utf-16")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """Draw a valid signed document with one to four mutations."""
    world = make_world()
    kind, sample = draw(st.sampled_from(BASES))
    data = world.sign(world.draft(sample, kind=kind))
    for _ in range(draw(st.integers(1, 4))):
        mutate = draw(st.sampled_from((_cut, _double, _overwrite, _insert, _truncate, _recode)))
        at = draw(st.integers(0, max(0, len(data) - 1)))
        with_ = draw(st.one_of(st.sampled_from(FRAGMENTS), st.binary(min_size=1, max_size=12)))
        data = mutate(data, at, draw(st.integers(1, 400)), with_)
    return data


ODD: Final = (
    *(" ", "\u00a0", "\u3000x\u200b", "*", "%", "-1", "0", "9999999", "9" * 5000, "1e5", "NaN"),
    *("0001-01-01", "1900-01-01", "2999-12-31", "9999-12-31", "2026-11-22Z", "12026-01-01"),
    *("1900-01-01T00:00:00Z", "2999-12-31T23:59:59.999999Z", "2026-06-30T23:59:60Z"),
    *("true", "CN", "HS", "USCC", "CN-CB-0103", "XX-HUB-01", "suspended", "x-y", "A" * 60, "AA=="),
)
"""What may pass for a date, a number, a code or a name."""
SPREAD: Final = (
    " {} ",
    "\n\t{}",
    "{}\r",
    "{}\u00a0",
    "\u3000{}",
    "{}*",
    "{0}{0}",
    "{:.5}",
    "{:.1}",
)
"""What may be done to one that is right."""


@st.composite
def resigned(draw: st.DrawFn) -> bytes:
    """Draw a document with odd texts and attributes whose signature holds."""
    world = make_world()
    kind, sample = draw(st.sampled_from(BASES))
    draft = world.draft(sample, kind=kind)
    root = etree.fromstring(draft)
    leaves = [element for element in root.iter(etree.Element) if not len(element)]
    for _ in range(draw(st.integers(1, 3))):
        element = draw(st.sampled_from(leaves))
        spread = draw(st.sampled_from(SPREAD)).format(element.text or "")
        element.text = draw(st.sampled_from((spread, *ODD)) | st.just(spread))
        for name, was in element.attrib.items():
            if draw(st.integers(0, 5)) == 0:
                element.set(name, draw(st.sampled_from(SPREAD)).format(was))
    return world.sign(etree.tostring(root, encoding="UTF-8"), issuer_of(draft.decode()))


@given(data=resigned())
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
def test_examine_odd_document_that_is_rightly_signed_has_one_of_two_endings(data: bytes) -> None:
    world = make_world()

    ending(data, world)
    with suppress(ExchangeError):
        read_receipt(data, world.snapshot, START)


@given(data=mutated())
@settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
def test_examine_mutated_document_has_one_of_two_endings(data: bytes) -> None:
    world = make_world()

    ending(data, world)
    ending_without_schema(data, world)


@given(data=st.binary(max_size=2_000))
@settings(max_examples=200, deadline=None)
def test_examine_any_octets_are_refused(data: bytes) -> None:
    assert ending(data, make_world())


@given(data=mutated())
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_examine_what_is_accepted_is_what_was_signed(data: bytes) -> None:
    world = make_world()
    try:
        accepted = examine(data, world.snapshot, START)
    except ExchangeError:
        return
    signed = [
        world.signed(world.sign(world.draft(sample, kind=kind))).content for kind, sample in BASES
    ]

    assert accepted.trusted.signed.content in signed
