"""Bulk intake: a body's existing stock becomes signed attestations, row by row."""
