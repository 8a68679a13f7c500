"""What gate 4 holds a key against is what gate 5 reads, whatever the document says."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.core.actions.values import Action
from exchange.core.claim import Claim, read_claim
from exchange.core.competence import ScopeCode
from exchange.core.document.attestation import Attestation
from exchange.core.document.cursor import words_of
from exchange.core.document.declaration import RegisterDeclaration
from exchange.core.document.notice import Notice
from exchange.core.document.read import Document, read
from exchange.core.document.start_tags import start_tags
from exchange.core.document.status_change import StatusChange
from exchange.core.model import Kind
from exchange.core.receipt_document import Receipt
from exchange.core.xml import canonical, parse
from exchange.errors import RuleError, SchemaError
from tests.core.rules.provocations import PROVOCATIONS
from tests.core.rules.provoking import Provocation
from tests.core.schema_samples import good_samples, kind_of, label
from tests.world import World, make_world

SAMPLES = [
    sample for sample in good_samples() if kind_of(sample) not in {"trust-list", "verification"}
]


def claimed_by(document: Document) -> Claim:
    """Return the claim as the typed values have it."""
    match document:
        case Attestation():
            attested = document.object
            codes = [
                *(attested.management_system.sector_codes if attested.management_system else ()),
                *(code for product in attested.products for code in product.commodity_codes),
                *(service.service_class for service in attested.services),
            ]
            codes += [code for _, code in document.particulars.codes()]
            return Claim(
                issuer=document.header.issuer,
                issuer_path="/Attestation/Header/Issuer",
                scheme=document.scheme.scheme_id,
                standards=tuple(one.number for one in document.requirements),
                product_groups=tuple(
                    ScopeCode(list_id=code.list_id, code=code.value) for code in codes
                ),
                economies=(document.holder.address.economy,),
            )
        case StatusChange():
            return Claim(
                issuer=document.header.issuer,
                issuer_path="/StatusChange/Header/Issuer",
                scheme=document.attestation.scheme_id,
            )
        case Receipt():
            return Claim(issuer=document.issuer, issuer_path="/Receipt/Issuer")
        case RegisterDeclaration():
            return Claim(
                issuer=document.header.issuer, issuer_path="/RegisterDeclaration/Header/Issuer"
            )
        case Notice():
            return Claim(issuer=document.header.issuer, issuer_path="/Notice/Header/Issuer")
        case Action():
            return Claim(issuer=document.hub, issuer_path="/Action/Hub")


def assert_claim_is_what_is_read(kind: Kind, content: bytes) -> None:
    """Hold the claim of gate 4 against the values of gate 5."""
    assert read_claim(kind, start_tags(content)) == claimed_by(read(kind, words_of(content)))


@pytest.mark.parametrize("sample", SAMPLES, ids=label)
def test_claim_of_a_sample_is_what_is_read(sample: Path) -> None:
    content = canonical(parse(sample.read_bytes(), make_world().limits).root)

    assert_claim_is_what_is_read(Kind(kind_of(sample)), content)


@pytest.mark.parametrize(
    "provocation", PROVOCATIONS, ids=[f"{one.code.value}: {one.name}" for one in PROVOCATIONS]
)
def test_claim_of_a_document_that_breaks_a_rule_is_what_is_read(
    world: World, provocation: Provocation
) -> None:
    draft = world.draft(provocation.sample, kind=provocation.kind).decode()
    signed = world.signed(world.sign(provocation.text(draft).encode()))
    try:
        read(signed.kind, words_of(signed.content))
    except SchemaError:
        pytest.skip("a value that no reader takes")

    assert_claim_is_what_is_read(signed.kind, signed.content)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">ISO 9001<", ">\n Issuer &amp;lt;Economy> &#x20; SchemeID\t<"),
        (' schemeID="CAB">CN', ' schemeID=">&lt;SchemeID>x">CN'),
        ("<Header>", "<a:Header xmlns:a='urn:mrhub:attestation:1'>"),
        ('listID="IAF-ID1">', "listID='IAF-ID1' listVersionID='&gt;&quot; listID=&quot;x'>"),
        (' xmlns="urn:mrhub:attestation:1"', " xmlns:t='urn:x' xmlns='urn:mrhub:attestation:1'"),
    ],
)
def test_claim_is_what_is_read_however_the_document_is_written(
    world: World, old: str, new: str
) -> None:
    draft = world.draft().decode()
    assert old in draft
    if new.startswith("<a:Header"):
        draft = draft.replace("</Header>", "</a:Header>")
    written = draft.replace(old, new, 1).encode()
    content = canonical(parse(written, world.limits).root)

    assert_claim_is_what_is_read(Kind.ATTESTATION, content)


def test_claim_of_a_trust_list_is_refused() -> None:
    with pytest.raises(RuleError):
        read_claim(Kind.TRUST_LIST, start_tags(b"<a></a>"))
