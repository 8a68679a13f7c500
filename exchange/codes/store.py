"""Codes of what we keep: the database, and the ledger that proves it."""

from __future__ import annotations

from exchange.codes import Code


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
    OVERTAKEN = (
        "store.overtaken",
        "other actions were committed after this one was decided",
        "nothing to do: the hub reads them and decides again",
    )
    CHECKPOINT_FILE = (
        "store.checkpoint-file",
        "the file of the last signed checkpoint cannot be read or written",
        "make the file and its folder accessible to the hub",
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
