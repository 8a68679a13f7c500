"""Shared documents as typed values, and the one reader that makes them."""
