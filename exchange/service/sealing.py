"""Sealing: the hub's signature over what an administrator says, with its receipt key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from exchange.core.actions.values import Action
from exchange.core.model import BodyId, MessageId
from exchange.core.signing import ToSign, complete, prepare
from exchange.service.hub import Hub
from exchange.service.pace import paced


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """An action that somebody says, before it is sealed."""

    octets: bytes
    action: Action
    sender: BodyId
    """For whom it is said."""
    message_id: MessageId


def message_id_of(action: Action) -> MessageId:
    """Return the message id under which an action is committed: that of the action itself."""
    return MessageId(action.action_id.removeprefix("urn:uuid:"))


async def to_seal(hub: Hub, said: Said, at: datetime) -> ToSign:
    """Return what the hub's receipt key has to sign; it counts from the instant that is given."""
    return await paced(
        len(said.octets), prepare, said.octets, certificates=hub.certificates, signed_at=at
    )


async def sealed_with(hub: Hub, to_sign: ToSign) -> bytes:
    """Return the sealed statement.

    Raises:
        VaultError: The receipt key cannot be used.
    """
    name = await hub.receipt_name(to_sign.certificate.fingerprint)
    value = await hub.vault.sign(name, to_sign.octets, to_sign.algorithm)
    return complete(to_sign, value)
