"""`exchange ledger verify`: off line, and about the reader's own documents."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from exchange.cli.main import main
from exchange.core.checkpoint import checkpoint_body, signed_note, verifier_key
from exchange.core.foreign import check
from exchange.core.ledger import Leaf, LeafKind, leaf_hash, node_hash
from exchange.core.limits import Limits
from exchange.core.signature_policy import STATEMENT
from exchange.core.xml import parse
from tests.cli.conftest import Place

ORIGIN = "hub.example/ledger"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
PUBLIC = KEY.public_key().public_bytes_raw()
OTHER = leaf_hash(b"something else")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A ledger of two entries, the first of which is the reader's."""

    proof: Path
    earlier: Path
    consistency: Path
    receipt: Path
    key: str


def _note(size: int, root: bytes) -> bytes:
    body = checkpoint_body(ORIGIN, size, root)
    return signed_note(body, ORIGIN, PUBLIC, KEY.sign(body))


def _base64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


@pytest.fixture
def shown(made: Place, tmp_path: Path) -> Shown:
    """Return proofs as a hub would give them."""
    receipt = tmp_path / "receipt.xml"
    receipt.write_bytes(b"<Receipt/>")
    content = check(parse(made.signed.read_bytes(), Limits()), policy=STATEMENT).content_digest
    leaf = Leaf(
        kind=LeafKind.ACCEPTED,
        content_digest=content,
        receipt_digest=sha256(receipt.read_bytes()).digest(),
    )
    own = leaf_hash(leaf.record())
    proof = tmp_path / "proof.json"
    values = {
        "checkpoint": _note(2, node_hash(own, OTHER)).decode(),
        "size": 2,
        "leaves": [{"index": 0, "record": _base64(leaf.record()), "path": [_base64(OTHER)]}],
    }
    proof.write_text(json.dumps(values), encoding="utf-8")
    earlier, consistency = tmp_path / "earlier.note", tmp_path / "consistency.json"
    earlier.write_bytes(_note(1, own))
    consistency.write_text(json.dumps({"path": [_base64(OTHER)]}), encoding="utf-8")
    return Shown(
        proof=proof,
        earlier=earlier,
        consistency=consistency,
        receipt=receipt,
        key=verifier_key(ORIGIN, PUBLIC),
    )


def _verify(shown: Shown, *more: object) -> int:
    words = ["ledger", "verify", str(shown.proof), "--key", shown.key]
    return main([*words, *(str(word) for word in more)])


def _rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    values = json.loads(path.read_text(encoding="utf-8"))
    change(values)
    path.write_text(json.dumps(values), encoding="utf-8")


def test_a_proof_about_the_own_receipt_and_statement_holds(
    made: Place, shown: Shown, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["--receipt", shown.receipt, "--statement", made.signed]
    assert _verify(shown, *own, "--json") == 0
    values = json.loads(capsys.readouterr().out)
    assert values["verified"] is True
    assert values["size"] == 2
    assert [one["kind"] for one in values["records"]] == ["accepted"]


def test_a_ledger_that_grew_from_the_kept_checkpoint_holds(shown: Shown) -> None:
    kept = ["--earlier", shown.earlier, "--consistency", shown.consistency]
    assert _verify(shown, *kept) == 0


def test_a_ledger_that_forgot_the_kept_checkpoint_is_refused(
    shown: Shown, capsys: pytest.CaptureFixture[str]
) -> None:
    shown.earlier.write_bytes(_note(1, OTHER))
    assert _verify(shown, "--earlier", shown.earlier, "--consistency", shown.consistency) == 1
    assert "ledger.consistency" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda v: v["leaves"].clear(), "ledger.inclusion"),
        (lambda v: v.pop("leaves"), "ledger.inclusion"),
        (lambda v: v["leaves"][0].update(index=1), "ledger.inclusion"),
        (lambda v: v["leaves"][0].update(index=-1), "ledger.inclusion"),
        (lambda v: v["leaves"][0].update(path=[]), "ledger.inclusion"),
        (lambda v: v["leaves"][0].update(record="AAAA"), "ledger.inclusion"),
        (lambda v: v["leaves"][0].update(record="not base64"), "ledger.inclusion"),
        (lambda v: v.update(checkpoint=v["checkpoint"].replace("\n2\n", "\n3\n")), "ledger.note"),
        (lambda v: v.update(checkpoint=""), "ledger.note"),
        (lambda v: v.update(checkpoint=7), "ledger.inclusion"),
    ],
)
def test_a_proof_that_was_changed_is_refused(
    shown: Shown,
    capsys: pytest.CaptureFixture[str],
    change: Callable[[dict[str, Any]], object],
    code: str,
) -> None:
    _rewrite(shown.proof, change)
    assert _verify(shown) == 1
    assert code in capsys.readouterr().err


def test_a_proof_about_somebody_elses_receipt_is_refused(shown: Shown, tmp_path: Path) -> None:
    other = tmp_path / "other.xml"
    other.write_bytes(b"<Receipt>other</Receipt>")
    assert _verify(shown, "--receipt", other) == 1


def test_a_proof_under_another_key_is_refused(
    shown: Shown, capsys: pytest.CaptureFixture[str]
) -> None:
    stranger = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)).public_key()
    key = verifier_key(ORIGIN, stranger.public_bytes_raw())
    assert main(["ledger", "verify", str(shown.proof), "--key", key]) == 1
    assert "ledger.note-signature" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more", [["--earlier"], ["--consistency"]], ids=["only a checkpoint", "only a proof"]
)
def test_half_of_a_consistency_check_is_misuse(shown: Shown, more: list[str]) -> None:
    assert _verify(shown, *more, shown.earlier) == 2


def test_a_file_that_is_not_json_is_misuse(shown: Shown) -> None:
    shown.proof.write_text("<xml/>", encoding="utf-8")
    assert _verify(shown) == 2


@pytest.mark.parametrize("digest", ["", "ab", "zz" * 32, "ab" * 33])
def test_fetch_wants_a_whole_digest(tmp_path: Path, digest: str) -> None:
    partner = tmp_path / "partner.toml"
    partner.touch()
    words = ["ledger", "fetch", digest, "--partner", str(partner)]
    assert main([*words, "--out", str(tmp_path / "proof.json")]) == 2
