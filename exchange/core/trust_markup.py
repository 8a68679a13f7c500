"""The small elements that lists and entries are written with, as text: names, places, codes.

- Every function returns markup; a list of thousands of keys is written in a tenth of the time
  that a tree of it would take.
- Texts are escaped as the canonical form has them, so that nobody has to parse what was
  written to sign it.
- `tsl` elements are those of the standard and have no prefix, `own` elements are those of our
  extension and have `mrt`.

Source: ETSI TS 119 612 v2.4.1, clauses 5.1.4, 5.3.5 and 5.5.9; `schemas/trust-list/`.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from exchange.core.competence import ScopeCode
from exchange.core.trust_values import TRUST, TSL, Place

DECLARES: Final = f' xmlns="{TSL}"'
"""The namespace declaration of every list and every entry that stands alone."""
DECLARES_OWN: Final = f' xmlns:mrt="{TRUST}"'
"""The declaration of our prefix: once above all, because readers count declarations."""
EXTENSIONS: Final = ("BodyInformation", "KeyInformation", "ListInformation")
"""Our elements that stand in elements of the standard."""
_REMEMBERED: Final = 8192
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_IN_ATTRIBUTE: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


def escaped(text: str) -> str:
    """Return a text as it stands between tags.

    Source: Canonical XML 1.0, section 2.3.
    """
    return text if text.isalnum() else text.translate(_IN_TEXT)


def attribute(text: str) -> str:
    """Return a text as it stands in an attribute.

    Source: Canonical XML 1.0, section 2.3.
    """
    return text if text.isalnum() else text.translate(_IN_ATTRIBUTE)


def tsl(tag: str, *content: str) -> str:
    """Return an element of the standard around markup."""
    return f"<{tag}>{''.join(content)}</{tag}>"


def own(tag: str, *content: str) -> str:
    """Return an element of our extension around markup."""
    return f"<mrt:{tag}>{''.join(content)}</mrt:{tag}>"


def tsl_text(tag: str, text: str) -> str:
    """Return an element of the standard with a text."""
    return f"<{tag}>{escaped(text)}</{tag}>"


def own_text(tag: str, text: str) -> str:
    """Return an element of our extension with a text."""
    return f"<mrt:{tag}>{escaped(text)}</mrt:{tag}>"


def each(tag: str, texts: Iterable[str]) -> str:
    """Return one element of our extension for each text."""
    return "".join([own_text(tag, text) for text in texts])


def since(tag: str, text: str, begin: str) -> str:
    """Return an element of our extension with a text that holds since a day or an instant."""
    return f'<mrt:{tag} since="{begin}">{escaped(text)}</mrt:{tag}>'


def codes(tag: str, given: Iterable[ScopeCode]) -> str:
    """Return codes with the lists that they are from."""
    return "".join([_code(tag, one) for one in given])


@lru_cache(maxsize=_REMEMBERED)
def _code(tag: str, one: ScopeCode) -> str:
    """The same few hundred codes stand in thousands of scopes."""
    return f'<mrt:{tag} listID="{attribute(one.list_id)}">{escaped(one.code)}</mrt:{tag}>'


def names(tag: str, given: Mapping[str, str]) -> str:
    """Return names of the standard, one for each language."""
    return tsl(
        tag,
        *(
            f'<Name xml:lang="{attribute(language)}">{escaped(text)}</Name>'
            for language, text in given.items()
        ),
    )


def address(tag: str, place: Place) -> str:
    """Return where somebody is found, by post and on line (clause 5.3.5)."""
    return tsl(
        tag,
        '<PostalAddresses><PostalAddress xml:lang="en">',
        tsl_text("StreetAddress", place.street),
        tsl_text("Locality", place.locality),
        tsl_text("CountryName", place.economy),
        "</PostalAddress></PostalAddresses>",
        link("ElectronicAddress", place.contact),
    )


def link(tag: str, location: str) -> str:
    """Return one link."""
    return f'<{tag}><URI xml:lang="en">{escaped(location)}</URI></{tag}>'


def extension(tag: str, *content: str) -> str:
    """Return our extension: whoever does not know it must not use the entry (clause 5.5.9)."""
    return f'<Extension Critical="true">{own(tag, *content)}</Extension>'


def certificate(der: bytes) -> str:
    """Return the identity of a key by its key certificate (clause 5.5.3)."""
    return (
        "<ServiceDigitalIdentity><DigitalId><X509Certificate>"
        f"{in_base64(der)}</X509Certificate></DigitalId></ServiceDigitalIdentity>"
    )


def in_base64(octets: bytes) -> str:
    """Return octets as Base64 in one line."""
    return base64.b64encode(octets).decode("ascii")
