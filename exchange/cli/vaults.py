"""How commands open a vault: a folder or a token, and secrets that stand in no argument.

- Pass phrases and PINs come from the environment, as for the hub, or are asked for at a
  terminal; arguments can be seen by every user of a machine.
- A token is named as in the settings of the hub: by its module and its label. Transport keys
  stay in the folder beside it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Final

import typer

from exchange.codes.service import SettingsCode
from exchange.errors import Finding, SettingsError
from exchange.settings import PREFIX
from exchange.vault.device import TokenPlace
from exchange.vault.opening import VaultPlace

VARIABLE: Final = f"{PREFIX}VAULT_PASSPHRASE"
MODULE_VARIABLE: Final = f"{PREFIX}VAULT_MODULE"
TOKEN_VARIABLE: Final = f"{PREFIX}VAULT_TOKEN"
PIN_VARIABLE: Final = f"{PREFIX}VAULT_PIN"
ROOT_VARIABLE: Final = f"{PREFIX}ROOT_PASSPHRASE"
ROOT_PIN_VARIABLE: Final = f"{PREFIX}ROOT_PIN"
BROUGHT_VARIABLE: Final = f"{PREFIX}BROUGHT_PASSPHRASE"
PERSON_VARIABLE: Final = f"{PREFIX}PERSON_PASSPHRASE"

VaultFolder = Annotated[
    Path,
    typer.Option(
        "--vault",
        metavar="FOLDER",
        exists=True,
        file_okay=False,
        help=f"Your vault; its pass phrase is read from {VARIABLE}, or asked for.",
    ),
]


NewVaultFolder = Annotated[
    Path,
    typer.Option(
        "--vault",
        metavar="FOLDER",
        file_okay=False,
        help=f"Your vault, made where there is none; its pass phrase is read from {VARIABLE}, "
        "or asked for.",
    ),
]
TokenModule = Annotated[
    str,
    typer.Option(
        "--module",
        metavar="PATH",
        envvar=MODULE_VARIABLE,
        help="PKCS#11 module of a token that keeps all but transport keys.",
    ),
]
TokenLabel = Annotated[
    str,
    typer.Option(
        "--token",
        metavar="LABEL",
        envvar=TOKEN_VARIABLE,
        help=f"Label of that token; its PIN is read from {PIN_VARIABLE}, or asked for.",
    ),
]


def vault_place(folder: Path, module: str | None = None, label: str | None = None) -> VaultPlace:
    """Return where a vault is, and what opens it.

    Args:
        folder: Of the files.
        module: PKCS#11 module; `None` takes what the environment says.
        label: Label of the token; `None` takes what the environment says.

    Raises:
        SettingsError: A secret is not in the environment and nobody is there to be asked, or
            a module is named without a token.
    """
    module = os.environ.get(MODULE_VARIABLE, "") if module is None else module
    label = os.environ.get(TOKEN_VARIABLE, "") if label is None else label
    if bool(module) is not bool(label):
        raise SettingsError(
            Finding(
                code=SettingsCode.VALUE,
                path=TOKEN_VARIABLE if module else MODULE_VARIABLE,
                message="expected a PKCS#11 module and the label of a token, found one of them",
            )
        )
    token = None
    if module:
        token = TokenPlace(module=module, token=label, pin=_asked(PIN_VARIABLE, "PIN of the token"))
    secret = pass_phrase(new=not folder.exists())
    return VaultPlace(folder=folder, pass_phrase=secret, token=token)


def pass_phrase(*, new: bool = False) -> str:
    """Return the pass phrase of the vault; of a new one it is asked for twice.

    Raises:
        SettingsError: It is not in the environment and nobody is there to be asked.
    """
    return _asked(VARIABLE, "pass phrase of the vault", twice=new)


def person_pass_phrase(*, new: bool = False) -> str:
    """Return the pass phrase of a person's own key; of a new one it is asked for twice.

    Raises:
        SettingsError: It is not in the environment and nobody is there to be asked.
    """
    return _asked(PERSON_VARIABLE, "pass phrase of your own key", twice=new)


def root_place(folder: Path | None, module: str, label: str, *, new: bool = False) -> VaultPlace:
    """Return where the offline root is: in a folder or in a token, each with its own secret.

    Args:
        folder: Vault of files; `None` for a token.
        module: PKCS#11 module; empty for a folder.
        label: Label of the token; empty for a folder.
        new: Whether the folder is made now; its pass phrase is asked for twice then.

    Raises:
        SettingsError: The secret is not in the environment and nobody is there to be asked.
    """
    if folder is None:
        pin = _asked(ROOT_PIN_VARIABLE, "PIN of the root's token")
        return VaultPlace(folder=None, token=TokenPlace(module=module, token=label, pin=pin))
    secret = _asked(ROOT_VARIABLE, "pass phrase of the root's vault", twice=new)
    return VaultPlace(folder=folder, pass_phrase=secret)


def brought_pass_phrase() -> str:
    """Return the pass phrase of a key that is brought in.

    Raises:
        SettingsError: It is not in the environment and nobody is there to be asked.
    """
    return _asked(BROUGHT_VARIABLE, "pass phrase of the key that is brought")


def _asked(variable: str, what: str, *, twice: bool = False) -> str:
    given = os.environ.get(variable, "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise SettingsError(
            Finding(
                code=SettingsCode.VALUE,
                path=variable,
                message=f"expected the {what}, found nothing",
            )
        )
    asked = typer.prompt(what, hide_input=True, err=True, confirmation_prompt=twice)
    return str(asked)
