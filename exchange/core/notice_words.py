"""The words of a notice in six languages: what it is about, how it stands, whether that can change.

The sentence is put together of them without grammar, so that a translation is checked word by
word: `key 3f9a… of KZ-CB-0401: revoked (final), since 2026-11-22T09:00:00Z`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from exchange.core.document.notice import (
    AccreditationCause,
    BodyCause,
    Cause,
    DeliveryCause,
    Duration,
    KeyCause,
    RemovalCause,
    Standing,
)
from exchange.core.document.values import LocalName
from exchange.core.periods import in_zulu

WORDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "en": {
            "key": "key {0} of {1}",
            "body": "body {0}",
            "accreditation": "accreditation {0} ({1}) of {2} by {3}",
            "removal": "statement {0}, by order: {1}",
            "delivery": "acknowledgement of {0} by {1}",
            "suspended": "suspended",
            "revoked": "revoked",
            "withdrawn": "withdrawn",
            "lifted": "the suspension has been lifted",
            "removed": "removed",
            "late": "late",
            "temporary": "temporary",
            "final": "final",
            "since": "since",
        },
        "zh": {
            "key": "{1} 的密钥 {0}",
            "body": "机构 {0}",
            "accreditation": "{3} 授予 {2} 的认可 {0}（{1}）",
            "removal": "声明 {0}，依据命令：{1}",
            "delivery": "{1} 对 {0} 的确认",
            "suspended": "已暂停",
            "revoked": "已吊销",
            "withdrawn": "已撤销",
            "lifted": "暂停已解除",
            "removed": "已删除",
            "late": "逾期",
            "temporary": "暂时",
            "final": "最终",
            "since": "自",
        },
        "ru": {
            "key": "ключ {0} органа {1}",
            "body": "орган {0}",
            "accreditation": "аккредитация {0} ({1}) органа {2}, выданная {3}",
            "removal": "документ {0}, по распоряжению: {1}",
            "delivery": "подтверждение {0} от {1}",
            "suspended": "приостановлено",
            "revoked": "отозвано",
            "withdrawn": "отменено",
            "lifted": "приостановка снята",
            "removed": "удалено",
            "late": "просрочено",
            "temporary": "временно",
            "final": "окончательно",
            "since": "с",
        },
        "ar": {
            "key": "المفتاح {0} للجهة {1}",
            "body": "الجهة {0}",
            "accreditation": "الاعتماد {0} ({1}) للجهة {2} من {3}",
            "removal": "المستند {0}، بموجب أمر: {1}",
            "delivery": "إقرار {1} باستلام {0}",
            "suspended": "موقوف",
            "revoked": "ملغى",
            "withdrawn": "مسحوب",
            "lifted": "رُفع الإيقاف",
            "removed": "محذوف",
            "late": "متأخر",
            "temporary": "مؤقت",
            "final": "نهائي",
            "since": "منذ",
        },
        "fr": {
            "key": "clé {0} de {1}",
            "body": "organisme {0}",
            "accreditation": "accréditation {0} ({1}) de {2} par {3}",
            "removal": "document {0}, par ordre : {1}",
            "delivery": "accusé de réception de {0} par {1}",
            "suspended": "suspension",
            "revoked": "révocation",
            "withdrawn": "retrait",
            "lifted": "suspension levée",
            "removed": "suppression",
            "late": "en retard",
            "temporary": "temporaire",
            "final": "définitif",
            "since": "depuis",
        },
        "es": {
            "key": "clave {0} de {1}",
            "body": "organismo {0}",
            "accreditation": "acreditación {0} ({1}) de {2} por {3}",
            "removal": "documento {0}, por orden: {1}",
            "delivery": "acuse de recibo de {0} por {1}",
            "suspended": "suspensión",
            "revoked": "revocación",
            "withdrawn": "retirada",
            "lifted": "suspensión levantada",
            "removed": "eliminación",
            "late": "con retraso",
            "temporary": "temporal",
            "final": "definitivo",
            "since": "desde",
        },
    }
)
"""By language (BCP 47) and word; every language has every word."""
LANGUAGES: Final = tuple(WORDS)
"""The first is the authoritative one."""


def sentences(
    cause: Cause, standing: Standing, duration: Duration, since: datetime
) -> tuple[LocalName, ...]:
    """Return a notice as one sentence in each language."""
    name, said = _about(cause)
    return tuple(
        LocalName(
            f"{words[name].format(*said)}: {words[standing]} ({words[duration]}), "
            f"{words['since']} {in_zulu(since)}",
            language,
        )
        for language, words in WORDS.items()
    )


def _about(cause: Cause) -> tuple[str, tuple[str, ...]]:
    match cause:
        case KeyCause():
            return "key", (_short(cause.fingerprint), cause.body)
        case BodyCause():
            return "body", (cause.body,)
        case AccreditationCause():
            return "accreditation", (cause.number, cause.standard, cause.body, cause.authority)
        case RemovalCause():
            return "removal", (_short(cause.statement), cause.order)
        case DeliveryCause():
            return "delivery", (_short(cause.statement), cause.recipient)


def _short(octets: bytes) -> str:
    return f"{octets.hex()[:16]}…"
