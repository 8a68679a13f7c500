"""Where holders live who stand in no sample: economies along the Belt and Road, in their scripts.

- A certificate of a management system with one site at most says nothing about an economy beside
  the addresses of holder and site, so its holder may live elsewhere. Certificates of products, of
  several sites and of groups stay with the holder of the sample: what they say of factories would
  no longer hold together.
- Such a holder has an English name and one in the language of its economy, and an LEI (ISO 17442);
  English is the authoritative language, as bodies write for holders abroad.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from exchange.service.generate_names import enterprise_name, identifier, mixed

_HOLDER: Final = re.compile(r"<Holder>.*?</Holder>", re.DOTALL)
_SITE: Final = re.compile(
    r"(?P<before><Site>.*?)<Name [^>]*>.*</Name><Address>.*?</Address>(?:<GLN>[^<]*</GLN>)?"
    r"(?P<after>.*?</Site>)"
)
_ECONOMY: Final = re.compile(r"<(?:c:)?Economy[ >]")
_LANGUAGE: Final = re.compile(r"<c:Language(?: [^>]*)?>([^<]+)</c:Language>")
_COMMON: Final = ' xmlns:c="urn:mrhub:common:1"'
_MANAGEMENT: Final = "urn:mrhub:scheme:management-systems<"
_LEI: Final = "984500MADEHOLDER0091"
_ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """An address in an economy, and the language that is spoken there."""

    economy: str
    language: str
    street: str
    city: str


def read_homes() -> tuple[Home, ...]:
    """Return where holders live who stand in no sample."""
    path = Path(__file__).resolve().parent.parent / "demo" / "homes.toml"
    return tuple(Home(**one) for one in tomllib.loads(path.read_text("utf-8"))["home"])


def may_live_elsewhere(text: str) -> bool:
    """Tell whether nothing in a document depends on where its holder lives."""
    found = _HOLDER.search(text)
    if found is None or _MANAGEMENT not in text or _ENGLISH not in _LANGUAGE.findall(text):
        return False
    rest = _SITE.sub("", text[found.end() :], count=1)
    return text.count("<Site>") <= 1 and _ECONOMY.search(rest) is None


def living_in(text: str, home: Home) -> str:
    """Return a document in canonical form whose holder lives somewhere else."""
    languages = dict.fromkeys((_ENGLISH, *_LANGUAGE.findall(text), home.language))
    first, *others = _LANGUAGE.finditer(text)
    last = others[-1] if others else first
    declared = "".join(f"<c:Language{_COMMON}>{one}</c:Language>" for one in languages)
    text = "".join((text[: first.start()], declared, text[last.end() :]))
    text = _HOLDER.sub(lambda _: _holder(home), text, count=1)
    return _SITE.sub(lambda found: _site(home, found), text, count=1)


def _address(home: Home) -> str:
    return (
        f"<c:Street{_COMMON}>{home.street}</c:Street><c:City{_COMMON}>{home.city}</c:City>"
        f"<c:Economy{_COMMON}>{home.economy}</c:Economy>"
    )


def _site(home: Home, found: re.Match[str]) -> str:
    names = {home.language: home.city, _ENGLISH: "Main site"}
    said = "".join(f'<Name xml:lang="{one}">{name}</Name>' for one, name in names.items())
    return f"{found['before']}{said}<Address>{_address(home)}</Address>{found['after']}"


def _holder(home: Home) -> str:
    chance = mixed(*home.economy.encode())
    names = "".join(
        f'<c:Name{_COMMON} xml:lang="{one}">{enterprise_name(one, chance)}</c:Name>'
        for one in dict.fromkeys((_ENGLISH, home.language))
    )
    return (
        f'<Holder><c:PartyID{_COMMON} schemeID="LEI">{identifier("LEI", _LEI, chance)}</c:PartyID>'
        f"{names}<c:Address{_COMMON}>{_address(home).replace(_COMMON, '')}</c:Address>"
        f'<c:Role{_COMMON} listID="MRHUB-PARTY-ROLE">holder</c:Role></Holder>'
    )
