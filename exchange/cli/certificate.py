"""`exchange certificate`: the certificates that a hub keeps."""

from __future__ import annotations

from exchange.cli import certificate_qr, certificate_verify, search
from exchange.cli.arguments import group

app = group("The certificates that a hub keeps.")

app.command("search", help=search.HELP, epilog=search.EPILOG)(search.search_command)
app.command("verify", help=certificate_verify.HELP, epilog=certificate_verify.EPILOG)(
    certificate_verify.verify_command
)
app.command("qr", help=certificate_qr.HELP, epilog=certificate_qr.EPILOG)(certificate_qr.qr_command)
