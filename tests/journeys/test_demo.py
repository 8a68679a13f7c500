"""What `make demo` shows is true: separate processes, real sockets, every step held."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

import pytest

from exchange.cli.demo.place import MARK
from tests.readme import README

ROOT: Final = README.parent


def _demo(folder: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "exchange", "demo", "--folder", str(folder), *words],
        cwd=ROOT,
        env={
            **{k: v for k, v in os.environ.items() if not k.startswith("EXCHANGE_")},
            "COLUMNS": "110",
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _children(process: int) -> set[int]:
    found = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    return {int(one) for one in found}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, Path]:
    """Return how the demonstration ended, what it said, and its folder."""
    folder = tmp_path_factory.mktemp("demo")
    with _demo(folder, "--once") as process:
        said, _ = process.communicate(timeout=300)
    return process.returncode, said, folder


def test_demo_ends_well_when_every_step_held(told: tuple[int, str, Path]) -> None:
    code, said, _ = told
    assert "steps held" in said
    assert code == 0


@pytest.mark.parametrize(
    "sentence",
    [
        "✓ refused signature.digest-mismatch",
        "✓ refused schema.signature-shape",
        "✓ refused trust.key-out-of-scope",
        "✓ before: Cannot tell: CN-CB-0103 shows its certificates only by the QR code",
        "✓ the QR address leads to the same certificate",
        "\u2068ЕАЭС N RU СМК-RU.РА01.В.00417/26\u2069 of RU-CB-0201 is in force today",
        "✓ RU-CB-0201 shows no names: a name typed from the paper is compared only",
        "✓ a number that was never issued: Not valid: CN-CB-0103 keeps its whole register here",
        "✓ surveillance passed, the next by ",
        "✓ suspended at once, although number 2 is missing",
        "无效：证书 10326Q10286R0M",
        "✓ refused rule.TRF-01  what is suspended is not transferred",
        "expected sequence 2 first, found 4, which is held until then",
        "✓ held, until number 2 comes; meanwhile: Not valid: certificate 10326Q10286R0M has been",
        "✓ number 2 came, so number 4 was released: valid again, with a site less",
        "✓ old number and QR code lead to 10726Q00311R0M of CN-CB-0107, which is valid",
        "On 4 May 2026 it was valid. Use 10726Q00311R0M (CN-CB-0107) instead.",
        "Not valid: the signature does not hold",
        "The pages of the PDF prove nothing; only what is shown here counts.",
        "✓ anyone is told: Cannot tell: a statement about this certificate was removed by order.",
        "✓ the notice names the order; the receipt of what was removed still verifies",
        "✓ both receipts are the same octets",
        "✓ 4 attestations taken over and acknowledged",
        "✓ 3 receipts, every signature and key verified",
        "✓ the receipt is in the ledger that the hub has signed",
        "✓ SG-CB-0601: signed by the hub in its name, custody told in the receipt",
        "✓ 3 officers enrolled; the root begins",
        "✓ proposed: 14 bodies with 50 keys; it changes nothing yet",
        "✓ refused action.same-person",
        "✓ approved by a second person, published at once, fetched under the root",
        "✓ at once: what is signed under the old key today would be refused",
        "✓ with an overlap: nothing would break",
        "✓ refused action.evidence-missing",
        "✓ during the overlap: a document under the old key is accepted",
        "✓ during the overlap: a document under the new key is accepted",
        "✓ signed in time, arrived late: accepted",
        "✓ refused trust.signed-outside-period",
        "✓ refused trust.no-longer-accepted",
        "✓ the new key signs on; the receipts of before hold",
        "✓ refused trust.key-suspended",
        "✓ refused trust.key-revoked",
        "is still good",
        "✓ the document that was refused meanwhile is listed, its sender is told",
        "verified: 8 actions, every seal, signature and quorum holds",
        "one row was edited",
        "✓ KZ-AB-NCA holds",
    ],
)
def test_demo_shows(told: tuple[int, str, Path], sentence: str) -> None:
    _, said, _ = told
    assert sentence in said


def test_demo_shows_at_every_change_who_sees_what(told: tuple[int, str, Path]) -> None:
    _, said, _ = told
    rows = [line for line in said.splitlines() if "│ anyone, by number" in line]
    cells = [line.split("│")[2].strip() for line in rows]
    assert len(cells) == 5
    assert [cell.startswith("Valid: ") for cell in cells] == [True, False, True, False, False]
    for partner in ("KZ-AB-NCA, pushed to", "PT-AB-IPAC, pulls"):
        rows = [line for line in said.splitlines() if f"│ {partner}" in line]
        assert len(rows) == len(cells)
        assert all("delivered and acknowledged at" in row for row in rows)


@pytest.mark.parametrize("language", ["zh", "ru", "ar", "en"])
def test_demo_speaks(told: tuple[int, str, Path], language: str) -> None:
    _, said, _ = told
    spoken = [line for line in said.splitlines() if "an attestation in" in line]
    assert any(language in line for line in spoken)


def test_hub_and_partners_have_databases_of_their_own(told: tuple[int, str, Path]) -> None:
    _, _, folder = told
    found = {str(path.relative_to(folder)) for path in folder.rglob("*.sqlite3")}
    assert len(found) == 3
    assert {name.split("/")[0] for name in found} == {"hub", "KZ-AB-NCA", "PT-AB-IPAC"}


def test_demo_keeps_every_private_key_to_its_owner(told: tuple[int, str, Path]) -> None:
    _, _, folder = told
    private = [path for path in folder.rglob("*.pem") if b"PRIVATE KEY" in path.read_bytes()]
    assert len(private) > 40
    assert [path for path in private if b"ENCRYPTED" not in path.read_bytes()] == []
    assert {path.stat().st_mode & 0o077 for path in private} == {0}


def test_demo_never_removes_what_it_did_not_make(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    with _demo(tmp_path, "--once") as process:
        said, _ = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "settings.value" in said
    assert (tmp_path / "thesis.txt").exists()


def test_demo_ends_its_hubs_when_it_is_interrupted(tmp_path: Path) -> None:
    hubs: set[int] = set()
    deadline = time.monotonic() + 120
    with _demo(tmp_path) as process:
        try:
            while len(hubs) < 2 and time.monotonic() < deadline and process.poll() is None:
                if (tmp_path / "KZ-AB-NCA" / "log.jsonl").exists():
                    hubs = _children(process.pid)
                time.sleep(0.1)
            process.send_signal(signal.SIGINT)
            said, _ = process.communicate(timeout=60)
        finally:
            process.kill()
    assert len(hubs) == 2, said
    assert process.returncode == 130, said
    assert not any(Path(f"/proc/{hub}").exists() for hub in hubs)
    assert (tmp_path / MARK).exists()
