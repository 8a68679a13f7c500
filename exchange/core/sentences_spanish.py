"""The sentences of a verification in Spanish; see `exchange.core.sentences`."""
# ruff: noqa: E501 - one text, one line

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

SPANISH: Final[Mapping[str, str]] = MappingProxyType(
    {
        "months": (
            "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
            "diciembre"
        ),
        "date": "{day} de {month} de {year}",
        "valid": "Válido: {reason}",
        "not-valid": "No válido: {reason}",
        "cannot-tell": "No se puede decir: {reason}",
        "is-valid": "Válido: el certificado {number} de {issuer} está en vigor hoy, {day}.",
        "only-now": "el certificado {number} de {issuer} está vigente hoy, {day}, pero no lo estaba el día consultado.",
        "temporary": "Es temporal y puede cambiar.",
        "final": "Es definitivo.",
        "then-valid": "El {day} era válido.",
        "then-not-valid": "El {day} no era válido: estaba {status}.",
        "then-not-yet": "El {day} aún no había comenzado.",
        "leads-to": "Use {other} en su lugar.",
        "holder-match": "El nombre del titular coincide.",
        "holder-close": "El nombre del titular es parecido; compárelo letra por letra.",
        "holder-mismatch": "El nombre del titular no coincide.",
        "status-draft": "aún sin vigor",
        "status-suspended": "suspendido",
        "status-withdrawn": "retirado",
        "status-cancelled": "cancelado",
        "status-expired": "caducado",
        "status-superseded": "sustituido",
        "verification.draft": "el certificado {number} aún no está en vigor.",
        "verification.suspended": "el certificado {number} está suspendido desde el {since}.",
        "verification.withdrawn": "el certificado {number} fue retirado el {since}.",
        "verification.cancelled": "el certificado {number} fue cancelado el {since}.",
        "verification.expired": "el certificado {number} está caducado desde el {since}.",
        "verification.superseded": "el certificado {number} fue sustituido por otro el {since}.",
        "verification.unconfirmed": (
            "el certificado {number} es auténtico, pero desde el {since} su emisor no ha "
            "confirmado que siga en vigor."
        ),
        "verification.removed": "una declaración sobre este certificado fue eliminada por orden.",
        "verification.statement-unsound": "ya no se puede confiar en una declaración posterior sobre este certificado.",
        "verification.not-registered": (
            "el documento es auténtico, pero no está en este registro; aquí no se sabe si "
            "sigue en vigor."
        ),
        "verification.older-revision": "este documento es una revisión anterior; solo cuenta la más reciente.",
        "verification.transfer-unconfirmed": (
            "el certificado {number} asume el de otro organismo, que no ha confirmado la "
            "transferencia; pregunte a ese organismo o compruebe más tarde."
        ),
        "verification.transferred-elsewhere": (
            "el certificado que {number} asume lleva a otro; compruebe el certificado antiguo y "
            "use aquel al que lleva."
        ),
        "verification.key-suspended-since": "la clave que lo firmó está suspendida desde el {since}.",
        "verification.key-revoked-since": "la clave que lo firmó fue revocada el {since}.",
        "verification.body-suspended-since": "el organismo emisor está suspendido desde el {since}.",
        "verification.body-ended-since": "el organismo emisor terminó el {since}.",
        "verification.accreditation-suspended-since": "la acreditación del organismo emisor está suspendida.",
        "verification.accreditation-withdrawn-since": "la acreditación del organismo emisor fue retirada.",
        "verification.accreditation-ended-since": "la acreditación del organismo emisor ha vencido.",
        "verification.recognition-not-kept": (
            "el certificado está en vigor, pero este nodo no sabe si está reconocido en {economy}."
        ),
        "verification.not-issued": (
            "{issuer} mantiene aquí todo su registro, y el certificado {number} no está en él."
        ),
        "verification.does-not-publish": "{issuer} no publica aquí sus certificados; pregúntele.",
        "verification.publishes-some": (
            "el certificado {number} no está aquí, pero {issuer} solo publica aquí una "
            "parte; pregúntele."
        ),
        "verification.last-confirmed": (
            "el certificado {number} no está aquí, y {issuer} no ha confirmado su registro "
            "desde el {since}."
        ),
        "verification.last-confirmed-undated": "el certificado {number} no está aquí, y {issuer} no ha confirmado su registro.",
        "verification.only-by-address": "{issuer} solo muestra sus certificados mediante el código QR impreso en ellos.",
        "verification.number-format": "ningún certificado de {issuer} puede tener el número {number}.",
        "verification.number-unknown": (
            "aquí no se muestra ningún certificado con el número {number}; nombre el "
            "organismo emisor o lea el código QR."
        ),
        "verification.several-bodies": (
            "varios organismos han emitido un certificado {number}; nombre el organismo emisor."
        ),
        "verification.several-schemes": (
            "{issuer} tiene certificados {number} en varios esquemas; nombre el esquema."
        ),
        "verification.unknown-body": "ningún organismo {issuer} está en las listas de confianza.",
        "verification.address-unknown": "aquí ningún certificado tiene esta dirección QR.",
        "upload.empty": "no se ha subido nada.",
        "upload.unknown-format": "el archivo no es XML ni PDF.",
        "upload.archive": "el archivo es un archivo comprimido; descomprímalo primero.",
        "upload.executable": "el archivo es un programa y no un certificado; no lo abra.",
        "upload.pdf-encrypted": "el PDF está cifrado; no se puede comprobar nada en él.",
        "upload.pdf-damaged": "el PDF está dañado.",
        "upload.pdf-limits": "el PDF es demasiado grande o complicado para comprobarlo con seguridad.",
        "upload.pdf-without-xml": "este PDF no contiene ningún certificado comprobable; mire la dirección QR.",
        "upload.pdf-several-xml": "este PDF contiene varios certificados; suba el que corresponda.",
        "upload.pages-prove-nothing": "Las páginas del PDF no prueban nada; solo cuenta lo que se muestra aquí.",
        "upload.no-attestation": "el documento es auténtico, pero no es un certificado.",
        "upload.altered": "este documento difiere del certificado registrado con su número.",
        "question-well-formed-failed": "el documento está dañado.",
        "question-schema-failed": "el documento no tiene la forma de un certificado.",
        "question-signature-failed": "la firma no es correcta: el documento fue alterado o nunca fue firmado.",
        "question-key-trusted-failed": "la clave que lo firmó no estaba autorizada a firmar.",
        "question-key-trusted-unknown": "ahora no se puede saber si su clave sigue siendo de confianza.",
        "question-issuer-entitled-failed": "su emisor no estaba autorizado a certificar esto.",
        "question-issuer-entitled-unknown": "ahora no se puede saber si su emisor sigue autorizado.",
        "question-not-withdrawn-failed": "ya no está en vigor.",
        "question-not-withdrawn-unknown": "aquí no se sabe si sigue en vigor.",
        "question-recognised-unknown": "no se sabe si está reconocido en {economy}.",
        "goods-not-covered": "el certificado no cubre estas mercancías.",
        "goods-unknown": "el certificado no dice si cubre estas mercancías.",
    }
)
