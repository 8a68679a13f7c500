"""Codes of the vault: the files or the token that keep private keys."""

from __future__ import annotations

from exchange.codes import Code


class VaultCode(Code):
    """Our key store is at fault."""

    LOCATION = (
        "vault.location",
        "the folder of the vault is missing or is not a folder",
        "create the vault with exchange keys, or correct the path in the settings",
    )
    PERMISSIONS = (
        "vault.permissions",
        "a file or folder of the vault can be read by others",
        "set folders to 0700 and files to 0600, owned by the user that runs the hub",
    )
    PASS_PHRASE = (
        "vault.pass-phrase",
        "the pass phrase does not open the vault",
        "give the pass phrase that the keys were made with",
    )
    DAMAGED = (
        "vault.damaged",
        "a file of the vault cannot be read, or key and certificate do not belong together",
        "restore the file from its back-up",
    )
    UNKNOWN_KEY = (
        "vault.unknown-key",
        "the vault has no such key",
        "make or import the key, or correct its name",
    )
    KEY_EXISTS = (
        "vault.key-exists",
        "the vault has a key of this name already, and never overwrites one",
        "choose another name for the new key",
    )
    KEY_NAME = (
        "vault.key-name",
        "a key has a name of another form than body/role",
        "name keys as in CN-CB-0103/attestation",
    )
    ALGORITHM = (
        "vault.algorithm",
        "the key cannot sign with this algorithm, or not for this purpose",
        "use an algorithm of the table that fits the key",
    )
    UNWRITABLE = (
        "vault.unwritable",
        "a file of the vault could not be written",
        "see to space and permissions of the folder of the vault",
    )
    IMPORT = (
        "vault.import",
        "what was brought is no private key that a vault may keep, or its certificate does not fit",
        "bring an EC, RSA or Ed25519 key as PKCS#8 in PEM or DER, with its own key certificate",
    )
    MODULE = (
        "vault.module",
        "the PKCS#11 module cannot be loaded, or has no such token",
        "correct vault_module and vault_token, and see that the token is plugged in",
    )
    PIN = (
        "vault.pin",
        "the PIN does not open the token",
        "give the user PIN of the token in EXCHANGE_VAULT_PIN; too many wrong ones lock the token",
    )
    EXTRACTABLE = (
        "vault.extractable",
        "a private key of the token can be taken out of it",
        "make a new key in the token and retire this one: nobody knows who has a copy",
    )
    UNLISTED = (
        "vault.unlisted",
        "a key of the vault stands on none of the trust lists",
        "propose it with exchange trust propose, or look at newer lists",
    )
    LISTED_OTHERWISE = (
        "vault.listed-otherwise",
        "a key of the vault is listed for another body or role than its name says",
        "correct the entry by a proposal, or make a new key under the right name",
    )
    NOT_IN_FORCE = (
        "vault.not-in-force",
        "the list does not let a key of the vault sign now",
        "use another key, or wait until its entry begins",
    )
    ENDS_SOON = (
        "vault.ends-soon",
        "the key certificate of a key in the vault ends soon",
        "make a new key and propose a rotation with exchange trust propose",
    )
    TOKEN = (
        "vault.token",
        "the token refused, or did not answer in time",
        "see to the token and its log; the hub tries again with the next signature",
    )
