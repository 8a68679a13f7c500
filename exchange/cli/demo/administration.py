"""The steps about trust: founding, two persons, a rotation, a revocation, and their proof."""

from __future__ import annotations

import base64
import json
import math
import re
import tomllib
from datetime import datetime, timedelta
from typing import Any, Final

from exchange.cli.demo.documents import refused
from exchange.cli.demo.place import HUB, ISSUERS, OFFICERS, PUSHED, write_evidence
from exchange.cli.demo.processes import serving
from exchange.cli.demo.scene import Story, push
from exchange.cli.demo.telling import expect

PROPOSER: Final = "li-wei"
APPROVER: Final = "ana-sousa"
ROTATED: Final = "CN-CB-0103"
NEW_KEY: Final = "attestation-2027"
REVOKED: Final = "RU-CB-0201"
_IN_OVERLAP: Final = 7
"""Commands between the proposal of a rotation and the end of the old key."""
_LATE: Final = 4
"""Commands for which there has to be time between that end and the last late arrival."""


def found(story: Story) -> None:
    """The officers make keys of their own and found the hub's trust at a ceremony."""
    story.teller.step(
        "The founding: three officers and a root that stays off line",
        "Each officer makes a key of their own. At the ceremony they make the root, which signs "
        "twice only: who the officers are, and which key may publish lists for 90 days. Readers "
        "pin the root's fingerprint, read aloud.",
    )
    for name, (written, economy) in OFFICERS.items():
        words = ["keys", "person", f"{HUB}/{name}", "--name", written, "--economy", economy]
        story.type([*words, "--out", f"people/{name}.pem"], quiet=True)
    held = story.said(
        [
            *("keys", "ceremony", "keys/trust.toml", "--root-vault", "root", "--out", "founding"),
            *("--officers", "people/officers.toml", "--yes"),
        ]
    )
    story.teller.typed(
        "keys ceremony keys/trust.toml --root-vault root --out founding "
        "--officers people/officers.toml --yes"
    )
    story.root = str(held["root"])
    expect(len(story.root) == 64, "the root is a fingerprint")  # noqa: PLR2004
    groups = " ".join(story.root[i : i + 4] for i in range(0, 32, 4))
    story.teller.held(f"{len(OFFICERS)} officers enrolled; the root begins {groups}")


def open_hub(story: Story) -> None:
    """Start the hub, which trusts nobody but itself yet."""
    story.teller.step(
        "The hub opens, and trusts nobody",
        "Its trust is what the founding says: itself and its officers. Nobody can submit "
        "anything, because nobody is on a list.",
    )
    story.teller.typed("serve hub/hub.toml")
    log = story.folder / "hub" / "log.jsonl"
    story.hub = story.stack.enter_context(serving("hub/hub.toml", story.folder, story.secrets, log))
    state = story.said(["trust", "show", *_as(PROPOSER)])
    expect([one["id"] for one in state["bodies"]] == [HUB], "the hub knows itself alone")
    story.teller.held(
        f"hub {HUB} serves partners at {story.hub.partners}, process {story.hub.process.pid}"
    )


def bring_in_the_world(story: Story) -> None:
    """One officer proposes every body, another approves."""
    story.teller.step(
        "Two persons bring the bodies in",
        "One officer proposes; keys come with proof of possession and with evidence of who sent "
        "them. Nothing happens on one person's word: the proposer cannot approve, and whoever "
        "approves signs exactly what was shown.",
    )
    evidence = write_evidence(
        story.folder,
        "agreement",
        "Agreement 2026/1 with an annex of fingerprints",
        "the bodies' offices of signatures",
    )
    proposed = story.said(
        [
            *("trust", "propose", *_as(PROPOSER), "--file", "keys/world.toml"),
            *("--evidence", evidence, "--reason", "Agreement 2026/1"),
        ]
    )
    story.teller.typed(
        f"trust propose {' '.join(_as(PROPOSER))} --file keys/world.toml --evidence {evidence} "
        '--reason "Agreement 2026/1"'
    )
    digest = str(proposed["digest"])
    bodies = sum(one["what"] == "body" for one in proposed["changes"])
    keys = sum(len(one["arrivals"]) for one in proposed["changes"])
    story.teller.held(f"proposed: {bodies} bodies with {keys} keys; it changes nothing yet")
    _refused_action(
        story,
        ["trust", "approve", digest[:12], *_as(PROPOSER), "--yes"],
        "action.same-person",
        "the proposer is no second person",
    )
    story.type(["trust", "approve", digest[:12], *_as(APPROVER), "--yes"], quiet=True)
    story.await_list("SG.xml", after=0)
    story.fetch(quiet=False)
    text = (story.folder / "keys" / "world.toml").read_text(encoding="utf-8")
    described = {one["id"] for one in tomllib.loads(text)["bodies"]}
    state = story.said(["trust", "show", *_as(APPROVER)])
    expect(described < {one["id"] for one in state["bodies"]}, "every body is on a list")
    story.teller.held("approved by a second person, published at once, fetched under the root")


