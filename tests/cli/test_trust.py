"""Administrators at their terminals, with a real hub: what they type, and what comes of it."""

from __future__ import annotations

import base64
import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from exchange.cli.main import main
from tests.cli.conftest import PASS_PHRASE
from tests.cli.ruling import Ruled, Terminal, ruling

CB = "CN-CB-0103"


@pytest.fixture(scope="module")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ruled]:
    """Return a hub with the bodies of the demo, brought in by two officers."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("VAULT", "PERSON", "ROOT"):
            patch.setenv(f"EXCHANGE_{name}_PASSPHRASE", PASS_PHRASE)
        with ruling(tmp_path_factory.mktemp("ruled")) as one:
            world = str(one.folder / "keys" / "world.toml")
            words = ["--file", world, "--evidence", one.evidence, "--reason", "Agreement 2026/1"]
            told = StringIO()
            with redirect_stdout(told):
                assert main(["trust", "propose", *words, "--json", *one.admin()]) == 0
            words = ["trust", "approve", json.loads(told.getvalue())["digest"], "--yes"]
            assert main([*words, *one.admin("ana-sousa")]) == 0
            yield one


@pytest.fixture(autouse=True)
def person_pass_phrase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give every command the pass phrase of a person's key."""
    monkeypatch.setenv("EXCHANGE_PERSON_PASSPHRASE", PASS_PHRASE)


