"""A socket with TLS in front of an application, and an end for every wait before a request.

- A handshake ends within `handshake_seconds`; a connection that sends no complete request
  head within `idle_seconds` is closed, whether it is new or kept alive.
- What is not HTTP gets a problem like everything else, never a page and never a traceback.
- Bodies are not decompressed: what arrives is what was signed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web

from exchange.codes.service import RefusedCode, SettingsCode
from exchange.errors import ExchangeError, Finding, RefusedError, SettingsError
from exchange.settings import Settings
from exchange.web.problems import as_problem, fault, problem

_log = structlog.get_logger(__name__)


class Connection(web.RequestHandler):
    """One connection; answers to what never became a request are problems too."""

    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Answer what the HTTP parser refused, or what no handler translated."""
        error: ExchangeError
        if status < HTTPStatus.INTERNAL_SERVER_ERROR:
            error = RefusedError(
                Finding(code=RefusedCode.REQUEST, message=(message or "not HTTP").splitlines()[0])
            )
        else:
            _log.error("broken", exc_info=exc)
            error = fault()
        response = as_problem(problem(error, instance=request.rel_url.raw_path))
        response.force_close()
        return response


class Listener(web.BaseSite):
    """One address that an application is served at."""

    __slots__ = ("_connection", "_handshake_seconds", "_host", "_port")

    def __init__(
        self,
        runner: web.AppRunner,
        *,
        host: str,
        port: int,
        context: ssl.SSLContext,
        settings: Settings,
    ) -> None:
        super().__init__(runner, ssl_context=context, backlog=1024)
        self._host = host
        self._port = port
        self._handshake_seconds = settings.handshake_seconds
        self._connection = _connection_factory(runner, settings)

    @property
    def name(self) -> str:
        """The address to open, as text."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"https://{host}:{self.port}"

    @property
    def port(self) -> int:
        """The port that is listened on, also when any free one was asked for."""
        sockets = getattr(self._server, "sockets", None)
        return int(sockets[0].getsockname()[1]) if sockets else self._port

    async def start(self) -> None:
        """Listen.

        Raises:
            SettingsError: The address is taken, or is not ours.
        """
        await super().start()
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._connection,
                self._host,
                self._port,
                ssl=self._ssl_context,
                ssl_handshake_timeout=self._handshake_seconds,
                ssl_shutdown_timeout=self._handshake_seconds,
                backlog=self._backlog,
            )
        except OSError as exc:
            raise SettingsError(
                Finding(
                    code=SettingsCode.ADDRESS,
                    path=f"{self._host}:{self._port}",
                    message=str(exc).lower(),
                )
            ) from exc


def _connection_factory(
    runner: web.AppRunner, settings: Settings
) -> Callable[[], web.RequestHandler]:
    server = runner.server
    if server is None:
        raise RuntimeError("the runner is not set up")
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {
        "keepalive_timeout": settings.idle_seconds,
        "auto_decompress": False,
        "access_log": None,
        # After an early refusal the rest of the body is not waited for.
        "lingering_time": min(5.0, settings.body_seconds),
    }
    return lambda: Connection(server, loop=loop, **options)
