"""A body with stock: a mapping and rows; keys, lists and settings on disk; commands as typed.

Commands and hub run in processes of their own, by the clock of the machine, over TLS on loopback.
"""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import openpyxl
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from exchange.cli.main import main
from tests.running import free_port

PASS_PHRASE: Final = "for tests only"  # noqa: S105 - opens keys that live for one run
BODY: Final = "CN-CB-0103"
HUB: Final = "XX-HUB-01"

MAPPING = """
scheme = "management-systems"
languages = ["zh", "en"]
[constants]
"Scheme/SchemeOwner/PartyID@LEI" = "984500MRHUBSCHEME025"
"Scheme/SchemeOwner/Name@zh" = "互认方案委员会（示范）"
"Scheme/SchemeOwner/Name@en" = "Scheme Committee"
"Scheme/SchemeOwner/Address/Economy" = "SG"
"Scheme/SchemeOwner/Address/City" = "Singapore"
"Holder/Address/Economy" = "CN"
"Requirement/Number" = "GB/T 19001"
"Requirement/Edition" = "2016"
"Requirement/Title@zh" = "质量管理体系 要求"
"Requirement/EquivalentTo/Number" = "ISO 9001"
"Requirement/EquivalentTo/Edition" = "2015"
"Requirement/EquivalentTo/Degree" = "IDT"
"Assessment/ActivityType" = "audit"
"Assessment/Topic" = "quality"
"Assessment/PerformedBy/ActorID@STAFF:CN-CB-0103" = "0103-2041"
"Assessment/PerformedBy/Role" = "lead-auditor"
"Assessment/PeriodStart" = 2026-02-24
"Assessment/PeriodEnd" = 2026-02-28
"Assessment/Conformance" = true
"Decision/DecidedBy/ActorID@STAFF:CN-CB-0103" = "0103-1004"
"Decision/DecidedBy/Role" = "certification-decision-maker"
"Decision/DecisionDate" = 2026-03-16
"Object/ManagementSystem/EffectivePersonnel" = 12
"Status/RegisterUri" = "https://cn-cb-0103.example/register/{CertificateNumber}"
"SchemeParticulars/AuditType" = "initial"
"SchemeParticulars/RecertificationCount" = 0
"SchemeParticulars/PlannedSurveillance/DueBy" = 2027-03-15
"SchemeParticulars/PlannedSurveillance#2/DueBy" = 2028-03-15
"Validity/NextSurveillanceDue" = 2027-03-15
"Validity/CycleStart" = 2026-03-16
"Validity/CycleEnd" = 2029-03-15
"""
COLUMNS = {
    "证书编号": ("CertificateNumber", ""),
    "代码": ("Holder/PartyID@USCC", ""),
    "名称": ("Holder/Name@zh", ""),
    "name": ("Holder/Name@en", ""),
    "地址": ("Holder/Address/Full@zh", ""),
    "范围": ("Object/ManagementSystem/ScopeStatement@zh", ""),
    "行业": ("Object/ManagementSystem/SectorCode", 'split = ";"'),
    "发证": ("Validity/IssueDate", 'dates = ["%Y年%m月%d日"]'),
    "到期": ("Validity/ExpiryDate", ""),
    "状态": ("Status/Code", 'codes = { "有效" = "active" }'),
}
ALSO = ("Validity/OriginalIssueDate", "Validity/EffectiveDate", "Status/Since")
CELLS = {
    "证书编号": "10326Q20001R0M",
    "代码": "91370683MA3CA2B323",
    "名称": "山东海岬食品股份有限公司",
    "name": "Shandong Haijia Foods Co., Ltd.",
    "地址": "山东省烟台市",
    "范围": "冷冻蔬菜的生产",
    "行业": "3; 29",
    "发证": "2026年03月18日",
    "到期": "2029-03-15",
    "状态": "有效",
}


def mapping_text(more: str = "") -> str:
    """Return the mapping of the stock, with further tables."""
    columns = [(name, field, rest) for name, (field, rest) in COLUMNS.items()]
    columns += [("发证", field, COLUMNS["发证"][1]) for field in ALSO]
    tables = "".join(
        f'[[columns]]\ncolumn = "{name}"\nfield = "{field}"\n{rest}\n'
        for name, field, rest in columns
    )
    return MAPPING + tables + more


