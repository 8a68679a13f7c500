"""What bodies declare: on time, counted, newer than before, and warned of before it lapses."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from exchange.codes.declarations import DeclarationCode
from exchange.core.declaration_writing import write_declaration
from exchange.core.declarations import Coverage, Disclosure
from exchange.core.document.declaration import DeclaredScheme
from exchange.core.expiry import ENDED, Subject
from exchange.core.model import BodyId, DocumentId, KeyRole
from exchange.errors import RuleError
from exchange.service.expiry import ending_soon
from exchange.service.hub import Hub
from exchange.service.receive import read_own
from tests.running import settings_for
from tests.service.notices import send, submit_to
from tests.world import ISSUER, World, make_world

QMS = "urn:mrhub:scheme:management-systems"
CCC = "urn:mrhub:scheme:ccc"


def declaration(
    world: World,
    number: int,
    *schemes: DeclaredScheme,
    as_of: datetime | None = None,
    replaces: bool = False,
) -> bytes:
    """Return a signed declaration of the issuer."""
    draft = write_declaration(
        document_id=DocumentId(f"urn:uuid:{number:08x}-0000-4000-8000-000000000000"),
        issuer=ISSUER,
        issued_at=world.clock.now,
        as_of=as_of or world.clock.now,
        schemes=schemes or (DeclaredScheme(QMS, Disclosure.PUBLIC, Coverage.ALL, None),),
    )
    if replaces:
        draft = draft.replace(
            b"</Header>",
            b"<c:Replaces><c:DocumentID>urn:uuid:00000000-0000-4000-8000-000000000000"
            b'</c:DocumentID><c:Digest algorithm="http://www.w3.org/2001/04/xmlenc#sha256">'
            b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</c:Digest></c:Replaces></Header>",
        )
    return world.sign(draft, ISSUER, KeyRole.STATUS)


def of(scheme: str) -> DeclaredScheme:
    return DeclaredScheme(scheme, Disclosure.NUMBER, Coverage.SOME, None)


DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("schemes", "shift", "replaces", "codes"),
    [
        ((of("urn:mrhub:scheme:unheard-of"),), timedelta(), 0, ["DCL-01"]),
        ((of("urn:mrhub:scheme:railway"),), timedelta(), 0, ["DCL-01"]),
        ((of(QMS), of(CCC)), timedelta(seconds=1), 0, ["DCL-02"]),
        ((of(QMS),), -DAY - timedelta(seconds=1), 0, ["DCL-02"]),
        ((of(QMS), of(CCC), of(QMS)), timedelta(), 0, ["DCL-03"]),
        ((of(QMS),), timedelta(), 1, ["DCL-06"]),
        ((of(QMS),), -DAY, 0, []),
    ],
)
def test_declaration_breaks_the_rule_that_it_breaks(
    schemes: tuple[DeclaredScheme, ...], shift: timedelta, replaces: int, codes: list[str]
) -> None:
    world = make_world()
    data = declaration(world, 1, *schemes, as_of=world.clock.now + shift, replaces=bool(replaces))
    if not codes:
        assert world.examine(data).findings == ()
        return

    with pytest.raises(RuleError) as caught:
        world.examine(data)

    assert [f"rule.{code}" for code in codes] == [one.code.value for one in caught.value.findings]


async def test_the_last_declaration_counts_and_an_older_one_is_refused(tmp_path: Path) -> None:
    world = make_world()
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        assert (await hub.store.declarations()).disclosure(ISSUER, QMS) is Disclosure.TOKEN
        now = world.clock.now
        await submit_to(hub, declaration(world, 1, as_of=now - timedelta(hours=1)), 1)
        first = await hub.store.declarations()
        assert first.disclosure(ISSUER, QMS) is Disclosure.PUBLIC
        assert await hub.store.declarations() is first

        older = await send(hub, declaration(world, 2, of(QMS), as_of=now - timedelta(hours=1)), 2)
        assert older.is_refused
        assert [one.code for one in read_own(older.committed.receipt).findings] == [
            DeclarationCode.DCL_04.value
        ]
        await submit_to(hub, declaration(world, 3, of(QMS), as_of=now), 3)

        last = (await hub.store.declarations()).of_scheme(BodyId(ISSUER), QMS)
        assert last is not None
        assert (last.disclosure, last.as_of) == (Disclosure.NUMBER, now)


@pytest.mark.parametrize(("counted", "codes"), [(2, []), (3, ["rule.DCL-05"]), (None, [])])
async def test_another_count_than_the_registers_is_a_warning(
    tmp_path: Path, counted: int | None, codes: list[str]
) -> None:
    world = make_world()
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        for number in (1, 2):
            await submit_to(hub, world.attestation(number=number), number)
        scheme = DeclaredScheme(QMS, Disclosure.PUBLIC, Coverage.ALL, counted)

        submitted = await submit_to(hub, declaration(world, 9, scheme), 9)

        receipt = read_own(submitted.committed.receipt)
        assert [one.code for one in receipt.findings] == codes
        assert receipt.outcome == ("accepted-with-warnings" if codes else "accepted")


@pytest.mark.parametrize(
    ("days", "threshold"),
    [(23, None), (24, 7), (27, 7), (28, 3), (30, 1), (31, ENDED), (40, ENDED)],
)
async def test_a_confirmation_that_lapses_stands_on_the_board(
    tmp_path: Path, days: int, threshold: int | None
) -> None:
    world = make_world()
    async with Hub.open(settings_for(world, tmp_path), clock=world.clock) as hub:
        never = DeclaredScheme(CCC, Disclosure.TOKEN, Coverage.NONE, None)
        await submit_to(hub, declaration(world, 1, of(QMS), never), 1)
        world.clock.forward(timedelta(days=days))

        found = [one for one in await ending_soon(hub) if one.subject is Subject.DECLARATION]

        assert [one.threshold for one in found] == ([] if threshold is None else [threshold])
