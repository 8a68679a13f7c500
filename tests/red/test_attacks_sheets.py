"""Attacks by separated text: lines without an end, thousands of columns, odd line ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from exchange.codes.intake import IntakeCode
from exchange.errors import RefusedError
from exchange.service.intake.csv_files import read_csv

_READ = """
import resource, sys
from pathlib import Path
from exchange.errors import RefusedError
from exchange.service.intake.csv_files import read_csv
resource.setrlimit(resource.RLIMIT_AS, ({memory}, {memory}))
try:
    found = sum(1 for row in read_csv(Path(sys.argv[1])).rows if row.is_faulty)
    print("faulty", found)
except RefusedError as exc:
    print(exc.code.value)
"""
MIB = 1 << 20


def read_within(path: Path, memory: int = 400 * MIB) -> str:
    """Return what is said of a file that is read by a process with so much address space."""
    done = subprocess.run(
        [sys.executable, "-c", _READ.format(memory=memory), str(path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-500:]
    return done.stdout.strip()


def sparse(path: Path, head: str, piece: str, size: int, tail: str = "") -> Path:
    octets = piece.encode() * (MIB // len(piece))
    with path.open("wb") as file:
        file.write(head.encode())
        for _ in range(size // len(octets)):
            file.write(octets)
        file.write(tail.encode())
    return path


@pytest.mark.parametrize("piece", ["x", "x,", '"x",', '"\n",', "x\r"], ids=repr)
def test_line_without_an_end_is_refused_in_bounded_memory(tmp_path: Path, piece: str) -> None:
    path = sparse(tmp_path / "long.csv", "a,b\n1,2\n", piece, 300 * MIB)

    assert read_within(path) in {
        IntakeCode.TOO_LARGE.value,
        IntakeCode.QUOTES.value,
        IntakeCode.DELIMITER.value,
    }


@pytest.mark.parametrize("columns", [501, 100_000])
def test_columns_beyond_all_measure_are_refused(tmp_path: Path, columns: int) -> None:
    path = tmp_path / "wide.csv"
    path.write_text(
        ",".join(f"c{n}" for n in range(columns)) + "\n" + ",".join("1" * columns) + "\n"
    )

    with pytest.raises(RefusedError) as caught:
        read_csv(path)

    assert caught.value.code is IntakeCode.TOO_LARGE


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"a,b\n1,\x002\n", IntakeCode.NUL),
        (b"a,b\n" + b"1,2\n" * 400_000 + b"1,\x002\n", IntakeCode.NUL),
        (b"a,b\n" + b"1,2\n" * 400_000 + b"1,\xff2\n", IntakeCode.ENCODING),
        ("a,b\n公司,2\n".encode() + "公司,2\n".encode("gb18030"), IntakeCode.ENCODING),
        (b"\xef\xbb\xbfa,b\n1,\xe9\n", IntakeCode.ENCODING),
        ("a,b\n1,2\n".encode("utf-16") + b"\n", IntakeCode.ENCODING),
    ],
)
def test_what_is_not_text_of_one_encoding_to_its_end_is_refused(
    tmp_path: Path, data: bytes, code: IntakeCode
) -> None:
    path = tmp_path / "odd.csv"
    path.write_bytes(data)

    with pytest.raises(RefusedError) as caught:
        list(read_csv(path).rows)

    assert caught.value.code is code


def test_lone_carriage_returns_end_rows_and_shift_nothing(tmp_path: Path) -> None:
    path = tmp_path / "mac.csv"
    path.write_bytes(b"a,b\r1,2\r3,4\r")

    assert [dict(row.cells) for row in read_csv(path).rows] == [
        {"a": "1", "b": "2"},
        {"a": "3", "b": "4"},
    ]
