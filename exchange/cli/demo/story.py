"""The story that the demonstration tells, step by step; the first that does not hold ends it."""

from __future__ import annotations

import asyncio
import json
import re
import time
import tomllib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from rich.table import Table

from exchange.cli.demo.hostile import tampered, wrapped
from exchange.cli.demo.place import HUB, ISSUERS, PULLING, PUSHED
from exchange.cli.demo.processes import Ended, Served, run, serving
from exchange.cli.demo.telling import Teller, expect
from exchange.cli.partner import open_partner
from exchange.core.model import MessageDigest
from exchange.core.receipt import Receipted, read_receipt
from exchange.service.materials import schemas_folder

SAMPLES: Final = {
    "CN-CB-0103": "cn-qms-food-multi-site",
    "RU-CB-0201": "ru-qms-machinery",
    "SA-CB-0301": "sa-qms-construction",
    "SG-CB-0601": "sg-isms-data-centre",
}
"""What each certification body issues, from the samples beside the schemas."""
IN_CUSTODY: Final = "SG-CB-0601"
_DELIVERY_SECONDS: Final = 60
_EXPIRY: Final = re.compile(r"<ExpiryDate>([0-9]{4})(-[0-9-]+)</ExpiryDate>")


@dataclass(slots=True)
class Story:
    """Everything that the steps share."""

    folder: Path
    pass_phrase: str
    root: str
    teller: Teller
    stack: ExitStack
    """Ends the hubs, whatever happens."""
    hub: Served | None = None

    def type(self, words: Sequence[str], *, code: int = 0, quiet: bool = False) -> Ended:
        """Run a command in front of the reader and expect how it ends."""
        self.teller.typed(" ".join(f'"{w}"' if " " in w else w for w in words))
        ended = run(words, self.folder, self.pass_phrase)
        if not quiet:
            self.teller.output(ended.out)
        complaint = ended.err.strip()
        expect(
            ended.code == code, f"exit code {code} was expected, found {ended.code}: {complaint}"
        )
        return ended

    def said(self, words: Sequence[str], *, code: int = 0) -> dict[str, Any]:
        """Run a command that answers in JSON, unseen."""
        ended = run([*words, "--json"], self.folder, self.pass_phrase)
        expect(ended.code == code, f"exit code {code} was expected, found {ended.code}")
        values: dict[str, Any] = json.loads(ended.out)
        return values

    @property
    def trusting(self) -> tuple[str, ...]:
        """The options of whoever believes the lists of the demonstration."""
        return ("--trust-list", "trust", "--root", self.root)


def introduce(story: Story) -> None:
    """Who vouches for whom."""
    story.teller.step(
        "Who vouches for whom",
        "Names and economies of the accreditation bodies are real; the certification bodies "
        "under them are invented. Each list is signed, and the list of lists names the signers.",
    )
    text = (story.folder / "keys" / "trust.toml").read_text(encoding="utf-8")
    bodies = {body["id"]: body for body in tomllib.loads(text)["bodies"]}
    table = Table("accreditation body", "vouches for", "for", "keys kept by")
    for body in bodies.values():
        for accreditation in body.get("accreditations", ()):
            authority = bodies[accreditation["authority"]]
            custody = {key.get("custody", "own") for key in body["keys"]}
            table.add_row(
                f"{authority['names']['en']}\n{authority['id']}",
                f"{body['names']['en'].removesuffix(' (demonstration)')}\n{body['id']}",
                f"{accreditation['standard']}, {len(accreditation['scope-codes'])} codes",
                "the hub" if "hub" in custody else "itself",
            )
    story.teller.console.print(table)
    lists = sorted((story.folder / "trust").glob("*.xml"))
    expect(len(lists) > len(ISSUERS), "there is a signed list for every economy")
    story.teller.held(f"{len(lists)} signed lists; readers pin the key {story.root[:16]}…")


def open_hubs(story: Story) -> None:
    """Start the hub and the partner that is pushed to."""
    story.teller.step(
        "A hub and two partners",
        "Each is a process of its own, with its own database and keys; they know each other "
        "from the trust lists only and talk over mutual TLS only.",
    )
    for name, what in (("hub", f"hub {HUB}"), (PUSHED, f"partner {PUSHED}, to be pushed to")):
        story.teller.typed(f"serve {name}/hub.toml")
        log = story.folder / name / "log.jsonl"
        served = story.stack.enter_context(
            serving(f"{name}/hub.toml", story.folder, story.pass_phrase, log)
        )
        story.teller.held(
            f"{what} serves partners at {served.partners}, process {served.process.pid}"
        )
        if name == "hub":
            story.hub = served
    story.teller.held(f"partner {PULLING} has no server at all: it will pull")


