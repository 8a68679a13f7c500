"""Reading signed documents into values: what is odd is refused, what is there is read."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from lxml import etree

from exchange.codes.gates import SchemaCode
from exchange.codes.rules import RuleCode
from exchange.core.document.attestation import Attestation, ObjectKind
from exchange.core.document.cursor import Cursor, words_of
from exchange.core.document.particulars import Particulars
from exchange.core.document.read import read, status_change
from exchange.core.document.read_attestation import attestation
from exchange.core.document.status_change import StatusChange
from exchange.core.document.text_groups import text_groups
from exchange.core.document.values import Identifier, LocalName, Measure
from exchange.core.rules.schemes.ccc import CCCParticulars
from exchange.core.rules.schemes.management_systems import ManagementSystemParticulars
from exchange.core.xml import canonical
from exchange.errors import RuleError, SchemaError
from tests.world import make_world

KETTLE = "cn-ccc-kettle"
SAMPLES = (
    "cn-ccc-adapter",
    KETTLE,
    "cn-ccc-luminaire",
    "cn-qms-food-multi-site",
    "kz-qms-logistics",
    "pt-qms-taken-over",
    "ru-qms-machinery",
    "sa-qms-construction",
    "sg-isms-data-centre",
)


def read_draft(text: str) -> Attestation:
    """Return the values of a draft, unsigned."""
    return attestation(Cursor(words_of(canonical(etree.fromstring(text.encode())))))


def draft(sample: str, kind: str = "attestation") -> str:
    """Return the text of a good sample."""
    return make_world().draft(sample, kind=kind).decode()


@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        (
            "<DecisionDate>2026-04-30<",
            "<DecisionDate>0000-04-30<",
            "/Attestation/Decision/DecisionDate",
        ),
        (
            "<DecisionDate>2026-04-30<",
            "<DecisionDate>1899-12-31<",
            "/Attestation/Decision/DecisionDate",
        ),
        ("<ExpiryDate>2031-05-05<", "<ExpiryDate>9999-12-31<", "/Attestation/Validity/ExpiryDate"),
        (
            "<PeriodEnd>2026-04-10<",
            "<PeriodEnd>2026-02-30<",
            "/Attestation/Assessment[1]/PeriodEnd",
        ),
        ("T03:40:00Z", "T24:00:00Z", "/Attestation/Header/IssueDateTime"),
        ("2026-05-06T03:40:00Z", "9999-05-06T03:40:00Z", "/Attestation/Header/IssueDateTime"),
    ],
)
def test_reader_refuses_odd_dates_at_their_path(old: str, new: str, path: str) -> None:
    text = draft(KETTLE)
    assert old in text

    with pytest.raises(SchemaError) as caught:
        read_draft(text.replace(old, new))

    assert caught.value.code is SchemaCode.INVALID
    assert caught.value.findings[0].path == path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<Revision>0</Revision>", ""),
        ("<Revision>0</Revision>", "<Revision>0</Revision><Revision>0</Revision>"),
        ("</Attestation>", "<Appendix/></Attestation>"),
    ],
)
def test_reader_refuses_what_schema_and_reader_see_differently(old: str, new: str) -> None:
    text = draft(KETTLE).replace(old, new)

    with pytest.raises(SchemaError):
        read_signed_tree(text)


def read_signed_tree(text: str) -> Attestation:
    """Read a tree to its end, as `read` does."""
    cursor = Cursor(words_of(canonical(etree.fromstring(text.encode()))))
    found = attestation(cursor)
    cursor.end()
    return found


def test_judge_refuses_a_receipt_because_it_does_not_travel() -> None:
    world = make_world()

    with pytest.raises(RuleError) as caught:
        world.examine(world.receipt())

    assert caught.value.code is RuleCode.SCH_00


def test_read_collapses_white_space_as_the_schema_does() -> None:
    text = draft(KETTLE)
    padded = re.sub(r">([^<>\n]+)<", r">\n\t \1 \r\n<", text)
    assert padded != text

    assert read_draft(padded) == read_draft(text)


def test_read_keeps_the_blanks_of_other_scripts() -> None:
    text = draft(KETTLE).replace("<Model>YH-K1701<", "<Model>YH\u3000K1701\u00a0<")

    assert read_draft(text).object.products[0].models[0] == "YH\u3000K1701\u00a0"


@pytest.mark.parametrize(
    "text",
    [
        "\u00a0",
        "\u3000\u3000",
        "\u200b",
        "\ufeff",
        "\u2028",
        "\u3164",
        "\u2800",
        "\u0085",
        " \u00a0 \u2003\n\u200f ",
        "\U000e0020",
    ],
    ids=lambda text: ascii(text)[1:-1].replace("\\", ""),
)
@pytest.mark.parametrize(
    ("element", "path"),
    [
        ("<c:Name xml:lang", "/Attestation/Holder/Name[1]"),
        ("<Model", "/Attestation/Object/Product/Model[1]"),
        ("<c:City", "/Attestation/Holder/Address/City"),
    ],
)
def test_text_of_blanks_of_any_script_is_refused_as_empty(
    text: str, element: str, path: str
) -> None:
    before = draft(KETTLE)
    start = before.index(">", before.index(element, before.index("<Holder>"))) + 1
    after = before[:start] + text + before[before.index("</", start) :]

    with pytest.raises(SchemaError) as caught:
        read_draft(after)

    assert caught.value.code is SchemaCode.INVALID
    assert "blanks only" in str(caught.value)
    assert caught.value.findings[0].path == path


def test_text_of_blanks_passes_the_schema_so_the_reader_must_see_it() -> None:
    world = make_world()
    text = draft(KETTLE).replace("<Model>YH-K1701</Model>", "<Model>\u3000</Model>", 1)

    with pytest.raises(SchemaError) as caught:
        world.examine(world.sign(text.encode()))

    assert caught.value.findings[0].path.endswith("/Model[1]")


def test_blanks_of_every_script_may_stand_inside_a_text() -> None:
    text = draft(KETTLE).replace("<Model>", "<Model>\u3000", 1)

    assert read_draft(text).object.products[0].models[0].startswith("\u3000")


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_text_of_a_sample_is_read(sample: str) -> None:
    text = draft(sample)
    root = etree.fromstring(text.encode())
    languages = root.iterfind(".//*[@{http://www.w3.org/XML/1998/namespace}lang]")
    written = sorted(element.text or "" for element in languages)

    found = read_draft(text)

    spoken = sorted(text.text for _, group in text_groups(found) for text in group)
    assert spoken == written


@pytest.mark.parametrize("sample", SAMPLES)
def test_paths_of_texts_lead_to_them(sample: str) -> None:
    text = draft(sample)
    root = etree.fromstring(text.encode())

    for path, group in text_groups(read_draft(text)):
        steps = path.removeprefix("/Attestation/").split("/")
        place = "/".join(
            f"*[local-name()='{step.partition('[')[0]}']"
            + (f"[{step.partition('[')[2]}" if "[" in step else "")
            for step in steps
        )
        nodes = root.xpath(place)
        assert isinstance(nodes, list)
        assert len(nodes) == len(group), path


def test_signed_attestation_is_read_from_its_content() -> None:
    world = make_world()
    signed = world.signed(world.attestation(KETTLE))

    found = read(signed.kind, words_of(signed.content))

    assert found == read_draft(draft(KETTLE))


def test_product_certificate_is_read_in_full() -> None:
    found = read_draft(draft(KETTLE))

    assert found.header.issued_at == datetime(2026, 5, 6, 3, 40, tzinfo=UTC)
    assert found.header.languages == ("zh", "en", "ru")
    assert found.holder.ids == (Identifier("91440606MA51K7E32P", "USCC"),)
    assert found.object.kind is ObjectKind.PRODUCT
    assert found.object.products[0].names[1] == LocalName("Electric kettle", "en")
    assert found.assessments[0].metrics[0].measured == Measure(Decimal("0.21"), "4K")
    assert found.assessments[0].metrics[0].threshold is not None
    assert not found.assessments[0].metrics[0].threshold.is_minimum
    assert found.validity.expiry_date == date(2031, 5, 5)
    assert isinstance(found.particulars, CCCParticulars)
    assert found.particulars.factories[0].code == "F0718-01"
    assert found.particulars.electronic_certificate is not None
    assert found.particulars.electronic_certificate.size == 96412


def test_system_certificate_is_read_in_full() -> None:
    found = read_draft(draft("cn-qms-food-multi-site"))

    assert [site.site_id for site in found.sites] == ["S1", "S2", "S3"]
    assert found.object.management_system is not None
    assert found.object.management_system.effective_personnel == 412
    assert found.assessments[1].site_ids == ("S1", "S2")
    assert len(found.assessments[1].performed_by) == 3
    assert isinstance(found.particulars, ManagementSystemParticulars)
    assert found.particulars.planned_surveillances == (date(2027, 3, 15), date(2028, 3, 15))
    assert found.particulars.multi_site is not None
    assert found.particulars.multi_site.sites_visited == 2


def test_particulars_of_a_scheme_without_values_are_named() -> None:
    text = re.sub(
        "<SchemeParticulars>.*</SchemeParticulars>",
        '<SchemeParticulars><o:Organic xmlns:o="urn:o"><o:Yield>3</o:Yield></o:Organic>'
        "</SchemeParticulars>",
        draft(KETTLE),
        flags=re.DOTALL,
    )

    assert read_signed_tree(text).particulars == Particulars("{urn:o}Organic")


@pytest.mark.parametrize(
    ("kind", "inner"),
    [
        ("Organisation", '<ScopeStatement xml:lang="zh">组织</ScopeStatement>'),
        ("Process", '<ProcessName xml:lang="zh">焊接</ProcessName>'),
        (
            "Service",
            (
                '<ServiceName xml:lang="zh">服务</ServiceName>'
                '<ServiceClass listID="NACE">86</ServiceClass>'
                '<Grade listID="GRADE">five</Grade><Score>951.5</Score>'
            ),
        ),
    ],
)
def test_other_objects_are_read(kind: str, inner: str) -> None:
    text = re.sub(
        "<ManagementSystem>.*</ManagementSystem>",
        f"<{kind}>{inner}</{kind}>",
        draft("cn-qms-food-multi-site"),
        flags=re.DOTALL,
    )

    found = read_signed_tree(text)

    assert found.object.kind.value == kind
    assert any("/Object/" in path for path, _ in text_groups(found))


def test_attributes_are_read_as_their_types_have_them() -> None:
    text = draft("cn-qms-food-multi-site")
    spread = re.sub(
        r'(schemeID|schemeAgencyID|listID|listVersionID|xml:lang)="([^"]+)"',
        r'\1="&#10; \2 "',
        text,
    )
    assert spread != text

    assert read_draft(spread) == read_draft(text)


@pytest.mark.parametrize("stray", ["*", "\u00a0", ".", "=A"])
def test_digest_that_is_not_all_base64_is_refused_at_its_path(stray: str) -> None:
    text = draft("reduce", kind="status-change")
    text = re.sub(r"(<Digest [^>]*>[^<]+)<", rf"\1{stray}<", text, count=1)
    assert stray in text

    with pytest.raises(SchemaError) as caught:
        status_change(Cursor(words_of(canonical(etree.fromstring(text.encode())))))

    assert caught.value.findings[0].path == "/StatusChange/AttestationRef/Digest"


def test_status_change_is_read_in_full() -> None:
    cursor = Cursor(
        words_of(canonical(etree.fromstring(draft("reduce", kind="status-change").encode())))
    )

    found = status_change(cursor)

    assert isinstance(found, StatusChange)
    assert found.sequence == 1
    assert found.change_type == "reduce"
    assert found.scope_changes[0].product == "XQ-100C-EU"
    assert not found.scope_changes[0].is_added
    assert len(found.attestation.digest.value) == 32
    assert found.effective_at == datetime(2026, 10, 27, tzinfo=UTC)
    assert [path for path, _ in text_groups(found)] == ["/StatusChange/Reason[1]/Text"]


def test_value_cannot_be_changed() -> None:
    found = read_draft(draft(KETTLE))

    with pytest.raises(AttributeError):
        found.revision = 1  # type: ignore[misc]
