"""`exchange certificate verify`: a certificate by its number, its QR address or its file.

The hub's answer is asked for in its signed form and believed because of the reader's own trust
lists, never because of the connection; it has to be fresh, so that no old answer is replayed.
A signed answer in a file is checked off line.
"""

from __future__ import annotations

import asyncio
import json as jsonlib
import re
import sys
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import quote, urlencode

import typer
from rich.console import Console
from rich.text import Text

from exchange.cli.arguments import Json, epilog, hub_address
from exchange.cli.exits import ExitCode
from exchange.cli.fetching import unbelieving
from exchange.cli.foreign_text import shown
from exchange.cli.trusting import Roots, TrustLists, load_snapshot
from exchange.codes.verification import DisclosureCode
from exchange.core.model import BodyId, Economy
from exchange.core.periods import in_zulu
from exchange.core.qr_address import digest_of, token_of
from exchange.core.sentences import choose
from exchange.core.verification import Asked, Goods, Occasion, Overall, Result
from exchange.core.verification_document import asked_words
from exchange.core.verification_reading import SignedVerification, read_verification
from exchange.errors import Finding, PeerError, RefusedError
from exchange.peer.calls import Calls, good

_FRESH: Final = timedelta(minutes=10)
"""How old an answer may be that was asked for now; clocks differ."""
_LONGEST_NUMBER: Final = 120
_GOODS: Final = ("model", "gtin", "hs", "batch", "factory")
_ADDRESS: Final = re.compile(r"(?:https://[^/]+/q/)?(1-[0-9A-Za-z-]{26,40})")
_DAY: Final = re.compile(r"[12][0-9]{3}-[0-9]{2}-[0-9]{2}")
_ECONOMY: Final = re.compile("[A-Z]{2}")
_ANSWER: Final = re.compile(rb"<(?:\w+:)?Verification[ >]")
_EXITS: Final = {
    Overall.VALID: ExitCode.DONE,
    Overall.NOT_VALID: ExitCode.REFUSED,
    Overall.CANNOT_TELL: ExitCode.UNDECIDED,
}
_STYLES: Final = {Result.PASSED: "green", Result.FAILED: "bold red", Result.UNKNOWN: "yellow"}
HELP: Final = """Verify a certificate: seven verdicts and one plain sentence.

    By number, by QR address, or by the file itself (XML or PDF). The answer of the hub is signed,
    and believed because of your own trust lists. The file of a signed answer is checked off line.
    Exit code 0: valid; 1: not valid; 2: the command is wrong; 3: cannot tell.
    """
EPILOG: Final = epilog(
    "exchange certificate verify 0103-2026-000001 --issuer CN-CB-0103 "
    "--hub https://hub.example:8444 --trust-list lists/ --root 5b0c…",
    "exchange certificate verify certificate.pdf --on 2026-03-01 --occasion shipment "
    "--hub https://hub.example:8444 --trust-list lists/ --root 5b0c…",
    "exchange certificate verify https://hub.example/q/1-0123456789ABCDEFGHJKMNPQRS "
    "--hub https://hub.example:8444 --lang ru --trust-list lists/ --root 5b0c…",
    "exchange certificate verify answer.xml --trust-list lists/ --root 5b0c…",
)


def now() -> datetime:
    """Return the instant at which an answer is judged."""
    return datetime.now(UTC)


def verify_command(
    what: Annotated[str, typer.Argument(metavar="NUMBER|FILE|ADDRESS")],
    *,
    trust_list: TrustLists,
    root: Roots,
    hub: Annotated[str, typer.Option(metavar="URL", help="Address of a hub's listener.")] = "",
    issuer: Annotated[str, typer.Option(help="The body that issued it.")] = "",
    scheme: Annotated[
        str, typer.Option(metavar="URN", help="Its scheme, where a number stands in several.")
    ] = "",
    on: Annotated[str, typer.Option(metavar="DAY", help="Ask for the standing then, too.")] = "",
    occasion: Annotated[str, typer.Option(help="manufacture, shipment or entry.")] = "",
    model: Annotated[str, typer.Option(help="The model of the goods.")] = "",
    gtin: Annotated[str, typer.Option(help="Their GTIN.")] = "",
    hs: Annotated[str, typer.Option(help="Their commodity code.")] = "",
    batch: Annotated[str, typer.Option(help="Their batch.")] = "",
    factory: Annotated[str, typer.Option(help="Where they were made.")] = "",
    economy: Annotated[str, typer.Option(help="Ask for recognition there.")] = "",
    holder: Annotated[str, typer.Option(help="The holder's name, as on the paper.")] = "",
    lang: Annotated[str, typer.Option(help="en, zh, ru, ar, fr or es.")] = "en",
    json: Json = False,
    xml: Annotated[bool, typer.Option("--xml", help="Write the signed answer.")] = False,
) -> None:
    """Verify one certificate, and end with the number of the answer."""
    at = now()
    path = Path(what)
    data = path.read_bytes() if path.is_file() else None
    if data is not None and _ANSWER.search(data[:2000]):
        signed = data
        found = read_verification(data, load_snapshot(trust_list, root, at), at)
    else:
        _require_question(what, hub, is_file=data is not None)
        given = {
            "issuer": issuer,
            "scheme": scheme,
            "on": on,
            "occasion": occasion,
            "model": model,
            "gtin": gtin,
            "hs": hs,
            "batch": batch,
            "factory": factory,
            "economy": economy,
            "holder": holder,
        }
        asked = _asked(what, data, given)
        query = urlencode({name: value for name, value in given.items() if value.strip()})
        signed = asyncio.run(_fetched(hub, what, data, query))
        found = read_verification(signed, load_snapshot(trust_list, root, at), at)
        _require_fresh(found, at)
        _require_asked(found, asked, is_file=data is not None)
    if xml:
        sys.stdout.buffer.write(signed)
    elif json:
        sys.stdout.write(jsonlib.dumps(_facts(found, lang), ensure_ascii=False, indent=2) + "\n")
    else:
        _show(found, lang)
    raise typer.Exit(_EXITS[found.overall])