@pytest.fixture
def terminal(ruled: Ruled, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Return a terminal."""
    return Terminal(ruled=ruled, capsys=capsys)


def test_the_state_of_trust_names_people_bodies_and_keys(terminal: Terminal) -> None:
    shown, _ = terminal.type("show")
    assert "XX-HUB-01/li-wei, trust-officer of XX-HUB-01" in shown
    for name in ("CN-CB-0103", "SG-AB-SAC", "XX-HUB-01/omar-haddad"):
        assert name in shown


def test_an_entry_tells_on_whose_word_its_keys_stand(terminal: Terminal) -> None:
    shown, _ = terminal.type("show", "SA-CB-0301")
    assert "Agreement 2026/1" in shown.replace("\n", " ") or "Agreement" in shown
    values = terminal.said("show", "SA-CB-0301")
    (first, *_) = values["history"]
    assert first["events"][0]["persons"] == ["XX-HUB-01/li-wei", "XX-HUB-01/ana-sousa"]
    assert first["evidence"]["title"] == "Agreement 2026/1"


def test_options_say_the_same_as_the_file(ruled: Ruled, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--hub", ruled.partners, "--key", ruled.key(), "--root", ruled.root]
    assert main(["trust", "show", *words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hub"] == "XX-HUB-01"


@pytest.mark.parametrize("board", ["proposals", "suspensions", "freshness", "expiring"])
def test_a_board_is_a_table_or_json(terminal: Terminal, board: str) -> None:
    assert terminal.type("show", board)[0]
    assert isinstance(terminal.said("show", board), dict)


def test_a_rotation_waits_for_evidence_and_for_a_second_person(
    terminal: Terminal, tmp_path: Path
) -> None:
    new = _new_key(
        terminal,
        tmp_path,
        "PT-CB-0501/attestation-2027",
        "Certilusa — Associação para a Certificação (demonstração)",
    )
    wish = ("--rotate", "PT-CB-0501/attestation", new, "--overlap", "10d", "--late", "20d")
    before = terminal.said("show")["actions"]
    rehearsed, _ = terminal.type("rehearse", *wish)
    assert "would change  0" in rehearsed
    assert terminal.said("show")["actions"] == before
    told, _ = terminal.type("propose", *wish, "--reason", "key of 2027")
    assert "next: another trust officer runs `exchange trust approve" in told
    proposed = terminal.said("show", "proposals", "--state", "open")["proposals"][-1]
    assert [one["evidence"] for one in proposed["changes"][0]["arrivals"]] == [None]
    digest = proposed["digest"]

    _, complaint = terminal.type("approve", digest[:10], "--yes", by="ana-sousa", code=1)
    assert "action.evidence-missing" in complaint
    evidence = ("--evidence", terminal.ruled.evidence)
    _, complaint = terminal.type("approve", digest, "--yes", *evidence, code=1)
    assert "action.same-person" in complaint
    told, _ = terminal.type("approve", digest, "--yes", *evidence, by="ana-sousa")
    assert "is active" in told
    assert terminal.standing("PT-CB-0501") == ["active", "active"]


def _new_key(terminal: Terminal, folder: Path, name: str, organisation: str) -> str:
    path = folder / "new.pem"
    vault = terminal.ruled.folder / "keys" / "vaults" / name.partition("/")[0]
    words = ["keys", "generate", name, "--vault", str(vault), "--organisation", organisation]
    assert main([*words, "--proof", "XX-HUB-01", "--out", str(path)]) == 0
    return str(path)


def test_a_key_without_proof_of_possession_is_not_even_proposed(
    terminal: Terminal, tmp_path: Path
) -> None:
    new = _new_key(terminal, tmp_path, "PT-CB-0501/status-2027", "Certilusa")
    Path(new).with_suffix("").with_suffix(".proof.toml").unlink()
    wish = ("--rotate", "PT-CB-0501/status", new, "--reason", "without proof")
    _, complaint = terminal.type("propose", *wish, code=2)
    assert "no proof of possession" in complaint
    assert "exchange keys generate --proof" in complaint


def test_an_approval_asks_and_nobody_is_there(terminal: Terminal) -> None:
    digest = terminal.said("propose", "--retire", "SA-CB-0301/status", "--reason", "t")["digest"]
    _, complaint = terminal.type("approve", digest, by="ana-sousa", code=2)
    assert "--yes" in complaint
    wrong = ("--shown", "0" * 64, "--yes")
    _, complaint = terminal.type("approve", digest, *wrong, by="ana-sousa", code=2)
    assert "what will change now has the digest" in complaint
    told, _ = terminal.type("reject", digest, "--reason", "not now", by="omar-haddad")
    assert "is rejected" in told
    _, complaint = terminal.type("approve", digest, "--yes", by="ana-sousa", code=1)
    assert "action.proposal-decided" in complaint


def test_a_suspension_counts_at_once_and_two_persons_lift_it(terminal: Terminal) -> None:
    told, _ = terminal.type("suspend", "KZ-CB-0401/attestation", "--reason", "strange use")
    assert "suspended" in told
    assert terminal.standing("KZ-CB-0401") == ["suspended"]
    (open_one,) = [
        one
        for one in terminal.said("show", "suspensions")["suspensions"]
        if one["body"] == "KZ-CB-0401"
    ]
    assert (open_one["reason"], open_one["ended_at"]) == ("strange use", None)
    terminal.decided("--restore", open_one["key"][:12])
    assert terminal.standing("KZ-CB-0401") == ["active"]


def test_a_key_is_suspended_over_the_public_listener(
    ruled: Ruled, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    (key,) = [
        one["fingerprint"]
        for one in terminal.said("show", "SG-CB-0601")["keys"]
        if one["role"] == "status"
    ]
    words = ["--hub", ruled.public, "--key", ruled.key("omar-haddad"), "--root", ruled.root]
    named = [key, "--body", "SG-CB-0601", "--reason", "lost"]
    assert main(["trust", "suspend", *named, *words]) == 0
    assert "next: two persons lift it" in capsys.readouterr().out
    assert terminal.standing("SG-CB-0601", "status") == ["suspended"]


def test_a_revocation_can_begin_with_a_suspension(terminal: Terminal) -> None:
    proposed = terminal.said("revoke", "RU-CB-0201/status", "--at-once", "--reason", "stolen")
    assert terminal.standing("RU-CB-0201", "status") == ["suspended"]
    words = ("approve", proposed["digest"], "--yes", "--confirm-shrinking")
    assert terminal.said(*words, by="ana-sousa")["state"] == "active"
    assert terminal.standing("RU-CB-0201", "status") == ["revoked"]
    (key,) = [
        one["fingerprint"]
        for one in terminal.said("show", "RU-CB-0201")["keys"]
        if one["role"] == "status"
    ]
    _, complaint = terminal.type("propose", "--restore", key, "--reason", "no", code=1)
    assert "action.key-move" in complaint


def test_what_a_list_loses_is_confirmed_a_second_time(terminal: Terminal) -> None:
    proposed = terminal.said("propose", "--end", "SG-CB-0601", "--reason", "it closed")
    assert "shrinks" in {one["what"].removeprefix("list-") for one in proposed["effects"]}
    words = ("approve", proposed["digest"], "--yes")
    _, complaint = terminal.type(*words, by="ana-sousa", code=1)
    assert "action.shrinks" in complaint
    assert "--confirm-shrinking" in complaint or "second" in complaint
    terminal.type("reject", proposed["digest"], "--reason", "it goes on")


def test_a_body_is_renamed_and_its_accreditation_suspended(terminal: Terminal) -> None:
    names = terminal.said("show", "SA-CB-0301")["names"]
    assert len(names) == 2
    terminal.decided("--rename", "SA-CB-0301", "en=Najd Certification of tomorrow")
    assert terminal.said("show", "SA-CB-0301")["names"]["en"] == "Najd Certification of tomorrow"
    proposed = terminal.decided("--accreditation", "SA-CB-0301", "SAAC-MS-0301", "suspended")
    assert proposed["state"] == "active"


def test_a_body_takes_the_place_of_another_and_a_key_gets_another_scope(
    terminal: Terminal, tmp_path: Path
) -> None:
    scope = tmp_path / "scope.toml"
    scope.write_text(
        'schemes = ["urn:mrhub:scheme:management-systems"]\nstandards = ["ISO 9001"]\n'
        'product-groups = ["IAF-ID1:17"]\neconomies = ["RU"]\n',
        encoding="utf-8",
    )
    proposed = terminal.said(
        *("propose", "--rescope", "RU-CB-0201/attestation", str(scope)),
        *("--successor", "KZ-CB-0401", "SA-CB-0301", "--reason", "merger"),
        *("--on", "2029-11-27T00:00:00Z", "--when-fetched"),
    )
    assert {"key-rescoped", "successor"} <= {one["what"] for one in proposed["effects"]}
    assert proposed["activation"] == {"at": "2029-11-27T00:00:00+00:00", "when_fetched": True}
    shown, _ = terminal.type("show", proposed["digest"][:9])
    assert "when all have fetched, at the latest 2029-11-27 00:00" in shown
    terminal.type("reject", proposed["digest"], "--reason", "they stay apart")


def test_an_approval_at_a_terminal_shows_and_asks(terminal: Terminal) -> None:
    digest = terminal.said("propose", "--retire", "SA-CB-0301/receipt", "--reason", "t")["digest"]
    words = ["trust", "approve", digest, *terminal.ruled.admin("ana-sousa")]

    def answered(word: bytes) -> tuple[int, str]:
        ours, theirs = pty.openpty()
        try:
            os.write(ours, word + b"\n")
            ended = subprocess.run(
                [sys.executable, "-m", "exchange", *words],
                stdin=theirs,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        finally:
            os.close(ours)
            os.close(theirs)
        return ended.returncode, ended.stdout + ended.stderr

    code, told = answered(b"n")
    assert (code, "approve exactly this?" in told) == (2, True), told
    # What it touches is shown before it is decided: deliveries, partners, verdicts.
    for shown in ("partner behind", "SA.xml", "judged again", "in flight"):
        assert shown in told
    assert terminal.said("show", digest)["state"] == "open"
    code, told = answered(b"y")
    assert code == 0, told
    assert terminal.said("show", digest)["state"] == "active"


def test_persons_come_and_go(terminal: Terminal, tmp_path: Path) -> None:
    key = tmp_path / "ann.pem"
    words = ["XX-HUB-01/ann", "--name", "Ann Lee", "--economy", "SG", "--out", str(key)]
    assert main(["keys", "person", *words]) == 0
    (tmp_path / "passport.txt").write_text("Ann Lee", encoding="utf-8")
    enrolment = tmp_path / "persons.toml"
    enrolment.write_text(
        '[[administrators]]\nperson = "XX-HUB-01/ann"\nrole = "auditor"\nname = "Ann Lee"\n'
        'certificate = "ann.certificate.pem"\nidentity = "passport.txt"\n',
        encoding="utf-8",
    )
    terminal.decided("--enrol", str(enrolment))
    hub = ("--hub", terminal.ruled.partners, "--root", terminal.ruled.root, "--key", str(key))
    shown, _ = terminal.type("show", *hub, by=None)
    assert "XX-HUB-01/ann, auditor" in shown
    words_of_ann = ("propose", "--end", CB, "--reason", "no", *hub)
    assert "action.person-role" in terminal.type(*words_of_ann, by=None, code=1)[1]
    terminal.decided("--discharge", "XX-HUB-01/ann")
    _, complaint = terminal.type("show", *hub, by=None, code=3)
    assert "peer." in complaint
    _, complaint = terminal.type("propose", "--discharge", "XX-HUB-01/x", "--reason", "", code=2)
    assert "no such administrator" in complaint


def test_the_history_is_exported_and_verified_off_line(terminal: Terminal, tmp_path: Path) -> None:
    export = tmp_path / "history.jsonl"
    shown, _ = terminal.type("history", "--out", str(export))
    assert "not verified" in shown
    words = ("history", "--verify", "--root", terminal.ruled.root, str(export))
    shown, _ = terminal.type(*words, by=None)
    assert "every seal, signature and quorum holds" in shown
    values = json.loads(terminal.type(*words, "--json", by=None)[0])
    assert values["verified"] is True
    assert values["actions"][2]["persons"] == ["XX-HUB-01/li-wei", "XX-HUB-01/ana-sousa"]


def test_a_history_that_was_edited_is_found_out(terminal: Terminal, tmp_path: Path) -> None:
    export = tmp_path / "history.jsonl"
    terminal.type("history", "--out", str(export))
    lines = export.read_text(encoding="utf-8").splitlines()
    verify = ("history", "--verify", "--root", terminal.ruled.root)

    def told(name: str, changed: list[str], code: int = 1) -> str:
        path = tmp_path / name
        path.write_text("\n".join(changed) + "\n", encoding="utf-8")
        return terminal.type(*verify, str(path), by=None, code=code)[1]

    assert "/History/Action[2]" in told("left-out.jsonl", [lines[0], *lines[2:]])
    assert "/History/Action[" in told("swapped.jsonl", [lines[0], lines[2], lines[1]])
    second = json.loads(lines[1])
    statement = base64.b64decode(second["statement"]).replace(b"li-wei", b"li-bai")
    second["statement"] = base64.b64encode(statement).decode()
    assert "/History/Action[2]" in told("edited.jsonl", [lines[0], json.dumps(second)])
    assert "line 1" in told("nonsense.jsonl", ["{"])
    # Where nothing rests on what is missing, only its number tells.
    last = lines[-1].replace('"number": ', '"number": 1')
    gap = told("number-left-out.jsonl", [*lines[:-1], last])
    assert "action.order" in gap
    assert f"/History/Action[{len(lines)}]" in gap
    assert "action.order" in told("beheaded.jsonl", lines[1:])
    assert "line 1" in told("unnumbered.jsonl", [lines[0].replace("number", "numb")])
    other = ("history", "--verify", "--root", "0" * 64, str(export))
    assert "action.root" in terminal.type(*other, by=None, code=1)[1]
    assert "--root" in terminal.type("history", "--verify", str(export), by=None, code=2)[1]


def test_lists_are_published_when_somebody_is_impatient(terminal: Terminal) -> None:
    shown, _ = terminal.type("publish")
    assert "CN.xml  number" in shown
    assert "root.xml  number 1  unchanged" in shown


def test_anyone_fetches_the_lists_and_believes_them_because_of_the_root(
    ruled: Ruled, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    words = ["trust", "fetch", "--hub", ruled.public, "--out", str(tmp_path / "trust")]
    assert main([*words, "--root", "0" * 64]) == 1
    assert "trust." in capsys.readouterr().err
    assert list((tmp_path / "trust").glob("*.xml")) == []
    assert main([*words, "--root", ruled.root]) == 0
    assert main([*words, "--root", ruled.root]) == 0
    names = {path.name for path in (tmp_path / "trust").glob("*.xml")}
    assert names >= {"root.xml", "list-of-lists.xml", "CN.xml", "XX.xml"}


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("show", "ZZ-CB-0000"), 1, "refused.not-found"),
        (("show", "0123"), 2, "settings.change"),
        (("show", "0123456789"), 2, "expected one proposal that begins so, found none"),
        (("propose", "--revoke", "CN-CB-0103/letters", "--reason", ""), 2, "no key role"),
        (("propose", "--revoke", "deadbeef", "--reason", ""), 2, "settings.change"),
        (("propose", "--end", "ZZ-CB-0000", "--reason", ""), 2, "no entry of this body"),
        (("propose", "--rename", CB, "Name", "--reason", ""), 2, "LANGUAGE=NAME"),
        (("propose", "--accreditation", CB, "X", "lost", "--reason", ""), 2, "expected one of"),
        (("propose", "--accreditation", CB, "X", "active", "--reason", ""), 2, "it has"),
        (("propose", "--successor", CB, CB, "--reason", ""), 2, "found itself"),
        (("propose", "--reason", ""), 2, "everything stands as it is wanted"),
        (("propose", "--retire", CB, "--late", "soon", "--reason", ""), 2, "14d"),
        (("propose", "--on", "Friday", "--reason", ""), 2, "2026-11-22T10:00:00Z"),
        (("suspend", "CN-CB-0103/letters", "--reason", ""), 2, "expected one key"),
        (("revoke", CB, "--at-once", "--reason", ""), 2, "expected a key, found a body"),
        (("rehearse", "--proposal", "ffffffff"), 2, "settings.change"),
        (("reject", "0" * 64, "--reason", ""), 1, "refused.not-found"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else None,
)
def test_a_wish_that_makes_no_sense_is_answered_with_a_sentence(
    terminal: Terminal, words: tuple[str, ...], code: int, complaint: str
) -> None:
    _, told = terminal.type(*words, code=code)
    assert complaint in told
    assert "Traceback" not in told


def test_nobody_is_believed_under_another_root(ruled: Ruled, terminal: Terminal) -> None:
    words = ("--hub", ruled.partners, "--key", ruled.key(), "--root", "0" * 64)
    _, complaint = terminal.type("show", *words, by=None, code=1)
    assert "trust." in complaint


def test_who_one_is_has_to_be_said(
    terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, complaint = terminal.type("show", by=None, code=2)
    assert complaint.count("settings.value") == 3
    path = tmp_path / "admin.toml"
    path.write_text('adress = "https://127.0.0.1:9"\nkey = 3\n', encoding="utf-8")
    _, complaint = terminal.type("show", "--admin", str(path), by=None, code=2)
    assert "settings.unknown" in complaint
    path.write_text("address = ", encoding="utf-8")
    _, complaint = terminal.type("show", "--admin", str(path), by=None, code=2)
    assert "settings.file" in complaint
    gone = ("--hub", "https://127.0.0.1:9", "--key", terminal.ruled.key(), "--root", "0" * 64)
    _, complaint = terminal.type("show", *gone, by=None, code=3)
    assert "peer.unreachable" in complaint
    open_to_all = ("--hub", terminal.ruled.public.replace("https:", "http:"), *gone[2:])
    _, complaint = terminal.type("show", *open_to_all, by=None, code=2)
    assert "expected https://…" in complaint
    monkeypatch.setenv("EXCHANGE_PERSON_PASSPHRASE", "wrong")
    _, complaint = terminal.type("show", code=2)
    assert "vault.pass-phrase" in complaint
    monkeypatch.delenv("EXCHANGE_PERSON_PASSPHRASE")
    _, complaint = terminal.type("show", code=2)
    assert "EXCHANGE_PERSON_PASSPHRASE" in complaint