def open_partner_hub(story: Story) -> None:
    """Start the partner that is pushed to, which fetches its lists over HTTPS."""
    story.teller.step(
        "A partner with a hub of its own",
        "It pins the root, begins with the lists that anyone can fetch, and keeps them fresh "
        "over mutual TLS by itself. The two hubs share nothing else.",
    )
    out = f"{PUSHED}/trust"
    words = ["trust", "fetch", "--hub", story.served.public, "--root", story.root, "--out", out]
    story.type(words, quiet=True)
    story.teller.typed(f"serve {PUSHED}/hub.toml")
    log = story.folder / PUSHED / "log.jsonl"
    served = story.stack.enter_context(
        serving(f"{PUSHED}/hub.toml", story.folder, story.secrets, log)
    )
    story.pushed = served
    story.teller.held(
        f"partner {PUSHED} serves partners at {served.partners}, process {served.process.pid}"
    )


def rotate(story: Story) -> None:
    """A new key is brought, rehearsed, and takes the place of an old one with an overlap."""
    story.teller.step(
        f"{ROTATED} rotates its key: rehearsed first, then with an overlap",
        "The new key never left the body's vault; its fingerprint was confirmed by video. The "
        "rehearsal says what would break and changes nothing; approval is refused until there "
        "is evidence of who sent the key.",
    )
    text = (story.folder / "keys" / "world.toml").read_text(encoding="utf-8")
    names = next(one["names"] for one in tomllib.loads(text)["bodies"] if one["id"] == ROTATED)
    story.type(
        [
            *("keys", "generate", f"{ROTATED}/{NEW_KEY}", "--vault", f"keys/vaults/{ROTATED}"),
            *("--organisation", names["en"], "--proof", HUB, "--out", f"{ROTATED}/{NEW_KEY}.pem"),
        ],
        quiet=True,
    )
    for name in ("during", "late", "too-late"):
        story.draft(ROTATED, f"{name}.draft")
        story.sign(ROTATED, f"{name}.draft.xml", f"{name}.xml")
    overlap = math.ceil(3 + story.time_for(_IN_OVERLAP))
    late = math.ceil(2 + story.time_for(_LATE))
    wish = [
        *("--rotate", f"{ROTATED}/attestation", f"{ROTATED}/{NEW_KEY}.pem"),
        *("--overlap", f"{overlap}s", "--late", f"{late}s"),
    ]
    before = story.said(["trust", "show", *_as(PROPOSER)])["actions"]
    rehearse = ["trust", "rehearse", *_as(PROPOSER)]
    abrupt = [*wish[:3], "--overlap", "0s", "--late", "0s"]
    for given, breaks, sentence in (
        (abrupt, True, "at once: what is signed under the old key today would be refused"),
        (wish, False, "with an overlap: nothing would break"),
    ):
        rehearsed = story.type([*rehearse, *given], quiet=True)
        story.teller.output("\n".join(rehearsed.out.strip().splitlines()[-5:]))
        found = re.search(r"would change +(\d+)", rehearsed.out)
        expect(found and (int(found[1]) > 0) is breaks, f"the rehearsal says {sentence}")
        story.teller.held(sentence)
    after = story.said(["trust", "show", *_as(PROPOSER)])["actions"]
    expect(before == after, "a rehearsal changes nothing")
    number = story.sequence("CN.xml")
    reason = "Key of 2027, letter 2026/118"
    proposed = story.said(["trust", "propose", *_as(PROPOSER), *wish, "--reason", reason])
    story.teller.typed(f'trust propose {" ".join([*_as(PROPOSER), *wish])} --reason "{reason}"')
    digest = str(proposed["digest"])[:12]
    _refused_action(
        story,
        ["trust", "approve", digest, *_as(APPROVER), "--yes"],
        "action.evidence-missing",
        "nobody has said who sent the new key",
    )
    evidence = write_evidence(
        story.folder, "rotation", "Letter 2026/118", f"office of signatures of {ROTATED}"
    )
    story.type(
        ["trust", "approve", digest, *_as(APPROVER), "--evidence", evidence, "--yes"], quiet=True
    )
    story.await_list("CN.xml", after=number)
    old = _old_key(story)
    story.ends["signs"] = datetime.fromisoformat(old["signs_until"])
    story.ends["accepted"] = datetime.fromisoformat(old["accepted_until"])
    story.teller.held(
        f"the old key signs for {overlap} s beside the new one, and what it signed is taken "
        f"for {late} s more; in earnest these are weeks and months"
    )
    story.type(push(ROTATED, "during.xml"), quiet=True)
    story.teller.held("during the overlap: a document under the old key is accepted")
    story.draft(ROTATED, "new.draft")
    story.sign(ROTATED, "new.draft.xml", "new.xml", NEW_KEY)
    story.type(push(ROTATED, "new.xml"), quiet=True)
    story.teller.held("during the overlap: a document under the new key is accepted")


