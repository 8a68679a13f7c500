"""`exchange trust national`: lists of other operators on the command line."""

from __future__ import annotations

import json
import tomllib
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.cli.main import main
from exchange.core.model import BodyId, KeyRole
from exchange.service.described import DescribedKey
from exchange.service.toml_table import Table
from exchange.service.trust_description import _key
from tests.national import WITHDRAWN, draft, list_signer, service
from tests.pki import make_signer

AT: Final = "2026-11-22T12:00:00Z"
PIN: Final = sha256(list_signer().der).hexdigest()
CA: Final = make_signer(number=960, authority=True, subject="Signing CA")
PARTNER: Final = make_signer(number=961, subject="Partner", issuer=CA)


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    path = tmp_path / "NZ.xml"
    services = (service(CA.der), service(CA.der, status=WITHDRAWN))
    path.write_bytes(list_signer().sign(draft(services=services)))
    return path


def run(*words: object) -> int:
    return main(["trust", "national", *(str(word) for word in words)])


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_list_is_shown_with_its_services(
    listed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(listed, "--pin", PIN, "--at", AT, "--services") == 0
    shown = capsys.readouterr().out
    assert "accepted" in shown
    assert "territory   NZ, economy NZ" in shown
    assert "2 of 1 providers, 1 granted" in shown

    assert run(listed, "--pin", PIN, "--at", AT, "--services", "--json") == 0
    (line,) = lines(capsys)
    assert (line["verdict"], line["code"], line["economy"], line["sequence"]) == (
        "accepted",
        None,
        "NZ",
        7,
    )
    assert [one["granted"] for one in line["listed"]] == [True, False]
    assert line["listed"][0]["certificates"] == [
        {"fingerprint": sha256(CA.der).hexdigest(), "subject": "CN=Signing CA,C=CN", "ca": True}
    ]


@pytest.mark.parametrize(
    ("pin", "at", "number", "code"),
    [
        ("00" * 32, AT, 1, "trust.list-signer"),
        (PIN, "2026-10-01T00:00:00Z", 1, "trust.list-from-future"),
        (PIN, "2027-03-01T00:00:00Z", 3, "trust.list-expired"),
    ],
)
def test_a_list_that_is_not_believed_has_a_number_and_a_code(
    listed: Path, capsys: pytest.CaptureFixture[str], pin: str, at: str, number: int, code: str
) -> None:
    assert run(listed, "--pin", pin, "--at", at, "--json") == number
    (line,) = lines(capsys)
    assert (line["code"], line["verdict"]) == (code, "undecided" if number == 3 else "refused")


def test_an_older_list_is_noticed_in_a_later_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keep = tmp_path / "kept"
    newer, older = tmp_path / "new.xml", tmp_path / "old.xml"
    newer.write_bytes(list_signer().sign(draft(sequence=8)))
    older.write_bytes(list_signer().sign(draft(sequence=7)))

    assert run(newer, "--pin", PIN, "--at", AT, "--keep", keep) == 0
    assert (keep / "NZ.xml").read_bytes() == newer.read_bytes()
    assert run(newer, "--pin", PIN, "--at", AT, "--keep", keep) == 0
    capsys.readouterr()
    assert run(older, "--pin", PIN, "--at", AT, "--keep", keep, "--json") == 1
    assert lines(capsys)[0]["code"] == "trust.list-rollback"
    assert (keep / "NZ.xml").read_bytes() == newer.read_bytes()

    (keep / "NZ.xml").write_bytes(b"<something/>")
    assert run(newer, "--pin", PIN, "--at", AT, "--keep", keep, "--json") == 2
    assert lines(capsys)[0]["code"] == "settings.file"


def test_one_list_that_is_refused_does_not_keep_the_others_waiting(
    listed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (listed.parent / "broken.xml").write_bytes(b"<broken")

    assert run(listed.parent, "--pin", PIN, "--at", AT, "--json") == 1
    assert [line["verdict"] for line in lines(capsys)] == ["accepted", "refused"]


def test_a_key_is_drafted_without_scope_as_a_file_of_wishes_takes_it(
    listed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pem = listed.parent / "partner.pem"
    pem.write_bytes(PARTNER.certificate.public_bytes(Encoding.PEM))
    out = listed.parent / "drafts"
    words = (listed, "--pin", PIN, "--at", AT, "--take", 1, "--for", "NZ-CB-0007")

    assert run(*words, "--certificate", pem, "--out", out) == 0

    assert "without scope" in capsys.readouterr().out
    (table,) = tomllib.loads((out / "nz-cb-0007-attestation.toml").read_text())["bodies"]["keys"]
    key: DescribedKey = _key(
        Table(table, "keys"), BodyId("NZ-CB-0007"), datetime(2020, 1, 1, tzinfo=UTC)
    )
    assert key.role is KeyRole.ATTESTATION
    assert key.scope.is_empty
    assert key.legal is None
    assert key.signs_until == PARTNER.certificate.not_valid_after_utc
    for name, der in ((key.certificate, PARTNER.der), (key.issuers[0], CA.der)):
        assert name is not None
        found = x509.load_pem_x509_certificate((out / name).read_bytes())
        assert found.public_bytes(Encoding.DER) == der

    # Nothing is ever written over.
    assert run(*words, "--certificate", pem, "--out", out) == 2


@pytest.mark.parametrize(
    ("further", "number", "said"),
    [
        (("--take", "9", "--for", "NZ-CB-0007"), 1, "national.no-such-service"),
        (("--take", "1", "--for", "NZ-CB-0007"), 1, "national.no-key"),
        (("--take", "2", "--for", "NZ-CB-0007"), 1, "national.not-granted"),
        (("--take", "1"), 2, "--for BODY"),
        (("--take", "1", "--for", "../etc"), 2, "a body id"),
    ],
)
def test_a_key_that_cannot_be_drafted_has_a_code(
    listed: Path,
    capsys: pytest.CaptureFixture[str],
    further: tuple[str, ...],
    number: int,
    said: str,
) -> None:
    assert run(listed, "--pin", PIN, "--at", AT, *further) == number
    assert said in capsys.readouterr().err
    assert sorted(path.name for path in listed.parent.iterdir()) == ["NZ.xml"]