def sign_and_push(story: Story) -> None:
    """Bodies that keep their keys sign off line and submit."""
    story.teller.step(
        "Certification bodies sign, and submit",
        "The key never leaves the body. The hub examines form, schema, signature, trust and "
        "rules, commits, and answers with a signed receipt, which the sender verifies.",
    )
    for body in ISSUERS:
        if body == IN_CUSTODY:
            continue
        draft = _draft(story.folder / body, SAMPLES[body])
        signed = f"{body}/signed.xml"
        key = f"{body}/attestation"
        vault = f"keys/vaults/{body}"
        words = ["sign", str(draft.relative_to(story.folder)), "--vault", vault]
        story.type([*words, "--key", key, "--out", signed])
        story.type(_push(body, signed, (PUSHED, PULLING)))
        receipt = story.said(
            [
                "receipt",
                "verify",
                f"{body}/signed.receipt.xml",
                "--message",
                signed,
                *story.trusting,
            ]
        )
        expect(receipt["stage"] == "accepted", "the receipt says accepted")
        expect(receipt["issuer"] == HUB, "the receipt is the hub's")
        languages = ", ".join(_languages(draft.read_bytes()))
        story.teller.held(f"{body}: an attestation in {languages}, accepted; receipt genuine")


def issue_in_custody(story: Story) -> None:
    """A body whose key is in the hub's vault has a draft signed there."""
    story.teller.step(
        "A small body has its draft signed in the hub's vault",
        "Only for a body that chose so, only on the word of a named person of it, which is "
        "kept as evidence; custody stands on the list, in the receipt and in every verdict.",
    )
    draft = _draft(story.folder / IN_CUSTODY, SAMPLES[IN_CUSTODY])
    story.type(
        [
            "issue",
            str(draft.relative_to(story.folder)),
            "--partner",
            f"{IN_CUSTODY}/partner.toml",
            *_to((PUSHED, PULLING)),
            "--person",
            "Lim Mei",
            "--role",
            "head of certification",
            "--out",
            f"{IN_CUSTODY}/issued",
        ]
    )
    receipt = story.said(
        ["receipt", "verify", f"{IN_CUSTODY}/issued/draft.receipt.xml", *story.trusting]
    )
    expect(receipt["custody"] == "hub", "the receipt tells that the key is in the hub's custody")
    story.teller.held(f"{IN_CUSTODY}: signed by the hub in its name, custody told in the receipt")


def repeat(story: Story) -> None:
    """The same message again gets the first receipt."""
    story.teller.step(
        "Nothing is doubled",
        "A sender that lost the answer sends again. The same message gets the first receipt, "
        "octet for octet.",
    )
    body = ISSUERS[0]
    words = _push(body, f"{body}/signed.xml", (PUSHED, PULLING))
    story.type([*words, "--receipts", f"{body}/again"])
    first = (story.folder / body / "signed.receipt.xml").read_bytes()
    again = (story.folder / body / "again" / "signed.receipt.xml").read_bytes()
    expect(first == again, "both receipts are the same octets")
    story.teller.held("both receipts are the same octets")


def pull(story: Story) -> None:
    """The partner without a server pulls, examines and acknowledges."""
    story.teller.step(
        f"{PULLING} pulls",
        "It takes what waits for it on a lease, examines it with its own lists, keeps it in "
        "its own database, and only then acknowledges, signed with its own key.",
    )
    words = ["pull", "--partner", f"{PULLING}/partner.toml", "--into", f"{PULLING}/inbox"]
    story.type(words)
    taken = sorted((story.folder / PULLING / "inbox").glob("*.acknowledgement.xml"))
    expect(
        len(taken) == len(ISSUERS), f"{len(ISSUERS)} deliveries were expected, found {len(taken)}"
    )
    expect((story.folder / PULLING / "inbox.sqlite3").exists(), "it has a database of its own")
    story.teller.held(f"{len(taken)} attestations taken over and acknowledged")


def follow_receipts(story: Story) -> None:
    """Every step left a receipt, each pointing to the one before."""
    story.teller.step(
        "Every step left a signed receipt",
        f"{PUSHED} was pushed to meanwhile: its own hub examined what came and answered with "
        "its own signed receipt. The issuer sees all receipts of its attestation.",
    )
    body = ISSUERS[0]
    receipts = asyncio.run(_await_receipts(story, body, f"{body}/signed.xml"))
    table = Table("", "stage", "outcome", "issued by", "at", "follows")
    numbers = {one.digest: str(number) for number, one in enumerate(receipts, start=1)}
    for one in receipts:
        receipt = one.receipt
        follows = "" if receipt.previous is None else numbers.get(receipt.previous, "?")
        table.add_row(
            numbers[one.digest],
            receipt.stage.value,
            receipt.outcome.value,
            receipt.issuer,
            f"{receipt.produced_at:%H:%M:%S}",
            follows,
        )
    seen = {one.receipt.issuer for one in receipts}
    story.teller.console.print(table)
    expect(seen >= {HUB, PUSHED, PULLING}, f"receipts of everybody were expected, found {seen}")
    story.teller.held(f"{len(receipts)} receipts, every signature and key verified")


