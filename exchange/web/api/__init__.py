"""The partners' listener: mutual TLS, one identity for each transport key."""