def _require_question(what: str, hub: str, *, is_file: bool) -> None:
    """Let nobody ask about a slip of the pen: a file that is not there is no number."""
    hub_address(hub)
    if not is_file and what.lower().endswith((".xml", ".pdf")):
        raise typer.BadParameter(f"there is no file {what[:200]!r}", param_hint="FILE")


async def _fetched(hub: str, what: str, data: bytes | None, query: str) -> bytes:
    address = _ADDRESS.fullmatch(what)
    path = f"/v1/certificates/{quote(what, safe='')}/verification"
    if data is not None:
        path = "/v1/verifications"
    elif address is not None:
        path = f"/v1/q/{address[1]}/verification"
    headers = {"Accept": "application/xml"}
    if data is not None:
        headers["Content-Type"] = "application/octet-stream"
    async with Calls.open(hub, unbelieving()) as calls:
        method = "GET" if data is None else "POST"
        return good(await calls.call(method, f"{path}?{query}", data, headers)).body


def _require_fresh(found: SignedVerification, at: datetime) -> None:
    """Refuse an answer that was given at another time.

    Raises:
        PeerError: It is old: somebody plays it again, or a clock is wrong.
    """
    if abs(found.at - at) > _FRESH:
        raise PeerError(
            Finding(
                code=DisclosureCode.STALE,
                message=f"expected an answer of {in_zulu(at)}, found one of {in_zulu(found.at)}",
            )
        )


def _asked(what: str, data: bytes | None, given: Mapping[str, str]) -> Asked:
    """Return what is asked, before any hub is: a slip of the pen is no verdict."""
    address = _ADDRESS.fullmatch(what)
    day, occasion, economy = given["on"], given["occasion"], given["economy"]
    if day and not _DAY.fullmatch(day):
        raise typer.BadParameter(f"{day!r} is no day such as 2026-11-22", param_hint="--on")
    if occasion and occasion not in set(Occasion):
        raise typer.BadParameter(f"choose from {', '.join(Occasion)}", param_hint="--occasion")
    if economy and not _ECONOMY.fullmatch(economy):
        raise typer.BadParameter("expected two capital letters", param_hint="--economy")
    try:
        on = date.fromisoformat(day) if day else None
        digest = digest_of(token_of(address[1])) if address and data is None else None
    except ValueError as exc:
        raise typer.BadParameter(str(exc), param_hint="--on") from exc
    except RefusedError as exc:
        raise typer.BadParameter(exc.findings[0].message, param_hint="ADDRESS") from exc
    return Asked(
        number="" if data is not None or address else what.strip()[:_LONGEST_NUMBER],
        address_digest=digest,
        upload_digest=None if data is None else sha256(data).digest(),
        issuer=BodyId(given["issuer"]),
        scheme=given["scheme"],
        on=on,
        occasion=Occasion(occasion) if occasion else None,
        goods=Goods(**{name: given[name] for name in _GOODS}),
        economy=Economy(economy),
    )


def _require_asked(found: SignedVerification, asked: Asked, *, is_file: bool) -> None:
    """Refuse a genuine answer to another question.

    Raises:
        PeerError: Somebody on the way has put one in the place of ours.
    """
    expected = asked_words(asked)
    # Of a file the hub says number and issuer; the digest of its octets is what was asked.
    own = ("Number", "Issuer") if is_file else ()
    answered = {name: text for name, text in found.asked.items() if name not in own}
    wanted = {name: text for name, text in expected.items() if name not in own}
    if answered == wanted:
        return
    about = sorted(name for name in {*answered, *wanted} if answered.get(name) != wanted.get(name))
    raise PeerError(
        Finding(
            code=DisclosureCode.ANOTHER_QUESTION,
            message="expected an answer to what was asked, found one that differs in "
            + ", ".join(about),
        )
    )


def _sentence(found: SignedVerification, lang: str) -> str:
    said = {one.language: one.text for one in found.sentences}
    return said.get(choose((lang,))) or found.sentences[0].text


def _facts(found: SignedVerification, lang: str) -> dict[str, Any]:
    return {
        "sentence": _sentence(found, lang),
        "overall": found.overall.value,
        "code": found.code,
        "because": list(found.because),
        "number": found.number,
        "verified_at": in_zulu(found.at),
        "hub": found.header.issuer,
        "snapshot_id": found.snapshot_id,
        "verdicts": [
            {
                "question": one.question.value,
                "result": one.result.value,
                "code": one.code,
                "message": one.message,
            }
            for one in found.verdicts
        ],
    }


def _show(found: SignedVerification, lang: str) -> None:
    console = Console(highlight=False)
    console.print(shown(_sentence(found, lang)), style="bold", soft_wrap=True)
    for one in found.verdicts:
        mark = Text(f"  {one.result.value:<8}", style=_STYLES[one.result])
        console.print(
            Text.assemble(mark, f"{one.question.value:<16} ", shown(one.message)), soft_wrap=True
        )
    console.print(f"  signed by {found.header.issuer} at {in_zulu(found.at)}", soft_wrap=True)
