"""No private key lies in the repository, whatever it was made for."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# A frame with key material in it; texts that only speak of such frames have none.
_KEY = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/=\s:,-]{64}")
_NAMES = re.compile(r"\.(p12|pfx|jks|key|key\.pem|p8)$")


def test_no_private_key_is_in_the_repository() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False, timeout=60
    )
    if listed.returncode:
        pytest.skip("this is no checkout, so nothing says what belongs to the repository")
    files = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    assert files

    found = [
        path.relative_to(ROOT)
        for path in files
        if path.is_file() and (_NAMES.search(path.name) or _KEY.search(path.read_bytes()))
    ]

    assert found == []


def test_a_private_key_would_be_found() -> None:
    material = b"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg" * 2
    for kind in (b"", b"ENCRYPTED ", b"EC ", b"RSA "):
        assert _KEY.search(b"-----BEGIN " + kind + b"PRIVATE KEY-----\n" + material)
