"""A verification as a signed document: sealed with the hub's receipt key, checked off line."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from exchange.codes.administration import AdministrationCode
from exchange.core.model import Fingerprint
from exchange.core.sentences import sentences
from exchange.core.signing import prepare
from exchange.core.verification import Verification
from exchange.core.verification_document import write_verification
from exchange.errors import Finding, StoreError, UndecidedError
from exchange.service.hub import Hub
from exchange.service.own_keys import stop_of
from exchange.service.sealing import sealed_with

_NEXT_KEY: Final = timedelta(seconds=5)


async def sign_verification(hub: Hub, verification: Verification) -> bytes:
    """Return the verification as signed XML.

    Raises:
        StoreError: The hub refuses to sign anything until an operator has decided.
        UndecidedError: The receipt key was stopped, and the next one is not in use yet.
        VaultError: The receipt key cannot be used.
    """
    if hub.refuses_to_sign:
        raise StoreError(*hub.refuses_to_sign)
    key: Fingerprint = hub.receipt_key.fingerprint
    stop = stop_of(
        key,
        listed=hub.trust.bodies.get(hub.id),
        at=hub.clock(),
        interruptions=hub.snapshot.interruptions,
    )
    if stop is not None:
        code = AdministrationCode.RECEIPT_KEY_STOPPED
        raise UndecidedError(
            Finding(code=code, message=f"key {key.hex()[:16]}… was stopped"),
            retry_after=_NEXT_KEY,
        )
    draft = write_verification(
        verification, document_id=hub.new_document_id(), sentences=sentences(verification)
    )
    to_sign = prepare(draft, certificates=hub.certificates, signed_at=verification.at)
    return await sealed_with(hub, to_sign)
