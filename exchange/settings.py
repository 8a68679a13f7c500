"""What the operator decides, read once, before the first socket opens.

- Values come from the defaults, then one TOML file, then `EXCHANGE_*` in the environment.
- An unknown key is refused: a setting that is misspelt must not be silently the default.
- All faults are listed at once; whether files exist is seen when the hub opens.
- Relative paths are relative to the folder of the TOML file.

    settings = Settings.load(Path("hub.toml"), os.environ)
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

from exchange.codes.service import SettingsCode
from exchange.core.model import BodyId
from exchange.errors import Finding, SettingsError

PREFIX: Final = "EXCHANGE_"
NOT_SETTINGS: Final = frozenset(
    {f"{PREFIX}PERSON_PASSPHRASE", f"{PREFIX}ROOT_PASSPHRASE", f"{PREFIX}BROUGHT_PASSPHRASE"}
)
"""Variables of commands for people; a hub that is started from the same shell passes them over."""
_BODY: Final = re.compile(r"[A-Z]{2}-(AB|CB|RA|LAB|HUB)-[A-Z0-9]{2,20}")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}")
_MAIL: Final = re.compile(r"[^\s@<>,;\x00-\x1f]{1,64}@[^\s@<>,;\x00-\x1f]{1,255}")


def _setting(default: Any, text: str, unit: str = "", *, secret: bool = False) -> Any:
    """Make a field that carries its own row of the table in the README."""
    return field(default=default, repr=not secret, metadata={"text": text, "unit": unit})


# Each default is a `field`, wrapped to carry its row of the table; nothing is shared.
# ruff: noqa: RUF009
@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that an operator can set; each field says what it means and its unit."""

    hub: BodyId = _setting(BodyId("XX-HUB-01"), "the body that operates this hub", "body id")
    production: bool = _setting(
        default=False, text="refuse documents that carry the test indicator"
    )
    data_dir: Path = _setting(Path("data"), "folder of everything that the hub writes", "path")
    store_url: str = _setting(
        "", "database; empty means `hub.sqlite3` in `data_dir`", "SQLAlchemy URL"
    )
    vault_dir: Path = _setting(Path("vault"), "folder of the sealed private keys", "path")
    vault_passphrase: str = _setting(
        "", "pass phrase of the vault; set it in the environment", "text", secret=True
    )
    vault_module: str = _setting(
        "", "PKCS#11 module that keeps all but transport keys; empty keeps all in files", "path"
    )
    vault_token: str = _setting("", "label of the token of that module", "text")
    vault_pin: str = _setting(
        "", "PIN of the token's user; set it in the environment", "text", secret=True
    )
    vault_seconds: float = _setting(
        30.0, "how long one call to the token may take, its turn included", "seconds"
    )
    trust_dir: Path = _setting(Path("trust"), "folder of the signed trust lists, `*.xml`", "path")
    trust_pins: tuple[str, ...] = _setting(
        (), "fingerprints of the keys that may sign the list of lists", "SHA-256, hexadecimal"
    )
    trust_reload_seconds: float = _setting(
        2.0, "how often the folder of trust lists is looked at", "seconds"
    )
    founding_dir: Path | None = _setting(
        None,
        "folder of `founding.xml` and `root.xml`; empty: this hub administers no trust",
        "path",
    )
    trust_follow_seconds: float = _setting(
        0.5, "how often actions of other processes are looked for beside their notices", "seconds"
    )
    trust_check_seconds: float = _setting(
        3600.0, "how often everything that trust rests on is verified again", "seconds"
    )
    list_valid_seconds: float = _setting(
        30 * 86400.0, "life of a published list; it is made anew when a third is left", "seconds"
    )
    trust_url: str = _setting(
        "",
        "partners' listener of the hub whose lists are fetched into `trust_dir`; empty: none",
        "https address",
    )
    trust_fetch_seconds: float = _setting(
        600.0, "how often lists are fetched, and how soon a failed fetch is repeated", "seconds"
    )
    list_interval_seconds: float = _setting(
        3600.0,
        "how often partners are expected to ask for lists; amber after once, red after twice that",
        "seconds",
    )
    revocation_seconds: float = _setting(
        3600.0, "longest time between two questions about the same revocation", "seconds"
    )
    revocation_wait_seconds: float = _setting(
        10.0, "how long one answer about a revocation may take", "seconds"
    )
    revocation_private: bool = _setting(
        default=False,
        text="ask about revocation at addresses of this machine and of private networks, too",
    )
    partner_host: str = _setting("127.0.0.1", "address of the partners' listener", "address")
    partner_port: int = _setting(8443, "its port; 0 takes any free one", "port")
    public_host: str = _setting("127.0.0.1", "address of the public listener", "address")
    public_port: int = _setting(8444, "its port; 0 takes any free one", "port")
    public_url: str = _setting(
        "",
        "address at which the public reaches this hub, for QR codes and links; empty: the "
        "public listener's own",
        "https address",
    )
    proxy_host: str = _setting("127.0.0.1", "address of the listener behind a proxy", "address")
    proxy_port: int = _setting(-1, "its port; 0 takes any free one, -1 means no proxy", "port")
    trusted_proxies: tuple[str, ...] = _setting(
        (), "proxies whose `Client-Cert` header is believed (RFC 9440)", "networks"
    )
    workers: int = _setting(
        1, "processes that examine documents; 0 examines inside the hub's own", "processes"
    )
    examination_seconds: float = _setting(
        30.0, "how long one examination may take before its process is replaced", "seconds"
    )
    max_waiting: int = _setting(
        2048, "requests that may wait for examination; beyond it the answer is 503", "requests"
    )
    max_guesses_per_network: int = _setting(
        60, "misses of one network before it has to wait, see `guess_seconds`", "answers"
    )
    max_guesses: int = _setting(
        20_000, "misses of all networks before each has a twentieth of its limit left", "answers"
    )
    guess_seconds: float = _setting(
        600.0, "how long a number, address or name that led to nothing is counted", "seconds"
    )
    body_seconds: float = _setting(30.0, "how long a caller may take to send a body", "seconds")
    idle_seconds: float = _setting(
        75.0, "how long a connection may stay silent, from its first octet on", "seconds"
    )
    handshake_seconds: float = _setting(10.0, "how long a TLS handshake may take", "seconds")
    drain_seconds: float = _setting(
        20.0, "how long requests in flight may take after SIGTERM", "seconds"
    )
    max_lease_seconds: int = _setting(3600, "longest lease that a partner may ask for", "seconds")
    max_wait_seconds: int = _setting(60, "longest long poll that a partner may ask for", "seconds")
    max_leases: int = _setting(100, "most deliveries handed out in one answer", "deliveries")
    push_seconds: float = _setting(30.0, "how long one push to a partner may take", "seconds")
    push_concurrency: int = _setting(16, "pushes under way at the same time", "pushes")
    push_first_delay_seconds: float = _setting(
        30.0, "delay after the first failed push; doubles with each further one", "seconds"
    )
    push_max_delay_seconds: float = _setting(3600.0, "longest delay between pushes", "seconds")
    push_deadline_seconds: float = _setting(
        72 * 3600.0, "after this long a delivery is a dead letter", "seconds"
    )
    ledger_origin: str = _setting(
        "", "name of the ledger in its checkpoints; empty means `<hub>/ledger`", "text"
    )
    checkpoint_seconds: float = _setting(
        1.0, "a grown ledger gets a signed checkpoint at least this often", "seconds"
    )
    accept_restored_size: int = _setting(
        -1,
        "size of a restored ledger that the operator accepts although more was signed; -1: none",
        "entries",
    )
    expiry_check_seconds: float = _setting(
        3600.0, "how often it is looked for what ends soon", "seconds"
    )
    smtp_host: str = _setting("", "mail server for warnings; empty sends no mail", "host")
    smtp_port: int = _setting(25, "its port", "port")
    smtp_tls: str = _setting(
        "offered", "STARTTLS: `required`, used when `offered`, or `never`", "word"
    )
    smtp_user: str = _setting("", "name to log in with; empty does not log in", "text")
    smtp_password: str = _setting(
        "", "its password; set it in the environment, needs STARTTLS", "text", secret=True
    )
    smtp_from: str = _setting("", "sender of the warnings", "mail address")
    mail_to: tuple[str, ...] = _setting((), "who is warned", "mail addresses")
    smtp_seconds: float = _setting(30.0, "how long one mail may take", "seconds")
    metrics_port: int = _setting(
        -1, "port of `/metrics` on 127.0.0.1; 0 takes any free one, -1 means none", "port"
    )
    log_level: str = _setting("info", "least level logged: debug, info, warning, error", "level")

    @classmethod
    def load(cls, path: Path | None, environ: Mapping[str, str]) -> Settings:
        """Return the settings of one TOML file and the environment.

        Args:
            path: The TOML file, or `None` for defaults and environment alone.
            environ: `EXCHANGE_<NAME>` overrides `<name>`; lists are separated by commas.

        Raises:
            SettingsError: With one finding for each thing to mend.
        """
        faults: list[Finding] = []
        given: dict[str, Any] = _read(path, faults) if path is not None else {}
        known = {item.name: item for item in fields(cls)}
        faults.extend(
            _fault(SettingsCode.UNKNOWN, name, "no such setting")
            for name in sorted(given.keys() - known.keys())
        )
        for variable, text in environ.items():
            if not variable.startswith(PREFIX):
                continue
            if variable in NOT_SETTINGS:
                continue
            name = variable.removeprefix(PREFIX).lower()
            if name in known:
                given[name] = _from_text(known[name], text)
            else:
                faults.append(_fault(SettingsCode.UNKNOWN, variable, "no such setting"))
        folder = path.parent if path is not None else Path()
        values: dict[str, Any] = {}
        for name, item in known.items():
            try:
                values[name] = _value(item, given.get(name, item.default), folder)
            except ValueError as exc:
                faults.append(_fault(SettingsCode.VALUE, name, str(exc)))
        if not faults:
            settings = cls(**values)
            faults.extend(settings.faults())
        if faults:
            raise SettingsError(*faults)
        return settings

    def faults(self) -> tuple[Finding, ...]:
        """Return what is wrong with the values, each setting looked at alone."""
        found = [
            _fault(SettingsCode.VALUE, name, f"expected {expected}, found {getattr(self, name)!r}")
            for name, (expected, holds) in _CHECKS.items()
            if not holds(getattr(self, name))
        ]
        if self.vault_module and not self.vault_token:
            found.append(_fault(SettingsCode.VALUE, "vault_token", "expected the label of a token"))
        if self.proxy_port >= 0 and not self.trusted_proxies:
            found.append(
                _fault(SettingsCode.VALUE, "trusted_proxies", "expected networks, found none")
            )
        if self.trust_url and self.founding_dir is not None:
            found.append(
                _fault(SettingsCode.VALUE, "trust_url", "expected none where founding_dir is set")
            )
        if self.smtp_host and not (self.smtp_from and self.mail_to):
            found.append(
                _fault(SettingsCode.VALUE, "smtp_host", "expected smtp_from and mail_to as well")
            )
        if self.smtp_user and self.smtp_tls != "required":
            found.append(
                _fault(
                    SettingsCode.VALUE,
                    "smtp_user",
                    "expected STARTTLS, so that no password is heard",
                )
            )
        return tuple(found)

    @property
    def origin(self) -> str:
        """The name of the ledger, the default spelt out."""
        return self.ledger_origin or f"{self.hub}/ledger".lower()

    @property
    def checkpoint_file(self) -> Path:
        """Where the last signed checkpoint is kept outside the database."""
        return self.data_dir / "checkpoint.txt"

    @property
    def database(self) -> str:
        """The URL of the database, the default spelt out."""
        return self.store_url or f"sqlite:///{self.data_dir / 'hub.sqlite3'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One line of the table of settings."""

    name: str
    default: str
    unit: str
    text: str


