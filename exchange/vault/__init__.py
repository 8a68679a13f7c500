"""The only code that touches private keys; whoever holds a vault can sign and never read."""
