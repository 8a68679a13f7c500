"""Rules about notices: each is broken by one change of a good sample, and by nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from exchange.core.model import KeyRole
from exchange.errors import RuleError
from exchange.service.materials import schemas_folder
from tests.world import HUB, make_world

SAMPLES = sorted(path.stem for path in (schemas_folder() / "notice/samples/good").glob("*.xml"))


@pytest.mark.parametrize("sample", SAMPLES)
def test_good_sample_passes_all_gates(sample: str) -> None:
    world = make_world()
    data = world.sign(world.draft(sample, kind="notice"), HUB, KeyRole.RECEIPT)

    assert world.examine(data).findings == ()


@pytest.mark.parametrize(
    ("sample", "changes", "codes"),
    [
        ("key-revoked", {">revoked<": ">withdrawn<"}, {"NTC-01"}),
        ("key-revoked", {"<Duration>final": "<Duration>temporary"}, {"NTC-02"}),
        ("key-suspended", {"<Duration>temporary": "<Duration>final"}, {"NTC-02"}),
        ("body-withdrawn-in-parts", {"<Parts>3<": "<Parts>1<"}, {"NTC-03"}),
        ("key-revoked", {' <Addressee schemeID="AB">KZ-AB-NCA</Addressee>\n': ""}, {"NTC-04"}),
        (
            "statement-removed",
            {" <Part>": ' <Addressee schemeID="AB">KZ-AB-NCA</Addressee>\n <Part>'},
            {"NTC-04"},
        ),
        ("key-revoked", {"<Since>2026-11-22T07": "<Since>2026-11-22T08"}, {"NTC-05"}),
        (
            "key-revoked",
            {"urn:mrhub:certificate:cn-cb-0103:2": "urn:mrhub:certificate:cn-cb-0103:1"},
            {"NTC-06"},
        ),
    ],
)
def test_notice_breaks_the_rule_that_it_breaks(
    sample: str, changes: Mapping[str, str], codes: set[str]
) -> None:
    world = make_world()
    draft = world.draft(sample, kind="notice", changes=changes)

    with pytest.raises(RuleError) as caught:
        world.examine(world.sign(draft, HUB, KeyRole.RECEIPT))

    assert {one.code.value for one in caught.value.findings} == {f"rule.{one}" for one in codes}