def settings_table() -> tuple[SettingRow, ...]:
    """Return every setting with its default, unit and meaning, in the order of the file."""
    return tuple(
        SettingRow(
            name=item.name,
            default=_as_toml(item.default),
            unit=item.metadata["unit"],
            text=item.metadata["text"],
        )
        for item in fields(Settings)
    )


def _as_toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return "[]"
    if isinstance(value, int | float):
        return f"{value}"
    if value is None:
        return '""'
    return f'"{value}"'


def _fault(code: SettingsCode, name: str, message: str) -> Finding:
    return Finding(code=code, path=name, message=message)


def _read(path: Path, faults: list[Finding]) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as exc:
        faults.append(_fault(SettingsCode.FILE, str(path), str(exc).lower()))
        return {}


def _from_text(item: Field[Any], text: str) -> Any:
    """Return the text of an environment variable in the shape that TOML would give."""
    if item.type == "tuple[str, ...]":
        return [part.strip() for part in text.split(",") if part.strip()]
    if item.type == "bool":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    try:
        if item.type == "int":
            return int(text)
        if item.type == "float":
            return float(text)
    except ValueError:
        return text
    return text


def _value(item: Field[Any], given: Any, folder: Path) -> Any:
    """Return a value of the type of its field.

    Raises:
        ValueError: It is of another type.
    """
    if given is MISSING:
        raise ValueError("expected a value, found none")
    match item.type, given:
        case (("str" | "BodyId"), str()):
            return given
        case (("Path" | "Path | None"), str() | Path()):
            # No path at all is said by an empty one, where that means something.
            return folder / given if given or item.type == "Path" else None
        case ("Path | None", None) | ("bool", bool()):
            return given
        case "int", int() if not isinstance(given, bool):
            return given
        case "float", int() | float() if not isinstance(given, bool):
            return float(given)
        case "tuple[str, ...]", list() | tuple() if all(isinstance(each, str) for each in given):
            return tuple(given)
        case _:
            raise ValueError(f"expected {item.type}, found {given!r}")


