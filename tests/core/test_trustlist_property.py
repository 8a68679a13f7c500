"""One sentence: whatever a signed list says, it is a list, or it ends in one `ExchangeError`."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from lxml import etree

from exchange.core.signing import complete, prepare
from exchange.core.trustlist import limits_of_lists, read_list
from exchange.errors import ExchangeError
from exchange.vault.vault import KeyName
from tests.world import START, World, make_world

KEY = KeyName("SG-AB-SAC/list")
VALUES = st.one_of(
    st.sampled_from(
        [
            "", " ", "0", "-1", "true", "*", "XX", "HUB", "2026-11-21", "2026-02-30",
            "2999-12-31T23:59:59Z", "1900-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "own", "hub",
            "SG-CB-0601", "SG-AB-SAC", "active", "granted", "Asia/Nowhere", "..", "/etc/passwd",
            "urn:mrhub:attestation:1", "urn:mrhub:trust:status:revoked", "QUJD", "A" * 200,
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_characters="<>&")),
)  # fmt: skip


@cache
def world_and_parts() -> tuple[World, tuple[str, ...]]:
    """Return the list of SG as alternating markup and values, without its signature."""
    world = make_world()
    root = etree.fromstring(world.files["SG.xml"])
    root.remove(root[-1])
    text = etree.tostring(root, encoding="unicode")
    return world, tuple(re.split(r"((?<=>)[^<]+(?=<)|(?<==\")[^\"]*(?=\"))", text))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_read_list_of_any_signed_content_ends_in_one_of_two_ways(data: st.DataObject) -> None:
    world, parts = world_and_parts()
    changed = list(parts)
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(parts) - 1))
        if place % 2:
            changed[place] = data.draw(VALUES)
        elif data.draw(st.integers(0, 9)) == 0:
            changed[place] = data.draw(st.sampled_from(parts))
    draft = "".join(changed).encode("utf-8", "replace")
    assert ending(world, draft) in {"a list", "an error"}


def ending(world: World, draft: bytes) -> str:
    """Sign the draft with the list key and read it; anything else than two endings escapes."""
    try:
        to_sign = prepare(
            draft,
            certificates=world.vault.certificates_now(KEY),
            signed_at=START - timedelta(hours=1),
            limits=limits_of_lists(world.limits),
        )
        one = read_list(
            complete(to_sign, world.vault.sign_now(KEY, to_sign.octets, to_sign.algorithm)),
            catalogue=world.catalogue,
            limits=world.limits,
            algorithms=world.algorithms,
            pinned={to_sign.certificate.fingerprint},
            at=START,
        )
    except ExchangeError as error:
        event(error.code.value)
        return "an error"
    event(f"read {one.territory}")
    return "a list"
