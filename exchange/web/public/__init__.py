"""The public listener: what anyone may see, without an account."""