def numbered(number: int) -> dict[str, str]:
    """Return the cells of one of many certificates."""
    return CELLS | {"证书编号": f"10326Q{20000 + number}R0M"}


def write_csv(path: Path, rows: Iterable[Mapping[str, str]], encoding: str = "utf-8") -> Path:
    """Write rows as CSV."""
    with path.open("w", encoding=encoding, newline="") as out:
        writer = csv.DictWriter(out, list(CELLS), restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_workbook(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    """Write rows as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("证书")
    sheet.append(list(CELLS))
    for row in rows:
        sheet.append([row.get(name) for name in CELLS])
    book.save(path)
    return path


def read_returned(path: Path) -> list[dict[str, str]]:
    """Return a returned sheet as its reader sees it."""
    if path.suffix == ".csv":
        return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    head, *rows = openpyxl.load_workbook(path).worksheets[0].iter_rows(values_only=True)
    return [
        {str(name): "" if text is None else str(text) for name, text in zip(head, row, strict=True)}
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stocked:
    """Keys, signed lists, a hub that may be served, and one body in front of it."""

    folder: Path

    @property
    def partner(self) -> Path:
        """The partner file of the body."""
        return self.folder / "partner.toml"

    @property
    def mapping(self) -> Path:
        """The mapping of its stock."""
        return self.folder / "stock.toml"

    @property
    def astray(self) -> Path:
        """A partner file with an address where nobody is."""
        return self.folder / "astray.toml"

    def words(self, verb: str, file: Path, out: Path, *more: str) -> list[str]:
        """Return a command as the body types it."""
        words = ["intake", verb, str(file), "--partner", str(self.partner), *more]
        if file.suffix in {".csv", ".xlsx"} and "--mapping" not in more:
            words += ["--mapping", str(self.mapping)]
        if verb == "run":
            words += ["--to", "register-only", "--out", str(out)]
        return words

    def start(self, words: Sequence[str], errors: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "exchange", *words],
            env={**os.environ, "EXCHANGE_VAULT_PASSPHRASE": PASS_PHRASE},
            stdout=subprocess.PIPE,
            stderr=errors,
        )

    @contextmanager
    def served(self) -> Iterator[None]:
        """Serve the hub until the block ends."""
        log = self.folder / "hub.log"
        with log.open("ab") as errors:
            process = self.start(["serve", str(self.folder / "hub.toml")], errors)
            assert process.stdout is not None
            with process.stdout:
                try:
                    assert process.stdout.readline(), log.read_text(encoding="utf-8")
                    yield
                finally:
                    process.terminate()
                    process.wait(60)

    def statements(self) -> int:
        """Return how many statements the register of the hub holds."""
        place = f"file:{self.folder / 'data' / 'hub.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(place, uri=True)) as database:
            (number,) = database.execute("SELECT count(*) FROM statements").fetchone()
        return int(number)


def make_stocked(folder: Path, store_url: str = "") -> Stocked:
    """Make keys, lists and settings with the commands that people type."""
    keys, trust = folder / "keys", folder / "trust"
    assert main(["keys", "demo", "--out", str(keys)]) == 0
    words = ["trust", "build", str(keys / "trust.toml"), "--vault", str(keys / "list-keys")]
    assert main([*words, "--out", str(trust)]) == 0
    pem = (keys / f"{HUB}-list.pem").read_bytes()
    root = x509.load_pem_x509_certificate(pem).fingerprint(hashes.SHA256()).hex()
    port = free_port()
    vaults = keys / "vaults"
    hub = {
        "hub": HUB,
        "data_dir": str(folder / "data"),
        "vault_dir": str(vaults / HUB),
        "trust_dir": str(trust),
        "trust_pins": [root],
        "partner_port": port,
        "public_port": 0,
        "workers": 0,
        "store_url": store_url,
    }
    partner = {
        "body": BODY,
        "hub": HUB,
        "address": f"https://127.0.0.1:{port}",
        "vault": str(vaults / BODY),
        "trust": str(trust),
        "root": root,
    }
    astray = partner | {"address": f"https://127.0.0.1:{free_port()}"}
    for name, values in (("hub.toml", hub), ("partner.toml", partner), ("astray.toml", astray)):
        lines = (f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        (folder / name).write_text("".join(lines), encoding="utf-8")
    stocked = Stocked(folder=folder)
    stocked.mapping.write_text(mapping_text(), encoding="utf-8")
    return stocked
