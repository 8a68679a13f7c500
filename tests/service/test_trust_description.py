"""Descriptions of lists: what keys and bodies can have beside what the demo's have."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

import pytest

from exchange.codes.trust import TrustCode
from exchange.core.certificate import read_certificate
from exchange.core.model import BodyId, KeyRole
from exchange.core.trust_values import LegalBasis, SignatureLevel
from exchange.errors import SettingsError
from exchange.service.build_lists import build_lists
from exchange.service.demo_keys import demo_description
from exchange.service.trust_description import read_description
from tests.pki import make_signer
from tests.world import START, World

BODY: Final = 'id = "PT-CB-0501"\n'
ROOT: Final = "5f" * 32
"""Any fingerprint: nothing is read under it here."""
HEIR: Final = (
    'predecessors = ["PT-CB-0499", "PT-CB-0500"]\n'
    'former-names = [{ names = { pt = "Antes", en = "Before" }, until = 2024-06-01T00:00:00Z }]\n'
)


def described(*changes: tuple[str, str]) -> str:
    """Return the demo's description with texts put in place of others."""
    text = demo_description()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_a_body_can_have_predecessors_and_former_names() -> None:
    description = read_description(described((BODY, BODY + HEIR)))

    (body,) = (one for one in description.bodies if one.id == "PT-CB-0501")

    assert body.predecessors == {BodyId("PT-CB-0499"), BodyId("PT-CB-0500")}
    (former,) = body.former_names
    assert former.names == {"pt": "Antes", "en": "Before"}
    assert former.until == datetime(2024, 6, 1, tzinfo=UTC)


def test_the_demo_names_a_law_for_what_is_signed_where_it_knows_one() -> None:
    description = read_description(demo_description())

    bases = {
        body.id: key.legal
        for body in description.bodies
        for key in body.keys
        if key.role is KeyRole.ATTESTATION
    }

    assert bases[BodyId("PT-CB-0501")] == LegalBasis(
        instrument="Regulation (EU) No 910/2014", level=SignatureLevel.ADVANCED
    )
    assert bases[BodyId("SG-CB-0601")] is None


def test_a_description_can_name_the_root_that_delegates() -> None:
    text = described(("history-days = 3653", f'history-days = 3653\nroot = "{ROOT}"'))

    assert read_description(text).pinned == bytes.fromhex(ROOT)
    assert read_description(demo_description()).pinned is None


async def test_the_authorities_above_a_key_are_files_beside_the_description(
    world: World,
) -> None:
    anchor = make_signer(number=21, subject="Anchor", authority=True)
    issuer = make_signer(number=22, subject="Issuer", authority=True, issuer=anchor)
    leaf = make_signer(number=23, subject="PT-CB-0501", issuer=issuer)
    files = {"leaf.pem": leaf.der, "issuer.pem": issuer.der, "anchor.pem": anchor.der}
    key = (
        'legal = { instrument = "Regulation (EU) No 910/2014", level = "advanced" }\n'
        'certificate = "leaf.pem"\nissuers = ["issuer.pem", "anchor.pem"]\n'
    )
    head, mark, tail = demo_description().partition(BODY)
    law = 'legal = { instrument = "Regulation (EU) No 910/2014", level = "advanced" }\n'
    assert law in tail
    description = read_description(head + mark + tail.replace(law, key, 1))

    async def build(given: dict[str, bytes]) -> tuple[bytes, ...]:
        built = await build_lists(
            description, world.vault, at=START, release=world.release, certificates=given
        )
        (body,) = (b for one in built.lists for b in one.bodies if b.id == "PT-CB-0501")
        (found,) = (one for one in body.keys if one.role is KeyRole.ATTESTATION)
        assert found.certificate == read_certificate(leaf.der)
        return tuple(one.der for one in found.path)

    assert await build(files) == (issuer.der, anchor.der)
    with pytest.raises(SettingsError) as caught:
        await build({name: der for name, der in files.items() if name != "anchor.pem"})
    assert "anchor.pem" in caught.value.findings[0].message
    with pytest.raises(SettingsError) as caught:
        await build({**files, "issuer.pem": anchor.der, "anchor.pem": issuer.der})
    assert TrustCode.KEY_PATH in {one.code for one in caught.value.findings}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (
            ('level = "advanced"', 'level = "solemn"'),
            ".legal.level",
        ),
        (('level = "advanced" }', 'level = "advanced", since = 2020 }'), ".legal.since"),
        (('instrument = "Electronic', 'law = "Electronic'), ".legal.instrument"),
        ((BODY, BODY + 'predecessors = "PT-CB-0499"\n'), ".predecessors"),
        ((BODY, BODY + 'former-names = [{ names = { en = "a" } }]\n'), ".former-names[0].until"),
        (
            ("history-days = 3653", 'history-days = 3653\nroot = "5f5f"'),
            "description.operator.root",
        ),
        (
            ("history-days = 3653", f'history-days = 3653\nroot = "{"no" * 32}"'),
            "description.operator.root",
        ),
    ],
    ids=[
        "no such level", "more than a basis", "no instrument", "one predecessor as a text",
        "a former name without end", "a short root", "a root in other letters",
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(change: tuple[str, str], place: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_description(described(change))

    assert caught.value.findings[0].path.endswith(place)
