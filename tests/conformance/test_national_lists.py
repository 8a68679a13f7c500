"""Real trust lists of other operators, each judged at its own date, with who is right and why.

`national_lists.tsv` is the table: list, instant, verdict, code, what was read, who is right where
we refuse or admit more than before, the clause, and the sentence.
"""

from __future__ import annotations

import base64
import csv
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

import pytest
from lxml import etree

from exchange.codes.outside import NationalCode
from exchange.core.foreign import FOREIGN_LIMITS, check
from exchange.core.model import Fingerprint
from exchange.core.national.lists import read_national_again, read_national_list
from exchange.core.national.shape import SHAPES, T, shape_faults
from exchange.core.national.values import NationalList
from exchange.core.signature_policy import FOREIGN
from exchange.core.xml import parse
from exchange.errors import RejectedError, UndecidedError

TABLE: Final = Path(__file__).with_name("national_lists.tsv")
ROWS: Final = tuple(csv.DictReader(TABLE.read_text(encoding="utf-8").splitlines(), delimiter="\t"))
_NAMES: Final = {"ds": "http://www.w3.org/2000/09/xmldsig#", "t": T[1:-1]}

pytestmark = pytest.mark.filterwarnings(
    # Austria lists key certificates of 2010 whose texts are not what their tag says.
    "ignore:Invalid ASN.1 .UTF-8 characters in a VisibleString:UserWarning"
)


def signers(data: bytes) -> set[Fingerprint]:
    """Return what a reader would have pinned: the key certificates in the signatures."""
    root = etree.fromstring(data)
    found = root.iterfind("ds:Signature/ds:KeyInfo//ds:X509Certificate", _NAMES)
    return {Fingerprint(sha256(base64.b64decode(one.text or "")).digest()) for one in found}


def instant(row: dict[str, str], data: bytes) -> datetime:
    """Return when a list is judged: its own date is the later of its issue and its signing."""
    if row["at"] != "own":
        return datetime.fromisoformat(row["at"])
    root = etree.fromstring(data)
    issued = root.findtext(".//t:ListIssueDateTime", "", _NAMES)
    signed = root.findtext(".//{*}SigningTime", "")
    return max(datetime.fromisoformat(text).astimezone(UTC) for text in (issued, signed))


def read(fixtures: Path, name: str) -> NationalList:
    return read_national_again((fixtures / "etsi" / name).read_bytes())


def judged(data: bytes, at: datetime) -> tuple[str, str, NationalList | None]:
    """Return verdict, code and list, as the table has them."""
    try:
        return "accepted", "", read_national_list(data, pinned=signers(data), at=at)
    except RejectedError as refused:
        return "refused", refused.code.value, None
    except UndecidedError as undecided:
        return "undecided", undecided.code.value, None


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['list']} at {row['at']}")
def test_list_of_another_operator_gets_the_verdict_of_the_table(
    fixtures: Path, row: dict[str, str]
) -> None:
    data = (fixtures / "etsi" / row["list"]).read_bytes()

    verdict, code, one = judged(data, instant(row, data))

    assert (verdict, code) == (row["verdict"], row["code"])
    if one is None:
        return
    found = (
        one.economy,
        one.sequence,
        len(one.services),
        sum(service.is_granted for service in one.services),
        sum(service.unreadable for service in one.services),
    )
    assert [str(value) for value in found] == [
        row[name] for name in ("economy", "sequence", "services", "granted", "unreadable")
    ]


def test_every_list_among_the_fixtures_stands_in_the_table(fixtures: Path) -> None:
    there = {
        f"{path.parent.name}/{path.name}"
        for folder in ("samples-tl", "samples-mra")
        for path in (fixtures / "etsi" / folder).glob("*.xml")
        if b"TrustServiceStatusList" in path.read_bytes()
    }

    assert there == {row["list"] for row in ROWS}
    assert {row["right"] for row in ROWS} == {"we", "operator"}
    assert all(row["clause"] and row["sentence"] for row in ROWS)