def revoke(story: Story) -> None:
    """A stolen key is suspended by one person at once, and revoked by two."""
    story.teller.step(
        f"The key of {REVOKED} is stolen",
        "One officer suspends it: at once, on every process and on open connections. Two "
        "persons revoke it for good. What existed before stays good, and the hub's first "
        "receipt is the proof that it did.",
    )
    accepted = story.said(["receipt", "verify", f"{REVOKED}/signed.receipt.xml", *story.trusting])
    number = story.sequence("RU.xml")
    proposed = story.said(
        [
            *("trust", "revoke", f"{REVOKED}/attestation", *_as(PROPOSER), "--at-once"),
            *("--reason", "Notebook stolen"),
        ]
    )
    story.teller.typed(
        f"trust revoke {REVOKED}/attestation {' '.join(_as(PROPOSER))} --at-once "
        '--reason "Notebook stolen"'
    )
    story.draft(REVOKED, "stolen.draft")
    story.sign(REVOKED, "stolen.draft.xml", "stolen.xml")
    refused(
        story,
        REVOKED,
        "stolen.xml",
        None,
        "trust.key-suspended",
        "suspended on one officer's word, until two persons decide",
    )
    story.await_list("RU.xml", after=number)
    number = story.sequence("RU.xml")
    digest = str(proposed["digest"])[:12]
    story.type(
        ["trust", "approve", digest, *_as(APPROVER), "--confirm-shrinking", "--yes"], quiet=True
    )
    story.await_list("RU.xml", after=number)
    story.draft(REVOKED, "after.draft")
    story.sign(REVOKED, "after.draft.xml", "after.xml")
    refused(story, REVOKED, "after.xml", None, "trust.key-revoked", "revoked by two persons")
    story.fetch()
    at = str(accepted["received_at"])
    facts = story.said(["examine", f"{REVOKED}/signed.xml", "--at", at, *story.trusting])
    expect(facts["accepted"], "what existed before the revocation stays good")
    story.teller.held(f"the document that the hub received at {at[11:19]} is still good")
    board = story.said(["trust", "show", "suspensions", *_as(APPROVER)])
    expect(board["refused"], "the document refused meanwhile is listed")
    story.teller.held("the document that was refused meanwhile is listed, its sender is told")


