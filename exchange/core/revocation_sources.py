"""Where the revocation of a key certificate can be asked: what the certificate itself says.

- Only `http` and `https`: an authority signs its answers, so the way does not have to be safe.
- A few of each: whoever names a hundred addresses wants something else than to be asked.

Example:
    >>> sources_of(der)[0].url
    'http://ocsp.example.org/'

Source: RFC 5280, sections 4.2.1.13 and 4.2.2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID

from exchange.core.revocation_facts import RevocationSource

_MOST: Final = 4
"""Addresses of one kind that are asked at most."""
_LONGEST: Final = 2048
"""Characters of an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevocationAddress:
    """One place to ask."""

    source: RevocationSource
    url: str


@lru_cache(maxsize=8192)
def sources_of(der: bytes) -> tuple[RevocationAddress, ...]:
    """Return where the revocation of a key certificate can be asked: OCSP first, then lists.

    Args:
        der: A key certificate that was read before.
    """
    extensions = x509.load_der_x509_certificate(der).extensions
    return (
        *_few(RevocationSource.OCSP, _responders(extensions)),
        *_few(RevocationSource.CRL, _lists(extensions)),
    )


def _responders(extensions: x509.Extensions) -> Iterator[x509.GeneralName]:
    for one in extensions:
        if isinstance(one.value, x509.AuthorityInformationAccess):
            for access in one.value:
                if access.access_method == AuthorityInformationAccessOID.OCSP:
                    yield access.access_location


def _lists(extensions: x509.Extensions) -> Iterator[x509.GeneralName]:
    for one in extensions:
        if isinstance(one.value, x509.CRLDistributionPoints):
            for point in one.value:
                # A list that covers some reasons only, or is another authority's, is not
                # asked: what it leaves out would read as good.
                if point.reasons is None and point.crl_issuer is None:
                    yield from point.full_name or ()


def _few(
    source: RevocationSource, names: Iterator[x509.GeneralName]
) -> tuple[RevocationAddress, ...]:
    urls = (name.value for name in names if isinstance(name, x509.UniformResourceIdentifier))
    usable = (url for url in urls if _is_usable(url))
    return tuple(
        RevocationAddress(source=source, url=url)
        for url, _ in zip(usable, range(_MOST), strict=False)
    )


def _is_usable(url: str) -> bool:
    try:
        parts = urlsplit(url)
        named = bool(parts.hostname) and parts.username is None and parts.port != 0
    except ValueError:
        return False
    return (
        len(url) <= _LONGEST
        and url.isascii()
        and url.isprintable()
        and parts.scheme in {"http", "https"}
        and named
    )
