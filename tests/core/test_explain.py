"""The second opinion: words for a refusal, and typed values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from exchange.codes.gates import SchemaCode
from exchange.core.explain import explain, second_opinion, typed_view
from exchange.core.schema import Catalogue
from exchange.errors import MalformedError, SchemaError, Severity
from exchange.service.materials import good_sample, load_catalogue, schemas_folder
from tests.core.schema_samples import SIGNATURE, with_signature

MAX = 1 << 20
FOLDER = schemas_folder()
ATTESTATION = (
    FOLDER / "schemes/management-systems/samples/good/pt-qms-taken-over.xml"
).read_bytes()
LUMINAIRE = good_sample("attestation", "cn-ccc-luminaire").read_bytes()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def test_every_schema_of_the_catalogue_has_a_second_opinion(catalogue: Catalogue) -> None:
    second_opinion(catalogue)

    assert explain(ATTESTATION, catalogue, max_bytes=MAX, max_findings=9) == ()


@pytest.mark.parametrize(
    ("old", "new", "place", "words"),
    [
        (
            b"<AttestationID>",
            b"<Remark/><AttestationID>",
            "/Attestation/Remark",
            "expected AttestationID, found Remark",
        ),
        (
            b"<c:Economy>PT</c:Economy>\n  </c:Address>\n  <c:Role listID",
            b"<c:Economy>pt</c:Economy>\n  </c:Address>\n  <c:Role listID",
            "/Attestation/IssuingBody/Address/Economy",
            "'pt'",
        ),
        (
            b"  <RegisterUri>https://pt-cb-0501.example/register/2015%2FCEP.4917</RegisterUri>\n",
            b"",
            "/Attestation/Status",
            "expected RegisterUri, found nothing more",
        ),
        (
            b"</p:ManagementSystemParticulars>",
            b"</p:ManagementSystemParticulars><p:More/>",
            "/Attestation/SchemeParticulars/More",
            "element 'More' not found",
        ),
    ],
)
def test_explanation_names_place_expectation_and_what_was_found(
    old: bytes, new: bytes, place: str, words: str, catalogue: Catalogue
) -> None:
    assert old in ATTESTATION

    found = explain(ATTESTATION.replace(old, new, 1), catalogue, max_bytes=MAX, max_findings=9)

    assert found[0].code == SchemaCode.INVALID
    assert found[0].path == place
    assert words in found[0].message


def test_explanation_of_a_signature_has_the_code_of_its_shape(catalogue: Catalogue) -> None:
    data = with_signature(ATTESTATION, SIGNATURE.replace("<ds:Object>", "<ds:Object><x/>"))

    found = explain(data, catalogue, max_bytes=MAX, max_findings=9)

    assert {one.code for one in found} == {SchemaCode.SIGNATURE_SHAPE}


def test_explanation_says_each_place_once_and_stops_at_the_limit(catalogue: Catalogue) -> None:
    data = ATTESTATION.replace(b"<c:Economy>", b"<c:Economy>?").replace(b"2024-", b"24-")

    every = explain(data, catalogue, max_bytes=MAX, max_findings=99)

    assert len(every) > 4
    assert len({one.path for one in every}) == len(every)
    assert explain(data, catalogue, max_bytes=MAX, max_findings=2) == every[:2]


def test_document_too_large_is_not_explained(catalogue: Catalogue) -> None:
    found = explain(ATTESTATION + b" " * MAX, catalogue, max_bytes=MAX, max_findings=9)

    assert [(one.code, one.severity) for one in found] == [
        (SchemaCode.TOO_LARGE, Severity.INFORMATION)
    ]


def test_unregistered_document_has_no_explanation(catalogue: Catalogue) -> None:
    assert explain(b"<a/>", catalogue, max_bytes=MAX, max_findings=9) == ()


def test_explanation_of_what_is_no_document_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(MalformedError):
        explain(b"<a>", catalogue, max_bytes=MAX, max_findings=9)


def test_long_value_is_cut_in_an_explanation(catalogue: Catalogue) -> None:
    data = ATTESTATION.replace(b"<Revision>0", b"<Revision>" + "值".encode() * 50_000)

    found = explain(data, catalogue, max_bytes=MAX, max_findings=9)

    assert found[0].path == "/Attestation/Revision"
    assert len(found[0].message) <= 600


def test_typed_view_has_plain_names_and_types_of_the_standard_library(
    catalogue: Catalogue,
) -> None:
    view = typed_view(ATTESTATION, catalogue)

    assert view["CertificateNumber"] == "2015/CEP.4917"
    assert view["Revision"] == 0
    assert view["Decision"]["DecisionDate"] == date(2024, 5, 6)
    assert view["Header"]["IssueDateTime"] == datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
    assert view["Holder"]["Name"][0] == {"@lang": "pt", "$": "Corticeira do Sado, S.A."}
    particulars = view["SchemeParticulars"]["ManagementSystemParticulars"]
    assert particulars["AuditDays"] == Decimal(3)
    assert particulars["AccreditationSymbol"] is True


def test_typed_view_keeps_decimals_exact(catalogue: Catalogue) -> None:
    value = b'<MeasuredValue unitCode="B75">212.000000001'

    view = typed_view(LUMINAIRE.replace(b'<MeasuredValue unitCode="B75">212', value), catalogue)

    metric = view["Assessment"][0]["Metric"][0]
    assert isinstance(metric, Mapping)
    assert metric["MeasuredValue"] == {"@unitCode": "B75", "$": Decimal("212.000000001")}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<a/>", SchemaCode.UNKNOWN_DOCUMENT),
        (ATTESTATION.replace(b"<Revision>0", b"<Revision>x"), SchemaCode.INVALID),
    ],
)
def test_typed_view_of_a_document_that_does_not_conform_is_refused(
    data: bytes, code: SchemaCode, catalogue: Catalogue
) -> None:
    with pytest.raises(SchemaError) as caught:
        typed_view(data, catalogue)

    assert caught.value.code == code
