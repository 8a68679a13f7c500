"""`exchange keys ceremony`: three officers, an offline root, and nothing before all agree."""

from __future__ import annotations

import io
import json
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from exchange.cli.fingerprints import spoken
from exchange.cli.main import main
from exchange.core.model import Fingerprint
from exchange.core.trust_values import ListType
from exchange.service.founding import hub_release
from exchange.service.own_lists import read_delegation
from exchange.service.trust_keeper import founded
from exchange.vault.device import TokenPlace
from tests.cli.conftest import Place

OFFICERS = ("li-wei", "ana", "ivan")
ROOT_SECRET = "kept in two envelopes"  # noqa: S105 - opens keys that live for one run


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What lies on the table of the ceremony."""

    folder: Path

    @property
    def description(self) -> Path:
        return self.folder / "keys" / "trust.toml"

    @property
    def officers(self) -> Path:
        return self.folder / "officers.toml"

    @property
    def out(self) -> Path:
        return self.folder / "founding"

    @property
    def root_vault(self) -> Path:
        return self.folder / "root"

    def words(self, *more: str) -> list[str]:
        """Return the command, without anybody who answers."""
        places = ("--root-vault", str(self.root_vault), "--out", str(self.out))
        return ["keys", "ceremony", *places, *more]

    def hold(self, *more: str) -> int:
        """Hold the ceremony without asking."""
        given = (str(self.description), "--officers", str(self.officers), "--yes")
        return main(self.words(*given, *more))

    def change(self, path: Path, old: str, new: str) -> None:
        """Put another text in the place of one that is there."""
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


@pytest.fixture(scope="module")
def laid(made: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lay the table once: the hub's certificates, three persons, three documents."""
    folder = tmp_path_factory.mktemp("ceremony")
    (folder / "keys").mkdir()
    for path in (made.folder / "keys").glob("*.*"):
        shutil.copy(path, folder / "keys")
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EXCHANGE_PERSON_PASSPHRASE", "only I know this")
        for name in OFFICERS:
            key = str(folder / f"{name}.pem")
            words = ["keys", "person", f"XX-HUB-01/{name}", "--name", f"Officer {name}"]
            assert main([*words, "--economy", "CN", "--out", key]) == 0
            (folder / f"{name}.id").write_text(f"passport of {name}")
            lines.append(
                f'[[administrators]]\nperson = "XX-HUB-01/{name}"\nname = "Officer {name}"\n'
                f'certificate = "{name}.certificate.pem"\nidentity = "{name}.id"\n'
            )
    (folder / "officers.toml").write_text("\n".join(lines))
    return folder


