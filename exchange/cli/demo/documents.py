"""The steps about documents: signed, submitted, delivered, acknowledged, proven, refused."""

from __future__ import annotations

import asyncio
import re
import time
import tomllib
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from rich.table import Table

from exchange.cli.demo.hostile import tampered, wrapped
from exchange.cli.demo.place import HUB, ISSUERS, PULLING, PUSHED
from exchange.cli.demo.scene import WAIT_SECONDS, Story, push, to
from exchange.cli.demo.telling import expect
from exchange.cli.partner import open_partner
from exchange.core.model import MessageDigest
from exchange.core.receipt import Receipted, read_receipt

IN_CUSTODY: Final = "SG-CB-0601"
_EXPIRY: Final = re.compile(r"<ExpiryDate>([0-9]{4})(-[0-9-]+)</ExpiryDate>")


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
        draft = story.draft(body)
        signed = f"{body}/signed.xml"
        story.sign(body, "draft.xml", "signed.xml")
        story.type(push(body, "signed.xml"))
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
    draft = story.draft(IN_CUSTODY)
    story.type(
        [
            "issue",
            str(draft.relative_to(story.folder)),
            "--partner",
            f"{IN_CUSTODY}/partner.toml",
            *to((PUSHED, PULLING)),
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
    words = push(body, "signed.xml")
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
    refused(
        story,
        body,
        "tampered.xml",
        tampered(signed, before, later),
        "signature.digest-mismatch",
        "the expiry date was moved by a year after signing",
    )
    refused(
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
    story.sign(body, "outside.draft.xml", "outside.xml")
    refused(
        story,
        body,
        "outside.xml",
        (folder / "outside.xml").read_bytes(),
        "trust.key-out-of-scope",
        f"{body} is not vouched for in the food sector (IAF 3)",
    )


def refused(
    story: Story, body: str, name: str, data: bytes | None, code: str, sentence: str
) -> None:
    """Let a body push a file, and expect the hub to refuse it with a code."""
    path = story.folder / body / name
    if data is not None and not path.exists():
        path.write_bytes(data)
    story.type(push(body, name), code=1)
    receipt = story.said(["receipt", "verify", f"{body}/{path.stem}.receipt.xml", *story.trusting])
    codes = [finding["code"] for finding in receipt["findings"]]
    expect(receipt["stage"] == "rejected", "the receipt says rejected")
    expect(code in codes, f"{code} was expected, found {', '.join(codes)}")
    story.teller.refused(code, f"{sentence}; the negative receipt is genuine")


def _languages(data: bytes) -> list[str]:
    return re.findall(r"<c:Language>([^<]+)</c:Language>", data.decode())


async def _await_receipts(story: Story, body: str, file: str) -> tuple[Receipted, ...]:
    """Return the verified receipts of a statement, both partners having acknowledged it."""
    data = await asyncio.to_thread((story.folder / file).read_bytes)
    digest = bytes.fromhex(story.said(["examine", file, *story.trusting])["content_digest"])
    about = MessageDigest(sha256(data).digest())
    deadline = time.monotonic() + WAIT_SECONDS
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
