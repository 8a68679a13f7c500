"""The European Commission's DSS library on both sides of the hub."""