@pytest.mark.parametrize("row", [row for row in ROWS if row["verdict"] == "accepted"])
def test_an_accepted_list_is_refused_under_another_pin_and_under_none(
    fixtures: Path, row: dict[str, str]
) -> None:
    data = (fixtures / "etsi" / row["list"]).read_bytes()

    for pinned in (set(), {Fingerprint(bytes(32))}):
        with pytest.raises(RejectedError) as caught:
            read_national_list(data, pinned=pinned, at=instant(row, data))
        assert caught.value.code.value == "trust.list-signer"


@pytest.mark.parametrize("name", ["BE", "CY", "IE", "LU", "MT", "UK"])
def test_what_a_pin_makes_good_is_still_refused_where_nobody_pins(
    fixtures: Path, name: str
) -> None:
    data = (fixtures / f"etsi/samples-tl/{name}.xml").read_bytes()

    with pytest.raises(RejectedError) as caught:
        check(parse(data, FOREIGN_LIMITS, reading=FOREIGN.reading), policy=FOREIGN)

    assert caught.value.code.value in {
        "signature.certificate-algorithm",
        "signature.digest-method",
    }


def test_warnings_stay_with_the_list_and_name_the_service(fixtures: Path) -> None:
    austria = read(fixtures, "samples-tl/AT.xml")
    ireland = read(fixtures, "samples-tl/IE.xml")

    assert {finding.code for finding in austria.findings} == {NationalCode.CERTIFICATE}
    assert all("//TSPService[" in finding.path for finding in austria.findings)
    assert [finding.code for finding in ireland.findings] == [NationalCode.SIGNER_PROFILE]


def test_services_keep_their_history_and_pointers_their_signers(fixtures: Path) -> None:
    britain = read(fixtures, "samples-tl/UK.xml")

    with_history = [one for one in britain.services if len(one.periods) > 1]
    assert with_history
    for service in with_history:
        assert service.status_at(service.periods[0].since) == service.status
        assert service.status_at(datetime(1990, 1, 1, tzinfo=UTC)) is None
    (pointer,) = britain.pointers
    assert pointer.location.startswith("https://ec.europa.eu/")
    assert len(pointer.signers) > 1
    assert [one.number for one in britain.services] == list(range(1, 20))


@pytest.mark.parametrize(
    "schema",
    [
        "specs-trusted-list-v211/ts_119612v020101_xsd.xsd",
        "specs-trusted-list/ts_119612v020401_xsd.xsd",
    ],
)
def test_the_table_of_shapes_is_that_of_both_published_schemas(fixtures: Path, schema: str) -> None:
    xs = "{http://www.w3.org/2001/XMLSchema}"
    root = etree.parse(fixtures / "etsi" / schema).getroot()
    types = {one.get("name"): one for one in root.iterfind(f"{xs}complexType")}
    elements = {one.get("name"): one.get("type", "") for one in root.iterfind(f"{xs}element")}
    local = {
        one.get("name"): one.get("type", "")
        for one in root.iter(f"{xs}element")
        if one.get("name") and one.get("type")
    }

    for name, parts in SHAPES.items():
        declared = (elements.get(name) or local.get(name) or f"{name}Type").rpartition(":")[2]
        sequence = types[declared].find(f"{xs}sequence")
        assert sequence is not None, name
        expected = [
            (
                (one.get("ref") or one.get("name") or "").rpartition(":")[2],
                int(one.get("minOccurs", "1")),
                one.get("maxOccurs") == "unbounded",
            )
            for one in sequence.iterchildren(f"{xs}element")
        ]
        found = [(part.name, part.least, part.many) for part in parts]
        if name == "SchemeInformation":
            # Mandatory by clause 5.3.10.
            expected = [(n, 1 if n == "SchemeTerritory" else least, m) for n, least, m in expected]
        if name == "TrustServiceStatusList":
            expected = [one for one in expected if one[0] != "Signature"]
        assert found == expected, name


@pytest.mark.parametrize("name", ["AT", "BE", "CY", "DK", "FI", "IE", "LU", "MT", "UK"])
def test_a_national_list_has_the_shape_of_the_table(fixtures: Path, name: str) -> None:
    root = etree.parse(fixtures / f"etsi/samples-tl/{name}.xml").getroot()
    root.remove(root[-1])

    assert shape_faults(root) == ()
