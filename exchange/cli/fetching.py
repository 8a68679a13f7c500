"""The lists of a hub whose transport key nobody knows yet: believed because of the root alone.

Lists are public and signed. They are fetched over a connection that proves nothing, and count
only when the pinned root, or whom it delegated to, has signed them; from then on they say which
transport key the hub has.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping

from exchange.peer.lists import Held, ListClient

_NOTHING = Held(digest=None, sequence=0, keys=0)


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
    files: dict[str, bytes] = {}
    async with ListClient.open(address, unbelieving(present)) as client:
        for offer in await client.offers():
            data = await client.fetch(offer, _NOTHING)
            if data is not None:
                files[offer.file] = data
    return files
