"""Codes of what follows from a suspension: what its victims are told when it ends."""

from __future__ import annotations

from exchange.codes import Code


class AdministrationCode(Code):
    """What the hub says by itself after administrators have acted."""

    SUSPENSION_LIFTED = (
        "administration.suspension-lifted",
        "the suspension under which the document was refused has been lifted",
        "send the same document again under a new message id",
    )
    SUSPENSION_FINAL = (
        "administration.suspension-final",
        "what the document was refused under will not be lifted any more",
        "have the document signed with a key that is in force",
    )
    RECEIPT_KEY_STOPPED = (
        "administration.receipt-key-stopped",
        "the hub's receipt key was stopped a moment ago, and the next one is being put in force",
        "send the same message with the same message id again in a few seconds",
    )