def arrive_late(story: Story) -> None:
    """What the old key signed arrives after its end: in time, and too late."""
    story.teller.step(
        f"Late arrivals under the old key of {ROTATED}",
        "A document that was signed in time and arrives after the key's end is accepted until "
        "its last day. A signature that claims a later time is not, and after the last day "
        "nothing is; what was accepted before stays good.",
    )
    story.wait_until(story.ends["signs"] + timedelta(seconds=0.2))
    story.type(push(ROTATED, "late.xml"), quiet=True)
    story.teller.held("signed in time, arrived late: accepted")
    story.draft(ROTATED, "ended.draft")
    story.sign(ROTATED, "ended.draft.xml", "ended.xml")
    refused(
        story,
        ROTATED,
        "ended.xml",
        None,
        "trust.signed-outside-period",
        "the old key signs no more",
    )
    story.wait_until(story.ends["accepted"] + timedelta(seconds=0.2))
    refused(story, ROTATED, "too-late.xml", None, "trust.no-longer-accepted", "it arrived too late")
    story.draft(ROTATED, "newer.draft")
    story.sign(ROTATED, "newer.draft.xml", "newer.xml", NEW_KEY)
    story.type(push(ROTATED, "newer.xml"), quiet=True)
    receipt = story.said(["receipt", "verify", f"{ROTATED}/signed.receipt.xml", *story.trusting])
    expect(receipt["stage"] == "accepted", "what was accepted before stays accepted")
    story.teller.held("the new key signs on; the receipts of before hold")


def prove_history(story: Story) -> None:
    """Everything that was decided is computed again from the signed statements alone."""
    story.teller.step(
        "Who decided what, and when: computed again from signed statements alone",
        "Every action is signed by the person and sealed by the hub. Whoever has them and the "
        "root computes every quorum again, off line; a database that was edited is found out.",
    )
    words = ["trust", "history", "--verify"]
    story.type([*words, *_as("omar-haddad"), "--out", "history.jsonl"])
    path = story.folder / "history.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines()
    forged = json.loads(lines[-1])
    statement = base64.b64decode(forged["statement"])
    edited = statement.replace(APPROVER.encode(), b"omar-haddad")
    expect(statement != edited, "the last action names who approved")
    forged["statement"] = base64.b64encode(edited).decode()
    (story.folder / "edited.jsonl").write_text(
        "\n".join((*lines[:-1], json.dumps(forged))) + "\n", encoding="utf-8"
    )
    ended = story.type([*words, "--root", story.root, "edited.jsonl"], code=1, quiet=True)
    expect("/History/Action[" in ended.err, "the place of the edit is named")
    code = ended.err.split()[1]
    story.teller.refused(code, "one row was edited: another person was put in the approver's place")
    board = story.said(["trust", "show", "freshness", *_as(APPROVER)])
    held = [one for one in board["partners"] if one["partner"] == PUSHED]
    expect(held and all(one["keys"] for one in held), f"{PUSHED} has fetched the lists")
    story.teller.held(
        f"{PUSHED} holds {held[0]['keys']} keys and has fetched every list; the others of this "
        f"demonstration ({len(ISSUERS)} issuers among them) have not, and stand in red"
    )


def _as(name: str) -> tuple[str, str]:
    return ("--admin", f"people/{name}.toml")


def _refused_action(story: Story, words: list[str], code: str, sentence: str) -> None:
    """Expect the hub to refuse what somebody says."""
    ended = story.type(words, code=1, quiet=True)
    expect(code in ended.err, f"{code} was expected, found {ended.err.strip()[:300]}")
    story.teller.refused(code, sentence)


def _old_key(story: Story) -> dict[str, Any]:
    """Return the older of the two attestation keys, as its entry says."""
    entry = story.said(["trust", "show", ROTATED, *_as(PROPOSER)])
    found = [one for one in entry["keys"] if one["role"] == "attestation"]
    expect(len(found) == 2, "there are two attestation keys")  # noqa: PLR2004
    old: dict[str, Any] = min(found, key=lambda one: str(one["signs_until"]))
    return old
