"""The steps about the life of one certificate, and what its recipients see at each of them.

The certificate is the first that was delivered in the demonstration. All that follows is signed
by bodies with their status keys and addressed to nobody: whoever received the certificate is told.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from exchange.cli.demo.changes import (
    Certificate,
    accepted_by,
    change,
    document_id,
    holder,
    next_due,
    pdf_around,
    read_certificate,
    reason,
)
from exchange.cli.demo.documents import refused
from exchange.cli.demo.hostile import tampered
from exchange.cli.demo.place import ACCEPTING, ISSUERS, OPERATOR, PULLING
from exchange.cli.demo.scene import Story, push
from exchange.cli.demo.telling import expect
from exchange.cli.demo.watching import asking, pull, watch

BODY: Final = ISSUERS[0]
BY_NUMBER: Final = ISSUERS[1]
NEVER_ISSUED: Final = "10326Q99999R0M"
_ADDRESS: Final = f"{BODY}/qr.txt"
_REGISTER: Final = "register-only"
_ORDER: Final = "Hangzhou Internet Court, (2026) 0192, 2026-11-20"


def declare(story: Story) -> None:
    """Bodies say how open their registers are; from then on anybody can ask."""
    story.teller.step(
        "Anybody can ask: three bodies declare their registers",
        "A body says in one signed statement, at least once a month, that its register here is "
        "complete and current, and how open it is. Before that nobody is shown anything by "
        "number; after it a number that was never issued gets an honest answer.",
    )
    certificate = read_certificate(story.folder, BODY, "signed.xml")
    before = story.said(asking(story, certificate.number, BODY), code=3)
    story.teller.held(f"before: {before['sentence']}")
    for body, openness in ((BODY, "public"), (ACCEPTING, "public"), (BY_NUMBER, "number")):
        words = ["declare", f"management-systems:{openness}:all"]
        story.type([*words, "--partner", f"{body}/partner.toml"])
    story.type(asking(story, certificate.number, BODY))
    story.type(["certificate", "search", "海岬", "--partner", f"{PULLING}/partner.toml"])
    words = ["certificate", "qr", certificate.number, "--partner", f"{BODY}/partner.toml"]
    address = story.type([*words, "--out", f"{BODY}/qr.svg"]).out.strip()
    (story.folder / _ADDRESS).write_text(address, encoding="utf-8")
    story.type(asking(story, address), lines=1)
    story.teller.held("the QR address leads to the same certificate; only its body can get it")
    theirs = read_certificate(story.folder, BY_NUMBER, "signed.xml")
    paper = ["--holder", holder((story.folder / theirs.file).read_text(encoding="utf-8"))]
    ended = story.type([*asking(story, theirs.number, BY_NUMBER), *paper], lines=1)
    expect("matches" in ended.out, "the name on the paper is the holder's")
    story.teller.held(f"{BY_NUMBER} shows no names: a name typed from the paper is compared only")
    absent = story.said(asking(story, NEVER_ISSUED, BODY), code=1)
    story.teller.held(f"a number that was never issued: {absent['sentence']}")


def maintain(story: Story) -> None:
    """Surveillance passed."""
    story.teller.step(
        "The life of a certificate: surveillance passed",
        "Every change is a signed statement with a sequence number. The body addresses nobody: "
        "whoever received the certificate is told, in the same transaction.",
    )
    certificate = read_certificate(story.folder, BODY, "signed.xml")
    draft = change("maintain", certificate, 1)
    _say(story, BODY, "1-maintain", draft)
    pull(story)
    watch(story, certificate, [f"{BODY}/1-maintain.xml"], "valid", "in force today")
    story.teller.held(
        f"surveillance passed, the next by {next_due(draft)}: still valid, and both recipients "
        "have signed for it"
    )


def suspend(story: Story) -> None:
    """Suspended, across a gap in the sequence."""
    story.teller.step(
        "Suspension: at once, even when the statement before it was lost",
        "Number 2, by which a site leaves the scope, is lost on the way; number 3 suspends. "
        "What only takes away is never held up: it takes effect on arrival, and the receipt "
        "names the gap.",
    )
    certificate = read_certificate(story.folder, BODY, "signed.xml")
    left = reason("productionEnded", "济南冷链仓库已关闭", "The cold store in Jinan was closed")
    _sign(
        story,
        BODY,
        "2-reduce",
        change("reduce", certificate, 2, reasons=left, removed_site="S3"),
    )
    _say(story, BODY, "3-suspend", change("suspend", certificate, 3))
    receipt = story.said(["receipt", "verify", f"{BODY}/3-suspend.receipt.xml", *story.trusting])
    found = [one["message"] for one in receipt["findings"]]
    expect(any("at once" in one for one in found), f"a warning was expected, found {found}")
    story.teller.held("suspended at once, although number 2 is missing; the receipt names the gap")
    pull(story)
    said = watch(story, certificate, [f"{BODY}/3-suspend.xml"], "not-valid", "suspended")
    story.type(["notices", "--partner", f"{BODY}/partner.toml"])
    expect("temporary" in said["sentence"], "a suspension is temporary")
    words = asking(story, certificate.number, BODY)
    story.type([*words, "--xml"], code=1, into="answer.xml")
    for language in ("zh", "ar"):
        offline = ["certificate", "verify", "answer.xml", *story.trusting, "--lang", language]
        story.type(offline, code=1, lines=1)
    story.teller.held("the signed answer can be kept; it is checked off line, in every language")
    _take_over(story, certificate, "too-early")
    refused(
        story,
        ACCEPTING,
        "too-early.xml",
        None,
        "rule.TRF-01",
        "what is suspended is not transferred",
    )


def restore(story: Story) -> None:
    """A restoration that overtakes is held until the missing statement comes."""
    story.teller.step(
        "A restoration that overtakes is held",
        "What gives back waits for what is missing, stored and receipted: nobody is told that a "
        "certificate is good again before everything said earlier is known.",
    )
    certificate = read_certificate(story.folder, BODY, "signed.xml")
    _say(story, BODY, "4-restore", change("restore", certificate, 4))
    receipt = story.said(["receipt", "verify", f"{BODY}/4-restore.receipt.xml", *story.trusting])
    found = [one["message"] for one in receipt["findings"]]
    expect(any("held" in one for one in found), f"held was expected, found {found}")
    still = story.said(asking(story, certificate.number, BODY), code=1)
    story.teller.held(f"held, until number 2 comes; meanwhile: {still['sentence']}")
    _push(story, BODY, "2-reduce")
    pull(story)
    files = [f"{BODY}/2-reduce.xml", f"{BODY}/4-restore.xml"]
    watch(story, certificate, files, "valid", "in force today")
    story.teller.held("number 2 came, so number 4 was released: valid again, with a site less")


def transfer(story: Story) -> None:
    """Another body takes the certificate over."""
    story.teller.step(
        f"Transfer to {ACCEPTING}",
        "The accepting body attests, and names the old certificate by its digest; then the old "
        "body says where it went. Old numbers and old QR codes lead to the new certificate.",
    )
    old = read_certificate(story.folder, BODY, "signed.xml")
    new = _take_over(story, old, "accepted")
    _push(story, ACCEPTING, "accepted", addressed=True)
    _say(story, BODY, "5-transfer", change("transfer", old, 5, successor=new))
    pull(story)
    said = watch(story, old, [f"{BODY}/5-transfer.xml"], "not-valid", "replaced")
    expect(new.number in said["sentence"], "the old number leads to the new one")
    address = (story.folder / _ADDRESS).read_text(encoding="utf-8")
    ended = story.type(asking(story, address), code=1, lines=1)
    expect(new.number in ended.out, "the old QR code leads to the new one")
    story.type(asking(story, new.number, ACCEPTING))
    story.teller.held(f"old number and QR code lead to {new.number} of {ACCEPTING}, which is valid")


def withdraw(story: Story) -> None:
    """The new body withdraws it for good; altered files do not help."""
    story.teller.step(
        "Withdrawal: final",
        "A withdrawn certificate never comes back. A file from before does not help: the hub "
        "answers for today, an altered file is no certificate, and the pages of a PDF prove "
        "nothing; only the XML inside is judged.",
    )
    new = read_certificate(story.folder, ACCEPTING, "accepted.xml")
    cause = reason("markMisuse", "在范围外的产品上使用标志", "The mark was used on other products")
    _say(
        story,
        ACCEPTING,
        "1-withdraw",
        change("withdraw", new, 1, issuer=ACCEPTING, reasons=cause),
    )
    pull(story)
    said = watch(story, new, [f"{ACCEPTING}/1-withdraw.xml"], "not-valid", "withdrawn")
    expect("final" in said["sentence"], "a withdrawal is final")
    then = ["--on", "2026-05-04", "--occasion", "shipment"]
    story.type([*asking(story, f"{BODY}/signed.xml"), *then], code=1, lines=1)
    genuine = (story.folder / new.file).read_bytes()
    files = {
        "altered.xml": tampered(genuine, ">412<", ">812<"),
        "beautiful.pdf": pdf_around(genuine, "Certificate valid until 2039"),
    }
    for name, data in files.items():
        (story.folder / name).write_bytes(data)
        story.type(asking(story, name), code=1, lines=1)
    story.teller.held("an altered file is not valid; a PDF that says otherwise does not help")


def remove(story: Story) -> None:
    """A statement is removed by order."""
    story.teller.step(
        "Removed by order of a court",
        "The operator deletes the octets of one statement; a signed notice that names the order "
        "takes their place and goes to whoever received it. Receipts and proofs still hold.",
    )
    new = read_certificate(story.folder, ACCEPTING, "accepted.xml")
    story.type(
        [
            *("remove", new.digest.hex(), "--order", _ORDER, "--yes"),
            *("--partner", f"hub/{OPERATOR}", "--out", "removal.xml"),
        ]
    )
    said = story.said(asking(story, new.number, ACCEPTING), code=3)
    pull(story)
    story.teller.held(f"anyone is told: {said['sentence']}")
    expect(_ORDER.encode() in (story.folder / "removal.xml").read_bytes(), "the order is named")
    receipt = story.said(
        ["receipt", "verify", f"{ACCEPTING}/accepted.receipt.xml", *story.trusting]
    )
    expect(receipt["verified"], "the receipt of what was removed still verifies")
    story.teller.held("the notice names the order; the receipt of what was removed still verifies")


def _take_over(story: Story, old: Certificate, name: str) -> Certificate:
    """Let the accepting body sign a certificate that takes an old one over."""
    draft = (story.folder / BODY / "draft.xml").read_text(encoding="utf-8")
    path = _write(story, ACCEPTING, name, accepted_by(ACCEPTING, draft, old, document_id(draft)))
    story.sign(ACCEPTING, path.name, f"{name}.xml")
    return read_certificate(story.folder, ACCEPTING, f"{name}.xml")


def _write(story: Story, body: str, name: str, text: str) -> Path:
    path = story.folder / body / f"{name}.draft.xml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _sign(story: Story, body: str, name: str, text: str) -> None:
    """Let a body sign a status change."""
    path = _write(story, body, name, text)
    story.sign(body, path.name, f"{name}.xml", "status")


def _push(story: Story, body: str, name: str, *, addressed: bool = False) -> None:
    words = push(body, f"{name}.xml") if addressed else push(body, f"{name}.xml", (_REGISTER,))
    story.type(words)


def _say(story: Story, body: str, name: str, text: str) -> None:
    """Let a body sign a status change and push it, addressed to nobody."""
    _sign(story, body, name, text)
    _push(story, body, name)
