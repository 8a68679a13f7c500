"""Trust lists of other operators, as a source of partner keys that nobody has a scope for yet."""
