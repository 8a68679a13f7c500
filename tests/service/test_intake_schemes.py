"""One builder for every scheme: a flat row with the values of a good sample passes all five gates.

The row has a column for each value of the sample, named by its place; nothing of the header, and
no identity that the hub gives. So a scheme whose particulars cannot stand in a flat row is found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from lxml import etree

from exchange.core.model import BodyId
from exchange.service.intake.declared import Element
from exchange.service.intake.draft import Drafter
from exchange.service.intake.fields import PARTICULARS, scheme_fields
from exchange.service.intake.known import Known
from exchange.service.intake.mapping import read_mapping
from exchange.service.intake.rows import Row
from exchange.service.materials import schemas_folder
from tests.world import World, issuer_of

SCHEMES = sorted(one.name for one in (schemas_folder() / "schemes").iterdir() if one.is_dir())
GIVEN = {"Header", "AttestationID"}
"""What intake makes by itself."""


def _first(scheme: str) -> Path:
    return min((schemas_folder() / "schemes" / scheme / "samples" / "good").glob("*.xml"))


def _values(element: etree._Element, declared: Element, path: str) -> Iterator[tuple[str, str]]:
    """Yield field and text of every value below an element."""
    counts: dict[str, int] = {}
    for child in element.iterchildren("*"):
        name = etree.QName(child).localname
        if not path and name in GIVEN:
            continue
        counts[name] = counts.get(name, 0) + 1
        number = f"#{counts[name]}" if counts[name] > 1 else ""
        below = f"{path}{name}{number}"
        known = declared.child(name)
        assert known is not None, below
        if not len(child):
            extras = [child.get(_attribute(one.value)) for one in known.extras[:1]]
            if agency := child.get("schemeAgencyID"):
                extras.append(agency)
            named = [f"{one}={child.get(one)}" for one in known.others if child.get(one)]
            said = ",".join((*filter(None, [":".join(filter(None, extras))]), *named))
            yield f"{below}@{said}" if said else below, child.text or ""
        else:
            yield from ((f"{below}/@{one}", text) for one, text in child.items())
            inner = child[0] if below == PARTICULARS else child
            yield from _values(inner, known, f"{below}/")


def _attribute(name: str) -> str:
    return name.replace("xml:", "{http://www.w3.org/XML/1998/namespace}")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_flat_row_of_every_scheme_passes_all_five_gates(world: World, scheme: str) -> None:
    text = _first(scheme).read_text(encoding="utf-8")
    root = etree.fromstring(text.encode())
    fields = scheme_fields(world.catalogue, world.code_lists, scheme)
    cells = dict(_values(root, fields.root, ""))
    languages = [one.text for one in root.iterfind(".//{urn:mrhub:common:1}Language")]
    mapping = f"scheme = {json.dumps(scheme)}\nlanguages = {json.dumps(languages)}\n" + "".join(
        f"[[columns]]\ncolumn = {json.dumps(one)}\nfield = {json.dumps(one)}\n" for one in cells
    )
    body = world.snapshot.trust.bodies[BodyId(issuer_of(text))]
    drafter = Drafter(
        mapping=read_mapping(mapping, world.catalogue, world.code_lists),
        known=Known(body=body, scheme=fields.scheme),
        body=body,
        issued_at=world.clock.now,
        today=date(2026, 11, 22),
    )
    drafted = drafter.draft(Row(number=2, cells=cells))
    assert [(one.code.value, one.path, one.message) for one in drafted.findings] == []
    assert drafted.data is not None
    expected = world.examine(world.sign(text.encode())).findings
    accepted = world.examine(world.sign(drafted.data))
    assert {one.code for one in accepted.findings} <= {one.code for one in expected}
    assert accepted.trusted.body.id == body.id
