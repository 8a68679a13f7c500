"""The sentences of a verification in French; see `exchange.core.sentences`."""
# ruff: noqa: E501 - one text, one line

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

FRENCH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "months": (
            "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
        ),
        "date": "{day} {month} {year}",
        "valid": "Valable : {reason}",
        "not-valid": "Non valable : {reason}",
        "cannot-tell": "Impossible à dire : {reason}",
        "is-valid": (
            "Valable : le certificat {number} de {issuer} est en vigueur aujourd’hui, le {day}."
        ),
        "only-now": "le certificat {number} de {issuer} est en vigueur aujourd'hui, {day}, mais ne l'était pas le jour demandé.",
        "temporary": "C’est provisoire et peut changer.",
        "final": "C’est définitif.",
        "then-valid": "Le {day}, il était valable.",
        "then-not-valid": "Le {day}, il n’était pas valable : il était {status}.",
        "then-not-yet": "Le {day}, il n’avait pas encore commencé.",
        "leads-to": "Utilisez {other} à sa place.",
        "holder-match": "Le nom du titulaire correspond.",
        "holder-close": "Le nom du titulaire est proche ; comparez-le lettre par lettre.",
        "holder-mismatch": "Le nom du titulaire ne correspond pas.",
        "status-draft": "pas encore en vigueur",
        "status-suspended": "suspendu",
        "status-withdrawn": "retiré",
        "status-cancelled": "annulé",
        "status-expired": "expiré",
        "status-superseded": "remplacé",
        "verification.draft": "le certificat {number} n’est pas encore en vigueur.",
        "verification.suspended": "le certificat {number} est suspendu depuis le {since}.",
        "verification.withdrawn": "le certificat {number} a été retiré le {since}.",
        "verification.cancelled": "le certificat {number} a été annulé le {since}.",
        "verification.expired": "le certificat {number} est expiré depuis le {since}.",
        "verification.superseded": "le certificat {number} a été remplacé par un autre le {since}.",
        "verification.unconfirmed": (
            "le certificat {number} est authentique, mais depuis le {since} son émetteur "
            "n’a pas confirmé qu’il est toujours en vigueur."
        ),
        "verification.removed": "une déclaration sur ce certificat a été supprimée sur ordre.",
        "verification.statement-unsound": "une déclaration ultérieure sur ce certificat n’est plus digne de confiance.",
        "verification.not-registered": (
            "le document est authentique, mais il n’est pas dans ce registre ; on ignore "
            "ici s’il est toujours en vigueur."
        ),
        "verification.older-revision": "ce document est une révision antérieure ; seule la plus récente compte.",
        "verification.transfer-unconfirmed": (
            "le certificat {number} reprend celui d’un autre organisme, qui n’a pas confirmé le "
            "transfert ; demandez à cet organisme ou vérifiez plus tard."
        ),
        "verification.transferred-elsewhere": (
            "le certificat que {number} reprend mène à un autre ; vérifiez l’ancien certificat et "
            "utilisez celui auquel il mène."
        ),
        "verification.key-suspended-since": "la clé qui l’a signé est suspendue depuis le {since}.",
        "verification.key-revoked-since": "la clé qui l’a signé a été révoquée le {since}.",
        "verification.body-suspended-since": "l’organisme émetteur est suspendu depuis le {since}.",
        "verification.body-ended-since": "l’organisme émetteur a cessé le {since}.",
        "verification.accreditation-suspended-since": "l’accréditation de l’organisme émetteur est suspendue.",
        "verification.accreditation-withdrawn-since": "l’accréditation de l’organisme émetteur a été retirée.",
        "verification.accreditation-ended-since": "l’accréditation de l’organisme émetteur est arrivée à son terme.",
        "verification.recognition-not-kept": (
            "le certificat est en vigueur, mais ce nœud ignore s’il est reconnu en {economy}."
        ),
        "verification.not-issued": "{issuer} tient ici tout son registre, et le certificat {number} n’y figure pas.",
        "verification.does-not-publish": "{issuer} ne publie pas ses certificats ici ; interrogez-le.",
        "verification.publishes-some": (
            "le certificat {number} n’est pas ici, mais {issuer} n’en publie ici qu’une "
            "partie ; interrogez-le."
        ),
        "verification.last-confirmed": (
            "le certificat {number} n’est pas ici, et {issuer} n’a pas confirmé son "
            "registre depuis le {since}."
        ),
        "verification.last-confirmed-undated": (
            "le certificat {number} n’est pas ici, et {issuer} n’a pas confirmé son registre."
        ),
        "verification.only-by-address": "{issuer} ne montre ses certificats que par le code QR imprimé dessus.",
        "verification.number-format": "aucun certificat de {issuer} ne peut porter le numéro {number}.",
        "verification.number-unknown": (
            "aucun certificat de numéro {number} n’est montré ici ; nommez l’organisme "
            "émetteur ou lisez le code QR."
        ),
        "verification.several-bodies": (
            "plusieurs organismes ont émis un certificat {number} ; nommez l’organisme émetteur."
        ),
        "verification.several-schemes": (
            "{issuer} a des certificats {number} dans plusieurs programmes ; nommez le programme."
        ),
        "verification.unknown-body": "aucun organisme {issuer} n’est sur les listes de confiance.",
        "verification.address-unknown": "aucun certificat n’a cette adresse QR ici.",
        "upload.empty": "rien n’a été téléversé.",
        "upload.unknown-format": "le fichier n’est ni XML ni PDF.",
        "upload.archive": "le fichier est une archive ; décompressez-la d’abord.",
        "upload.executable": "le fichier est un programme et non un certificat ; ne l’ouvrez pas.",
        "upload.pdf-encrypted": "le PDF est chiffré ; rien ne peut y être vérifié.",
        "upload.pdf-damaged": "le PDF est endommagé.",
        "upload.pdf-limits": "le PDF est trop grand ou trop compliqué pour être vérifié sans risque.",
        "upload.pdf-without-xml": "ce PDF ne contient aucun certificat vérifiable ; voyez l’adresse QR.",
        "upload.pdf-several-xml": "ce PDF contient plusieurs certificats ; téléversez celui dont il s’agit.",
        "upload.pages-prove-nothing": "Les pages du PDF ne prouvent rien ; seul compte ce qui est montré ici.",
        "upload.no-attestation": "le document est authentique, mais ce n’est pas un certificat.",
        "upload.altered": "ce document diffère du certificat enregistré sous son numéro.",
        "question-well-formed-failed": "le document est endommagé.",
        "question-schema-failed": "le document n’a pas la forme d’un certificat.",
        "question-signature-failed": (
            "la signature ne tient pas : le document a été modifié ou n’a jamais été signé."
        ),
        "question-key-trusted-failed": "la clé qui l’a signé n’était pas habilitée à signer.",
        "question-key-trusted-unknown": "on ne peut savoir maintenant si sa clé est encore digne de confiance.",
        "question-issuer-entitled-failed": "son émetteur n’était pas habilité à certifier cela.",
        "question-issuer-entitled-unknown": "on ne peut savoir maintenant si son émetteur est encore habilité.",
        "question-not-withdrawn-failed": "il n’est plus en vigueur.",
        "question-not-withdrawn-unknown": "on ignore ici s’il est toujours en vigueur.",
        "question-recognised-unknown": "on ignore s’il est reconnu en {economy}.",
        "goods-not-covered": "le certificat ne couvre pas ces marchandises.",
        "goods-unknown": "le certificat ne dit pas s’il couvre ces marchandises.",
    }
)
