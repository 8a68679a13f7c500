"""Attacks through schemes: another body's code, a laboratory's key, another kind of document."""

from __future__ import annotations

import re
from typing import Final

import pytest

from exchange.core.model import KeyRole
from exchange.errors import ExchangeError
from exchange.service.materials import schemas_folder
from tests.world import World

LABORATORY: Final = "CN-LAB-0110"
SAMPLES: Final = {
    scheme: min((schemas_folder() / "schemes" / scheme / "samples" / "good").glob("*.xml"))
    for scheme in (
        "green-product",
        "organic",
        "premium-product",
        "railway",
        "regional-brand",
        "same-line",
        "service",
    )
}
CODED: Final = ("organic", "premium-product", "same-line")
"""Schemes whose numbers contain the code of the body."""


def codes(world: World, text: str, signer: str, role: KeyRole = KeyRole.ATTESTATION) -> set[str]:
    """Return the codes for which a document is refused."""
    try:
        world.examine(world.sign(text.encode(), signer, role))
    except ExchangeError as error:
        return {one.code.value for one in error.findings}
    return set()


@pytest.mark.parametrize("scheme", CODED)
def test_number_with_the_code_of_another_body_is_refused(world: World, scheme: str) -> None:
    text = SAMPLES[scheme].read_text(encoding="utf-8")
    assert codes(world, text, "CN-CB-0107") == set()
    number = re.search("<CertificateNumber>([^<]+)", text)
    assert number is not None
    other = text.replace(number[1], number[1].replace("107", "103", 1))

    assert "rule.ISS-03" in codes(world, other, "CN-CB-0107")
    as_other = re.sub(">107</CABCode>", ">103</CABCode>", other)
    assert codes(world, as_other, "CN-CB-0107")


@pytest.mark.parametrize("scheme", CODED)
def test_body_without_a_code_on_the_list_uses_no_code_of_another(world: World, scheme: str) -> None:
    there = world.with_body("CN-CB-0107", cab_code=None)
    text = SAMPLES[scheme].read_text(encoding="utf-8")

    assert "rule.ISS-03" in codes(there, text, "CN-CB-0107")


@pytest.mark.parametrize("scheme", sorted(SAMPLES))
def test_laboratory_certifies_nothing(world: World, scheme: str) -> None:
    text = SAMPLES[scheme].read_text(encoding="utf-8")

    assert codes(world, text.replace("CN-CB-0107", LABORATORY), LABORATORY)
    assert codes(world, text, LABORATORY)


def test_report_of_a_test_is_no_certificate_of_another_scheme(world: World) -> None:
    folder = schemas_folder() / "schemes" / "test-report" / "samples" / "good"
    text = min(folder.glob("*.xml")).read_text(encoding="utf-8")
    assert codes(world, text, LABORATORY) == set()

    for scheme in ("premium-product", "organic", "management-systems"):
        other = text.replace("urn:mrhub:scheme:test-report<", f"urn:mrhub:scheme:{scheme}<")
        assert codes(world, other, LABORATORY), scheme
    assert codes(world, text.replace(LABORATORY, "CN-CB-0107"), "CN-CB-0107")


@pytest.mark.parametrize("role", [KeyRole.STATUS, KeyRole.RECEIPT, KeyRole.TRANSPORT])
def test_attestation_is_signed_by_no_key_of_another_role(world: World, role: KeyRole) -> None:
    text = SAMPLES["organic"].read_text(encoding="utf-8")

    assert codes(world, text, "CN-CB-0107", role)
