"""`exchange certificate`: the certificates that a hub keeps."""

from __future__ import annotations

from exchange.cli import search
from exchange.cli.arguments import group

app = group("The certificates that a hub keeps.")

app.command("search", help=search.HELP, epilog=search.EPILOG)(search.search_command)