def prove(story: Story) -> None:
    """A receipt stands in the public ledger; checked off line."""
    story.teller.step(
        "The ledger keeps everyone honest, the hub included",
        "Each receipt is a leaf of a public Merkle tree whose root the hub signs. The proof is "
        "fetched once and checked off line; it names no party and shows no document.",
    )
    body = ISSUERS[0]
    facts = story.said(["examine", f"{body}/signed.xml", *story.trusting])
    proof = f"{body}/proof.json"
    fetched = story.type(
        [
            "ledger",
            "fetch",
            facts["content_digest"],
            "--partner",
            f"{body}/partner.toml",
            "--out",
            proof,
        ]
    )
    key = fetched.out.rpartition("key ")[2].strip()
    story.type(
        [
            "ledger",
            "verify",
            proof,
            "--key",
            key,
            "--receipt",
            f"{body}/signed.receipt.xml",
            "--statement",
            f"{body}/signed.xml",
        ]
    )
    story.teller.held("the receipt is in the ledger that the hub has signed")


def refuse(story: Story) -> None:
    """What must not pass does not pass, and the reason is told."""
    story.teller.step(
        "What is refused, and why",
        "A changed date, a forged document around a genuine signature, and a genuine "
        "signature by a key that may not say this. Each refusal is a signed receipt too.",
    )
    body = ISSUERS[1]
    folder = story.folder / body
    signed = (folder / "signed.xml").read_bytes()
    dates = _EXPIRY.search(signed.decode())
    expect(dates, "the attestation has an expiry date")
    before = dates[0] if dates else ""
    later = _EXPIRY.sub(lambda d: f"<ExpiryDate>{int(d[1]) + 1}{d[2]}</ExpiryDate>", before)
    _refused(
        story,
        body,
        "tampered.xml",
        tampered(signed, before, later),
        "signature.digest-mismatch",
        "the expiry date was moved by a year after signing",
    )
    _refused(
        story,
        body,
        "wrapped.xml",
        wrapped(signed, before, later),
        "schema.signature-shape",
        "the genuine document was hidden inside the signature of a forged one",
    )
    draft = folder / "draft.xml"
    text = re.sub(
        r'(<SectorCode listID="IAF-ID1">)\d+', r"\g<1>3", draft.read_text(encoding="utf-8"), count=1
    )
    outside = folder / "outside.draft.xml"
    outside.write_text(text, encoding="utf-8")
    words = ["sign", f"{body}/outside.draft.xml", "--vault", f"keys/vaults/{body}"]
    story.type([*words, "--key", f"{body}/attestation", "--out", f"{body}/outside.xml"])
    _refused(
        story,
        body,
        "outside.xml",
        (folder / "outside.xml").read_bytes(),
        "trust.key-out-of-scope",
        f"{body} is not vouched for in the food sector (IAF 3)",
    )


def _refused(story: Story, body: str, name: str, data: bytes, code: str, sentence: str) -> None:
    path = story.folder / body / name
    if not path.exists():
        path.write_bytes(data)
    story.type(_push(body, f"{body}/{name}", (PUSHED, PULLING)), code=1)
    receipt = story.said(["receipt", "verify", f"{body}/{path.stem}.receipt.xml", *story.trusting])
    codes = [finding["code"] for finding in receipt["findings"]]
    expect(receipt["stage"] == "rejected", "the receipt says rejected")
    expect(code in codes, f"{code} was expected, found {', '.join(codes)}")
    story.teller.refused(code, f"{sentence}; the negative receipt is genuine")


def _draft(folder: Path, sample: str) -> Path:
    """Put a sample into a folder, issued now."""
    source = schemas_folder() / "attestation" / "samples" / "good" / f"{sample}.xml"
    now = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    text = re.sub(
        r"(<c:IssueDateTime>)[^<]+", rf"\g<1>{now}", source.read_text(encoding="utf-8"), count=1
    )
    draft = folder / "draft.xml"
    draft.write_text(text, encoding="utf-8")
    return draft


def _languages(data: bytes) -> list[str]:
    return re.findall(r"<c:Language>([^<]+)</c:Language>", data.decode())


def _to(addressees: Sequence[str]) -> list[str]:
    return [word for name in addressees for word in ("--to", name)]


def _push(body: str, file: str, addressees: Sequence[str]) -> list[str]:
    return ["push", file, "--partner", f"{body}/partner.toml", *_to(addressees)]


async def _await_receipts(story: Story, body: str, file: str) -> tuple[Receipted, ...]:
    """Return the verified receipts of a statement, both partners having acknowledged it."""
    data = await asyncio.to_thread((story.folder / file).read_bytes)
    digest = bytes.fromhex(story.said(["examine", file, *story.trusting])["content_digest"])
    about = MessageDigest(sha256(data).digest())
    deadline = time.monotonic() + _DELIVERY_SECONDS
    async with open_partner(story.folder / body / "partner.toml") as partner:
        while True:
            receipts = await partner.client.receipts(digest)
            if len(receipts) > len((PUSHED, PULLING)) or time.monotonic() > deadline:
                now = datetime.now(UTC)
                return tuple(
                    read_receipt(one, partner.snapshot, now, message_digest=about)
                    for one in receipts
                )
            await asyncio.sleep(0.2)


STEPS: Final[tuple[Callable[[Story], None], ...]] = (
    introduce,
    open_hubs,
    sign_and_push,
    issue_in_custody,
    repeat,
    pull,
    follow_receipts,
    prove,
    refuse,
)
"""The steps in the order in which they are told."""
