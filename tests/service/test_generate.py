"""A made register: the same documents from the same seed, all accepted, continued after a stop."""

from __future__ import annotations

import unicodedata
from collections import Counter
from hashlib import sha256
from itertools import islice
from pathlib import Path

import pytest

from exchange.core.identifiers import identifier_fault
from exchange.core.model import Status
from exchange.core.searching import Question, Sight
from exchange.errors import SettingsError
from exchange.service.generate import SimulatedClock, generate
from exchange.service.generate_documents import Maker, Plan
from exchange.service.generate_homes import living_in, may_live_elsewhere, read_homes
from exchange.service.generate_names import enterprise_name, identifier, mixed
from exchange.service.generate_templates import read_samples
from exchange.service.generate_world import AS_OF, make_world
from exchange.service.hub import Hub

SCHEMES = 10
"""Of which there are samples."""
PLAN = Plan(size=300, enterprises=100, seed=7)


async def _hub(folder: Path, plan: Plan) -> Maker:
    settings = await make_world(
        folder, seed=plan.seed, size=plan.size, enterprises=plan.enterprises, workers=0
    )
    clock = SimulatedClock()
    async with Hub.open(settings, clock=clock) as hub:
        return Maker(plan, hub.snapshot)


async def test_two_runs_with_one_seed_give_the_same_documents_and_go_on_after_a_stop(
    tmp_path: Path,
) -> None:
    first = await _hub(tmp_path / "one", PLAN)
    documents = [data for _, data in first.documents(0)]
    again = [data for _, data in (await _hub(tmp_path / "two", PLAN)).documents(0)]

    assert [sha256(one).digest() for one in documents] == [sha256(one).digest() for one in again]
    assert len(set(documents)) == len(documents) > PLAN.size
    assert len(first.schemes) == SCHEMES
    assert len(first.economies) > 30
    assert first.schemes["urn:mrhub:scheme:management-systems"] > PLAN.size / 3

    settings = await make_world(tmp_path / "one", seed=7, size=300, enterprises=100, workers=0)
    clock = SimulatedClock()
    async with Hub.open(settings, clock=clock) as hub:
        running = generate(hub, first, PLAN, clock)
        async for made in running:
            if made.documents > 100:
                await running.aclose()
                break
        stopped = await hub.store.tree_size()
    clock = SimulatedClock()
    async with Hub.open(settings, clock=clock) as hub:
        made = [one async for one in generate(hub, first, PLAN, clock)][-1]
        figures = await hub.store.statistics()
        statuses = Counter[Status]()
        after = None
        while True:
            page = await hub.store.search(
                Question(), sight=Sight(everything=True), after=after, limit=100, at=AS_OF
            )
            statuses.update(hit.row.status for hit in page.hits)
            after = page.after
            if after is None:
                break

    assert 100 < stopped < len(documents)
    issuers = {issuer for issuer, _ in first.pairs}
    assert figures.statements == made.documents == len(documents) + len(issuers)
    assert sum(statuses.values()) == PLAN.size
    assert set(statuses) >= {Status.ACTIVE, Status.SUSPENDED, Status.WITHDRAWN}


async def test_a_register_is_not_continued_with_another_seed(tmp_path: Path) -> None:
    await make_world(tmp_path, seed=7, size=10, enterprises=5)

    with pytest.raises(SettingsError):
        await make_world(tmp_path, seed=8, size=10, enterprises=5)


@pytest.mark.parametrize(
    ("scheme", "sample"),
    [("USCC", "91310115MA1K4P664W"), ("LEI", "213800KUD8LXJWSQ9D15"), ("GTIN", "6901234560312")],
)
def test_identifiers_have_check_digits_that_hold(scheme: str, sample: str) -> None:
    made = [identifier(scheme, sample, mixed(7, n)) for n in range(200)]

    assert [one for one in made if identifier_fault(scheme, one)] == []
    assert len(set(made)) == 200


SINGLE_SITE = "management-systems/vn-ohs-steel"


def test_a_holder_who_lives_elsewhere_is_named_in_the_script_of_its_economy() -> None:
    sample = read_samples()[SINGLE_SITE]
    homes = read_homes()

    made = {home.economy: living_in(sample, home) for home in homes}

    assert len(homes) == len(made) > 20
    for home in homes:
        found = made[home.economy]
        assert found.count(f">{home.economy}</c:Economy>") == 2  # of the holder and of its site
        assert f'xml:lang="{home.language}"' in found
        assert "VN</c:Economy>" not in found
    letters = "".join(enterprise_name(one.language, 1) for one in homes)
    scripts = {unicodedata.name(letter).split()[0] for letter in letters}
    assert scripts >= {"LATIN", "CYRILLIC", "ARABIC", "HEBREW", "GREEK", "GEORGIAN", "BENGALI"}


def test_only_a_holder_with_one_site_at_most_lives_elsewhere() -> None:
    free = {name for name, text in read_samples().items() if may_live_elsewhere(text)}

    assert SINGLE_SITE in free
    assert all(name.startswith("management-systems/") for name in free)
    assert free.isdisjoint({"management-systems/cn-qms-food-multi-site"})


def test_an_enterprise_has_the_same_name_in_every_run_and_another_one_has_another() -> None:
    names = {enterprise_name("zh", mixed(7, n)) for n in range(1000)}

    assert len(names) > 950
    assert next(islice(iter([enterprise_name("zh", mixed(7, 3))]), 1)) in names
