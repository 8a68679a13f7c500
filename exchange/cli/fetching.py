"""The lists of a hub whose transport key nobody knows yet: believed because of the root alone.

Lists are public and signed. They are fetched over a connection that proves nothing, and count
only when the pinned root, or whom it delegated to, has signed them; from then on they say which
transport key the hub has.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from typing import Final

from exchange.codes.outside import ListFetchCode
from exchange.errors import PeerError
from exchange.peer.lists import Held, ListClient

_NOTHING: Final = Held(digest=None, sequence=0, keys=0)
_ATTEMPTS: Final = 5
"""How often the lists are fetched anew because the hub has published meanwhile."""


def unbelieving(present: Callable[[ssl.SSLContext], None] | None = None) -> ssl.SSLContext:
    """Return a context that believes nobody in particular.

    Args:
        present: Loads a key of one's own into the context, where the other end asks for one.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    # What is fetched is believed by its signatures, and nothing secret is sent.
    context.verify_mode = ssl.CERT_NONE
    if present is not None:
        present(context)
    return context


async def fetch_lists_from(
    address: str, present: Callable[[ssl.SSLContext], None] | None = None
) -> Mapping[str, bytes]:
    """Return the lists that a hub serves, by file name, with no verdict on them.

    Args:
        address: Base address of a listener, `https://…`.
        present: Loads a key of one's own into a TLS context; needed on the partners' listener.

    Raises:
        PeerError: It could not be reached, or answers with something else.
    """
    async with ListClient.open(address, unbelieving(present)) as client:
        for _ in range(_ATTEMPTS - 1):
            try:
                return await _fetched(client)
            except PeerError as error:
                # A list was published between index and list; the next index names it.
                if error.code is not ListFetchCode.DIGEST:
                    raise
        return await _fetched(client)


async def _fetched(client: ListClient) -> Mapping[str, bytes]:
    files: dict[str, bytes] = {}
    for offer in await client.offers():
        data = await client.fetch(offer, _NOTHING)
        if data is not None:
            files[offer.file] = data
    return files
