"""The one thread through which every call to a PKCS#11 module of this process goes.

- The binding initialises a module without locking and lets the interpreter go while it calls:
  several threads crash the process (measured: 2 of 3 runs ended in a fault of memory, the
  third hung). So there is one thread, for all modules and all vaults of the process.
- A module knows one login for each token and process: vaults of the same token share a
  session, and each has to show the PIN that opened it.
- A token that was pulled, restarted or logged out is opened again, once for each call. A PIN
  that it refuses then is not tried again: a few wrong ones lock a token for good.
- Every wait for the thread has an end; a job that was given up before it began never runs.

Source: PKCS#11 3.0, sections 5.1 and 5.6; the README tells about the pitfall.
"""

from __future__ import annotations

import asyncio
import hmac
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Final, TypeVar

import pkcs11
from pkcs11 import exceptions

from exchange.codes.vault import VaultCode
from exchange.errors import Finding, VaultError

_Answer = TypeVar("_Answer")

LOST: Final = (
    exceptions.SessionHandleInvalid,
    exceptions.SessionClosed,
    exceptions.UserNotLoggedIn,
    exceptions.KeyHandleInvalid,
    exceptions.ObjectHandleInvalid,
    exceptions.DeviceRemoved,
    exceptions.TokenNotPresent,
)
"""How a module says that a session is over; what is held of it is worth nothing any more."""
_PROBE_BITS: Final = 64
"""What is asked of a session to see whether it answers."""
_WRONG_PIN: Final = (
    exceptions.PinIncorrect,
    exceptions.PinInvalid,
    exceptions.PinLenRange,
    exceptions.PinExpired,
    exceptions.PinLocked,
    exceptions.UserPinNotInitialized,
)
_NO_TOKEN: Final = (
    exceptions.NoSuchToken,
    exceptions.MultipleTokensReturned,
    exceptions.TokenNotRecognised,
    exceptions.SlotIDInvalid,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPlace:
    """Where a token is, and what opens it."""

    module: str
    """Path of the PKCS#11 module, a shared library."""
    token: str
    """Label of the token."""
    pin: str = field(repr=False)
    """Of its user, never of its security officer."""
    seconds: float = 30.0
    """How long one call may take, its turn included."""


class DeviceThread:
    """Runs calls one after the other, in a thread of its own."""

    def __init__(self) -> None:
        """Start nothing yet: the thread begins with the first call."""
        self._jobs: SimpleQueue[tuple[Callable[[], object], Future[object]]] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    async def run(self, call: Callable[[], _Answer], seconds: float) -> _Answer:
        """Return what a call answers.

        Raises:
            VaultError: The call raised it, or its answer did not come in time.
        """
        with self._starting:
            # Event loops in several threads may come at once, and one thread is the point.
            if self._thread is None:
                # A daemon: a module that hangs must not keep the process from ending.
                self._thread = threading.Thread(target=self._work, name="pkcs11", daemon=True)
                self._thread.start()
        answer: Future[_Answer] = Future()
        self._jobs.put((call, answer))  # type: ignore[arg-type]  # the pair belongs together
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.wrap_future(answer)
        except TimeoutError as exc:
            raise token_fault(
                VaultCode.TOKEN, f"expected an answer within {seconds:g} s, found none"
            ) from exc

    def _work(self) -> None:
        while True:
            call, answer = self._jobs.get()
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                answer.set_result(call())
            except BaseException as exc:  # noqa: BLE001  (whoever waits is told, whatever it is)
                answer.set_exception(exc)
            # What was asked must not live on until the next call comes.
            del call, answer


DEVICE: Final = DeviceThread()
"""The thread of this process."""


@dataclass(slots=True, kw_only=True)
class _Shared:
    """An open session and how many vaults use it; touched in the device's thread only."""

    session: pkcs11.Session
    pin: bytes = field(repr=False)
    users: int = 1
    is_refused: bool = False
    """Whether the token did not take the PIN any more when it was opened anew."""


_OPEN: Final[dict[tuple[str, str], _Shared]] = {}
"""The sessions of this process by module and token; touched in the device's thread only."""


def acquire(place: TokenPlace) -> pkcs11.Session:
    """Return a session with a token, logged in; in the device's thread.

    Raises:
        VaultError: There is no such module or token, or the PIN is wrong.
    """
    shared = _OPEN.get((place.module, place.token))
    if shared is None:
        session = _login(place)
        _OPEN[(place.module, place.token)] = _Shared(session=session, pin=place.pin.encode())
        return session
    if not hmac.compare_digest(shared.pin, place.pin.encode()):
        # The module would not ask: this process is logged in already.
        raise token_fault(VaultCode.PIN, f"the PIN does not open token {place.token[:32]!r}")
    shared.users += 1
    return shared.session


def current(place: TokenPlace) -> pkcs11.Session:
    """Return the session that `acquire` has opened, or what took its place since."""
    shared = _OPEN.get((place.module, place.token))
    if shared is None:
        raise token_fault(VaultCode.TOKEN, "the vault is closed")
    return shared.session


def alive(place: TokenPlace) -> pkcs11.Session:
    """Return the session of a token that answers, opened anew where the old one was lost.

    Raises:
        VaultError: As `reopen`.
    """
    session = current(place)
    try:
        session.generate_random(_PROBE_BITS)
    except LOST:
        return reopen(place, session)
    except exceptions.PKCS11Error:
        # A token without a source of randomness answers too.
        return session
    return session


def reopen(place: TokenPlace, lost: pkcs11.Session) -> pkcs11.Session:
    """Open the session of a token anew, unless another vault has done so already.

    Raises:
        VaultError: The token is gone or does not take the PIN any more.
    """
    shared = _OPEN.get((place.module, place.token))
    if shared is None:
        raise token_fault(VaultCode.TOKEN, "the vault is closed")
    if shared.is_refused:
        # A few wrong PINs lock a token for good, and every signature would be one.
        raise token_fault(VaultCode.PIN, "the PIN was refused; it is not tried again")
    if shared.session is lost:
        _close(lost)
        try:
            shared.session = _login(place)
        except VaultError as error:
            shared.is_refused = error.code is VaultCode.PIN
            raise
    return shared.session


def release(place: TokenPlace) -> None:
    """Give up a session; the last who does logs out."""
    shared = _OPEN.get((place.module, place.token))
    if shared is None:
        return
    shared.users -= 1
    if shared.users == 0:
        del _OPEN[(place.module, place.token)]
        _close(shared.session)


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Turn what a module complains about into our words; a lost session passes."""
    try:
        yield
    except LOST:
        raise
    except _WRONG_PIN as exc:
        raise token_fault(VaultCode.PIN, f"{what}: {_said(exc)}") from exc
    except _NO_TOKEN as exc:
        raise token_fault(VaultCode.MODULE, f"{what}: {_said(exc)}") from exc
    except exceptions.PKCS11Error as exc:
        raise token_fault(VaultCode.TOKEN, f"{what}: {_said(exc)}") from exc


def token_fault(code: VaultCode, message: str) -> VaultError:
    """Make the error of the modules of a token."""
    return VaultError(Finding(code=code, message=message))


def _login(place: TokenPlace) -> pkcs11.Session:
    what = f"token {place.token[:32]!r}"
    with translated(what):
        try:
            module = pkcs11.lib(place.module)
        except exceptions.PKCS11Error as exc:
            raise token_fault(VaultCode.MODULE, "the module cannot be loaded") from exc
        try:
            token = module.get_token(token_label=place.token)
        except exceptions.NoSuchToken:
            if any(opened == place.module for opened, _ in _OPEN):
                raise
            # A module may know only those tokens that were there when it was initialised.
            module.reinitialize()
            token = module.get_token(token_label=place.token)
        return token.open(rw=True, user_pin=place.pin)


def _close(session: pkcs11.Session) -> None:
    try:
        session.close()
    except exceptions.PKCS11Error:
        # It is over already, which is what was wanted.
        return


def _said(exc: exceptions.PKCS11Error) -> str:
    """Return the name of a complaint in words: `PinIncorrect` becomes `pin incorrect`."""
    name = type(exc).__name__
    return "".join(f" {one.lower()}" if one.isupper() else one for one in name).strip()
