"""`exchange serve`: a hub, until SIGTERM or SIGINT."""

from __future__ import annotations

import sys

from exchange.cli.arguments import alone, epilog
from exchange.cli.hubs import SettingsFile, load_settings
from exchange.web.serve import Addresses, run

app = alone()


@app.command(
    help="""Run the hub until it is told to stop.

    Opens vault, trust lists and database, brings the tables up to date, and listens for
    partners and for the public. SIGTERM and SIGINT drain: requests in flight are finished
    and a last checkpoint is signed. The addresses go to standard output, one a line; the log
    is JSON on standard error.
    """,
    epilog=epilog(
        "exchange serve hub.toml",
        "EXCHANGE_PARTNER_PORT=9443 exchange serve hub.toml",
    ),
)
def serve_command(settings: SettingsFile = None) -> None:
    """Serve, and say where."""
    run(load_settings(settings), _announce)


def _announce(addresses: Addresses) -> None:
    lines = [("partners", addresses.partners), ("public", addresses.public)]
    if addresses.proxy is not None:
        lines.append(("proxy", addresses.proxy))
    sys.stdout.write("".join(f"{name} {address}\n" for name, address in lines))
    sys.stdout.flush()
