"""The journal of an intake: what is done, so that one that was killed goes on where it was.

- One JSON document a line, in the order of the rows; the first line says of what file, mapping,
  body and addressees it is, and when the intake was begun.
- A batch is written to `pending.tar` and made durable before it is sent, and struck out with the
  lines of its outcomes. Whoever resumes sends what is pending again, octet by octet: the hub
  answers it with the first receipts, so nothing is doubled and nothing is missing.
- A line that a kill cut off is no line; it is removed before the next one is written.
"""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from exchange.codes.intake import IntakeCode
from exchange.errors import Finding, RefusedError
from exchange.service.intake.outcome import Became, Outcome, Told

_JOURNAL: Final = "journal.jsonl"
_PENDING: Final = "pending.tar"


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What an intake is about; the same for all its runs."""

    body: str
    file: str
    """SHA-256 of the file, or of the names and sizes of a folder."""
    mapping: str
    """SHA-256 of the mapping."""
    addressees: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A document on its way: its row is known, its fate is not."""

    row: int
    number: str
    document_id: str
    data: bytes
    told: tuple[Told, ...] = ()
    """Remarks about the row that are no fault."""


class Journal:
    """The file beside the returned sheet."""

    def __init__(self, folder: Path, subject: Subject, begun_at: datetime, last: int) -> None:
        """Keep what `open` found; call that instead."""
        self._folder = folder
        self.subject = subject
        self.begun_at = begun_at
        self.last = last
        """The last row that is done; 0 before the first."""

    @staticmethod
    def is_begun(folder: Path) -> bool:
        """Tell whether an intake was begun in a folder."""
        return (folder / _JOURNAL).exists()

    @classmethod
    def open(cls, folder: Path, subject: Subject, at: datetime, *, resume: bool) -> Journal:
        """Begin a journal, or go on with one.

        Args:
            folder: Of the intake; made where there is none.
            subject: What the intake is about.
            at: Now: the issue time of its documents, if it begins now.
            resume: Whether one that is there may be gone on with.

        Raises:
            RefusedError: One is there and may not, or is about something else.
        """
        path = folder / _JOURNAL
        folder.mkdir(parents=True, exist_ok=True)
        lines = _whole_lines(path) if path.exists() else 0
        if not lines:
            (folder / _PENDING).unlink(missing_ok=True)
            head = {**asdict(subject), "begun_at": at.isoformat()}
            with path.open("wb") as out:
                _durably(out, _line(head))
            return cls(folder, subject, at, 0)
        if not resume:
            raise _refused(IntakeCode.BEGUN, folder, f"{lines - 1} rows are done")
        last = 0
        with path.open(encoding="utf-8") as source:
            head = json.loads(source.readline())
            for line in source:
                last = json.loads(line)["row"]
        begun = datetime.fromisoformat(head.pop("begun_at"))
        head["addressees"] = tuple(head["addressees"])
        if head != asdict(subject):
            differing = ", ".join(
                name for name, value in asdict(subject).items() if head.get(name) != value
            )
            raise _refused(IntakeCode.JOURNAL, folder, f"it is about another {differing}")
        return cls(folder, subject, begun, last)

    def pending(self) -> tuple[tuple[Pending, ...], tuple[Outcome, ...]]:
        """Return what was about to be sent when the intake ended, whole or not at all.

        Returns:
            The documents, and what had become of the rows between them that have none.
        """
        try:
            with tarfile.open(self._folder / _PENDING) as archive:
                found: list[Pending] = []
                settled: list[Outcome] = []
                for member in archive:
                    source = archive.extractfile(member)
                    said = json.loads(member.pax_headers["comment"])
                    if "became" in said:
                        settled.append(_outcome(said))
                        continue
                    said["told"] = tuple(Told(**one) for one in said["told"])
                    found.append(Pending(data=source.read() if source else b"", **said))
        except (FileNotFoundError, tarfile.TarError, KeyError, ValueError):
            # A kill while it was written: then nothing of it was sent.
            return (), ()
        return (
            tuple(one for one in found if one.row > self.last),
            tuple(one for one in settled if one.row > self.last),
        )

    def announce(self, batch: Sequence[Pending], settled: Sequence[Outcome] = ()) -> None:
        """Make a batch durable before it is sent, with the rows of it that are not sent."""
        unfinished = self._folder / f".{_PENDING}"
        with unfinished.open("wb") as out:
            with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
                for outcome in settled:
                    member = tarfile.TarInfo(f"{outcome.row}.settled")
                    shown = json.dumps(asdict(outcome), ensure_ascii=False, default=str)
                    member.pax_headers = {"comment": shown}
                    archive.addfile(member)
                for one in batch:
                    member = tarfile.TarInfo(f"{one.row}.xml")
                    member.size = len(one.data)
                    said = {
                        "row": one.row,
                        "number": one.number,
                        "document_id": one.document_id,
                        "told": [asdict(each) for each in one.told],
                    }
                    member.pax_headers = {"comment": json.dumps(said, ensure_ascii=False)}
                    archive.addfile(member, io.BytesIO(one.data))
            _durably(out, b"")
        unfinished.replace(self._folder / _PENDING)

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Write what became of rows, in their order; what was announced is done."""
        if not outcomes:
            return
        with (self._folder / _JOURNAL).open("ab") as out:
            _durably(out, b"".join(_line(asdict(one)) for one in outcomes))
        self.last = outcomes[-1].row
        (self._folder / _PENDING).unlink(missing_ok=True)

    def outcomes(self) -> Iterator[Outcome]:
        """Yield what became of every row that is done, in their order."""
        with (self._folder / _JOURNAL).open(encoding="utf-8") as source:
            source.readline()
            for line in source:
                yield _outcome(json.loads(line))


def _outcome(said: dict[str, Any]) -> Outcome:
    told = tuple(Told(**one) for one in said.pop("told"))
    return Outcome(told=told, became=Became(said.pop("became")), **said)


def _whole_lines(path: Path) -> int:
    """Return the number of whole lines, after removing what a kill left of the last one."""
    count = end = 0
    with path.open("rb+") as source:
        for line in source:
            if not line.endswith(b"\n"):
                source.truncate(end)
                break
            count, end = count + 1, end + len(line)
    return count


def _line(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, default=str).encode() + b"\n"


def _durably(out: Any, data: bytes) -> None:
    out.write(data)
    out.flush()
    os.fsync(out.fileno())


def _refused(code: IntakeCode, folder: Path, message: str) -> RefusedError:
    return RefusedError(Finding(code=code, path=str(folder), message=message))
