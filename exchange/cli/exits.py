"""What a command tells the shell: five numbers, and which ending has which.

- A verdict is a number, so that scripts need not read sentences.
- *Refused* is an answer about the document or the request; *undecided* is the absence of
  one, so that a script tries again instead of telling the exporter no.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final, Self, assert_never

from exchange.codes.vault import VaultCode
from exchange.errors import (
    ExchangeError,
    PeerError,
    RefusedError,
    RejectedError,
    SettingsError,
    StoreError,
    UndecidedError,
    VaultError,
)


class ExitCode(IntEnum):
    """How a command ended."""

    meaning: str

    def __new__(cls, value: int, meaning: str) -> Self:
        """Make one member from its number and its sentence."""
        member = int.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    DONE = 0, "done, or accepted"
    REFUSED = 1, "the document or the request is refused; the codes say why"
    MISUSE = 2, "the command or a setting is wrong; nothing was done"
    UNDECIDED = 3, "no answer yet: evidence is missing or the other side is silent; try again"
    FAULT = 4, "our own fault: the database, the vault or a defect"


_GIVEN_WRONGLY: Final = frozenset(
    {
        VaultCode.LOCATION,
        VaultCode.PERMISSIONS,
        VaultCode.PASS_PHRASE,
        VaultCode.KEY_NAME,
        VaultCode.UNKNOWN_KEY,
        VaultCode.KEY_EXISTS,
        VaultCode.ALGORITHM,
        VaultCode.IMPORT,
        VaultCode.MODULE,
        VaultCode.PIN,
    }
)
"""What a vault complains about when it is the command that is wrong, not the vault."""


def exit_code(error: ExchangeError) -> ExitCode:
    """Return the number for one ending."""
    match error:
        case RejectedError() | RefusedError():
            return ExitCode.REFUSED
        case SettingsError():
            return ExitCode.MISUSE
        case UndecidedError() | PeerError():
            return ExitCode.UNDECIDED
        case VaultError() if error.code in _GIVEN_WRONGLY:
            return ExitCode.MISUSE
        case StoreError() | VaultError() | ExchangeError():
            return ExitCode.FAULT
        case _:
            assert_never(error)
