"""Codes of everything around the gates: callers, partners, our machinery, the operator."""

from __future__ import annotations

from exchange.codes import Code


class RefusedCode(Code):
    """The caller is at fault."""

    MESSAGE_ID_CONFLICT = (
        "refused.message-id-conflict",
        "the message id was used before for other octets or other addressees",
        "choose a new message id, or send exactly what was sent first",
    )
    UNKNOWN_DELIVERY = (
        "refused.unknown-delivery",
        "there is no such delivery for this body",
        "use the delivery identifier exactly as the lease gave it",
    )
    ACKNOWLEDGEMENT_DIGEST = (
        "refused.acknowledgement-digest",
        "the acknowledgement is about other octets than those that were delivered",
        "acknowledge the message digest of the octets that arrived, or lease them again",
    )
    ACKNOWLEDGEMENT_CHAIN = (
        "refused.acknowledgement-chain",
        "the acknowledgement does not follow from the receipt of this message",
        "name the digest of the hub's receipt as the previous receipt",
    )
    ACKNOWLEDGEMENT_CONFLICT = (
        "refused.acknowledgement-conflict",
        "the delivery was acknowledged before with another outcome",
        "leave the first acknowledgement as it is; changes of mind are documents of their own",
    )
    DELIVERY_STATE = (
        "refused.delivery-state",
        "the delivery is not in a state in which this is possible",
        "look up the state of the delivery first",
    )


class PeerCode(Code):
    """The other side is at fault."""


class StoreCode(Code):
    """Our database is at fault; the caller may try again with the same message id."""

    OWNED_BY_ANOTHER_PROCESS = (
        "store.owned-by-another-process",
        "another hub process owns the database file",
        "stop the other process, or use PostgreSQL for several",
    )
    UNAVAILABLE = (
        "store.unavailable",
        "the database did not answer, or answered with a fault",
        "send the same message with the same message id again later",
    )
    UNWRITABLE = (
        "store.unwritable",
        "this item could not be written",
        "report the request identifier to the operator; other messages are not affected",
    )
    CLOSED = (
        "store.closed",
        "the hub is shutting down",
        "send the same message with the same message id again later",
    )
    URL = (
        "store.url",
        "the database URL names no engine that we know",
        "use sqlite:///path/to/file or postgresql://user@host/name",
    )
    DAMAGED = (
        "store.damaged",
        "something that was kept cannot be read back as it was written",
        "restore the database from a back-up and compare the ledgers",
    )
    BACKUP = (
        "store.backup",
        "the back-up could not be made",
        "read the finding, and choose a new file on a disk with enough space",
    )
    BEHIND_CHECKPOINT = (
        "store.behind-checkpoint",
        "the ledger does not contain what the last signed checkpoint promises",
        "restore the newest back-up, or decide to begin anew and publish that decision",
    )
    CHECKPOINT_MISSING = (
        "store.checkpoint-missing",
        "the file of the last signed checkpoint is missing although checkpoints were signed",
        "put the file back, or decide that the database is complete",
    )


class LedgerCode(Code):
    """A checkpoint or a proof that somebody shows does not hold."""

    NOTE = (
        "ledger.note",
        "this is not a signed note with a checkpoint",
        "use the octets of the checkpoint exactly as they were published",
    )
    NOTE_SIGNATURE = (
        "ledger.note-signature",
        "no signature of the expected key is on the checkpoint, or it does not hold",
        "check the name and the key of the ledger against what its operator published",
    )
    INCLUSION = (
        "ledger.inclusion",
        "the proof does not show that the record is in the ledger",
        "ask for the proof again for exactly this checkpoint; if it still fails, tell everyone",
    )
    CONSISTENCY = (
        "ledger.consistency",
        "the proof does not show that the ledger only grew",
        "ask for the proof again for exactly these sizes; if it still fails, tell everyone",
    )


class VaultCode(Code):
    """Our key store is at fault."""


class SettingsCode(Code):
    """The operator has to mend something before we start."""