@pytest.fixture
def table(laid: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Table:
    """Return a table of one's own."""
    monkeypatch.setenv("EXCHANGE_ROOT_PASSPHRASE", ROOT_SECRET)
    shutil.copytree(laid, tmp_path / "table")
    return Table(folder=tmp_path / "table")


def answers(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Let somebody sit at the keyboard."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_ceremony_founds_trust_that_the_hub_believes(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert table.hold("--json") == 0

    values = told(capsys)
    root = Fingerprint(bytes.fromhex(values["root"]))
    state = founded((table.out / "founding.xml").read_bytes(), root, hub_release())
    assert sorted(state.administrators) == [f"XX-HUB-01/{name}" for name in sorted(OFFICERS)]
    assert [one["person"] for one in values["officers"]] == [f"XX-HUB-01/{n}" for n in OFFICERS]
    delegation = read_delegation((table.out / "root.xml").read_bytes(), root, hub_release())
    assert delegation.type is ListType.DELEGATION
    assert (delegation.next_update - delegation.issued_at).days == 90


def test_root_is_read_aloud_in_groups_and_its_key_is_nowhere_else(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()

    assert table.hold() == 0

    shown = capsys.readouterr().out
    (pinned,) = [line for line in shown.splitlines() if line.strip().startswith("trust_pins")]
    root = bytes.fromhex(pinned.split('"')[1])
    lines = [line.strip() for line in shown.splitlines()]
    assert [line for line in lines if line in spoken(root)] == list(spoken(root))
    assert ROOT_SECRET not in shown
    assert [path.name for path in table.out.iterdir() if "PRIVATE" in path.read_text()] == []
    (key,) = table.root_vault.rglob("*.pem")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(table.root_vault.stat().st_mode) == 0o700


def test_steps_are_told_in_their_order(table: Table, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()

    assert table.hold() == 0

    shown = capsys.readouterr().out
    steps = [shown.index(f"step {number} of 5") for number in range(1, 6)]
    assert steps == sorted(steps)
    assert "not founded: CN-AB-CNAS" in shown


def test_second_ceremony_in_the_same_folder_is_misuse(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    assert table.hold() == 0
    before = (table.out / "founding.xml").read_bytes()

    assert table.hold() == 2

    assert "this hub is founded" in capsys.readouterr().err
    assert (table.out / "founding.xml").read_bytes() == before


def test_interrupted_ceremony_goes_on_with_the_same_root(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert table.hold("--json") == 0
    before = told(capsys)["root"]
    (table.out / "founding.xml").unlink()

    assert table.hold("--json") == 0

    assert told(capsys)["root"] == before


@pytest.mark.parametrize("answered", range(5))
def test_one_no_stops_everything_and_nothing_is_made(
    table: Table,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    answered: int,
) -> None:
    answers(monkeypatch, *("y" * answered), "n")
    words = table.words(str(table.description), "--officers", str(table.officers))

    assert main(words) == 1

    assert "stopped; nothing was made" in capsys.readouterr().out
    assert not table.root_vault.exists()
    assert not table.out.exists()


def test_officers_are_asked_for_one_after_the_other(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    said = ["y"]
    for number, name in enumerate(OFFICERS):
        # The first stumbles: a name of another body, and files that are not there.
        said += ["CN-AB-CNAS/li-wei"] if number == 0 else []
        said += [f"XX-HUB-01/{name}", f"Officer {name}"]
        said += ["nowhere.pem", str(table.officers)] if number == 0 else []
        said += [str(table.folder / f"{name}.certificate.pem")]
        said += [str(table.folder / f"{name}.id"), "y"]
    answers(monkeypatch, *said, "n", "y")

    assert main(table.words(str(table.description))) == 0

    shown = capsys.readouterr()
    assert "expected XX-HUB-01/ and a name of letters" in shown.err
    assert "there is no file nowhere.pem" in shown.err
    assert "expected a key certificate in PEM" in shown.err
    assert (table.out / "founding.xml").exists()


def test_ceremony_without_anybody_is_misuse(
    table: Table, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(monkeypatch)

    assert main(table.words(str(table.description))) == 2

    assert "found nobody" in capsys.readouterr().err


def lose_certificates(table: Table) -> None:
    for path in (table.folder / "keys").glob("XX-HUB-01-*.pem"):
        path.unlink()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Something on the table that keeps the ceremony from being held."""

    name: str
    lay: Callable[[Table], object]
    said: str
    code: int = 2


WRONG = (
    Wrong(
        name="two officers",
        lay=lambda t: t.officers.write_text(
            t.officers.read_text().rpartition("[[administrators]]")[0]
        ),
        said="expected 3 trust officers or more, found 2",
        code=1,
    ),
    Wrong(
        name="one person with two names",
        lay=lambda t: t.change(t.officers, "ana.certificate.pem", "li-wei.certificate.pem"),
        said="has the name, key or identity document",
        code=1,
    ),
    Wrong(
        name="two names with one identity document",
        lay=lambda t: t.change(t.officers, "ana.id", "li-wei.id"),
        said="has the name, key or identity document",
        code=1,
    ),
    Wrong(
        name="an auditor among the officers",
        lay=lambda t: t.change(
            t.officers, "[[administrators]]", '[[administrators]]\nrole = "auditor"'
        ),
        said="expected a trust officer",
        code=1,
    ),
    Wrong(
        name="an officer of another body",
        lay=lambda t: t.change(t.officers, "XX-HUB-01/ana", "CN-AB-CNAS/ana"),
        said="expected a trust officer of XX-HUB-01",
        code=1,
    ),
    Wrong(
        name="an officer with a key of the hub",
        lay=lambda t: t.change(t.officers, "ana.certificate.pem", "keys/XX-HUB-01-receipt.pem"),
        said="key of the hub",
        code=1,
    ),
    Wrong(
        name="an officer whose document is missing",
        lay=lambda t: (t.folder / "ana.id").unlink(),
        said="ana.id",
    ),
    Wrong(
        name="an officer without certificate",
        lay=lambda t: (t.folder / "ana.certificate.pem").write_text("nothing"),
        said="expected a key certificate in PEM",
    ),
    Wrong(
        name="officers that are no toml",
        lay=lambda t: t.officers.write_text("= 1"),
        said="expected TOML",
    ),
    Wrong(
        name="a hub without list key",
        lay=lambda t: t.change(
            t.description,
            '[[bodies.keys]]\nrole = "list"\nsigns-until = 2030-01-01T00:00:00Z\n'
            'accepted-until = 2030-04-01T00:00:00Z\n\n[[bodies.keys]]\nrole = "transport"',
            '[[bodies.keys]]\nrole = "transport"',
        ),
        said="expected a list key, found none",
    ),
    Wrong(
        name="a description without hub",
        lay=lambda t: t.change(t.description, '["hub-operator"]', '["laboratory"]'),
        said="expected one hub operator, found 0",
    ),
    Wrong(
        name="certificates that lie nowhere",
        lay=lose_certificates,
        said="XX-HUB-01/receipt: expected its key certificate, found none",
    ),
    Wrong(
        name="a hub whose keys have ended",
        lay=lambda t: t.change(
            t.description,
            'role = "receipt"\nsigns-until = 2030-01-01T00:00:00Z',
            'role = "receipt"\nsigns-until = 2021-01-01T00:00:00Z',
        ),
        said="expected an active hub operator",
        code=1,
    ),
)


@pytest.mark.parametrize("case", WRONG, ids=lambda case: case.name)
def test_what_cannot_be_founded_is_said_before_anything_is_made(
    table: Table, capsys: pytest.CaptureFixture[str], case: Wrong
) -> None:
    case.lay(table)

    assert table.hold() == case.code

    shown = capsys.readouterr().err
    assert case.said in shown
    assert "next:" in shown
    assert not table.root_vault.exists()
    assert not table.out.exists()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ([], "expected the description of the hub"),
        (["{description}", "--yes"], "--yes needs --officers FILE"),
        (["{description}", "--renew"], "--renew takes neither"),
        (["--renew", "--officers", "{officers}"], "--renew takes neither"),
        (["{description}", "--list-key", "{officers}"], "--list-key is for --renew"),
        (["{description}", "--days", "91"], "--days"),
        (["--renew"], "founding.xml cannot be read"),
        (["nowhere.toml"], "nowhere.toml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_arguments_are_misuse(
    table: Table, capsys: pytest.CaptureFixture[str], more: list[str], said: str
) -> None:
    given = {"description": table.description, "officers": table.officers}

    assert main(table.words(*(word.format(**given) for word in more))) == 2

    shown = capsys.readouterr().err
    assert said in shown
    assert "see: exchange keys ceremony --help" in shown
    assert not table.root_vault.exists()


def test_certificates_may_come_from_the_vault_of_the_hub(table: Table, made: Place) -> None:
    # The demo keeps list keys in a vault of their own, so that certificate stays a file.
    for role in ("receipt", "transport"):
        (table.folder / "keys" / f"XX-HUB-01-{role}.pem").unlink()

    assert table.hold("--vault", made.vault("XX-HUB-01")) == 0


def test_renewal_says_the_same_for_longer_and_keeps_the_former(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    assert table.hold("--days", "30") == 0
    capsys.readouterr()
    before = (table.out / "root.xml").read_bytes()

    assert main(table.words("--renew", "--json")) == 0

    values = told(capsys)
    root = Fingerprint(bytes.fromhex(values["root"]))
    old = read_delegation(before, root, hub_release())
    new = read_delegation((table.out / "root.xml").read_bytes(), root, hub_release())
    assert (new.sequence, values["sequence"]) == (2, 2)
    assert new.pointers == old.pointers
    assert new.next_update > old.next_update
    assert (table.out / "root-1.xml").read_bytes() == before


def test_renewal_may_name_another_list_key_and_must_name_it_again(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    assert table.hold() == 0
    other = str(table.folder / "keys" / "CN-AB-CNAS-list.pem")

    assert main(table.words("--renew", "--list-key", other)) == 0
    assert main(table.words("--renew")) == 2
    assert "expected the certificates of the list keys" in capsys.readouterr().err
    assert main(table.words("--renew", "--list-key", other)) == 0
    assert sorted(path.name for path in table.out.glob("root-*.xml")) == [
        "root-1.xml",
        "root-2.xml",
    ]


def test_renewal_with_another_root_is_refused(
    table: Table, capsys: pytest.CaptureFixture[str]
) -> None:
    assert table.hold() == 0
    before = (table.out / "root.xml").read_bytes()
    shutil.rmtree(table.root_vault)
    (table.out / "founding.xml").rename(table.folder / "kept.xml")
    assert table.hold() == 0
    (table.folder / "kept.xml").replace(table.out / "founding.xml")
    (table.out / "root.xml").write_bytes(before)
    capsys.readouterr()

    assert main(table.words("--renew")) == 2

    assert "of this founding, found" in capsys.readouterr().err
    assert (table.out / "root.xml").read_bytes() == before


def test_root_may_be_made_in_a_token(
    table: Table,
    token: TokenPlace,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EXCHANGE_ROOT_PIN", token.pin)
    monkeypatch.delenv("EXCHANGE_ROOT_PASSPHRASE")
    kept = ("--root-module", token.module, "--root-token", token.token)
    places = ["keys", "ceremony", *kept, "--out", str(table.out), "--json"]
    capsys.readouterr()

    assert main([*places, str(table.description), "--officers", str(table.officers), "--yes"]) == 0

    root = told(capsys)["root"]
    assert main([*places, "--renew"]) == 0
    renewed = told(capsys)
    assert (renewed["root"], renewed["sequence"]) == (root, 2)
    assert not table.root_vault.exists()


@pytest.mark.parametrize(
    "more",
    [
        [],
        ["--root-module", "/no/such.so"],
        ["--root-token", "root"],
        ["--root-vault", "root", "--root-token", "root"],
        ["--root-vault", "root", "--root-module", "/no/such.so", "--root-token", "root"],
    ],
    ids=" ".join,
)
def test_root_is_in_one_place(
    table: Table, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    words = ["keys", "ceremony", "--out", str(table.out), *more]
    given = [str(table.description), "--officers", str(table.officers), "--yes"]

    assert main([*words, *given]) == 2

    assert "expected --root-vault FOLDER, or --root-module" in capsys.readouterr().err


def test_wrong_pass_phrase_of_the_root_is_misuse(
    table: Table, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert table.hold() == 0
    monkeypatch.setenv("EXCHANGE_ROOT_PASSPHRASE", "a guess")

    assert main(table.words("--renew")) == 2

    shown = capsys.readouterr().err
    assert "vault.pass-phrase" in shown
    assert "a guess" not in shown
