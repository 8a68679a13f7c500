"""What calls a product organic, in many languages."""

from __future__ import annotations

import pytest

from exchange.core.organic_labels import claims_organic


@pytest.mark.parametrize(
    ("label", "claims"),
    [
        ("有机茶", True),
        ("有机转换茶", False),
        ("BIO Tee", True),
        ("Biscuits", False),
        ("Symbiotic tea", False),
        ("Symbio", False),
        ("Salt, inorganic", False),
        ("有機茶", True),
        ("Azeite biológico", True),
        ("Azeite em conversão para a agricultura biológica", False),
        ("чай органический", True),
        ("Чай переходного периода, органический", False),
        ("ชาอินทรีย์", True),
        ("trà hữu cơ", True),
        ("Oolong", False),
    ],
)
def test_label_claims_organic_unless_it_says_conversion(
    label: str,
    claims: bool,  # noqa: FBT001
) -> None:
    assert claims_organic(label) is claims