def _is_network(text: str) -> bool:
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def _is_mail(text: str) -> bool:
    # What a header could be continued with is no address, whatever else is.
    return _MAIL.fullmatch(text) is not None


def _positive(value: float) -> bool:
    return value > 0


def _port(value: int) -> bool:
    return 0 <= value <= 65535  # noqa: PLR2004


_CHECKS: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "hub": ("a body id such as XX-HUB-01", lambda v: _BODY.fullmatch(v) is not None),
    "trust_pins": (
        "64 lower-case hexadecimal digits each",
        lambda v: all(_FINGERPRINT.fullmatch(each) for each in v),
    ),
    "trusted_proxies": ("networks such as 10.0.0.0/24", lambda v: all(map(_is_network, v))),
    "partner_port": ("a port", _port),
    "public_port": ("a port", _port),
    "proxy_port": ("a port or -1", lambda v: v == -1 or _port(v)),
    "metrics_port": ("a port or -1", lambda v: v == -1 or _port(v)),
    "smtp_port": ("a port", _port),
    "smtp_tls": ("required, offered or never", lambda v: v in {"required", "offered", "never"}),
    "smtp_from": ("a mail address", lambda v: not v or _is_mail(v)),
    "mail_to": ("mail addresses", lambda v: all(map(_is_mail, v))),
    "trust_url": ("an https address", lambda v: not v or v.startswith("https://")),
    "workers": ("0 to 64", lambda v: 0 <= v <= 64),  # noqa: PLR2004
    "log_level": (
        "debug, info, warning or error",
        lambda v: v in {"debug", "info", "warning", "error"},
    ),
    **{
        item.name: ("more than 0", _positive)
        for item in fields(Settings)
        if item.name.endswith("_seconds") or item.name.startswith("max_")
    },
    "push_concurrency": ("more than 0", _positive),
}
