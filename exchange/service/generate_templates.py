"""Templates of a made register: good samples of every scheme, cut where they are varied.

- A sample is brought into canonical form once, without the blanks between its elements, its days
  are moved, and it is cut at everything that differs between certificates: identifiers, number,
  holder, goods codes, models. A document is then those pieces joined, and its own canonical form:
  nothing is parsed to sign it.
- Which days, and which cuts, a scheme allows is not known here: each variant is filled in once
  and examined (`Judge`), and only what passes the five gates is a template.
- A number keeps the form that the scheme gives it; its last digits count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from exchange.core.limits import Limits
from exchange.core.model import BodyId
from exchange.core.xml import canonical, parse
from exchange.service.generate_homes import Home, living_in
from exchange.service.generate_names import enterprise_name, identifier, mixed
from exchange.service.materials import schemas_folder

_DAY: Final = re.compile(r"(?<![\d-])20[0-4]\d-[01]\d-[0-3]\d(?!\d)")
_FIXED: Final = re.compile(r"<(Authorisation|Scheme|Requirement)>.*?</\1>", re.DOTALL)
"""What is about the scheme and the accreditation, whose days are facts of others."""
_HOLDER: Final = re.compile(r"<Holder>(.*?)</Holder>", re.DOTALL)
_ID: Final = re.compile(r'<c:PartyID [^>]*?schemeID="([A-Z]+)"[^>]*>([^<]+)<')
_NAME: Final = re.compile(r'<c:Name [^>]*?xml:lang="([^"]+)">([^<]+)<')
_GTIN: Final = re.compile(r'<(?:c:)?ProductID [^>]*?schemeID="(GTIN)"[^>]*>(\d+)<')
_MODEL: Final = re.compile(r"<Model>([^<]{3,})</Model>")
_RESTS: Final = re.compile(r"<(?:c:)?(?:Related\w*|Replaces)[ >]")
_BLANKS: Final = re.compile(r">\s+<")
"""Between elements; nothing in the schemas mixes elements and text."""
_RUN: Final = re.compile(r"\d{4,}")
_DIGITS: Final = {4: 4, 5: 5, 6: 6, 7: 5}
_MOST_DIGITS: Final = 6

Judge = Callable[[bytes, BodyId], bool]
"""Signs a draft in the name of its issuer and tells whether the five gates accept it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A certificate number and the digits of it that count."""

    before: str
    digits: int
    after: str

    @classmethod
    def of(cls, text: str) -> Number | None:
        """Return where a number counts, if it does."""
        runs = list(_RUN.finditer(text))
        if not runs:
            return None
        run = runs[-1]
        digits = _DIGITS.get(len(run[0]), _MOST_DIGITS)
        return cls(before=text[: run.end() - digits], digits=digits, after=text[run.end() :])

    @property
    def most(self) -> int:
        """How many certificates can have such a number."""
        return int(10**self.digits) - 1

    def text(self, serial: int) -> str:
        """Return the number with a serial, from 1."""
        return f"{self.before}{serial:0{self.digits}}{self.after}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """A document with gaps."""

    sample: str
    """For people: scheme and file."""
    scheme: str
    issuer: BodyId
    economy: str
    number: Number
    signed_on: date
    """The day of issue; the signature claims it."""
    expires: date | None
    pieces: tuple[str, ...]
    """Texts and names of gaps in turn; the first is a text."""
    samples: Mapping[str, str]
    """What stood in each gap."""

    def fill(self, n: int, number: str, enterprise: int, seed: int) -> bytes:
        """Return the draft of a certificate, in canonical form.

        Args:
            n: Which certificate of the register.
            number: Its certificate number.
            enterprise: Who holds it.
            seed: Of the register.
        """
        said = {
            gap: _filled(gap, sample, n, enterprise, seed) for gap, sample in self.samples.items()
        }
        said["number"] = number
        pieces = list(self.pieces)
        pieces[1::2] = [said[gap] for gap in pieces[1::2]]
        return "".join(pieces).encode()


def uuid_of(*numbers: int) -> str:
    """Return a UUID (RFC 9562, version 8) that follows from numbers."""
    text = f"{mixed(*numbers, 1):016x}{mixed(*numbers, 2):016x}"
    return f"{text[:8]}-{text[8:12]}-8{text[13:16]}-a{text[17:20]}-{text[20:]}"


def _filled(gap: str, sample: str, n: int, enterprise: int, seed: int) -> str:
    """Return what stands in a gap of a certificate and its holder."""
    kind, _, more = gap.partition(" ")
    match kind:
        case "id":
            return f"urn:uuid:{uuid_of(seed, n, 11 if more == 'document' else 12)}"
        case "name":
            return enterprise_name(more, mixed(seed, enterprise, 21))
        case "party":
            return identifier(more.partition(" ")[0], sample, mixed(seed, enterprise, 22))
        case "goods":
            return identifier("GTIN", sample, mixed(seed, n, 23, len(more)))
        case _:
            return f"{sample}-{mixed(seed, n, 24) % 65_536:04X}"


_LEVELS: Final = (
    ("id", "name", "party", "goods", "model"),
    ("id", "name", "party", "goods"),
    ("id", "name", "party"),
    ("id", "name"),
    ("id",),
)
"""Kinds of gaps, fewer and fewer; the first that the gates accept is taken."""


def read_samples() -> dict[str, str]:
    """Return the good samples of every scheme in canonical form, by scheme and name.

    Those that rest on another document, which would have to be there before, are left out.
    """
    folder = schemas_folder() / "schemes"
    found = {
        f"{path.parts[-4]}/{path.stem}": bare(path)
        for path in sorted(folder.glob("*/samples/good/*.xml"))
    }
    return {name: text for name, text in found.items() if not _RESTS.search(text)}


def bare(path: Path) -> str:
    """Return a sample in canonical form, without the blanks between its elements."""
    return _BLANKS.sub("><", canonical(parse(path.read_bytes(), Limits()).root).decode())


def moved(text: str, by: timedelta) -> str:
    """Return a document with its days moved, but for those of scheme and accreditation."""

    def later(found: re.Match[str]) -> str:
        try:
            return (date.fromisoformat(found[0]) + by).isoformat()
        except ValueError:
            return found[0]

    parts, at = [], 0
    for fixed in _FIXED.finditer(text):
        parts += [_DAY.sub(later, text[at : fixed.start()]), fixed[0]]
        at = fixed.end()
    return "".join((*parts, _DAY.sub(later, text[at:])))


def templates(
    sample: str, text: str, *, by: timedelta, judge: Judge, levels: dict[str, int], seed: int
) -> Iterator[tuple[Template, str]]:
    """Yield the template that a sample gives when its days are moved, if the gates accept it.

    With it comes the document that it was cut of.

    Args:
        sample: Its name.
        text: In canonical form.
        by: How far its days are moved.
        judge: The five gates.
        levels: Which cuts each sample allows, whatever its days; what is found out is added.
        seed: Of the register.
    """
    old = _said(text, "CertificateNumber")
    year = str((date.fromisoformat(_said(text, "IssueDate")) + by).year)
    then = moved(text, by)
    was = _said(text, "IssueDate")[:4]
    for number in dict.fromkeys((_in_year(old, was, year), old)):
        counted = Number.of(number)
        if counted is None:
            continue
        text = then.replace(old, number)
        known, most = levels.get(sample), counted.text(counted.most)
        if known is not None:
            made = _cut(sample, text, number, counted, _LEVELS[known])
            if judge(made.fill(-1, most, 1, seed), made.issuer):
                yield made, text
                return
            continue
        least = _cut(sample, text, number, counted, _LEVELS[-1])
        # Days that no variant allows are found out at once.
        if not judge(least.fill(-1, counted.text(1), 1, seed), least.issuer):
            continue
        for level, kinds in enumerate(_LEVELS[:-1]):
            made = _cut(sample, text, number, counted, kinds)
            if judge(made.fill(-1, most, 1, seed), made.issuer):
                levels[sample] = level
                yield made, text
                return
        levels[sample] = len(_LEVELS) - 1
        yield least, text
        return


def template_elsewhere(
    like: Template, text: str, home: Home, *, judge: Judge, level: int, seed: int
) -> Template | None:
    """Return the template of the same certificate for holders in another economy.

    Args:
        like: For the holders of the sample.
        text: The document that it was cut of.
        home: Where the others live.
        judge: The five gates; without their consent there is no template.
        level: Which cuts the sample allows.
        seed: Of the register.
    """
    number = _said(text, "CertificateNumber")
    made = _cut(like.sample, living_in(text, home), number, like.number, _LEVELS[level])
    accepted = judge(made.fill(-1, like.number.text(like.number.most), 1, seed), made.issuer)
    return made if accepted else None


def _in_year(number: str, was: str, year: str) -> str:
    """Return a number with another year in it, long or short."""
    if was in number:
        return number.replace(was, year, 1)
    return re.sub(rf"(?<=[A-ZА-Я]){was[2:]}(?=\d)|(?<=\d{{3}}){was[2:]}(?=[A-Z])|(?<=/){was[2:]}$",
                  year[2:], number, count=1)  # fmt: skip


def _cut(sample: str, text: str, number: str, counted: Number, kinds: tuple[str, ...]) -> Template:
    gaps = {"number": number}
    gaps |= {
        "id document": _said(text, "c:DocumentID"),
        "id attestation": _said(text, "AttestationID"),
    }
    found = _HOLDER.search(text)
    holder = "" if found is None else found[1]
    gaps |= {f"name {one[1]}": one[2] for one in _NAME.finditer(holder)}
    gaps |= {f"party {one[1]} {n}": one[2] for n, one in enumerate(_ID.finditer(holder))}
    gaps |= {f"goods {'x' * n}": one[2] for n, one in enumerate(_GTIN.finditer(text))}
    gaps |= {f"model {n}": one[1] for n, one in enumerate(_MODEL.finditer(text))}
    chosen: dict[str, str] = {}
    for gap, said in gaps.items():
        if gap.partition(" ")[0] in (*kinds, "number") and said not in chosen.values():
            chosen[gap] = said
    by_text = {said: gap for gap, said in chosen.items()}
    longest = sorted(by_text, key=len, reverse=True)
    pieces = re.split("(" + "|".join(map(re.escape, longest)) + ")", text)
    pieces[1::2] = [by_text[piece] for piece in pieces[1::2]]
    expiry = re.search(r"<ExpiryDate>([\d-]+)<", text)
    return Template(
        sample=sample,
        scheme=_said(text, "SchemeID"),
        issuer=BodyId(_said(text, "c:Issuer")),
        economy=_said(holder, "c:Economy"),
        number=counted,
        signed_on=date.fromisoformat(_said(text, "c:IssueDateTime")[:10]),
        expires=None if expiry is None else date.fromisoformat(expiry[1]),
        pieces=tuple(pieces),
        samples={gap: said for gap, said in chosen.items() if gap != "number"},
    )


def _said(text: str, element: str) -> str:
    """Return the text of the first element of a name."""
    found = re.search(rf"<{element}(?: [^>]*)?>([^<]+)<", text)
    return "" if found is None else found[1]
