"""The sentences of a verification in Russian; see `exchange.core.sentences`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

RUSSIAN: Final[Mapping[str, str]] = MappingProxyType(
    {
        "months": (
            "января февраля марта апреля мая июня июля августа сентября октября ноября декабря"
        ),
        "date": "{day} {month} {year} г.",
        "valid": "Действителен: {reason}",
        "not-valid": "Недействителен: {reason}",
        "cannot-tell": "Нельзя сказать: {reason}",
        "is-valid": ("Действителен: сертификат {number} органа {issuer} действует сегодня, {day}"),
        "only-now": (
            "сертификат {number}, выданный {issuer}, действует сегодня, {day}, "
            "но не действовал в запрошенный день."
        ),
        "temporary": "Это временно и может измениться.",
        "final": "Это окончательно.",
        "then-valid": "На {day} он действовал.",
        "then-not-valid": "На {day} он не действовал: {status}.",
        "then-not-yet": "На {day} он ещё не начал действовать.",
        "leads-to": "Вместо него используйте {other}.",
        "holder-match": "Имя держателя совпадает.",
        "holder-close": ("Имя держателя похоже; сравните его по буквам."),
        "holder-mismatch": "Имя держателя не совпадает.",
        "status-draft": "ещё не введён в действие",
        "status-suspended": "приостановлен",
        "status-withdrawn": "отозван",
        "status-cancelled": "аннулирован",
        "status-expired": "истёк",
        "status-superseded": "заменён",
        "verification.draft": "сертификат {number} ещё не введён в действие.",
        "verification.suspended": ("действие сертификата {number} приостановлено с {since}"),
        "verification.withdrawn": "сертификат {number} отозван {since}",
        "verification.cancelled": "сертификат {number} аннулирован {since}",
        "verification.expired": "срок действия сертификата {number} истёк {since}",
        "verification.superseded": "сертификат {number} заменён другим {since}",
        "verification.unconfirmed": (
            "сертификат {number} подлинный, но с {since} орган не подтвердил, что он действует."
        ),
        "verification.removed": ("заявление об этом сертификате удалено по предписанию."),
        "verification.statement-unsound": (
            "более позднему заявлению об этом сертификате больше нельзя доверять."
        ),
        "verification.not-registered": (
            "документ подлинный, но его нет в этом реестре; действует ли он, здесь неизвестно."
        ),
        "verification.older-revision": ("это более ранняя редакция; действует только новейшая."),
        "verification.transfer-unconfirmed": (
            "сертификат {number} принимает сертификат другого органа, который не подтвердил "
            "передачу; спросите тот орган или проверьте позже."
        ),
        "verification.transferred-elsewhere": (
            "сертификат, который принимает {number}, передан другому; проверьте старый сертификат "
            "и используйте тот, на который он указывает."
        ),
        "verification.key-suspended-since": ("ключ, которым он подписан, приостановлен с {since}"),
        "verification.key-revoked-since": "ключ, которым он подписан, отозван {since}",
        "verification.body-suspended-since": (
            "деятельность выдавшего органа приостановлена с {since}"
        ),
        "verification.body-ended-since": "выдавший орган прекратил деятельность {since}",
        "verification.accreditation-suspended-since": (
            "аккредитация выдавшего органа приостановлена."
        ),
        "verification.accreditation-withdrawn-since": "аккредитация выдавшего органа отозвана.",
        "verification.accreditation-ended-since": "срок аккредитации выдавшего органа истёк.",
        "verification.recognition-not-kept": (
            "сертификат действует, но этому узлу неизвестно, признан ли он в {economy}."
        ),
        "verification.not-issued": (
            "{issuer} хранит здесь весь свой реестр, и сертификата {number} в нём нет."
        ),
        "verification.does-not-publish": (
            "{issuer} не публикует здесь свои сертификаты; спросите его."
        ),
        "verification.publishes-some": (
            "сертификата {number} здесь нет, но {issuer} публикует здесь лишь часть; спросите его."
        ),
        "verification.last-confirmed": (
            "сертификата {number} здесь нет, и {issuer} не подтверждал свой реестр с {since}"
        ),
        "verification.last-confirmed-undated": (
            "сертификата {number} здесь нет, и {issuer} не подтверждал свой реестр."
        ),
        "verification.only-by-address": (
            "{issuer} показывает свои сертификаты только по напечатанному на них QR-коду."
        ),
        "verification.number-format": ("у {issuer} не может быть сертификата с номером {number}."),
        "verification.number-unknown": (
            "сертификат с номером {number} здесь не показан; назовите орган или считайте QR-код."
        ),
        "verification.several-bodies": (
            "сертификат {number} выдали несколько органов; назовите выдавший орган."
        ),
        "verification.several-schemes": (
            "у {issuer} есть сертификаты {number} по нескольким схемам; назовите схему."
        ),
        "verification.unknown-body": "органа {issuer} нет в доверенных списках.",
        "verification.address-unknown": ("такого QR-адреса здесь нет ни у одного сертификата."),
        "upload.empty": "ничего не загружено.",
        "upload.unknown-format": "файл не является ни XML, ни PDF.",
        "upload.archive": ("файл является архивом; сначала распакуйте его."),
        "upload.executable": ("файл является программой, а не сертификатом; не открывайте его."),
        "upload.pdf-encrypted": ("PDF зашифрован; проверить его содержимое нельзя."),
        "upload.pdf-damaged": "PDF повреждён.",
        "upload.pdf-limits": ("PDF слишком велик или сложен для безопасной проверки."),
        "upload.pdf-without-xml": (
            "в этом PDF нет сертификата, который можно проверить; смотрите QR-адрес."
        ),
        "upload.pdf-several-xml": ("в этом PDF несколько сертификатов; загрузите нужный."),
        "upload.pages-prove-nothing": (
            "Страницы PDF ничего не доказывают; считается только показанное здесь."
        ),
        "upload.no-attestation": "документ подлинный, но это не сертификат.",
        "upload.altered": (
            "документ отличается от зарегистрированного сертификата с этим номером."
        ),
        "question-well-formed-failed": "документ повреждён.",
        "question-schema-failed": "документ не имеет формы сертификата.",
        "question-signature-failed": (
            "подпись неверна: документ изменён или никогда не был подписан."
        ),
        "question-key-trusted-failed": ("ключ, которым он подписан, не имел права подписи."),
        "question-key-trusted-unknown": ("сейчас нельзя узнать, можно ли ещё доверять его ключу."),
        "question-issuer-entitled-failed": ("выдавший орган не имел права это сертифицировать."),
        "question-issuer-entitled-unknown": (
            "сейчас нельзя узнать, имеет ли ещё право выдавший орган."
        ),
        "question-not-withdrawn-failed": "он больше не действует.",
        "question-not-withdrawn-unknown": "здесь неизвестно, действует ли он ещё.",
        "question-recognised-unknown": "неизвестно, признан ли он в {economy}.",
        "goods-not-covered": ("сертификат не распространяется на эти товары."),
        "goods-unknown": ("в сертификате не сказано, распространяется ли он на эти товары."),
    }
)
