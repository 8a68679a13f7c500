"""`exchange keys`: made, brought, proved, checked and watched, on both kinds of vault."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from exchange.cli.fingerprints import spoken
from exchange.cli.main import main
from exchange.core.actions.possession import verify_possession
from exchange.core.certificate import read_certificate
from exchange.core.model import BodyId, KeyRole
from exchange.service.arrivals import read_proof
from exchange.service.materials import good_sample
from exchange.vault.device import TokenPlace
from tests.cli.conftest import PASS_PHRASE, Place
from tests.pki import make_signer
from tests.vault.keys_elsewhere import SECRET, chain_pem, key_pem

BODY = "RU-CB-0201"
NAME = f"{BODY}/attestation-2027"


@pytest.fixture(params=["files", "token"])
def vault(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, ...]:
    """Return the options of an empty vault, once for each kind."""
    options = ("--vault", str(tmp_path / "vault"))
    if request.param == "files":
        return options
    token: TokenPlace = request.getfixturevalue("token")
    monkeypatch.setenv("EXCHANGE_VAULT_PIN", token.pin)
    return (*options, "--module", token.module, "--token", token.token)


@pytest.fixture(autouse=True)
def secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_PERSON_PASSPHRASE", "only I know this")


def generate(vault: tuple[str, ...], *more: str, name: str = NAME) -> int:
    return main(["keys", "generate", name, *vault, "--organisation", "Орган 0201", *more])


def asked(capsys: pytest.CaptureFixture[str], words: list[str], expected: int = 0) -> Any:
    """Return what a command answers with `--json`."""
    capsys.readouterr()
    assert main([*words, "--json"]) == expected
    return json.loads(capsys.readouterr().out)


def test_generate_tells_the_fingerprint_in_groups(
    vault: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "shown.pem"

    assert generate(vault, "--out", str(out)) == 0

    shown = capsys.readouterr().out
    certificate = x509.load_pem_x509_certificate(out.read_bytes())
    fingerprint = certificate.fingerprint(hashes.SHA256())
    assert fingerprint.hex() in shown
    lines = [line.strip() for line in shown.splitlines()]
    assert [line for line in lines if line in spoken(fingerprint)] == list(spoken(fingerprint))
    assert "PRIVATE" not in out.read_text()
    assert PASS_PHRASE not in shown


def test_generated_key_comes_with_a_proof_that_its_hub_accepts(
    vault: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "shown.pem"

    words = ["keys", "generate", NAME, *vault, "--organisation", "X", "--proof", "XX-HUB-01"]

    values = asked(capsys, [*words, "--out", str(out)])

    fingerprint, proof = read_proof(Path(values["proof"]).read_text(), "proof")
    leaf = read_certificate(
        x509.load_pem_x509_certificate(out.read_bytes()).public_bytes(Encoding.DER)
    )
    assert fingerprint == leaf.fingerprint
    verify_possession(
        proof,
        leaf,
        hub=BodyId("XX-HUB-01"),
        body=BodyId(BODY),
        role=KeyRole.ATTESTATION,
        at=datetime.now(UTC),
    )


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (f"{BODY}/attestation", "ec-p384"),
        (f"{BODY}/status", "rsa-3072"),
        (f"{BODY}/transport", "ec-p256"),
        ("XX-HUB-01/checkpoint", "ed25519"),
    ],
)
def test_kinds_of_key_are_made_as_asked(
    vault: tuple[str, ...], capsys: pytest.CaptureFixture[str], name: str, kind: str
) -> None:
    assert generate(vault, "--kind", kind, name=name) == 0

    (checked,) = asked(capsys, ["keys", "check", *vault])
    assert checked["name"] == name
    assert checked["usable"] is True


def test_checkpoint_key_is_ed25519_without_being_told(vault: tuple[str, ...]) -> None:
    assert generate(vault, name="XX-HUB-01/checkpoint") == 0


def test_generate_twice_is_misuse_and_keeps_the_first(
    vault: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(vault) == 0
    (before,) = asked(capsys, ["keys", "check", *vault])

    assert generate(vault) == 2

    shown = capsys.readouterr().err
    assert "vault.key-exists" in shown
    assert "next: choose another name" in shown
    assert asked(capsys, ["keys", "check", *vault]) == [before]


def test_import_takes_an_encrypted_key_and_says_what_to_destroy(
    vault: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EXCHANGE_BROUGHT_PASSPHRASE", SECRET)
    signer = make_signer()
    old = tmp_path / "old.pem"
    old.write_bytes(key_pem(signer, SECRET) + chain_pem(signer))

    assert main(["keys", "import", NAME, str(old), *vault]) == 0

    shown = capsys.readouterr()
    assert signer.certificate.fingerprint(hashes.SHA256()).hex() in shown.out
    assert "destroy it" in shown.err
    assert SECRET not in shown.out + shown.err
    assert old.exists()


def test_import_of_what_is_no_key_is_misuse_with_a_next_step(
    vault: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = tmp_path / "old.pem"
    old.write_bytes(chain_pem(make_signer()))

    assert main(["keys", "import", NAME, str(old), *vault]) == 2

    shown = capsys.readouterr().err
    assert "vault.import" in shown
    assert "next: bring an EC, RSA or Ed25519 key" in shown


def test_import_of_a_key_whose_certificate_has_ended_is_misuse(
    vault: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signer = make_signer(
        not_before=datetime(2020, 1, 1, tzinfo=UTC), not_after=datetime(2021, 1, 1, tzinfo=UTC)
    )
    old = tmp_path / "old.pem"
    old.write_bytes(key_pem(signer) + chain_pem(signer))

    assert main(["keys", "import", NAME, str(old), *vault]) == 2

    assert "found one that ended at 2021-01-01T00:00:00Z" in capsys.readouterr().err


def test_prove_writes_certificate_and_proof_of_a_key_that_is_there(
    vault: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(vault) == 0
    out = tmp_path / "later.pem"
    words = ["keys", "prove", NAME, *vault, "--proof", "SG-HUB-02", "--out", str(out)]

    values = asked(capsys, words)

    assert Path(values["proof"]) == tmp_path / "later.proof.toml"
    assert main(words) == 2
    assert "nothing was overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["generate", "attestation"], "expected body and role such as"),
        (["generate", "RU-CB-0201/boss"], "expected body and role such as"),
        (["generate", NAME, "--economy", "Russia"], "two capital letters"),
        (["generate", NAME, "--kind", "dsa"], "dsa"),
        (["generate", NAME, "--days", "0"], "--days"),
        (["generate", NAME, "--days", "3000"], "expected at most"),
        (["generate", NAME, "--from", "tomorrow"], "with its zone"),
        (["generate", NAME, "--host", "localhost"], "--host is for transport keys"),
        (["generate", NAME, "--proof", "RU-CB-0201", "--out", "x.pem"], "the id of a hub"),
        (["generate", NAME, "--proof", "XX-HUB-01"], "--proof needs --out FILE"),
        (["generate", NAME, "--out", "no/such/folder/x.pem"], "there is no folder"),
        (["generate", NAME, "--kind", "ed25519"], "vault.algorithm"),
        (["generate", NAME, "--module", "/no/such.so"], "EXCHANGE_VAULT_TOKEN"),
        (["generate", NAME, "--module", "/no/such.so", "--token", "t"], "vault.module"),
        (["import", NAME, "no-such-file.pem"], "no-such-file.pem"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else None,
)
def test_wrong_arguments_are_misuse_and_make_nothing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EXCHANGE_VAULT_PIN", "a guess")
    organisation = ["--organisation", "X"] if words[0] == "generate" else []

    assert main(["keys", *words, "--vault", "vault", *organisation]) == 2

    shown = capsys.readouterr()
    assert said in shown.err
    assert "see: exchange keys" in shown.err or "next:" in shown.err
    assert shown.out == ""
    assert list(tmp_path.rglob("*.pem")) == []


def test_person_makes_a_key_for_themselves_and_a_certificate_for_others(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "li-wei.pem"
    words = ["keys", "person", "XX-HUB-01/li-wei", "--name", "李伟", "--economy", "CN"]

    values = asked(capsys, [*words, "--out", str(out)])

    shown = Path(values["certificate"])
    assert shown == tmp_path / "li-wei.certificate.pem"
    assert "PRIVATE" not in shown.read_text()
    assert b"ENCRYPTED PRIVATE KEY" in out.read_bytes()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert main([*words, "--out", str(out)]) == 2
    assert "nothing was overwritten" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["li-wei", "--name", "x"], "expected body and name such as"),
        (["XX-HUB-01/Li Wei", "--name", "x"], "expected body and name such as"),
        (["XX-HUB-01/li-wei"], "--name"),
        (["XX-HUB-01/li-wei", "--name", "x", "--kind", "rsa-3072"], "vault.algorithm"),
    ],
)
def test_person_with_wrong_arguments_is_misuse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["keys", "person", *words, "--out", str(tmp_path / "x.pem")]) == 2

    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_check_names_the_entry_on_the_lists(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["keys", "check", "--vault", made.vault(BODY), *made.trusting]

    values = asked(capsys, words)

    standing = {one["name"]: one["list"] for one in values}
    assert standing[f"{BODY}/attestation"] == "RU granted"
    assert main(words) == 0
    assert "0 of them bad" in capsys.readouterr().out


def test_check_tells_what_is_on_no_list_without_calling_it_a_fault(
    vault: tuple[str, ...], made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(vault) == 0

    assert main(["keys", "check", *vault, *made.trusting]) == 0

    shown = capsys.readouterr().out
    assert "vault.unlisted (warning)" in shown
    assert "next: propose it with exchange trust propose" in shown


def test_check_of_an_ended_certificate_ends_with_one(
    vault: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert generate(vault, "--from", "2020-01-01T00:00:00Z", "--days", "30") == 0
    capsys.readouterr()

    assert main(["keys", "check", *vault]) == 1

    assert "key.expired" in capsys.readouterr().out


def test_check_tells_every_fault_of_the_folder_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--vault", str(tmp_path / "vault"))
    for suffix in ("a", "b"):
        assert generate(options, name=f"{BODY}/status-{suffix}") == 0
    for suffix in ("a", "b"):
        (tmp_path / "vault" / BODY / f"status-{suffix}.pem").chmod(0o644)
    capsys.readouterr()

    assert main(["keys", "check", *options]) == 2

    shown = capsys.readouterr().err
    assert shown.count("vault.permissions") == 2
    assert shown.count("next:") == 1


@pytest.mark.parametrize("command", ["check", "expiring"])
@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--root", "ab" * 32], "--root is of no use"),
        (["--trust-list", "."], "--trust-list needs --root"),
        (["--at", "tomorrow"], "with its zone"),
    ],
)
def test_lists_and_roots_come_together(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    command: str,
    more: list[str],
    said: str,
) -> None:
    assert generate(("--vault", str(tmp_path / "vault"))) == 0
    capsys.readouterr()

    assert main(["keys", command, "--vault", str(tmp_path / "vault"), *more]) == 2

    assert said in capsys.readouterr().err


def test_expiring_without_anything_to_look_at_is_misuse(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["keys", "expiring"]) == 2
    assert "--vault, --trust-list or both" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("left", "expected", "threshold"),
    [(70, 0, None), (59, 0, 60), (13, 0, 14), (6, 0, 7), (0.5, 1, 1), (-1, 1, 0)],
)
def test_expiring_shows_keys_of_the_vault_in_time(
    vault: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
    left: float,
    expected: int,
    threshold: int | None,
) -> None:
    assert generate(vault, "--from", "2026-01-01T00:00:00Z", "--days", "365") == 0
    at = datetime(2027, 1, 1, tzinfo=UTC) - timedelta(days=left)

    values = asked(
        capsys, ["keys", "expiring", *vault, "--at", f"{at:%Y-%m-%dT%H:%M:%SZ}"], expected
    )

    assert [one["threshold"] for one in values] == ([] if threshold is None else [threshold])
    assert all(one["subject"] == "held" for one in values)


def test_expiring_looks_at_lists_too(made: Place, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["keys", "expiring", *made.trusting, "--days", "100"]

    values = asked(capsys, words)

    assert {one["subject"] for one in values} >= {"list"}
    assert main(words) == 0
    assert "list of lists" in capsys.readouterr().out


def test_expiring_shows_lists_that_are_past_their_next_update(
    made: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    at = datetime.now(UTC) + timedelta(days=91)
    words = ["keys", "expiring", *made.trusting, "--at", f"{at:%Y-%m-%dT%H:%M:%SZ}"]

    values = asked(capsys, words, 1)

    ended = [one for one in values if one["subject"] == "list"]
    assert len(ended) == 8
    assert {one["threshold"] for one in ended} == {0}


def test_import_of_a_file_that_others_could_read_warns(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signer = make_signer()
    old = tmp_path / "old.pem"
    old.write_bytes(key_pem(signer) + chain_pem(signer))
    old.chmod(0o640)

    assert main(["keys", "import", NAME, str(old), "--vault", str(tmp_path / "vault")]) == 0

    assert "others could read" in capsys.readouterr().err


def test_wrong_pin_is_misuse_and_stands_in_no_sentence(
    token: TokenPlace,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EXCHANGE_VAULT_PIN", "a guess")
    options = ("--vault", str(tmp_path / "vault"), "--module", token.module)

    assert generate((*options, "--token", token.token)) == 2

    shown = capsys.readouterr().err
    assert "vault.pin" in shown
    assert "a guess" not in shown


def test_documents_are_signed_with_a_key_of_a_token(
    token: TokenPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(tmp_path / "vault")
    for name, value in (
        ("EXCHANGE_VAULT_MODULE", token.module),
        ("EXCHANGE_VAULT_TOKEN", token.token),
        ("EXCHANGE_VAULT_PIN", token.pin),
    ):
        monkeypatch.setenv(name, value)
    shown = tmp_path / "shown.pem"
    assert generate(("--vault", folder), "--out", str(shown)) == 0
    draft = tmp_path / "draft.xml"
    draft.write_bytes(good_sample("attestation", "ru-qms-machinery").read_bytes())
    signed = tmp_path / "signed.xml"
    words = ["sign", str(draft), "--vault", folder, "--key", NAME, "--out", str(signed)]

    assert main(words) == 0

    assert main(["signature", "verify", str(signed), "--anchor", str(shown)]) == 0
