"""The only code that calls out: partners that are pushed to."""
